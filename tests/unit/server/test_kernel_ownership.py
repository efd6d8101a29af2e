"""Whose kernel is whose, how many there may be, and which are left alone."""

from __future__ import annotations

import pytest

from pupiltrack_portal.server.kernel_ownership import KernelRegister, NoRoomForKernel


class Clock:
    """Time that goes on when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeSocket:
    """A socket that only remembers."""

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Nothing to close."""


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


def test_unattended_counts_from_start_then_from_the_last_leaving() -> None:
    clock = Clock()
    register = KernelRegister(most=9, most_per_session=9, most_per_person=99, clock=clock)
    register.add("a", session_id=1, user_id=1, page="home")
    clock.now = 90
    assert register.unattended(never_attended=90, left=150) == ()
    clock.now = 91
    assert [k.kernel_id for k in register.unattended(never_attended=90, left=150)] == ["a"]
    first, second = FakeSocket(), FakeSocket()
    register.attend("a", first)
    register.attend("a", second)
    clock.now = 10_000
    register.leave("a", first)
    assert register.unattended(never_attended=90, left=150) == ()
    register.leave("a", second)
    clock.now = 10_150
    assert register.unattended(never_attended=90, left=150) == ()
    clock.now = 10_151
    assert [k.kernel_id for k in register.unattended(never_attended=90, left=150)] == ["a"]


def test_leave_a_kernel_already_gone_is_no_error() -> None:
    KernelRegister(most=1, most_per_session=1, most_per_person=99).leave("a", FakeSocket())
