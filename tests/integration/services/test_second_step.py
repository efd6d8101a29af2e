"""The seam for a second step: until it is done a session opens nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotSignedIn
from pupiltrack_core.services.accounts import (
    SignInPolicy,
    complete_second_step,
    session_for_token,
    why_ended,
)
from pupiltrack_core.storage.engine import Database
from tests.integration.services.people import (
    Person,
    TurnableClock,
    audit_rows,
    make_person,
    run_all,
)


@pytest.fixture
def two_step_person(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Person:
    return make_person(
        database, clock, policy, role=Role.LA_ADMIN, user_name="la.admin", second_step="code"
    )


def test_sign_in_half_done_opens_nothing(two_step_person: Person) -> None:
    database, now = two_step_person.database, two_step_person.clock.now
    begun = two_step_person.sign_in()
    assert begun.second_step == "code"
    assert session_for_token(database, begun.token, now) is None
    assert why_ended(database, begun.token, now) is None


def test_complete_second_step_opens_it_under_a_new_token(two_step_person: Person) -> None:
    database, clock = two_step_person.database, two_step_person.clock
    half = two_step_person.sign_in()
    clock.turn(minutes=2)
    whole = complete_second_step(database, half.token, clock.now)
    assert whole.token != half.token
    assert session_for_token(database, half.token, clock.now) is None
    live = session_for_token(database, whole.token, clock.now)
    assert live is not None
    assert live.expires_at == clock.now + timedelta(hours=11, minutes=58)
    assert audit_rows(database)[-1].action == "second step done"


def test_sign_in_half_done_does_not_throw_out_the_person_at_work(two_step_person: Person) -> None:
    database, now = two_step_person.database, two_step_person.clock.now
    at_work = complete_second_step(database, two_step_person.sign_in().token, now)
    thief = two_step_person.sign_in()
    assert session_for_token(database, at_work.token, now) is not None
    complete_second_step(database, thief.token, now)
    assert session_for_token(database, at_work.token, now) is None


@pytest.mark.parametrize("spoil", ["late", "twice", "whole", "unknown"])
def test_complete_second_step_refuses(two_step_person: Person, spoil: str) -> None:
    database, clock = two_step_person.database, two_step_person.clock
    token = two_step_person.sign_in().token
    if spoil == "late":
        clock.turn(minutes=10)
    if spoil in ("twice", "whole"):
        whole = complete_second_step(database, token, clock.now)
        token = token if spoil == "twice" else whole.token
    if spoil == "unknown":
        token = "x" * 43
    with pytest.raises(NotSignedIn):
        complete_second_step(database, token, clock.now)


def test_complete_second_step_raced_is_won_once(two_step_person: Person) -> None:
    database, now = two_step_person.database, two_step_person.clock.now
    token = two_step_person.sign_in().token
    won: list[str] = []

    def complete() -> None:
        try:
            won.append(complete_second_step(database, token, now).token)
        except NotSignedIn:
            return

    run_all([complete] * 6)
    assert len(won) == 1
    assert session_for_token(database, won[0], now) is not None


def test_complete_second_step_where_two_devices_are_allowed(two_step_person: Person) -> None:
    database, now = two_step_person.database, two_step_person.clock.now
    policy = SignInPolicy(single_device=False)
    tokens = [
        complete_second_step(database, two_step_person.sign_in().token, now, policy=policy).token
        for _ in range(2)
    ]
    assert all(session_for_token(database, token, now) for token in tokens)
