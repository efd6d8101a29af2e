"""Passkeys: whose they are and what they open. A device's real signature is tried in Chromium."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url

from pupiltrack_core.access import Role
from pupiltrack_core.errors import InvalidEntry, NotFound, SignInRefused
from pupiltrack_core.services import passkeys
from pupiltrack_core.services.accounts import (
    AccountStatus,
    SignIn,
    SignInPolicy,
    change_status,
    lock_account,
    session_for_token,
)
from pupiltrack_core.services.passkeys import Challenges, Site
from pupiltrack_core.services.renewal import renew_session_by_passkey
from pupiltrack_core.storage.account_models import OutgoingMail, Passkey
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.integration.services.people import Person, TurnableClock, make_person

SITE = Site("localhost", "http://localhost")


@dataclass
class Desk:
    """The server's side: challenges, and signatures that are taken as good."""

    challenges: Challenges = field(default_factory=Challenges)

    def add(self, person: Person) -> str:
        """Give the person a passkey and return its own id."""
        challenge = self.challenges.new(person.clock.now, user_id=person.user_id)
        passkey_id = passkeys.add_passkey(
            person.database,
            person.user_id,
            answer(challenge, "new"),
            self.challenges,
            SITE,
            name=" The  office ",
            policy=person.policy,
            now=person.clock.now,
        )
        with person.database.unit_of_work() as unit:
            return unit.session.get_one(Passkey, passkey_id).credential_id

    def sign_in(self, person: Person, key: str, challenge: bytes | None = None) -> SignIn:
        return passkeys.sign_in_with_passkey(
            person.database,
            answer(challenge or self.challenges.new(person.clock.now), key),
            self.challenges,
            SITE,
            address="192.0.2.7",
            policy=person.policy,
            now=person.clock.now,
        )


def answer(challenge: bytes, key: str) -> str:
    signed = json.dumps({"challenge": bytes_to_base64url(challenge)})
    client = bytes_to_base64url(signed.encode())
    return json.dumps({"id": key, "response": {"clientDataJSON": client}})


def kept(person: Person) -> list[Passkey]:
    with person.database.unit_of_work() as unit:
        return list(unit.session.scalars(select(Passkey).where(Passkey.user_id == person.user_id)))


def colleague_of(person: Person) -> Person:
    return make_person(
        person.database,
        person.clock,
        person.policy,
        role=Role.TEACHER,
        user_name="other",
        school_id=person.school_id,
    )


def step(person: Person) -> str:
    with person.database.unit_of_work() as unit:
        return unit.session.get_one(UserAccount, person.user_id).second_step


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    ids = (f"key {number}".encode() for number in itertools.count())
    for name, made in (
        (
            "verify_registration_response",
            lambda **_: SimpleNamespace(
                credential_id=next(ids), credential_public_key=b"k", sign_count=0
            ),
        ),
        ("verify_authentication_response", lambda **_: SimpleNamespace(new_sign_count=1)),
    ):
        monkeypatch.setattr(passkeys, name, made)
    return Desk()


@pytest.fixture
def person(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Person:
    return make_person(
        database, clock, policy, role=Role.HEAD, user_name="h.teacher", email="h@example.org"
    )


def test_sign_in_with_passkey_opens_a_whole_session(person: Person, desk: Desk) -> None:
    key = desk.add(person)
    begun = desk.sign_in(person, key)
    assert (begun.user_id, begun.second_step) == (person.user_id, None)
    assert session_for_token(person.database, begun.token, person.clock.now) is not None
    [row] = kept(person)
    assert (row.name, row.sign_count, row.last_used_at) == ("The office", 1, person.clock.now)


def test_sign_in_with_passkey_refuses_all_else_alike(person: Person, desk: Desk) -> None:
    database, now, key = person.database, person.clock.now, desk.add(person)
    used = desk.challenges.new(now)
    desk.sign_in(person, key, used)
    told = set()
    for name, challenge in (
        (key, used),
        (key, b"x" * 32),
        (key, desk.challenges.new(now - timedelta(minutes=6))),
        (key, desk.challenges.new(now, user_id=person.user_id)),  # to make one, not to sign in
        ("bm8", desk.challenges.new(now)),
    ):
        with pytest.raises(SignInRefused) as caught:
            desk.sign_in(person, name, challenge)
        told.add(str(caught.value))
    lock_account(database, person.user_id, until=now + timedelta(days=1), now=now)
    with pytest.raises(SignInRefused) as locked:
        desk.sign_in(person, key)
    lock_account(database, person.user_id, until=None, now=now)
    change_status(database, person.user_id, AccountStatus.DISABLED, now=now)
    with pytest.raises(SignInRefused) as disabled:
        desk.sign_in(person, key)
    assert told | {str(locked.value), str(disabled.value)} == {str(caught.value)}


def test_renew_session_by_passkey_takes_the_persons_own_alone(person: Person, desk: Desk) -> None:
    own, foreign = desk.add(person), desk.add(colleague_of(person))
    begun = desk.sign_in(person, own)

    def renew(key: str, challenge: bytes) -> None:
        renew_session_by_passkey(
            person.database,
            user_id=begun.user_id,
            session_id=begun.session_id,
            answer=answer(challenge, key),
            challenges=desk.challenges,
            site=SITE,
            policy=person.policy,
            now=person.clock.now,
        )

    challenge = desk.challenges.new(person.clock.now)
    with pytest.raises(InvalidEntry):
        renew(foreign, challenge)
    renew(own, challenge)
    with pytest.raises(InvalidEntry):  # each is taken once
        renew(own, challenge)


def test_remove_passkey_of_the_person_alone(person: Person, desk: Desk) -> None:
    database, now = person.database, person.clock.now
    other = colleague_of(person)
    for _ in range(2):
        desk.add(person)
    first, second = (row.id for row in kept(person))
    with pytest.raises(NotFound):
        passkeys.remove_passkey(database, other.user_id, first, by=None, now=now)
    passkeys.remove_passkey(database, person.user_id, first, by=person.user_id, now=now)
    assert step(person) == "set"
    passkeys.remove_passkey(database, person.user_id, second, by=person.user_id, now=now)
    assert (step(person), kept(person)) == ("none", [])
    with database.unit_of_work() as unit:
        kinds = list(unit.session.scalars(select(OutgoingMail.kind)))
    assert kinds == ["second step changed"] * 4  # two added, two removed


def test_add_passkey_refuses_names_and_an_eleventh(
    person: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("", "  ", "x" * 61, "a\x00b"):
        with pytest.raises(InvalidEntry) as caught:
            passkeys.add_passkey(
                person.database,
                person.user_id,
                "",
                desk.challenges,
                SITE,
                name=name,
                policy=person.policy,
                now=person.clock.now,
            )
        assert caught.value.field == "passkey_name"
    monkeypatch.setattr(passkeys, "MOST_PASSKEYS", 1)
    desk.add(person)
    with pytest.raises(InvalidEntry, match="at most 1"):
        desk.add(person)
