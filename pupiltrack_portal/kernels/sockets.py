"""The private directory a supervisor's socket lives in: made, checked, locked and tidied."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat

from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.protocol import MAX_SOCKET_PATH_BYTES

# What the names of the kernels' own sockets start with.
IPC_PREFIX = "kernel-"


def check_socket_path(path: str) -> None:
    """Raise SupervisorError unless `path` is absolute and short enough for a Unix socket."""
    if not os.path.isabs(path):
        raise SupervisorError(f"The socket path must be absolute, and {path!r} is not.")
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        raise SupervisorError(
            f"The socket path is longer than {MAX_SOCKET_PATH_BYTES} bytes, the most the system "
            f"allows: choose a shorter directory than {os.path.dirname(path)}."
        )


def make_private_directory(path: str) -> None:
    """Make `path` with mode 0700 if it is not there; then `check_private_directory`."""
    with contextlib.suppress(FileExistsError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.mkdir(path, 0o700)
    check_private_directory(path)


def check_private_directory(path: str) -> None:
    """Raise SupervisorError unless `path` is a real directory only this user can enter."""
    try:
        found = os.lstat(path)
    except OSError as error:
        raise SupervisorError(f"The directory {path} cannot be used: {error.strerror}.") from error
    if not stat.S_ISDIR(found.st_mode):
        raise SupervisorError(f"{path} is not a directory, so no socket can be kept in it.")
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise SupervisorError(
            f"The directory {path} is open to other users. Give it to the user that runs the "
            "server, with mode 0700, or choose another directory."
        )


def lock_directory(path: str) -> int:
    """A descriptor that holds `path` for this process until it is closed.

    Raises SupervisorError when the directory is not private or another supervisor holds it. The
    lock goes with the process, however it ends, so a directory found unlocked is free.
    """
    check_private_directory(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SupervisorError(
            f"Another supervisor already serves from {path}. Stop it first, or give this one a "
            "directory of its own."
        ) from error
    return descriptor


def remove_stale_socket(path: str) -> None:
    """Remove a socket a dead supervisor left at `path`; only with the directory's lock held.

    Raises SupervisorError when what is there is not a socket: it is somebody's file.
    """
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise SupervisorError(f"{path} is in the way and is not a socket. Nothing was removed.")
        os.unlink(path)


def remove_dead_sockets(directory: str, *, prefix: str) -> int:
    """Remove the sockets in `directory` whose name starts with `prefix` and nobody listens on.

    They are left by kernels killed with their server. Returns how many were removed.
    """
    removed = 0
    for entry in os.scandir(directory):
        if not entry.name.startswith(prefix) or not stat.S_ISSOCK(entry.stat().st_mode):
            continue
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.setblocking(False)
            try:
                visitor.connect(entry.path)
            except ConnectionRefusedError:
                os.unlink(entry.path)
                removed += 1
            except OSError:
                continue  # somebody is there, but busy
    return removed
