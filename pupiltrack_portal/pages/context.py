"""What every page is given: who called it, what the address asks for, where messages go."""

from __future__ import annotations

import functools
import logging
import secrets
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ParamSpec, TypeVar

from pupiltrack_core.access import Page, Principal
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.services.caller import Caller
from pupiltrack_portal.widgets.notice import Notice

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageContext:
    """One open page. `query` is the address's, as the browser sent it: never to be trusted.

    `portal` is the portal's own address, for links in messages.
    """

    page: Page
    caller: Caller
    query: Mapping[str, str]
    notice: Notice = field(default_factory=Notice)
    portal: str = ""

    def principal(self) -> Principal:
        """Return who is behind the session now; raise `NotSignedIn` when it has ended."""
        with self.caller.begin() as work:
            return work.principal

    def today(self) -> date:
        """Return the day it is in England."""
        return day_in_london(self.caller.clock())

    def academic_year_now(self) -> int:
        """Return the start of the academic year of today, for a school without pupils yet."""
        return AcademicYear.containing(self.today()).start

    def guarded(self, method: Callable[P, R]) -> Callable[P, R | None]:
        """Wrap a callback of a widget: nothing runs without a live session, no fault gets lost.

        A `UserFacingError` is shown as it is. Anything else is logged under a reference number
        that the person is told; the log gets the kind of fault and the place, never its text,
        which could hold a child's data.
        """

        @functools.wraps(method)
        def run(*args: P.args, **kwargs: P.kwargs) -> R | None:
            try:
                with self.caller.at_one_moment():
                    self.principal()
                    self.notice.clear()  # what was said of an earlier step is not about this one
                    return method(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the edge between the browser and the page
                self.tell_fault(error)
            return None

        return run

    def tell_fault(self, error: Exception) -> None:
        """Show what a callback raised: a `UserFacingError` as it is, else a reference number."""
        words = str(error) if isinstance(error, UserFacingError) else unexpected(error)
        self.notice.show("error", words)


def log_to_stderr() -> None:
    """Send what pages log to the process's own standard error, which the server gives a file.

    A kernel's `sys.stderr` goes to the browser, where the server drops it.
    """
    logger = logging.getLogger("pupiltrack_portal")
    if sys.__stderr__ is None or logger.handlers:
        return
    handler = logging.StreamHandler(sys.__stderr__)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)


def unexpected(error: BaseException) -> str:
    """Log a fault of ours and return what the person is told, with the same reference."""
    reference = secrets.token_hex(4).upper()
    places = "; ".join(
        f"{frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    _log.error("Reference %s: %s at %s", reference, type(error).__name__, places)
    return (
        f"Something went wrong on our side (reference {reference}). This step was not done; what "
        "was saved before stays saved. Try again, and tell your administrator the reference if "
        "it happens again."
    )
