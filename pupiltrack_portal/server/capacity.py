"""How many descriptors and ZeroMQ sockets the pages take, and making room for them at start."""

from __future__ import annotations

import resource

from pupiltrack_core.errors import ConfigurationError

# Measured: 8 for a kernel and 9 for each of its three sockets; and some while sockets are opened.
_DESCRIPTORS_PER_KERNEL = 45
_DESCRIPTORS_BESIDE = 500  # requests, the database, files
# Four channels for each of three sockets, two more while they open, and the server's own.
_SOCKETS_PER_KERNEL = 20
_SOCKETS_BESIDE = 100


def make_room_for_descriptors(max_kernels: int) -> None:
    """Raise this process's limit of open files to what so many kernels need, never lower it.

    Raises `ConfigurationError` where the account is not allowed as many.
    """
    needed = max_kernels * _DESCRIPTORS_PER_KERNEL + _DESCRIPTORS_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        fitting = max(0, (hard - _DESCRIPTORS_BESIDE) // _DESCRIPTORS_PER_KERNEL)
        raise ConfigurationError(
            f"Setting max_kernels is {max_kernels}, which needs {needed:,} open files, but this "
            f"account may have {hard:,}. Set max_kernels to at most {fitting}, or allow more open "
            "files (LimitNOFILE of the service)."
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def sockets_for(max_kernels: int) -> int:
    """Return how many ZeroMQ sockets so many kernels may need at once."""
    return max_kernels * _SOCKETS_PER_KERNEL + _SOCKETS_BESIDE
