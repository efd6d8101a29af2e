"""The process kernels are forked from: one thread, one selector, nothing else.

It listens on a Unix socket, forks a kernel for each `LaunchRequest` of its own user, and reports
each kernel's exit status on the connection that asked for it. It holds no state that matters: when
it dies the kernels go on, and whoever started it starts another.
"""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import socket
from dataclasses import dataclass, field

from pupiltrack_portal.kernels.protocol import (
    LaunchRequest,
    is_peer_allowed,
    read_peer_uid,
    receive_message,
    send_message,
)
from pupiltrack_portal.kernels.sockets import (
    check_socket_path,
    lock_directory,
    remove_stale_socket,
)

logger = logging.getLogger(__name__)

_BACKLOG = 512
_PIPE_ENDS = 2
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class ForkedChild:
    """What the supervisor's loop returns in a new kernel's process.

    `lifeline` and `ready` are the pipe ends of the first message, see `protocol`.
    """

    request: LaunchRequest
    lifeline: int
    ready: int


@dataclass
class _Kernel:
    """A kernel alive, as its parent sees it."""

    pid: int
    pidfd: int
    owner: socket.socket | None


@dataclass
class Supervisor:
    """The listening end. `serve` returns None when told to stop, a `ForkedChild` in a kernel.

    `control` is a stream socket to whoever started this process: "ready" is written to it once
    the socket listens, and its end of file means the starter is gone, so stop.
    """

    socket_path: str
    control: socket.socket | None = None
    _selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)
    _kernels: dict[int, _Kernel] = field(default_factory=dict)
    _connections: set[socket.socket] = field(default_factory=set)
    _listener: socket.socket | None = None
    _directory_lock: int = -1
    _wake: tuple[socket.socket, socket.socket] | None = None
    _stopping: bool = False

    def listen(self) -> None:
        """Take the socket's directory for this process alone and listen.

        Raises SupervisorError when the directory is not private or another supervisor serves it.
        """
        check_socket_path(self.socket_path)
        self._directory_lock = lock_directory(os.path.dirname(self.socket_path))
        remove_stale_socket(self.socket_path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener = listener
        previous = os.umask(0o177)
        try:
            listener.bind(self.socket_path)
        finally:
            os.umask(previous)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._wake = socket.socketpair()
        for end in self._wake:
            end.setblocking(False)
        self._selector.register(self._wake[0], selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        for number in _STOP_SIGNALS:
            signal.signal(number, self._on_stop_signal)
        if self.control is not None:
            self._selector.register(self.control, selectors.EVENT_READ)
            self.control.sendall(b"ready\n")

    def serve(self) -> ForkedChild | None:
        """Fork kernels and report their ends until stopped."""
        while not self._stopping:
            for key, _ in self._selector.select():
                child = self._dispatch(key.fileobj)
                if child is not None:
                    return child
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket_path)
        self.close()
        return None

    def close(self) -> None:
        """Close everything this process opened to serve; in a forked kernel, its copies."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for kernel in self._kernels.values():
            os.close(kernel.pidfd)
        sockets = [*self._connections, *(self._wake or ())]
        sockets += [end for end in (self._listener, self.control) if end is not None]
        for end in sockets:
            end.close()
        self._kernels.clear()
        self._connections.clear()
        if self._directory_lock >= 0:
            os.close(self._directory_lock)
            self._directory_lock = -1

    def _dispatch(self, source: object) -> ForkedChild | None:
        """Handle what became readable; a `ForkedChild` only in the process of a new kernel."""
        if isinstance(source, int):
            self._on_kernel_ended(source)
        elif source is self._listener:
            self._on_connection()
        elif source is self.control:
            self._stopping = True  # the only thing the starter ever sends is its end
        elif self._wake is not None and source is self._wake[0]:
            self._wake[0].recv(4096)
        elif isinstance(source, socket.socket) and source in self._connections:
            return self._on_packet(source)
        return None

    def _on_stop_signal(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _on_connection(self) -> None:
        if self._listener is None:
            return
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # out of descriptors: kernels that end will give some back
            logger.error("a connection could not be accepted: %s", error)  # noqa: TRY400
            return
        peer = read_peer_uid(connection)
        if not is_peer_allowed(peer, own_uid=os.geteuid()):
            logger.warning("refused a connection of user id %s", peer)
            connection.close()
            return
        connection.setblocking(False)
        self._connections.add(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _on_packet(self, connection: socket.socket) -> ForkedChild | None:
        try:
            message, descriptors = receive_message(connection)
        except BlockingIOError:
            return None
        except (OSError, ValueError) as error:
            self._refuse(connection, str(error))
            return None
        if message is None:
            self._forget(connection)
            return None
        child = None
        try:
            child = self._on_request(connection, message, descriptors)
        except (OSError, ValueError) as error:
            self._refuse(connection, str(error))
        finally:
            if child is None:  # in a kernel, they are its own to keep
                for descriptor in descriptors:
                    os.close(descriptor)
        return child

    def _on_request(
        self, connection: socket.socket, message: dict[str, object], descriptors: list[int]
    ) -> ForkedChild | None:
        if message == {"ping": True}:
            self._answer(connection, {"pid": os.getpid(), "kernels": len(self._kernels)})
            return None
        if any(kernel.owner is connection for kernel in self._kernels.values()):
            raise ValueError("one connection starts one kernel")
        if len(descriptors) != _PIPE_ENDS:
            raise ValueError(f"a launch request comes with {_PIPE_ENDS} pipe ends")
        lifeline, ready = descriptors
        return self._fork(
            connection, ForkedChild(LaunchRequest.from_message(message), lifeline, ready)
        )

    def _fork(self, connection: socket.socket, child: ForkedChild) -> ForkedChild | None:
        # A signal that reaches the child before it has handlers of its own waits until it does,
        # or it would be taken for one that tells the supervisor to stop.
        previous = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        try:
            pid = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous)
            raise
        if pid == 0:
            self.close()
            return child
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)
        try:
            pidfd = os.pidfd_open(pid)
        except OSError:  # out of descriptors: a kernel nobody can watch is not left running
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise
        self._kernels[pidfd] = _Kernel(pid, pidfd, connection)
        self._selector.register(pidfd, selectors.EVENT_READ)
        self._answer(connection, {"pid": pid}, descriptors=(pidfd,))
        return None

    def _on_kernel_ended(self, pidfd: int) -> None:
        kernel = self._kernels.pop(pidfd)
        self._selector.unregister(pidfd)
        # What the kernel started goes with it. Until it is reaped its number is nobody else's.
        with contextlib.suppress(ProcessLookupError):  # it had no group yet
            os.killpg(kernel.pid, signal.SIGKILL)
        ended = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
        os.close(pidfd)
        if kernel.owner is None or ended is None:
            return
        status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        self._answer(kernel.owner, {"exit": status})
        self._forget(kernel.owner)

    def _answer(
        self,
        connection: socket.socket,
        message: dict[str, object],
        *,
        descriptors: tuple[int, ...] = (),
    ) -> None:
        # A peer that has gone is told nothing; its end of the connection shows in the next select.
        with contextlib.suppress(OSError):
            send_message(connection, message, descriptors=descriptors)

    def _refuse(self, connection: socket.socket, reason: str) -> None:
        logger.warning("refused a launch: %s", reason)
        self._answer(connection, {"error": reason})
        self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        for kernel in self._kernels.values():
            if kernel.owner is connection:
                kernel.owner = None
        if connection in self._connections:
            self._connections.discard(connection)
            self._selector.unregister(connection)
            connection.close()
