"""Every address the server answers. What is not here does not exist."""

from __future__ import annotations

from typing import Any

from pupiltrack_core.access import Page
from pupiltrack_portal.server.account_page import (
    ACCOUNT_CHANGES,
    AccountChangeHandler,
    AccountHandler,
    AccountPasskeyHandler,
    ConfirmAddressHandler,
)
from pupiltrack_portal.server.asset_handlers import AssetHandler, FrontEndHandler
from pupiltrack_portal.server.batch_handler import BatchHandler
from pupiltrack_portal.server.channels import ChannelsHandler
from pupiltrack_portal.server.download_handler import DownloadHandler
from pupiltrack_portal.server.forgotten import ChoosePasswordHandler, ForgottenHandler
from pupiltrack_portal.server.handlers import HomeRedirect, NotFoundHandler
from pupiltrack_portal.server.kernel_api import FarewellHandler, KernelHandler
from pupiltrack_portal.server.page_handler import PageHandler
from pupiltrack_portal.server.passkey_entry import PasskeyEntryHandler, PasskeyQuestionHandler
from pupiltrack_portal.server.registering import (
    ConfirmRegistrationHandler,
    RegisterChallengeHandler,
    RegisterHandler,
)
from pupiltrack_portal.server.renewing import RenewHandler
from pupiltrack_portal.server.second_step import (
    SecondStepHandler,
    SetUpHandler,
    SetUpPasskeyHandler,
)
from pupiltrack_portal.server.session_api import (
    ActHandler,
    HealthHandler,
    RoomHandler,
    SessionHandler,
)
from pupiltrack_portal.server.signing_in import (
    SignInChallengeHandler,
    SignInHandler,
    SignOutHandler,
)

_KERNEL_ID = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_VERSION = r"[0-9a-f]{12}"
_TOKEN = r"([A-Za-z0-9_-]{20,100})"  # noqa: S105 a pattern
_PAGES = "|".join(Page)
_CHANGES = "|".join(ACCOUNT_CHANGES)

Route = tuple[str, type[Any]]


def routes() -> list[Route]:
    """Return the route table, the catch-all last."""
    return [
        (r"/", HomeRedirect),
        (rf"/({_PAGES})", PageHandler),
        (r"/login", SignInHandler),
        (r"/login/challenge", SignInChallengeHandler),
        (r"/login/passkey", PasskeyEntryHandler),
        (r"/login/passkey/question", PasskeyQuestionHandler),
        (r"/second-step", SecondStepHandler),
        (r"/second-step/set-up", SetUpHandler),
        (r"/second-step/set-up/passkey", SetUpPasskeyHandler),
        (r"/logout", SignOutHandler),
        (r"/forgotten", ForgottenHandler),
        (rf"/choose-password/{_TOKEN}", ChoosePasswordHandler),
        (r"/register", RegisterHandler),
        (r"/register/challenge", RegisterChallengeHandler),
        (rf"/register/confirm/{_TOKEN}", ConfirmRegistrationHandler),
        (r"/renew", RenewHandler),
        (r"/account", AccountHandler),
        (rf"/account/({_CHANGES})", AccountChangeHandler),
        (r"/account/passkey/options", AccountPasskeyHandler),
        (rf"/account/address/{_TOKEN}", ConfirmAddressHandler),
        (r"/healthz", HealthHandler),
        (rf"/download/{_TOKEN}", DownloadHandler),
        (r"/download/batch-([0-9]{1,9})", BatchHandler),
        (r"/api/session", SessionHandler),
        (r"/api/act", ActHandler),
        (r"/api/room", RoomHandler),
        (rf"/api/kernels/{_KERNEL_ID}", KernelHandler),
        (rf"/api/kernels/{_KERNEL_ID}/channels", ChannelsHandler),
        (rf"/api/kernels/{_KERNEL_ID}/farewell", FarewellHandler),
        (rf"/assets/(?:v-({_VERSION})/)?(.+)", AssetHandler),
        (rf"/front-end/({_VERSION})/(.+)", FrontEndHandler),
        (r"/.*", NotFoundHandler),
    ]
