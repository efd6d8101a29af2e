"""Looking again every second while a page is open, in the loop its kernel already runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context

from IPython.core.getipython import get_ipython

from pupiltrack_core.errors import NotSignedIn, StorageUnavailable
from pupiltrack_portal.pages.context import unexpected

EVERY = 1.0  # seconds: what someone else saves is on view within two


class Watch:
    """Calls `look` about once a second; ends with the session, and after a fault of ours.

    It runs between the messages of the browser, never beside them, so that nothing it touches
    needs a lock. Where no loop runs, as in a rehearsal or a test, it only looks when told to.
    """

    def __init__(self, look: Callable[[], None], *, every: float = EVERY) -> None:
        self._look = look
        self._every = every
        self._next: asyncio.TimerHandle | None = None
        self.is_over = False

    def begin(self) -> None:
        """Look from now on, if a loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        # In a context of its own: what is set there for one look is not set for anything else.
        self._next = loop.call_later(self._every, self._run, context=Context())

    def look(self) -> None:
        """Look now. A database out of reach is tried again next time."""
        if self.is_over:
            return
        try:
            self._look()
        except StorageUnavailable:
            return
        except NotSignedIn:
            self.end()
        except Exception as error:  # noqa: BLE001 - nobody waits for an answer; the log is told
            unexpected(error)
            self.end()

    def end(self) -> None:
        """Look no more."""
        self.is_over = True
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _run(self) -> None:
        _answer_nobody()
        self.look()
        if not self.is_over:
            self.begin()


def _answer_nobody() -> None:
    """Let what is sent from here on be no answer to whatever the kernel was asked last.

    That was perhaps the run of the notebook, whose messages the server keeps from the browser.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is not None:
        kernel.set_parent([], {})
