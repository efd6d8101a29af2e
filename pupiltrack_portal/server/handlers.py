"""What every handler of the portal shares: headers, cross-site checks, our own error pages."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable
from typing import Any, ClassVar, cast

from jupyter_server.base.handlers import JupyterHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.settings import Settings
from pupiltrack_portal.server.client_address import client_address
from pupiltrack_portal.server.cross_site import (
    is_from_elsewhere,
    matches,
    session_form_token,
)
from pupiltrack_portal.server.desk import Desk
from pupiltrack_portal.server.errors_shown import NO_SUCH_PAGE, PortalHTTPError, shown_error
from pupiltrack_portal.server.headers import common_headers
from pupiltrack_portal.server.hosts import is_known_host
from pupiltrack_portal.server.identity import PortalUser, session_token
from pupiltrack_portal.server.kernel_ownership import KernelRegister, NoRoomForKernel
from pupiltrack_portal.server.local_paths import HOME, local_page
from pupiltrack_portal.server.shell import Shell

FORM_FIELD = "_xsrf"
FORM_HEADERS = ("X-XSRFToken", "X-CSRFToken")
_FORESEEN = (HTTPError, UserFacingError, NoRoomForKernel, StreamClosedError)


class PortalHandler(JupyterHandler):
    """A request of the portal. A subclass is closed to people not signed in unless it says so."""

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = ("GET", "POST", "DELETE")  # type: ignore[misc]
    # Answers of the API are JSON, and never a redirection to the sign-in page.
    answers_json: ClassVar[bool] = False
    # The kernel that was started in order to make this answer.
    opens_kernel: str | None = None

    # --- what the application holds ---------------------------------------------------------

    @property
    def portal_settings(self) -> Settings:
        """The settings the server was started with."""
        return cast(Settings, self.settings["portal_settings"])

    @property
    def desk(self) -> Desk:
        """Sessions, tickets and downloads."""
        return cast(Desk, self.settings["desk"])

    @property
    def register(self) -> KernelRegister:
        """Which kernel is whose."""
        return cast(KernelRegister, self.settings["register"])

    @property
    def shell(self) -> Shell:
        """The templates."""
        return cast(Shell, self.settings["shell"])

    @property
    def user(self) -> PortalUser:
        """The person signed in. Raises 401 when there is none."""
        user = self.current_user
        if not isinstance(user, PortalUser):
            raise HTTPError(401)
        return user

    @property
    def address(self) -> str:
        """The client's address, for rate limits."""
        return client_address(self.request, behind_proxy=self.portal_settings.behind_proxy)

    @property
    def has_gone(self) -> bool:
        """Whether the browser has closed the connection the answer would go by."""
        stream = getattr(self.request.connection, "stream", None)
        return stream is not None and bool(stream.closed())

    # --- headers ----------------------------------------------------------------------------

    def set_default_headers(self) -> None:
        """Every answer, also of an error, carries the security headers."""
        self.clear_header("Server")
        for name, value in common_headers(https=self.portal_settings.secure_cookies).items():
            self.set_header(name, value)

    # --- who may ask ------------------------------------------------------------------------

    async def prepare(self, **kwargs: Any) -> None:
        """Refuse other hosts, find out who asks, and check where a write comes from."""
        if not is_known_host(self.request.host, self.portal_settings):
            self.current_user = self._jupyter_current_user = None
            raise HTTPError(421)
        prepared = await super().prepare(**kwargs)
        if isinstance(prepared, Awaitable):
            await prepared

    def get_login_url(self) -> str:
        """Where a page sends people who are not signed in; an API answer is 401 instead."""
        if self.answers_json:
            raise HTTPError(401)
        return "/login"

    def check_xsrf_cookie(self) -> None:
        """Refuse a write that none of our own pages made. Raises 403."""
        if not hasattr(self, "_jupyter_current_user"):
            return  # asked again once it is known who this is
        request = self.request
        public = self.portal_settings.public_url
        if is_from_elsewhere(request.headers, host=request.host, public_url=public):
            raise HTTPError(403, "a write from another site")
        given = self.get_argument(FORM_FIELD, None) or next(
            (request.headers[name] for name in FORM_HEADERS if name in request.headers), None
        )
        token = session_token(self, self.portal_settings)
        if token is not None and self.current_user is not None:
            if not matches(self.form_token_of(token), given):
                raise HTTPError(403, "a write without its session's token")
            return
        if not given or not matches(self.get_cookie(FORM_FIELD) or "", given):
            raise HTTPError(403, "a write without its form's token")

    def form_token_of(self, token: str) -> str:
        """Return the token that forms of this session carry."""
        return session_form_token(cast(bytes, self.settings["form_key"]), token)

    def issue_form_token(self) -> str:
        """Return the token for this answer's forms, and set the cookie scripts read it from."""
        token = session_token(self, self.portal_settings)
        if token is not None and isinstance(self.current_user, PortalUser):
            value = self.form_token_of(token)
        else:
            value = self.get_cookie(FORM_FIELD) or ""
            if len(value) != 43 or not value.isascii():
                value = secrets.token_urlsafe(32)
        self.set_form_cookie(value)
        return value

    def set_form_cookie(self, value: str) -> None:
        """Set the cookie a page's script reads when it sends the page's farewell."""
        if self.get_cookie(FORM_FIELD) != value:
            secure = self.portal_settings.secure_cookies
            self.set_cookie(FORM_FIELD, value, path="/", secure=secure, samesite="Strict")

    def compute_etag(self) -> str | None:
        """None: a page with personal data is never kept to be compared with."""
        return None

    def on_finish(self) -> None:
        """The answer is complete; so is the opening of the page it may have been."""
        super().on_finish()
        if self.opens_kernel is not None:
            cast(Any, self.kernel_manager).has_been_sent(self.opens_kernel)

    # --- answers ----------------------------------------------------------------------------

    def answer_json(self, value: dict[str, Any], *, status: int = 200) -> None:
        """Finish with `value` as JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer an error with our own page, without a word of its cause but a reference."""
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        shown = shown_error(status_code, error)
        self.set_status(shown.status)
        if shown.retry_after:
            self.set_header("Retry-After", str(shown.retry_after))
        reference = getattr(self, "reference", None) if shown.status >= 500 else None
        if self.answers_json:
            self.answer_json({"error": shown.text, "reference": reference}, status=shown.status)
            return
        user = getattr(self, "_jupyter_current_user", None)
        signed_in = user if isinstance(user, PortalUser) else None
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.shell.error_page(
                shown,
                user=signed_in,
                form_token=self.issue_form_token() if signed_in else "",
                reference=reference,
                address=local_page(self.request.uri) if shown.retry_after else None,
            )
        )

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what was unexpected with a reference; what is written for people needs no trace.

        The text of an unexpected error is left out: it may quote data. Its kind and the places
        in the code are what the operator needs.
        """
        if isinstance(value, _FORESEEN):
            self.log.info(
                "%s %s: %s", self.request.method, type(self).__name__, value.__class__.__name__
            )
            return
        self.reference = new_reference()
        self.log.error(
            "Reference %s: %s in %s %s\n%s",
            self.reference,
            typ.__name__ if typ else "error",
            self.request.method,
            type(self).__name__,
            places_in_code(tb),
        )


def new_reference() -> str:
    """Return a short number by which a person and the log speak of the same failure."""
    return secrets.token_hex(4).upper()


def places_in_code(trace: Any) -> str:
    """Return file, line and function of each step of a traceback, without any value."""
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"  {code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return "\n".join(lines)


class NotFoundHandler(PortalHandler):
    """Whatever has no route: 404 for those signed in, the sign-in page for everyone else."""

    def get(self, *_: str) -> None:
        """Answer that there is no such page."""
        raise PortalHTTPError(NO_SUCH_PAGE)

    post = get
    delete = get


class HomeRedirect(PortalHandler):
    """`/`: the portal's front door."""

    def get(self) -> None:
        """Go to the home page."""
        self.redirect(HOME)
