"""Signing in in two steps: what is asked of whom, and what a wrong answer gives away."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pyotp
import pytest
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.errors import InvalidEntry, NotSignedIn, SignInRefused
from pupiltrack_core.services import passkeys
from pupiltrack_core.services.accounts import (
    SignIn,
    SignInPolicy,
    lock_account,
    revoke_sessions,
    session_for_token,
    why_ended,
)
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.second_step_setup import (
    Offers,
    StepMethod,
    allowed_methods,
    take_app,
    take_digits,
    withdraw_second_step,
)
from pupiltrack_core.services.second_steps import (
    SecondAnswer,
    StepAsked,
    WaitingSignIn,
    WaitingSignIns,
    answer_second_step,
    ask_second_step,
)
from pupiltrack_core.settings import PasswordHashing, SignInProfile
from pupiltrack_core.storage.account_models import OutgoingMail, Passkey
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.database_files import texts_on_disk
from tests.integration.services.people import (
    PASSWORD,
    Person,
    TurnableClock,
    audit_rows,
    make_person,
)


@dataclass
class Door:
    """A person, and the server's side of signing in."""

    person: Person
    policy: SignInPolicy
    waiting: WaitingSignIns = field(default_factory=WaitingSignIns)
    offers: Offers = field(default_factory=Offers)

    @property
    def now(self) -> datetime:
        return self.person.clock.now

    def ask(self, password: str = PASSWORD, name: str | None = None) -> SignIn | StepAsked:
        return ask_second_step(
            self.person.database,
            self.waiting,
            user_name=name or self.person.user_name,
            password=password,
            address="192.0.2.7",
            policy=self.policy,
            now=self.now,
        )

    def asked(self, password: str = PASSWORD, name: str | None = None) -> tuple[str, WaitingSignIn]:
        answer = self.ask(password, name)
        assert isinstance(answer, StepAsked)
        found = self.waiting.find(answer.token, self.now)
        assert found is not None
        return answer.token, found

    def answer(self, token: str, *, digits: str = "", app_code: str = "") -> SignIn:
        return answer_second_step(
            self.person.database,
            self.waiting,
            token,
            SecondAnswer(digits=digits, app_code=app_code),
            policy=self.policy,
            now=self.now,
        )

    def set_up_digits(self) -> str:
        """Give the account its code, as the first sign-in does, and return it."""
        token, found = self.asked()
        assert found.must_set_up
        assert found.password_key is not None
        offer = self.offers.offer(token, self.person.user_id, self.now)
        take_digits(
            self.person.database,
            offer,
            "".join(offer.code[int(place) - 1] for place in offer.places),
            password_key=found.password_key,
            policy=self.policy,
            now=self.now,
        )
        return offer.code

    def set_up_app(self) -> pyotp.TOTP:
        """Give the account an app, and return the app."""
        offer = self.offers.offer("app", self.person.user_id, self.now)
        app = pyotp.TOTP(offer.secret)
        take_app(self.person.database, offer, app.at(self.now), policy=self.policy, now=self.now)
        self.person.clock.turn(minutes=1)
        return app

    def user(self) -> UserAccount:
        with self.person.database.unit_of_work() as unit:
            return unit.session.get_one(UserAccount, self.person.user_id)


def digits_of(code: str, places: str) -> str:
    return "".join(code[int(place) - 1] for place in places)


def wrong_digits(code: str, places: str) -> str:
    return "".join(str((int(digit) + 1) % 10) for digit in digits_of(code, places))


@pytest.fixture
def door(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Door:
    person = make_person(
        database,
        clock,
        policy,
        role=Role.HEAD,
        user_name="h.teacher",
        email="h.teacher@example.sch.uk",
    )
    return Door(
        person,
        replace(policy, second_step_required=True, code_pepper=b"p" * 32, app_key=b"k" * 32),
    )


def test_ask_second_step_asks_alike_whatever_is_wrong(door: Door) -> None:
    code = door.set_up_digits()
    cases = {"right": PASSWORD, "wrong": "a wrong password"}
    for password in cases.values():
        first, second = door.asked(password)[1], door.asked(password)[1]
        assert first.places == second.places == door.user().code_places
        assert not first.must_set_up
    unknown = {door.asked(name="nobody.here")[1].places for _ in range(3)}
    assert len(unknown) == 1
    # And the answers are one and the same refusal, whichever half of it was wrong.
    told = set()
    for password, name, wrong in (
        (PASSWORD, None, True),
        ("a wrong password", None, False),
        ("a wrong password", None, True),
        (PASSWORD, "nobody.here", False),
    ):
        token, found = door.asked(password, name)
        typed = wrong_digits(code, found.places) if wrong else digits_of(code, found.places)
        with pytest.raises(SignInRefused) as caught:
            door.answer(token, digits=typed)
        told.add(str(caught.value))
    assert len(told) == 1


@pytest.mark.parametrize("how", ["answered", "late"])
def test_ask_second_step_leaves_a_token_that_tells_nothing(door: Door, how: str) -> None:
    door.set_up_digits()
    for password in (PASSWORD, "a wrong password"):
        token = door.asked(password)[0]
        if how == "answered":
            with pytest.raises(SignInRefused):
                door.answer(token, digits="x")
        else:
            door.person.clock.turn(minutes=11)
        assert why_ended(door.person.database, token, door.now) is None


def test_answer_second_step_opens_a_session_and_moves_the_places(door: Door) -> None:
    code = door.set_up_digits()
    seen = set()
    for _ in range(12):
        token, found = door.asked()
        begun = door.answer(token, digits=digits_of(code, found.places))
        assert begun.token != token
        assert session_for_token(door.person.database, begun.token, door.now) is not None
        seen.add(found.places)
    assert len(seen) > 1  # the same pair 12 times: once in 10^11


def test_answer_second_step_wrong_three_times_locks_and_tells(door: Door) -> None:
    database, code = door.person.database, door.set_up_digits()
    places = door.asked()[1].places
    for _ in range(3):
        token, found = door.asked()
        assert found.places == places
        with pytest.raises(SignInRefused):
            door.answer(token, digits=wrong_digits(code, places))
    token, found = door.asked()
    with pytest.raises(SignInRefused):  # the fourth is right, and too late
        door.answer(token, digits=digits_of(code, found.places))
    with database.unit_of_work() as unit:
        set_up, letter = unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    assert (set_up.kind, code in set_up.body) == ("second step changed", False)
    assert (letter.kind, letter.address) == ("locked", "h.teacher@example.sch.uk")
    assert code not in letter.body
    assert [row.action for row in audit_rows(database, "account locked")] == ["account locked"]
    lock_account(database, door.person.user_id, until=None, now=door.now)
    token, found = door.asked()
    door.answer(token, digits=digits_of(code, found.places))


def test_answer_second_step_wrong_password_does_not_count_against_the_code(door: Door) -> None:
    code = door.set_up_digits()
    for _ in range(4):
        token, found = door.asked("a wrong password")
        with pytest.raises(SignInRefused):
            door.answer(token, digits=wrong_digits(code, found.places))
    assert door.user().code_failures == 0
    # As much is written as of a wrong answer behind the right password, or the time would tell.
    rows = [row for row in audit_rows(door.person.database) if "second step" in str(row.detail)]
    assert [row.user_id for row in rows] == [None] * 4
    token, found = door.asked()
    door.answer(token, digits=digits_of(code, found.places))


def test_answer_second_step_wrong_is_a_name_tried_in_vain(door: Door) -> None:
    """Statement 10, for passwords known from elsewhere: only the digits are guessed."""
    code = door.set_up_digits()
    door.person.clock.turn(minutes=11)
    door.policy = replace(door.policy, guessed_names=0)
    token, found = door.asked()
    assert audit_rows(door.person.database, AuditAction.UNUSUAL_USE) == []
    with pytest.raises(SignInRefused):
        door.answer(token, digits=wrong_digits(code, found.places))
    [alarm] = audit_rows(door.person.database, AuditAction.UNUSUAL_USE)
    assert json.loads(alarm.detail)["names"] == 1


@pytest.mark.parametrize("typed", ["", "1", "x1", "¹2", "123", "9" * 20])
def test_answer_second_step_takes_nothing_but_two_digits(door: Door, typed: str) -> None:
    door.set_up_digits()
    with pytest.raises(SignInRefused):
        door.answer(door.asked()[0], digits=typed)


def test_answer_second_step_by_app_takes_each_code_once(door: Door) -> None:
    app = door.set_up_app()
    code = app.at(door.now)
    door.answer(door.asked()[0], app_code=f"{code[:3]} {code[3:]}")
    with pytest.raises(SignInRefused):
        door.answer(door.asked()[0], app_code=code)
    door.person.clock.turn(seconds=30)
    door.answer(door.asked()[0], app_code=app.at(door.now))


@pytest.mark.parametrize("spoil", ["late", "twice", "unknown", "set up"])
def test_answer_second_step_refuses_what_is_not_waiting(door: Door, spoil: str) -> None:
    if spoil == "set up":
        token, typed = door.asked()[0], "12"
    else:
        code = door.set_up_digits()
        token, found = door.asked()
        typed = digits_of(code, found.places)
    if spoil == "late":
        door.person.clock.turn(minutes=11)
    if spoil == "twice":
        door.answer(token, digits=typed)
    if spoil == "unknown":
        token = "x" * 43
    with pytest.raises(NotSignedIn):
        door.answer(token, digits=typed)


def test_ask_second_step_where_none_is_required(door: Door) -> None:
    door.policy = replace(door.policy, second_step_required=False)
    whole = door.ask()
    assert isinstance(whole, SignIn)
    assert whole.second_step is None
    for password, name in (("a wrong password", None), (PASSWORD, "nobody.here")):
        with pytest.raises(SignInRefused):
            door.ask(password, name)
    door.set_up_app()
    assert isinstance(door.ask(), StepAsked)
    assert isinstance(door.ask("a wrong password"), StepAsked)


def test_sign_in_with_a_dearer_hash_keeps_the_code(door: Door) -> None:
    code = door.set_up_digits()
    door.policy = replace(door.policy, hashing=PasswordHashing.HARDENED)
    for _ in range(2):
        token, found = door.asked()
        door.answer(token, digits=digits_of(code, found.places))
    assert "m=31744" in door.user().password_hash


def test_take_digits_wants_them_typed_back(door: Door) -> None:
    offer = door.offers.offer("t", door.person.user_id, door.now)
    assert door.offers.offer("t", door.person.user_id, door.now) is offer
    with pytest.raises(InvalidEntry) as caught:
        take_digits(
            door.person.database,
            offer,
            wrong_digits(offer.code, offer.places),
            password_key=b"k" * 32,
            policy=door.policy,
            now=door.now,
        )
    assert caught.value.field == "digits"
    assert door.user().code_sealed is None
    later = door.now + timedelta(minutes=11)
    assert door.offers.offer("t", door.person.user_id, later) is not offer
    assert door.offers.offer("t", door.person.user_id + 1, later).user_id != offer.user_id


def test_take_app_wants_its_code(door: Door) -> None:
    offer = door.offers.offer("t", door.person.user_id, door.now)
    with pytest.raises(InvalidEntry):
        take_app(door.person.database, offer, "000000x", policy=door.policy, now=door.now)
    assert door.user().second_step == "none"


@pytest.mark.parametrize("method", list(StepMethod))
@pytest.mark.parametrize("how", ["replaced", "revoked", "has a step by now"])
def test_setting_up_by_a_sign_in_that_is_over_adds_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch, method: StepMethod, how: str
) -> None:
    token, found = door.asked()
    if how == "replaced":
        door.asked()
    elif how == "revoked":
        revoke_sessions(door.person.database, door.person.user_id, door.now)
    else:
        door.set_up_app()
    before = (door.user().code_sealed, door.user().totp_sealed)
    with pytest.raises(NotSignedIn):
        take_step(door, monkeypatch, method, found, half_done=token)
    assert (door.user().code_sealed, door.user().totp_sealed) == before
    with door.person.database.unit_of_work() as unit:
        assert unit.session.scalars(select(Passkey)).all() == []


@pytest.mark.parametrize("method", list(StepMethod))
def test_setting_up_by_a_sign_in_that_waits(
    door: Door, monkeypatch: pytest.MonkeyPatch, method: StepMethod
) -> None:
    token, found = door.asked()
    take_step(door, monkeypatch, method, found, half_done=token)
    assert door.user().second_step == "set"
    with door.person.database.unit_of_work() as unit:
        [letter] = unit.session.scalars(select(OutgoingMail))
    assert letter.kind == "second step changed"


def take_step(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    method: StepMethod,
    found: WaitingSignIn,
    *,
    half_done: str,
) -> None:
    """Prove what is offered; of a passkey, whose device is missing here, the check is left out."""
    database, user_id = door.person.database, door.person.user_id
    offer = door.offers.offer(half_done, user_id, door.now)
    if method is StepMethod.DIGITS:
        assert found.password_key is not None
        take_digits(
            database,
            offer,
            digits_of(offer.code, offer.places),
            password_key=found.password_key,
            policy=door.policy,
            now=door.now,
            half_done=half_done,
        )
    elif method is StepMethod.APP:
        code = pyotp.TOTP(offer.secret).at(door.now)
        take_app(database, offer, code, policy=door.policy, now=door.now, half_done=half_done)
    else:
        made = SimpleNamespace(credential_id=b"c", credential_public_key=b"k", sign_count=0)
        monkeypatch.setattr(passkeys, "verify_registration_response", lambda **_: made)
        challenges = passkeys.Challenges()
        signed = bytes_to_base64url(challenges.new(door.now, user_id=user_id))
        client = bytes_to_base64url(json.dumps({"challenge": signed}).encode())
        passkeys.add_passkey(
            database,
            user_id,
            json.dumps({"response": {"clientDataJSON": client}}),
            challenges,
            passkeys.Site("localhost", "http://localhost"),
            name="The office computer",
            policy=door.policy,
            now=door.now,
            half_done=half_done,
        )


def test_withdraw_second_step_has_a_new_one_set_up(door: Door) -> None:
    door.set_up_digits()
    withdraw_second_step(door.person.database, door.person.user_id, by=None, now=door.now)
    assert door.asked()[1].must_set_up
    assert audit_rows(door.person.database, "second step withdrawn")


def test_second_steps_leave_no_code_in_the_database_files(door: Door) -> None:
    code, app = door.set_up_digits(), door.set_up_app()
    sealed = door.user().code_sealed
    assert sealed is not None
    # Five digits stand somewhere by chance: they are looked for where they are sealed alone.
    assert code.encode() not in sealed
    assert texts_on_disk(door.person.database, {app.secret, "h.teacher"}) == {"h.teacher"}


@pytest.mark.parametrize(
    ("role", "profile", "digits"),
    [
        (Role.LA_ADMIN, SignInProfile.HARDENED, False),
        (Role.LA_ADVISER, SignInProfile.HARDENED, False),
        (Role.LA_ADMIN, SignInProfile.GUIDES, True),
        (Role.HEAD, SignInProfile.HARDENED, True),
        (Role.TEACHER, SignInProfile.HARDENED, True),
    ],
)
def test_allowed_methods(role: Role, profile: SignInProfile, digits: bool) -> None:
    methods = allowed_methods([Membership(role, 1, None)], profile)
    assert (StepMethod.DIGITS in methods) is digits
    assert {StepMethod.APP, StepMethod.PASSKEY} <= methods
