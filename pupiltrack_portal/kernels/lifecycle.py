"""Starting, keeping and stopping the supervisor, from the server that uses it."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pupiltrack_portal.kernels.errors import PreloadRefused, SupervisorError
from pupiltrack_portal.kernels.preload import clean_environment
from pupiltrack_portal.kernels.sockets import (
    IPC_PREFIX,
    check_socket_path,
    make_private_directory,
    remove_dead_sockets,
)

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0

_handles: dict[str, SupervisorHandle] = {}
_handles_lock = threading.Lock()


@dataclass
class SupervisorHandle:
    """A supervisor that is started again when it dies, until `stop`.

    A thread of this process waits for its end. When this process ends without `stop`, however
    that happens, the supervisor sees its control connection close and ends as well.
    """

    socket_path: str
    command: Sequence[str]
    environment: Mapping[str, str]
    timeout: float
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _control: socket.socket | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The supervisor's process id; None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def is_ready(self) -> bool:
        """Whether kernels can be forked now."""
        return self._ready.is_set() and self.pid is not None

    def stop(self, *, timeout: float = 5.0) -> None:
        """End the supervisor and remove its socket. Kernels that run are left alone."""
        self._stopping.set()
        with _handles_lock:
            if _handles.get(self.socket_path) is self:
                del _handles[self.socket_path]
        self._end_process(timeout)
        if self._keeper is not None:
            self._keeper.join()

    def start(self) -> None:
        """Start the supervisor and wait until it listens; SupervisorError when it does not."""
        self._spawn()
        self._keeper = threading.Thread(target=self._keep, name="supervisor-keeper", daemon=True)
        self._keeper.start()

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [*self.command, "--control-fd", str(theirs.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 our own module, no shell
                command,
                env=dict(self.environment),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt typed at the server is not for it
            )
        self._control = ours
        self.starts += 1
        try:
            self._await_ready(ours)
        except SupervisorError:
            self._end_process(1.0)
            raise
        self._ready.set()

    def _await_ready(self, control: socket.socket) -> None:
        control.settimeout(self.timeout)
        try:
            word = control.recv(4096)
        except OSError as error:
            raise SupervisorError(
                f"The kernel supervisor was not ready after {self.timeout:g} seconds."
            ) from error
        verdict, _, reason = word.decode("utf-8", "replace").strip().partition(" ")
        if verdict == "refused":
            raise PreloadRefused(reason)
        if verdict != "ready":
            raise SupervisorError("The kernel supervisor ended before it was ready; see its log.")

    def _end_process(self, timeout: float) -> None:
        self._ready.clear()
        control, self._control = self._control, None
        if control is not None:
            control.close()  # what tells it to end
        process = self._process
        if process is None:
            return
        for end in (process.terminate, process.kill):
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                end()
        process.wait()

    def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            if self._process is not None:
                status = self._process.wait()
                if self._stopping.is_set():
                    return
                self._end_process(0)
                logger.warning(
                    "The kernel supervisor ended with status %s; starting another.", status
                )
            if time.monotonic() - started > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            try:
                self._spawn()
            except (SupervisorError, OSError) as error:
                logger.error("The kernel supervisor could not be started again: %s", error)  # noqa: TRY400


def start_supervisor(
    socket_path: str | os.PathLike[str],
    preload: Iterable[str],
    env: Mapping[str, str],
    *,
    rehearse: Iterable[str] = (),
    keep: Sequence[str] = (),
    timeout: float = 120.0,
) -> SupervisorHandle:
    """Start a supervisor on `socket_path` and return once kernels can be forked from it.

    `preload` are modules to import, `rehearse` "module:function" to call, both before any fork.
    `env` is the environment to choose from: only what `preload.KEPT_ENVIRONMENT` and `keep` name
    reaches the supervisor. Called again for the same path, it returns the handle it gave before.

    Raises PreloadRefused when what is preloaded cannot be forked, and SupervisorError when the
    directory is not private, another process serves there, or `timeout` seconds are not enough.
    """
    path = os.fspath(socket_path)
    check_socket_path(path)
    with _handles_lock:
        if path in _handles:
            return _handles[path]
        make_private_directory(os.path.dirname(path))
        command = [sys.executable, "-P", "-m", "pupiltrack_portal.kernels", "--socket", path]
        for option, names in (("--preload", preload), ("--rehearse", rehearse), ("--keep", keep)):
            if joined := ",".join(names):
                command += [option, joined]
        handle = SupervisorHandle(path, command, clean_environment(dict(env), keep=keep), timeout)
        handle.start()
        _handles[path] = handle
    remove_dead_sockets(os.path.dirname(path), prefix=IPC_PREFIX)
    return handle
