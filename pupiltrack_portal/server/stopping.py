"""Being asked to end: once in good order, twice at once, and in good time whatever hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from logging import Logger
from types import FrameType

# Service managers and container runtimes kill what has not ended ten seconds after SIGTERM.
SECONDS_TO_STOP = 9.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopping:
    """Hears SIGTERM and Ctrl-C. `at_last` tidies up when there is no time for anything else."""

    def __init__(
        self, *, at_last: Callable[[], None], log: Logger, seconds: float = SECONDS_TO_STOP
    ) -> None:
        self._at_last = at_last
        self._log = log
        self._seconds = seconds
        self._is_asked = False
        self._asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def asked(self) -> None:
        """Listen, and return when the process is asked to end."""
        self._loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            # Not the loop's own way, which waits for the loop: what hangs there must not win.
            signal.signal(number, self._on_signal)
        await self._asked.wait()

    def end_now(self) -> None:
        """End the process. Its kernels end with it, by the lines they hold to it."""
        self._at_last()
        os._exit(0)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_asked or self._loop is None:
            self.end_now()
            return
        self._is_asked = True
        self._loop.call_soon_threadsafe(self._asked.set)
        watch = threading.Timer(self._seconds, self._give_up)
        watch.daemon = True
        watch.start()

    def _give_up(self) -> None:
        self._log.warning("The portal did not end in %g seconds and is cut off.", self._seconds)
        self.end_now()
