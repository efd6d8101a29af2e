"""The process that kernels are forked from, started beside the server without holding it up."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from logging import Logger, LoggerAdapter
from pathlib import Path

from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.lifecycle import SupervisorHandle, start_supervisor


class Forks:
    """Starts the supervisor in a thread: until it is ready, kernels start the ordinary way."""

    def __init__(
        self, socket: Path, preload: Sequence[str], log: Logger | LoggerAdapter[Logger]
    ) -> None:
        self._socket = socket
        self._preload = preload
        self._log = log
        self._handle: SupervisorHandle | None = None
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

    def _run(self) -> None:
        try:
            self._handle = start_supervisor(self._socket, self._preload, os.environ)
        except SupervisorError as error:
            self._log.warning(
                "Pages will open more slowly: the process they are forked from did not start. %s",
                error,
            )
