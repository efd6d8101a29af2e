"""An example of every address of the live route table, and what it gives without a session.

A route without a line here fails the build: whoever adds one says what strangers get.
"""

from __future__ import annotations

from dataclasses import dataclass

from pupiltrack_core.access import Page
from pupiltrack_portal.server.account_page import ACCOUNT_CHANGES
from pupiltrack_portal.server.routes import routes

KERNEL = "01234567-89ab-cdef-0123-456789abcdef"
VERSION = "0123456789ab"


@dataclass(frozen=True)
class Known:
    """One route: addresses to try, and which methods are open to everyone."""

    examples: tuple[str, ...]
    open_to_all: tuple[str, ...] = ()


ROUTES: dict[str, Known] = {
    r"/": Known(("/",)),
    rf"/({'|'.join(Page)})": Known(tuple(f"/{page}" for page in Page)),
    r"/login": Known(("/login",), open_to_all=("GET",)),
    r"/login/challenge": Known(("/login/challenge",)),
    r"/login/passkey": Known(("/login/passkey",)),
    r"/login/passkey/question": Known(("/login/passkey/question",)),
    r"/second-step": Known(("/second-step",)),
    r"/second-step/set-up": Known(("/second-step/set-up",)),
    r"/second-step/set-up/passkey": Known(("/second-step/set-up/passkey",)),
    r"/logout": Known(("/logout",)),
    r"/forgotten": Known(("/forgotten",), open_to_all=("GET",)),
    # A link that does not work is told so, whoever opens it.
    r"/choose-password/([A-Za-z0-9_-]{20,100})": Known((f"/choose-password/{'a' * 43}",)),
    r"/register": Known(
        ("/register", "/register?school=marsh", "/register?laestab=9992001"), open_to_all=("GET",)
    ),
    r"/register/challenge": Known(("/register/challenge",), open_to_all=("GET",)),
    r"/register/confirm/([A-Za-z0-9_-]{20,100})": Known((f"/register/confirm/{'a' * 43}",)),
    r"/renew": Known(("/renew",)),
    r"/account": Known(("/account",)),
    rf"/account/({'|'.join(ACCOUNT_CHANGES)})": Known(
        tuple(f"/account/{change}" for change in ACCOUNT_CHANGES)
    ),
    r"/account/passkey/options": Known(("/account/passkey/options",)),
    # Whoever opens the link in a message need not be signed in; it changes nothing by itself.
    r"/account/address/([A-Za-z0-9_-]{20,100})": Known(
        (f"/account/address/{'a' * 43}",), open_to_all=("GET",)
    ),
    r"/healthz": Known(("/healthz",), open_to_all=("GET",)),
    r"/download/([A-Za-z0-9_-]{20,100})": Known((f"/download/{'a' * 43}",)),
    r"/download/batch-([0-9]{1,9})": Known(("/download/batch-1",)),
    r"/api/session": Known(("/api/session",)),
    r"/api/act": Known(("/api/act",)),
    r"/api/room": Known(("/api/room",)),
    r"/api/kernels/ID": Known((f"/api/kernels/{KERNEL}",)),
    r"/api/kernels/ID/channels": Known((f"/api/kernels/{KERNEL}/channels",)),
    r"/api/kernels/ID/farewell": Known((f"/api/kernels/{KERNEL}/farewell",)),
    r"/assets/(?:v-([0-9a-f]{12})/)?(.+)": Known(("/assets/css/portal.css",), ("GET",)),
    r"/front-end/([0-9a-f]{12})/(.+)": Known((f"/front-end/{VERSION}/ipydatagrid/package.json",)),
    r"/.*": Known(
        (
            *("/nowhere", "/voila/tree", "/voila/render/home.ipynb", "/voila/files/home.ipynb"),
            *("/voila/static/voila.js", "/voila/templates/lab/static/index.css", "/tree"),
            *("/api/contents", "/api/kernels", "/api/kernelspecs", "/api/sessions", "/api/me"),
            *("/api/terminals", "/terminals/websocket/1", "/metrics", "/static/x", "/files/x"),
            *(f"/voila/query/{KERNEL}", f"/voila/execution/{KERNEL}", "/voila/api/contents"),
            *("/home.ipynb", "/home/", "/Home", "/notebooks/home.ipynb", "/lab", "/nbconvert/x"),
        )
    ),
}
_ID = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"


def live_patterns() -> list[str]:
    """The patterns of the server's route table, kernel ids shortened."""
    return [pattern.replace(_ID, "ID") for pattern, _ in routes()]
