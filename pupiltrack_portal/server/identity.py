"""Who makes a request: the session behind its cookie, looked up again every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from pupiltrack_core.access import Principal
from pupiltrack_core.services.accounts import LiveSession
from pupiltrack_core.settings import Settings

# A browser accepts a __Host- cookie only over HTTPS, for this host and the whole of it.
_NAME = "pupiltrack_session"
_DEVICE = "pupiltrack_device"
_LONGEST_TOKEN = 200


@dataclass
class PortalUser(User):
    """The person behind a request, as far as Jupyter's handlers ask, and their live session."""

    session: LiveSession | None = None
    token: str = ""

    @property
    def live(self) -> LiveSession:
        """The session; a portal user always has one."""
        if self.session is None:
            raise RuntimeError("a portal user was made without a session")
        return self.session

    @property
    def principal(self) -> Principal:
        """The person and their roles at the time of this request."""
        return self.live.principal


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name."""
    return f"__Host-{_NAME}" if settings.secure_cookies else _NAME


def cookie_options(settings: Settings) -> dict[str, Any]:
    """Return how the session cookie is set: out of scripts' reach, for this site's own requests."""
    return {
        "path": "/",
        "httponly": True,
        "secure": settings.secure_cookies,
        "samesite": "Lax",
        "expires_days": None,
    }


def session_token(handler: RequestHandler, settings: Settings) -> str | None:
    """Return the session token the request's cookie carries, if it could be one."""
    return _token(handler.get_cookie(cookie_name(settings)))


def _token(value: str | None) -> str | None:
    return value if value and len(value) <= _LONGEST_TOKEN and value.isascii() else None


def device_cookie_name(settings: Settings) -> str:
    """Return the name of the cookie by which a browser is known again; it opens nothing."""
    return f"__Host-{_DEVICE}" if settings.secure_cookies else _DEVICE


def device_token(handler: RequestHandler, settings: Settings) -> str | None:
    """Return the token of the browser's own cookie, if it could be one."""
    return _token(handler.get_cookie(device_cookie_name(settings)))


class PortalIdentityProvider(IdentityProvider):
    """Tells Jupyter's handlers who asks. Never anonymous, never by a token in the address."""

    @property
    def auth_enabled(self) -> bool:
        """Sign-in is always required."""
        return True

    async def get_user(self, handler: RequestHandler) -> PortalUser | None:
        """Return the user of the request's live session, or None.

        Raises `StorageUnavailable` when the database cannot be asked.
        """
        app = cast(Any, self.parent)
        token = session_token(handler, app.portal_settings)
        if token is None:
            return None
        live = await app.desk.find_session(token)
        if live is None:
            return None
        principal = live.principal
        return PortalUser(
            username=str(principal.user_id),
            name=principal.display_name or str(principal.user_id),
            session=live,
            token=token,
        )

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        """No request is: only the cookie counts, so cross-site checks always apply."""
        return False

    def should_check_origin(self, handler: RequestHandler) -> bool:
        """Origins are always checked."""
        return True

    def get_handlers(self) -> list[tuple[str, object]]:
        """None: the portal's own route table has them."""
        return []
