"""Servers forked from one process that has loaded their libraries: ten start as fast as one.

What they fork their kernels from loads no page of ours either, unless a test is about just that.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pupiltrack_portal.server import app

FOR_SMALL_PAGES = ("ipykernel.ipkernel", "ipykernel.zmqshell", "ipywidgets")
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["pupiltrack_portal.server.portal", __name__])


class ForgedServer:
    """A server that runs, with what `subprocess.Popen` has for one."""

    def __init__(self, folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self._process = _CONTEXT.Process(
            target=_serve, args=(folder, dict(environment), log), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it has not."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """How it ended; None while it has not."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended; raise subprocess.TimeoutExpired when it does not."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a forged server", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def _serve(folder: Path, environment: Mapping[str, str], log: Path) -> None:
    with log.open("ab", buffering=0) as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # looked up anew
    os.chdir(folder)
    app.PRELOADED, app.REHEARSED = FOR_SMALL_PAGES, ()
    app.main()
