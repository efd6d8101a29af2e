"""Which kernel belongs to which session, how many there may be, and which nobody needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pupiltrack_portal.server.traffic import Traffic

# A web socket's close codes: the page was left, or said that it needs its kernel no more.
_FAREWELLS = frozenset({1000, 1001})


class Socket(Protocol):
    """The little of a web socket handler that is needed here."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the connection with the browser."""


class Refusal(StrEnum):
    """Why no further kernel may start now."""

    OWN = "the person has as many pages open as one may"
    FULL = "as many pages are open as there may be"
    QUEUE = "as many pages are being opened as may wait"
    MEMORY = "the machine is short of memory"
    STOPPING = "the server is ending"


class NoRoomForKernel(Exception):
    """No further kernel may start now."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why

    @property
    def own(self) -> bool:
        """Whether the person's own pages are the reason."""
        return self.why is Refusal.OWN


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for which a kernel may be without a browser, by what was last known of its page.

    `unsent`: its page's HTML is still being sent; `unread`: it has been sent, and nobody has
    connected yet; `left`: the page said that it goes; `lost`: the line broke.
    """

    unsent: float
    unread: float
    left: float
    lost: float

    def with_kernel(self, kernel: OwnedKernel) -> float:
        """Return the seconds this kernel gets."""
        if kernel.was_attended:
            return self.left if kernel.is_left else self.lost
        return self.unread if kernel.is_sent else self.unsent


@dataclass(slots=True)
class OwnedKernel:
    """One kernel: whose it is and when a browser was last connected to it.

    It belongs to one page in one tab, so of several sockets only the newest can be in use.
    """

    kernel_id: str
    session_id: int
    user_id: int
    page: str
    unattended_since: float
    sockets: list[Socket] = field(default_factory=list)  # the newest last
    connections: int = 0  # sockets with those whose handshake goes on
    traffic: Traffic = field(default_factory=Traffic)
    was_attended: bool = False
    is_started: bool = False
    is_sent: bool = False  # the page's HTML is complete
    is_left: bool = False  # the page's last word was a farewell


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


def always_enough(_pages: int) -> bool:
    """Whether the machine has memory for so many pages more: where nobody measures, yes."""
    return True


class KernelRegister:
    """The kernels that run, by owner. Lives in the server's one thread."""

    def __init__(
        self,
        *,
        most: int,
        most_per_session: int,
        most_per_person: int,
        most_opening: int | None = None,
        has_memory_for: Callable[[int], bool] = always_enough,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._most_per_session = most_per_session
        self._most_per_person = most_per_person
        self._most_opening = most if most_opening is None else most_opening
        self._has_memory_for = has_memory_for
        self._clock = clock
        self._kernels: dict[str, OwnedKernel] = {}
        self._held: list[Room] = []
        self.is_closed = False

    def __len__(self) -> int:
        return len(self._kernels) + len(self._held)

    def close(self) -> None:
        """From now on there is no room for anybody."""
        self.is_closed = True

    def hold_room(self, session_id: int, *, user_id: int) -> Room:
        """Hold a place for a kernel until it is added; `NoRoomForKernel` if there is none."""
        why = self.why_no_room(session_id, user_id=user_id)
        if why is not None:
            raise NoRoomForKernel(why)
        room = Room(self, session_id, user_id)
        self._held.append(room)
        return room

    def why_no_room(self, session_id: int, *, user_id: int) -> Refusal | None:
        """Return why a kernel could not start now for this session; None when it could."""
        if self.is_closed:
            return Refusal.STOPPING
        taken: tuple[OwnedKernel | Room, ...] = (*self._kernels.values(), *self._held)
        in_session = sum(item.session_id == session_id for item in taken)
        of_person = sum(item.user_id == user_id for item in taken)
        if in_session >= self._most_per_session or of_person >= self._most_per_person:
            return Refusal.OWN
        if len(self) >= self._most:
            return Refusal.FULL
        opening = self.opening()
        if opening >= self._most_opening:
            return Refusal.QUEUE
        # Those being opened have yet to take most of theirs.
        return None if self._has_memory_for(opening + 1) else Refusal.MEMORY

    def opening(self) -> int:
        """Return how many pages are being opened or wait for it."""
        return len(self._held) + sum(not kernel.is_sent for kernel in self._kernels.values())

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

    def has_been_sent(self, kernel_id: str) -> None:
        """The HTML of the kernel's page is complete; now its browser has to connect."""
        kernel = self._kernels.get(kernel_id)
        if kernel is not None and not kernel.is_sent:
            kernel.is_sent = True
            kernel.unattended_since = self._clock()

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
        kernel.sockets.append(socket)
        kernel.was_attended = True
        kernel.is_left = False

    def leave(self, kernel_id: str, socket: Socket, *, is_farewell: bool = False) -> None:
        """A browser's connection to the kernel has ended; with a farewell, the page has gone."""
        kernel = self._kernels.get(kernel_id)
        if kernel is None or socket not in kernel.sockets:
            return
        is_newest = kernel.sockets[-1] is socket
        kernel.sockets.remove(socket)
        kernel.unattended_since = self._clock()
        if is_farewell and is_newest:
            # Older sockets are ones the same page lost without their having been seen to die.
            kernel.is_left = True
            stale, kernel.sockets = kernel.sockets, []
            for other in stale:
                other.close()

    def unattended(self, patience: Patience) -> tuple[OwnedKernel, ...]:
        """Return the kernels without a browser for longer than they may be."""
        now = self._clock()
        return tuple(
            kernel
            for kernel in self._kernels.values()
            if not kernel.sockets and now - kernel.unattended_since > patience.with_kernel(kernel)
        )


def is_farewell(close_code: int | None) -> bool:
    """Whether a socket that ended so was closed by a page that goes, or that was left.

    None stands for one that ended without a word: the line is gone, the page may still be there.
    """
    return close_code in _FAREWELLS
