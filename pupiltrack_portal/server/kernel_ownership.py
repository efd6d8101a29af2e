"""Which kernel belongs to which session, and how many there may be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pupiltrack_portal.server.traffic import Traffic


class Socket(Protocol):
    """The little of a web socket handler that is needed here."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the connection with the browser."""


class NoRoomForKernel(Exception):
    """No further kernel may start now; `own` says whether the person's own pages are the reason."""

    def __init__(self, *, own: bool) -> None:
        super().__init__("no room for another kernel")
        self.own = own


@dataclass(slots=True)
class OwnedKernel:
    """One kernel: whose it is and when a browser was last connected to it."""

    kernel_id: str
    session_id: int
    user_id: int
    page: str
    unattended_since: float
    sockets: set[Socket] = field(default_factory=set)
    connections: int = 0  # sockets with those whose handshake goes on
    traffic: Traffic = field(default_factory=Traffic)
    was_attended: bool = False
    is_started: bool = False


@dataclass(slots=True)
class Room:
    """A place held for a kernel that is about to start."""

    register: KernelRegister
    session_id: int
    user_id: int
    is_held: bool = True

    def give_up(self) -> None:
        """Let go of the place, once."""
        if self.is_held:
            self.is_held = False
            self.register.give_up_room(self)


class KernelRegister:
    """The kernels that run, by owner. Lives in the server's one thread."""

    def __init__(
        self,
        *,
        most: int,
        most_per_session: int,
        most_per_person: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._most_per_session = most_per_session
        self._most_per_person = most_per_person
        self._clock = clock
        self._kernels: dict[str, OwnedKernel] = {}
        self._held: list[Room] = []

    def __len__(self) -> int:
        return len(self._kernels) + len(self._held)

    def hold_room(self, session_id: int, *, user_id: int) -> Room:
        """Hold a place for a kernel until it is added; `NoRoomForKernel` if there is none."""
        taken: tuple[OwnedKernel | Room, ...] = (*self._kernels.values(), *self._held)
        in_session = sum(item.session_id == session_id for item in taken)
        of_person = sum(item.user_id == user_id for item in taken)
        if in_session >= self._most_per_session or of_person >= self._most_per_person:
            raise NoRoomForKernel(own=True)
        if len(self) >= self._most:
            raise NoRoomForKernel(own=False)
        room = Room(self, session_id, user_id)
        self._held.append(room)
        return room

    def give_up_room(self, room: Room) -> None:
        """Let go of a place that was held."""
        self._held = [held for held in self._held if held is not room]

    def add(self, kernel_id: str, *, session_id: int, user_id: int, page: str) -> None:
        """Record who owns a kernel that is being started."""
        self._kernels[kernel_id] = OwnedKernel(
            kernel_id, session_id, user_id, page, unattended_since=self._clock()
        )

    def has_started(self, kernel_id: str) -> None:
        """The kernel's process runs."""
        kernel = self._kernels.get(kernel_id)
        if kernel is not None:
            kernel.is_started = True

    def remove(self, kernel_id: str) -> OwnedKernel | None:
        """Forget a kernel and return what was known of it; None when it was not known."""
        return self._kernels.pop(kernel_id, None)

    def find(self, kernel_id: str) -> OwnedKernel | None:
        """Return what is known of a kernel; None when it is not known."""
        return self._kernels.get(kernel_id)

    def is_owned_by(self, kernel_id: str, session_id: int) -> bool:
        """Whether this kernel is that session's. An unknown kernel is nobody's."""
        kernel = self._kernels.get(kernel_id)
        return kernel is not None and kernel.session_id == session_id

    def sessions(self) -> tuple[int, ...]:
        """Return the sessions that own a kernel."""
        return tuple({kernel.session_id for kernel in self._kernels.values()})

    def of_session(self, session_id: int) -> tuple[OwnedKernel, ...]:
        """Return the kernels of one session, the one started first at the front."""
        return tuple(k for k in self._kernels.values() if k.session_id == session_id)

    def kernels(self) -> tuple[OwnedKernel, ...]:
        """Return every kernel."""
        return tuple(self._kernels.values())

    def attend(self, kernel_id: str, socket: Socket) -> None:
        """A browser has connected to the kernel."""
        kernel = self._kernels[kernel_id]
        kernel.sockets.add(socket)
        kernel.was_attended = True

    def leave(self, kernel_id: str, socket: Socket) -> None:
        """A browser's connection to the kernel has ended."""
        kernel = self._kernels.get(kernel_id)
        if kernel is not None:
            kernel.sockets.discard(socket)
            kernel.unattended_since = self._clock()

    def unattended(self, *, never_attended: float, left: float) -> tuple[OwnedKernel, ...]:
        """Return the kernels without a browser for longer than the seconds given.

        `never_attended` is for kernels nobody has connected to yet, `left` for those somebody
        has, and may be connecting to again after a break in the line.
        """
        now = self._clock()
        return tuple(
            kernel
            for kernel in self._kernels.values()
            if not kernel.sockets
            and now - kernel.unattended_since > (left if kernel.was_attended else never_attended)
        )
