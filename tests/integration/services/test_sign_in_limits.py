"""Limits on tries: of a name, of an address, of a burst."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from pupiltrack_core.errors import SignInRefused, TooManyAttempts
from pupiltrack_core.services import passwords
from pupiltrack_core.services.rate_limits import attempt_keys, reserve_attempt
from pupiltrack_core.storage.models import SignInAttempt
from tests.integration.services.people import (
    Person,
    audit_rows,
    run_all,
)


@pytest.mark.parametrize("user_name", ["h.teacher", "nobody"])
def test_sign_in_closes_a_name_after_ten_failures_known_or_not(
    head_teacher: Person, user_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head_teacher.user_name = user_name
    clock = head_teacher.clock
    for number in range(10):
        clock.turn(seconds=10)
        with pytest.raises(SignInRefused):
            head_teacher.sign_in("wrong", address=f"192.0.2.{number}")  # spread over ten addresses
    assert '"closed_for_seconds":60' in audit_rows(head_teacher.database)[-1].detail
    monkeypatch.setattr(passwords, "_compute", lambda *_: pytest.fail("no hash while closed"))
    with pytest.raises(TooManyAttempts) as caught:
        head_teacher.sign_in()
    assert caught.value.retry_after == 60
    assert str(caught.value) == (
        "There were too many attempts to sign in for this name. Nobody was signed in. "
        "Wait 1 minute and try again."
    )
    clock.turn(seconds=59)
    with pytest.raises(TooManyAttempts) as caught:
        head_teacher.sign_in()
    assert caught.value.retry_after == 1


def test_sign_in_lets_the_owner_in_after_the_wait(head_teacher: Person) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused):
            head_teacher.sign_in("wrong")
    for _ in range(5):  # tries while closed are not counted
        with pytest.raises(TooManyAttempts):
            head_teacher.sign_in("wrong")
    head_teacher.clock.turn(seconds=60)
    assert head_teacher.sign_in().failed_before == 10
    with pytest.raises(SignInRefused):  # and the count begins anew
        head_teacher.sign_in("wrong")


def test_sign_in_doubles_the_wait(head_teacher: Person) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused):
            head_teacher.sign_in("wrong")
    waits = []
    for wait in (60, 120, 240):
        head_teacher.clock.turn(seconds=wait)
        with pytest.raises(SignInRefused):
            head_teacher.sign_in("wrong")
        with pytest.raises(TooManyAttempts) as caught:
            head_teacher.sign_in("wrong")
        waits.append(caught.value.retry_after)
    assert waits == [120, 240, 480]


def test_sign_in_burst_is_counted_before_it_is_answered(head_teacher: Person) -> None:
    outcomes: list[type] = []
    barrier = threading.Barrier(16)

    def guess(number: int) -> None:
        barrier.wait()
        try:
            head_teacher.sign_in(f"guess number {number}")
        except (SignInRefused, TooManyAttempts) as error:
            outcomes.append(type(error))

    run_all([lambda n=n: guess(n) for n in range(16)])
    assert sorted(outcomes, key=str) == [SignInRefused] * 10 + [TooManyAttempts] * 6


def test_sign_in_limits_an_address_generously(head_teacher: Person) -> None:
    database, clock, policy = head_teacher.database, head_teacher.clock, head_teacher.policy

    def fail_from(address: str, number: int) -> None:
        with database.unit_of_work(write=True) as unit:
            for index in range(number):
                keys = attempt_keys(
                    user_name=f"n{clock.now}{index}", address=address, policy=policy
                )
                reserve_attempt(unit.session, keys, now=clock.now)
            unit.commit()

    fail_from("192.0.2.7", 99)
    head_teacher.sign_in()
    fail_from("192.0.2.7", 1)
    with pytest.raises(TooManyAttempts, match="from your network"):
        head_teacher.sign_in()
    assert head_teacher.sign_in(address="192.0.2.8")
    clock.turn(minutes=5)
    assert head_teacher.sign_in()


def test_sign_in_forgets_attempts_after_a_day(head_teacher: Person) -> None:
    with pytest.raises(SignInRefused):
        head_teacher.sign_in("wrong")
    head_teacher.clock.turn(hours=25)
    head_teacher.sign_in()
    with head_teacher.database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(SignInAttempt)) == 1
