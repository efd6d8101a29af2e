"""Statement 10: many names tried twice each, from many places."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import SignInRefused, WorkNeeded
from pupiltrack_core.services.accounts import SignIn, SignInPolicy, sign_in
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.guessing import MOST_WORK, is_under_way
from pupiltrack_core.services.known_devices import remember_device
from pupiltrack_core.services.proof_of_work import EASIEST, Challenge
from pupiltrack_core.services.rate_limits import attempt_keys, reserve_attempt
from pupiltrack_core.services.sign_in import challenge_to_sign_in
from pupiltrack_core.services.unusual_use import unusual_uses
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.sign_in_attempts import update_attempt_succeeded
from tests.builders import make_session, make_user
from tests.integration.services.people import PASSWORD, Person, TurnableClock, audit_rows
from tests.integration.services.test_registration import proof_of

LIMIT = SignInPolicy().guessed_names


def try_names(person: Person, first: int, last: int, *, got_in: bool = False) -> None:
    """Try each name twice, from an address of its own, as `sign_in` does without the hashing."""
    with person.database.unit_of_work(write=True) as unit:
        for number in range(first, last + 1):
            keys = attempt_keys(
                user_name=f"name{number}", address=f"198.51.{number}", policy=person.policy
            )
            for _ in range(2):
                attempt = reserve_attempt(
                    unit.session, keys, now=person.clock.now, by_stranger=True
                )
            if got_in:
                update_attempt_succeeded(unit.session, attempt)
        unit.commit()


def enter(
    person: Person, password: str = PASSWORD, *, device: str | None = None, proof: str = ""
) -> SignIn:
    return sign_in(
        person.database,
        user_name=person.user_name,
        password=password,
        address="192.0.2.7",
        policy=person.policy,
        device=device,
        proof=proof,
        now=person.clock.now,
    )


def challenge_for(person: Person, device: str | None = None) -> Challenge | None:
    return challenge_to_sign_in(
        person.database,
        person.user_name,
        device=device,
        policy=person.policy,
        now=person.clock.now,
    )


def letters(database: Database) -> list[OutgoingMail]:
    with database.unit_of_work() as unit:
        return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def test_guessing_at_many_names_is_told_once_and_asks_for_work(head_teacher: Person) -> None:
    database, clock = head_teacher.database, head_teacher.clock
    admin = make_user(database, Role.LA_ADMIN, email="la@example.org")
    make_user(database, Role.HEAD, school_id=head_teacher.school_id, email="head@example.org")
    device = remember_device(
        database, head_teacher.user_id, None, label="Firefox on Windows", now=clock.now
    )
    try_names(head_teacher, 1, LIMIT)
    assert challenge_for(head_teacher) is None
    assert letters(database) == []
    for _ in range(2):  # the name over the limit, and then its second try is asked for work
        with pytest.raises((SignInRefused, WorkNeeded)) as refused:
            enter(head_teacher, "a wrong password")
    assert refused.type is WorkNeeded
    [alarm] = audit_rows(database, AuditAction.UNUSUAL_USE)
    assert json.loads(alarm.detail) == {"names": LIMIT + 1, "minutes": 10}
    assert alarm.local_authority_id == head_teacher.local_authority_id
    assert [letter.user_id for letter in letters(database)] == [admin]
    assert "with 51 different names" in letters(database)[0].body
    session = make_session(database, admin, now=clock.now)
    [told] = unusual_uses(Caller.for_session(database, session, clock=clock))
    assert f"{told.who} {told.what}" == (
        "Somebody tried to sign in with 51 names, in vain, within 10 minutes"
    )
    # The right password needs the work as well, but for a device that the owner alone has.
    with pytest.raises(WorkNeeded):
        enter(head_teacher)
    with pytest.raises(WorkNeeded):
        enter(head_teacher, device="x" * 43)
    assert challenge_for(head_teacher, device) is None
    enter(head_teacher, device=device)
    challenge = challenge_for(head_teacher)
    assert challenge is not None
    proof = proof_of(challenge)
    with pytest.raises(SignInRefused):
        enter(head_teacher, "a wrong password", proof=proof)
    with pytest.raises(WorkNeeded):  # each proof is one try
        enter(head_teacher, proof=proof)
    assert len(letters(database)) == 1


def test_guessing_grows_dearer_locks_nobody_and_ends(head_teacher: Person) -> None:
    database, clock = head_teacher.database, head_teacher.clock
    work = []
    for first, last in ((1, 60), (61, 110), (111, 160), (161, 300)):
        try_names(head_teacher, first, last)
        clock.turn(seconds=10)
        asked = challenge_for(head_teacher)
        assert asked is not None
        work.append(asked.largest)
    # 10 names over the limit of 50, then 60, 110 and 250: doubled 0, 1, 2 and (of 5) 3 times
    assert work == [EASIEST, 2 * EASIEST, 4 * EASIEST, MOST_WORK]
    with database.unit_of_work() as unit:
        locks = unit.session.scalars(select(UserAccount.locked_until)).all()
    assert set(locks) == {None}
    clock.turn(minutes=10)
    assert challenge_for(head_teacher) is None
    enter(head_teacher)


def test_guessing_is_told_again_after_an_hour(head_teacher: Person) -> None:
    make_user(head_teacher.database, Role.LA_ADMIN, email="la@example.org")
    told = []
    for minutes in (0, 50, 11):
        head_teacher.clock.turn(minutes=minutes)
        try_names(head_teacher, 1, LIMIT)
        with pytest.raises(SignInRefused):
            enter(head_teacher, "a wrong password")
        told.append(len(letters(head_teacher.database)))
    assert told == [1, 1, 2]


def test_guessing_is_not_a_busy_morning(head_teacher: Person) -> None:
    database, policy, clock = head_teacher.database, head_teacher.policy, head_teacher.clock

    def under_way() -> bool:
        return is_under_way(database, policy=policy, now=clock.now)

    try_names(head_teacher, 1, 200, got_in=True)  # after a slip each
    assert not under_way()
    try_names(head_teacher, 201, 300)  # 50 and one in four of 200
    assert not under_way()
    try_names(head_teacher, 301, 301)
    assert under_way()


def test_guessing_is_of_strangers_alone(head_teacher: Person, clock: TurnableClock) -> None:
    """Asking for links, registering and one's own device have limits of their own."""
    with head_teacher.database.unit_of_work(write=True) as unit:
        for number in range(2 * LIMIT):
            keys = attempt_keys(
                user_name=f"name{number}", address="192.0.2.7", policy=head_teacher.policy
            )
            reserve_attempt(unit.session, keys, now=clock.now)
            clock.turn(seconds=4)
        unit.commit()
    assert challenge_for(head_teacher) is None
