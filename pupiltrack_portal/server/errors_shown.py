"""From an error to what the person is shown: a status, a heading, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from tornado.web import HTTPError

from pupiltrack_core.errors import (
    AccessDenied,
    NotFound,
    NotSignedIn,
    StorageUnavailable,
    TooManyAttempts,
    UserFacingError,
)
from pupiltrack_portal.server.kernel_ownership import NoRoomForKernel, Refusal


@dataclass(frozen=True, slots=True)
class ShownError:
    """What an error page says. `retry_after` in seconds makes the page try again by itself."""

    status: int
    heading: str
    text: str
    retry_after: int | None = None


class PortalHTTPError(HTTPError):
    """An HTTP error that carries its own page."""

    def __init__(self, shown: ShownError) -> None:
        super().__init__(shown.status, shown.heading.replace("%", "%%"))
        self.shown = shown


NO_SUCH_PAGE = ShownError(
    404,
    "Page not found",
    "There is no page at this address, or it is not one of yours. Check the address, or choose a "
    "page from the menu.",
)
NOT_YOURS = ShownError(
    403,
    "Your role does not open this page",
    "Nothing was changed. If you need this page for your work, ask your headteacher, or the local "
    "authority if you work for it, to give your account the role that opens it.",
)
REFUSED = ShownError(
    403,
    "This was not accepted",
    "The request did not come from a page of this portal that is still open, so nothing was "
    "changed. Go back, reload the page and try again.",
)
BUSY = ShownError(
    503,
    "The portal is busy",
    "As many pages are open as this portal can run at once. Everything saved is safe. You need "
    "not do anything: your page opens as soon as there is room. Closing pages you no longer use "
    "makes room, too.",
    retry_after=10,
)
MANY_OPENING = ShownError(
    503,
    "The portal is busy",
    "Many people are opening pages at this moment. Everything saved is safe. You need not do "
    "anything: your page opens as soon as it is its turn, usually within a minute.",
    retry_after=5,
)
RESTARTING = ShownError(
    503,
    "The portal is being restarted",
    "Everything that was shown as saved is safe. You need not do anything: your page opens when "
    "the portal is back, usually within a minute.",
    retry_after=5,
)
TOO_MANY_PAGES = ShownError(
    503,
    "You have many pages open",
    "You have as many pages of the portal open as one person may. Close one of the others: this "
    "page then opens by itself.",
    retry_after=10,
)
_WITHOUT_ROOM = {
    Refusal.OWN: TOO_MANY_PAGES,
    Refusal.FULL: BUSY,
    Refusal.QUEUE: MANY_OPENING,
    Refusal.MEMORY: BUSY,
    Refusal.STOPPING: RESTARTING,
}
FAILED = ShownError(
    500,
    "Something went wrong",
    "The portal could not do this. What was saved before is safe. Try again; if it happens "
    "again, tell whoever looks after the portal the reference below.",
)
_PLAIN = {
    400: ShownError(
        400, "This could not be understood", "Nothing was changed. Go back and try again."
    ),
    401: ShownError(
        401, "You are not signed in", "Sign in again to go on. What was saved is safe."
    ),
    403: REFUSED,
    404: NO_SUCH_PAGE,
    405: ShownError(
        405, "This is not done here", "Nothing was changed. Choose a page from the menu."
    ),
    413: ShownError(
        413, "Too large", "What was sent is larger than the portal accepts. Nothing was changed."
    ),
    429: ShownError(
        429, "Too much at once", "Nothing was changed. Wait a little, then reload the page."
    ),
    421: ShownError(421, "Another address", "The portal is not reached at this address."),
}
_BY_ERROR: tuple[tuple[type[UserFacingError], int, str], ...] = (
    (NotSignedIn, 401, "You are not signed in"),
    (AccessDenied, 403, "Your role does not allow this"),
    (NotFound, 404, "Not found"),
    (TooManyAttempts, 429, "Too many attempts"),
    (StorageUnavailable, 503, "The portal cannot reach its data"),
)


def shown_error(status: int, error: BaseException | None) -> ShownError:
    """Return what to show for `error`, which was about to be answered with `status`.

    Only texts written for people are shown; of anything else, nothing but that it happened.
    """
    if isinstance(error, PortalHTTPError):
        return error.shown
    if isinstance(error, NoRoomForKernel):
        return _WITHOUT_ROOM[error.why]
    if isinstance(error, UserFacingError):
        for kind, its_status, heading in _BY_ERROR:
            if isinstance(error, kind):
                wait = getattr(error, "retry_after", None)
                if kind is StorageUnavailable:
                    wait = 15
                return ShownError(its_status, heading, str(error), wait)
        return ShownError(400, "This was not accepted", str(error))
    return _PLAIN.get(status, FAILED)
