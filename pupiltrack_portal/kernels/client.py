"""The provisioner's end of a forked kernel: ask for one, and hold on to it.

A `ForkedProcess` answers to the part of `subprocess.Popen` that jupyter_client uses. It is not tied
to an event loop: a kernel manager may call from a different loop each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket

from pupiltrack_portal.kernels.errors import LaunchRefused, SupervisorError
from pupiltrack_portal.kernels.protocol import (
    READY,
    LaunchRequest,
    is_peer_allowed,
    read_peer_uid,
    receive_message,
    send_message,
)

# The exit status of a kernel that ended when no supervisor was there to tell it.
UNKNOWN_STATUS = 255
# How long a supervisor that is alive gets to report an exit that has already happened.
_STATUS_SECONDS = 0.25
_LONGEST_REASON = 4096


class ForkedProcess:
    """A kernel forked by a supervisor, as `subprocess.Popen` would show it.

    It owns three descriptors until the kernel has ended or `close` is called: the connection the
    exit status comes on, the pidfd, and the lifeline whose closing kills the kernel.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, *, pidfd: int, connection: socket.socket, lifeline: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._pidfd = pidfd
        self._connection = connection
        self._lifeline = lifeline

    def poll(self) -> int | None:
        """None while the kernel runs, then its exit status: negative for a signal."""
        if self.returncode is None and _is_readable(self._pidfd, seconds=0):
            self._settle()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once the kernel has ended; TimeoutError after `timeout` seconds."""
        if self.returncode is None:
            if not _is_readable(self._pidfd, seconds=timeout):
                raise TimeoutError(f"kernel {self.pid} still runs after {timeout} seconds")
            self._settle()
        return UNKNOWN_STATUS if self.returncode is None else self.returncode

    async def wait_async(self) -> int:
        """As `wait`, without blocking the running event loop; any number may wait at once."""
        if self.returncode is None:
            await _until_readable(os.dup(self._pidfd))
        return self.wait()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's process; nothing when it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def send_group_signal(self, number: int) -> None:
        """Send a signal to the kernel and whatever it started; nothing when it has ended."""
        if self.poll() is None:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:  # so young that it leads no group yet
                self.send_signal(number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Let go of the kernel; one that still runs is killed by the end of its lifeline."""
        if self._pidfd < 0:
            return
        if self.returncode is None:
            self.returncode = -signal.SIGKILL
        os.close(self._lifeline)
        os.close(self._pidfd)
        self._connection.close()
        self._pidfd = self._lifeline = -1

    def _settle(self) -> None:
        """Fetch the exit status of a kernel that has ended, and close what led to it."""
        status = UNKNOWN_STATUS
        if _is_readable(self._connection.fileno(), seconds=_STATUS_SECONDS):
            with contextlib.suppress(OSError, ValueError):
                message, _ = receive_message(self._connection)
                status = int((message or {}).get("exit", UNKNOWN_STATUS))
        self.returncode = status
        self.close()


async def fork_kernel(socket_path: str, request: LaunchRequest, *, timeout: float) -> ForkedProcess:
    """Have the supervisor at `socket_path` fork the kernel of `request`.

    Returns when clients can connect to the kernel. Raises SupervisorError when no supervisor of
    this user answers within `timeout` seconds, and LaunchRefused when it answers that it will not
    or the kernel ends at once.
    """
    with contextlib.ExitStack() as held:
        connection = held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        connection.setblocking(False)
        lifeline_end, lifeline = os.pipe()
        held.callback(os.close, lifeline)
        ready, ready_end = os.pipe()
        theirs = (lifeline_end, ready_end)
        try:
            async with asyncio.timeout(timeout):
                try:
                    await _ask(connection, socket_path, request, theirs)
                finally:
                    for descriptor in theirs:
                        os.close(descriptor)
                pid, pidfd = await _receive_answer(connection, socket_path)
                held.callback(os.close, pidfd)
                await _until_readable(os.dup(ready))
            word = os.read(ready, _LONGEST_REASON)
        except TimeoutError as error:
            raise SupervisorError(f"{socket_path} gave no answer in {timeout} seconds") from error
        except (OSError, ValueError) as error:
            raise SupervisorError(f"{socket_path} cannot be used: {error}") from error
        finally:
            os.close(ready)
        if word != READY:
            reason = word.decode("utf-8", "replace") or "it ended at once"
            raise LaunchRefused(f"a forked kernel could not run: {reason}")
        held.pop_all()
    return ForkedProcess(pid, pidfd=pidfd, connection=connection, lifeline=lifeline)


async def _ask(
    connection: socket.socket,
    socket_path: str,
    request: LaunchRequest,
    descriptors: tuple[int, ...],
) -> None:
    """Connect and send `request`, once it is known who listens."""
    await asyncio.get_running_loop().sock_connect(connection, socket_path)
    # The request holds what only this user's processes may know.
    if not is_peer_allowed(read_peer_uid(connection), own_uid=os.geteuid()):
        raise SupervisorError(f"{socket_path} is served by another user; nothing was sent to it")
    send_message(connection, request.as_message(), descriptors=descriptors)


async def _receive_answer(connection: socket.socket, socket_path: str) -> tuple[int, int]:
    """The process id and pidfd of the kernel asked for."""
    await _until_readable(os.dup(connection.fileno()))
    answer, descriptors = receive_message(connection)
    if answer is None:
        raise SupervisorError(f"the supervisor at {socket_path} ended before it answered")
    if "error" in answer or len(descriptors) != 1:
        for descriptor in descriptors:
            os.close(descriptor)
        raise LaunchRefused(f"the supervisor refused: {answer.get('error', 'no pidfd came')}")
    return int(answer["pid"]), descriptors[0]


def _is_readable(descriptor: int, *, seconds: float | None) -> bool:
    """Whether `descriptor` becomes readable within `seconds`; None waits for ever."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


async def _until_readable(descriptor: int) -> None:
    """Return once `descriptor` is readable, and close it, also when cancelled.

    The caller gives a duplicate: a loop watches a descriptor for one reader only.
    """
    loop = asyncio.get_running_loop()
    readable = loop.create_future()

    def settle() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(descriptor, settle)
    try:
        await readable
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
