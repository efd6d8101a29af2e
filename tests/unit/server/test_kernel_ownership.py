"""Whose kernel is whose, how many there may be, and which are left alone."""

from __future__ import annotations

import pytest

from pupiltrack_portal.server.errors_shown import shown_error
from pupiltrack_portal.server.kernel_ownership import (
    KernelRegister,
    NoRoomForKernel,
    Patience,
    Refusal,
    is_farewell,
)

PATIENCE = Patience(unsent=120, unread=30, left=3, lost=45)


class Clock:
    """Time that goes on when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeSocket:
    """A socket that only remembers."""

    is_closed = False

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Nothing to close."""
        self.is_closed = True


def test_hold_room_full_portal_refuses() -> None:
    register = KernelRegister(most=2, most_per_session=9, most_per_person=99)
    register.add("a", session_id=1, user_id=1, page="home")
    room = register.hold_room(2, user_id=2)
    with pytest.raises(NoRoomForKernel) as full:
        register.hold_room(3, user_id=3)
    assert full.value.own is False
    room.give_up()
    room.give_up()  # a second time changes nothing
    assert register.hold_room(3, user_id=3).is_held
    assert len(register) == 2


def test_hold_room_full_session_refuses_that_session_alone() -> None:
    register = KernelRegister(most=9, most_per_session=1, most_per_person=99)
    register.hold_room(1, user_id=1)
    with pytest.raises(NoRoomForKernel) as full:
        register.hold_room(1, user_id=1)
    assert full.value.own is True
    assert register.hold_room(2, user_id=2).is_held


def test_hold_room_full_person_refuses_that_person_in_every_session() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=2)
    register.add("a", session_id=1, user_id=7, page="home")
    room = register.hold_room(2, user_id=7)
    with pytest.raises(NoRoomForKernel) as full:
        register.hold_room(3, user_id=7)
    assert full.value.own is True
    assert register.hold_room(4, user_id=8).is_held
    room.give_up()
    assert register.hold_room(3, user_id=7).is_held


def test_is_owned_by_another_session_or_unknown_kernel() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99)
    register.add("a", session_id=1, user_id=1, page="home")
    assert register.is_owned_by("a", 1)
    assert not register.is_owned_by("a", 2)
    assert not register.is_owned_by("b", 1)
    assert register.remove("a") is not None
    assert register.remove("a") is None
    assert not register.is_owned_by("a", 1)


def test_hold_room_many_opening_refuses_until_one_has_been_sent() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=9, most_opening=2)
    register.hold_room(1, user_id=1)
    register.add("a", session_id=2, user_id=2, page="home")
    with pytest.raises(NoRoomForKernel) as full:
        register.hold_room(3, user_id=3)
    assert full.value.why is Refusal.QUEUE
    register.has_been_sent("a")
    assert register.hold_room(3, user_id=3).is_held


def test_hold_room_short_of_memory_counts_the_pages_being_opened() -> None:
    asked = []

    def has_memory_for(pages: int) -> bool:
        asked.append(pages)
        return pages < 3

    register = KernelRegister(
        most=9, most_per_session=9, most_per_person=9, has_memory_for=has_memory_for
    )
    register.hold_room(1, user_id=1)
    register.hold_room(2, user_id=2)
    with pytest.raises(NoRoomForKernel) as full:
        register.hold_room(3, user_id=3)
    assert full.value.why is Refusal.MEMORY
    assert asked == [1, 2, 3]


def test_hold_room_closed_refuses_everybody() -> None:
    register = KernelRegister(most=9, most_per_session=9, most_per_person=9)
    assert register.why_no_room(1, user_id=1) is None
    register.close()
    with pytest.raises(NoRoomForKernel) as full:
        register.hold_room(1, user_id=1)
    assert full.value.why is Refusal.STOPPING


@pytest.mark.parametrize("why", Refusal)
def test_shown_error_without_room_says_why_and_tries_again(why: Refusal) -> None:
    shown = shown_error(500, NoRoomForKernel(why))
    assert shown.status == 503
    assert shown.retry_after
    assert ("many pages" in shown.heading) == (why is Refusal.OWN)


def unattended(register: KernelRegister) -> list[str]:
    """The kernels that would end now."""
    return [kernel.kernel_id for kernel in register.unattended(PATIENCE)]


@pytest.fixture
def clock() -> Clock:
    """Time that starts at nought."""
    return Clock()


@pytest.fixture
def register(clock: Clock) -> KernelRegister:
    """A register with one kernel, added at nought."""
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99, clock=clock)
    register.add("a", session_id=1, user_id=1, page="home")
    return register


def test_unattended_page_still_being_sent_counts_from_its_start(
    register: KernelRegister, clock: Clock
) -> None:
    clock.now = 120
    assert unattended(register) == []
    clock.now = 121
    assert unattended(register) == ["a"]


def test_unattended_page_that_was_sent_counts_from_then_once(
    register: KernelRegister, clock: Clock
) -> None:
    clock.now = 100
    register.has_been_sent("a")
    clock.now = 130
    register.has_been_sent("a")
    assert unattended(register) == []
    clock.now = 131
    assert unattended(register) == ["a"]


@pytest.mark.parametrize(("farewell", "grace"), [(True, 3), (False, 45)])
def test_unattended_counts_from_the_last_leaving_by_how_it_was(
    register: KernelRegister, clock: Clock, farewell: bool, grace: int
) -> None:
    first, second = FakeSocket(), FakeSocket()
    register.attend("a", first)
    register.attend("a", second)
    clock.now = 10_000
    assert unattended(register) == []
    register.leave("a", first)
    assert unattended(register) == []
    register.leave("a", second, is_farewell=farewell)
    clock.now = 10_000 + grace
    assert unattended(register) == []
    clock.now += 1
    assert unattended(register) == ["a"]


def test_unattended_page_that_came_back_after_a_farewell_is_as_before(
    register: KernelRegister, clock: Clock
) -> None:
    first, second = FakeSocket(), FakeSocket()
    register.attend("a", first)
    register.leave("a", first, is_farewell=True)
    register.attend("a", second)
    register.leave("a", second)
    clock.now = 45
    assert unattended(register) == []


def test_leave_farewell_of_the_newest_closes_those_seen_as_open(
    register: KernelRegister, clock: Clock
) -> None:
    half_dead, newest = FakeSocket(), FakeSocket()
    register.attend("a", half_dead)
    register.attend("a", newest)
    register.leave("a", newest, is_farewell=True)
    assert half_dead.is_closed
    clock.now = 4
    register.leave("a", half_dead)  # as its closing ends, which changes nothing
    assert unattended(register) == ["a"]


def test_leave_farewell_of_an_older_socket_is_not_the_pages(
    register: KernelRegister, clock: Clock
) -> None:
    older, newest = FakeSocket(), FakeSocket()
    register.attend("a", older)
    register.attend("a", newest)
    register.leave("a", older, is_farewell=True)
    assert not newest.is_closed
    clock.now = 10_000
    assert unattended(register) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [(1001, True), (1000, True), (None, False), (1006, False), (1008, False), (4404, False)],
)
def test_is_farewell_by_close_code(code: int | None, expected: bool) -> None:
    assert is_farewell(code) is expected


def test_leave_a_kernel_already_gone_is_no_error() -> None:
    KernelRegister(most=1, most_per_session=1, most_per_person=99).leave("a", FakeSocket())
