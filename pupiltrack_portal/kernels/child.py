"""From a fresh fork of the supervisor to a kernel: what the new process does to itself first."""

from __future__ import annotations

import fcntl
import os
import random
import resource
import select
import signal
import sys
from collections.abc import Iterable, Mapping

from pupiltrack_portal.kernels.protocol import LaunchRequest

# At most 15 characters: Linux cuts the rest.
PROCESS_NAME = "forked-kernel"

_STANDARD_STREAMS = (0, 1, 2)
_F_SETSIG = 10  # Linux; the fcntl module does not name it before Python 3.13


def prepare_process(request: LaunchRequest, *, lifeline: int, ready: int) -> None:
    """Make this process the one `request` describes: session, signals, environment, limits, seeds.

    The caller has closed what it owned; every other descriptor is closed here but the standard
    ones, `lifeline` and `ready`. OSError when the working directory or the log cannot be opened.
    """
    os.setsid()
    name_process()
    reset_signals()
    close_descriptors(keep=(lifeline, ready))
    redirect_streams(request.log_path)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.cwd)
    apply_limits(request.limits)
    reseed()
    die_with(lifeline)


def name_process() -> None:
    """Name this process in `ps -o comm` and `top`; its command line stays the supervisor's."""
    with open("/proc/self/comm", "w", encoding="ascii") as comm:
        comm.write(PROCESS_NAME)


def reset_signals() -> None:
    """Handlers as a kernel has them at rest, nothing blocked, nothing waking a loop.

    An interrupt counts only while a kernel runs code: ipykernel takes it then, and one that came
    while it starts would end it.
    """
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def close_descriptors(*, keep: Iterable[int]) -> None:
    """Close every descriptor above the standard streams but those in `keep`."""
    low = max(_STANDARD_STREAMS) + 1
    for kept in sorted(keep):
        os.closerange(low, kept)
        low = kept + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def redirect_streams(log_path: str) -> None:
    """Standard input from nowhere; output and errors to `log_path`, or nowhere when it is ""."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    log = nowhere
    if log_path:
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    for stream, source in zip(_STANDARD_STREAMS, (nowhere, log, log), strict=True):
        os.dup2(source, stream)
    for opened in {nowhere, log}:
        if opened not in _STANDARD_STREAMS:
            os.close(opened)


def apply_limits(limits: Mapping[str, int], *, pid: int = 0) -> None:
    """Set the soft resource limits of process `pid` (0: this one), hard limits unchanged.

    `limits` is as in `LaunchRequest.limits`; a value above the hard limit means the hard limit.
    ValueError for a name the system does not know.
    """
    for name, wanted in limits.items():
        number = find_limit(name)
        _, hard = resource.prlimit(pid, number)
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.prlimit(pid, number, (soft, hard))


def find_limit(name: str) -> int:
    """The system's number for the limit called `name`; ValueError when it has none."""
    number = getattr(resource, f"RLIMIT_{name.upper()}", None)
    if number is None:
        raise ValueError(f"there is no resource limit called {name}")
    return int(number)


def reseed() -> None:
    """Give this process random numbers of its own: a fork would repeat its siblings'."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def die_with(lifeline: int) -> None:
    """Have the system kill this process, and all it starts, when the `lifeline` pipe closes.

    The kernel sends the signal itself (F_SETSIG), so no thread waits and code that never returns
    to the interpreter is ended too.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    poll = select.poll()
    poll.register(lifeline, select.POLLIN)
    if poll.poll(0):  # it closed before the line above took effect
        os.kill(os.getpid(), signal.SIGKILL)
