"""The process that kernels are forked from, started beside the server without holding it up."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from pupiltrack_portal.kernels.errors import PreloadRefused, SupervisorError
from pupiltrack_portal.kernels.lifecycle import SupervisorHandle, start_supervisor

logger = logging.getLogger("pupiltrack.forks")


class Forks:
    """Starts the supervisor in a thread. Without it kernels start the ordinary, slower way."""

    def __init__(
        self, socket: Path, preload: Sequence[str], *, rehearse: Sequence[str] = ()
    ) -> None:
        self.socket = socket
        self._preload = preload
        self._rehearse = rehearse
        self._handle: SupervisorHandle | None = None
        self._is_settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fork-starter", daemon=True)

    def start(self) -> None:
        """Begin, and return at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the supervisor if it was started. Waits for a start under way."""
        if self._thread.is_alive():
            self._thread.join()
        if self._handle is not None:
            self._handle.stop()

    @property
    def is_starting(self) -> bool:
        """Whether it is worth waiting: a kernel started now would load everything once more."""
        return not self._is_settled.is_set()

    def wait(self, seconds: float) -> None:
        """Return when the start has succeeded or failed, or after so many seconds."""
        self._is_settled.wait(seconds)

    def _run(self) -> None:
        try:
            self._handle = self._start()
        except SupervisorError as error:
            logger.warning(
                "Pages will open more slowly: the process they are forked from did not start. %s",
                error,
            )
        finally:
            self._is_settled.set()

    def _start(self) -> SupervisorHandle:
        if self._rehearse:
            try:
                return self._start_with(self._rehearse)
            except PreloadRefused as error:
                logger.warning("Pages will open a little more slowly: %s", error)
        return self._start_with(())

    def _start_with(self, rehearse: Sequence[str]) -> SupervisorHandle:
        return start_supervisor(self.socket, self._preload, os.environ, rehearse=rehearse)
