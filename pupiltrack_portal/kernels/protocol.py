"""The messages between a provisioner and the supervisor, and who may send them.

One `SOCK_SEQPACKET` Unix connection per kernel, one JSON object per packet:

1. provisioner -> supervisor: a `LaunchRequest` with two pipe ends attached. The first, a read end,
   is the lifeline: the kernel dies when that pipe closes, so it never outlives the server that
   asked for it. To the second, a write end, the kernel writes `READY` once its sockets are bound,
   so that nobody connects too early and waits for ZeroMQ to try again; or else why it cannot run.
2. supervisor -> provisioner: `{"pid": N}` with a pidfd of the new kernel attached, or
   `{"error": "..."}`.
3. supervisor -> provisioner, when the kernel has ended: `{"exit": N}`, `N` negative for a signal as
   in `subprocess.Popen.returncode`. Then the connection closes.

A connection that closes without step 3 means the supervisor is gone, not the kernel.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from dataclasses import asdict, dataclass, field
from typing import Any

from pupiltrack_portal.kernels.errors import SupervisorError

# The largest packet accepted. An environment is a few KB; Linux sends at most the socket's send
# buffer (about 200 KB unless tuned) as one packet.
MAX_PACKET_BYTES = 128 * 1024
# Linux's sockaddr_un holds 108 bytes, the last of them a zero.
MAX_SOCKET_PATH_BYTES = 107

# What a kernel writes to its second pipe once clients can connect.
READY = b"1"

_UCRED = struct.Struct("3i")  # pid, uid, gid: `struct ucred` of Linux


@dataclass(frozen=True)
class LaunchRequest:
    """One kernel to be forked.

    `argv` are the arguments after `-m ipykernel_launcher`. `environment` is the whole environment
    of the kernel. `limits` maps a name of `resource.RLIMIT_*` in lower case without the prefix
    ("core", "nproc", "data", "as", "nofile", "cpu") to the soft limit, in that limit's own unit.
    """

    argv: tuple[str, ...]
    environment: dict[str, str]
    cwd: str
    limits: dict[str, int] = field(default_factory=dict)
    log_path: str = ""

    def as_message(self) -> dict[str, Any]:
        """The request as the JSON object sent."""
        return asdict(self)

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> LaunchRequest:
        """The request in `message`; ValueError when a field is missing or of the wrong type."""
        try:
            request = cls(
                argv=tuple(message["argv"]),
                environment=dict(message["environment"]),
                cwd=message["cwd"],
                limits=dict(message["limits"]),
                log_path=message["log_path"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError("a launch request lacks a field") from error
        texts = (*request.argv, *request.environment, *request.environment.values())
        if not all(isinstance(text, str) for text in (*texts, request.cwd, request.log_path)):
            raise ValueError("a launch request holds something that is not text")
        if not all(isinstance(limit, int) for limit in request.limits.values()):
            raise ValueError("a launch request holds a limit that is not a whole number")
        return request


def send_message(
    connection: socket.socket, message: dict[str, Any], *, descriptors: tuple[int, ...] = ()
) -> None:
    """Send `message` as one packet with copies of `descriptors` attached.

    Raises SupervisorError when it is longer than `MAX_PACKET_BYTES`, OSError from the socket.
    """
    packet = json.dumps(message).encode("ascii")
    if len(packet) > MAX_PACKET_BYTES:
        raise SupervisorError(
            f"The launch request is {len(packet)} bytes long and {MAX_PACKET_BYTES} is the most "
            "that is sent: give the kernel a smaller environment."
        )
    rights = array.array("i", descriptors)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
    connection.sendmsg([packet], ancillary)


def receive_message(connection: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """The next packet as (object, attached descriptors); (None, []) when the other end closed.

    Descriptors come close-on-exec and are the caller's to close. Raises ValueError for anything
    that is not one whole JSON object, after closing what came with it.
    """
    size = socket.CMSG_SPACE(8 * array.array("i").itemsize)
    packet, ancillary, flags, _ = connection.recvmsg(
        MAX_PACKET_BYTES, size, socket.MSG_CMSG_CLOEXEC
    )
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    if not packet and not descriptors:
        return None, []
    try:
        message = _parse(packet, whole=not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC))
    except ValueError:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    return message, list(descriptors)


def _parse(packet: bytes, *, whole: bool) -> dict[str, Any]:
    message = json.loads(packet) if whole else None
    if not isinstance(message, dict):
        raise ValueError("a packet is not one whole JSON object")  # noqa: TRY004 one error for all
    return message


def read_peer_uid(connection: socket.socket) -> int:
    """The user id of the process at the other end, as the operating system vouches for it."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    _, uid, _ = _UCRED.unpack(credentials)
    return int(uid)


def is_peer_allowed(peer_uid: int, *, own_uid: int) -> bool:
    """Whether a process of `peer_uid` may talk to one of `own_uid`: only the very same user.

    Root is no exception: it can do as it likes by other means, and a wrong owner is a mistake to
    be seen.
    """
    return peer_uid == own_uid
