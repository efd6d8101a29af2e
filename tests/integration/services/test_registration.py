"""A head registers: the same answer for all, a proof of work, a link, and somebody else's yes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest
from altcha.v1 import solve_challenge
from sqlalchemy import func, select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import (
    AccessDenied,
    Conflict,
    InvalidEntry,
    NotFound,
    SignInRefused,
    TooManyAttempts,
)
from pupiltrack_core.services import registration
from pupiltrack_core.services.account_requests import (
    AddressMatch,
    approve_request,
    decided_requests,
    reject_request,
    waiting_requests,
)
from pupiltrack_core.services.accounts import (
    AccountStatus,
    SignInPolicy,
    change_status,
    memberships_of,
    sign_in,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.proof_of_work import (
    EASIEST,
    HARDEST,
    Challenge,
    difficulty,
    new_challenge,
)
from pupiltrack_core.services.registration import (
    Application,
    confirm_registration,
    find_schools_to_register,
    register,
    suggest_user_name,
    who_confirms,
)
from pupiltrack_core.settings import SignInProfile
from pupiltrack_core.storage.account_models import OutgoingMail, Registration
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, School, UserAccount
from tests.builders import make_authority, make_school, make_session, make_user
from tests.integration.services.people import TurnableClock, as_sent, audit_rows, run_all

PORTAL = "https://portal.example"
PASSWORD = "blue tractor window"
EMAIL = "head@marshlane.example"


@dataclass
class Office:
    """A school, its authority, and what a browser does to the form."""

    database: Database
    clock: TurnableClock
    policy: SignInPolicy
    authority: int
    school: int

    def proof(self) -> str:
        challenge = registration.challenge_to_register(
            self.database, policy=self.policy, now=self.clock.now
        )
        return proof_of(challenge)

    def register(self, *, policy: SignInPolicy | None = None, **changed: str) -> None:
        values = {
            "laestab": "999/2001",
            "display_name": "Helen Marsh",
            "user_name": "Marsh Lane Head",
            "email": EMAIL,
            "password": PASSWORD,
            **changed,
        }
        if "proof" not in values:
            values["proof"] = self.proof()
        register(
            self.database,
            Application(**values),
            address="192.0.2.7",
            portal=PORTAL,
            policy=policy or self.policy,
            now=self.clock.now,
        )

    def confirm(self, token: str, password: str = PASSWORD) -> None:
        confirm_registration(
            self.database,
            token,
            password,
            address="192.0.2.7",
            portal=PORTAL,
            policy=self.policy,
            now=self.clock.now,
        )

    def letters(self) -> list[OutgoingMail]:
        with self.database.unit_of_work() as unit:
            return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))

    def link(self) -> str:
        start = f"{PORTAL}/register/confirm/"
        text = next(each.body for each in reversed(self.letters()) if start in each.body)
        words = as_sent(self.database, text).split()
        return next(word for word in words if word.startswith(start))[len(start) :]

    def caller(self, user_id: int) -> Caller:
        session = make_session(self.database, user_id, now=self.clock.now)
        return Caller.for_session(self.database, session, policy=self.policy, clock=self.clock)

    def admin(self, authority: int | None = None) -> Caller:
        place = authority or self.authority
        return self.caller(make_user(self.database, Role.LA_ADMIN, local_authority_id=place))

    def requested(self) -> int:
        """Ask and confirm; return the request's number."""
        self.register()
        self.confirm(self.link())
        with self.database.unit_of_work() as unit:
            return unit.session.scalar(select(func.max(Registration.id))) or 0

    def sign_in(self, user_name: str = "marsh lane head") -> None:
        sign_in(
            self.database,
            user_name=user_name,
            password=PASSWORD,
            address="192.0.2.7",
            policy=self.policy,
            now=self.clock.now,
        )


def proof_of(challenge: Challenge, **changed: object) -> str:
    """Do the work as a browser does it."""
    solution = solve_challenge(challenge.challenge, challenge.salt, "SHA-256", challenge.largest)
    assert solution is not None
    told = {
        "algorithm": "SHA-256",
        "challenge": challenge.challenge,
        "number": solution.number,
        "salt": challenge.salt,
        "signature": challenge.signature,
        **changed,
    }
    return base64.b64encode(json.dumps(told).encode()).decode()


@pytest.fixture
def office(
    database: Database,
    clock: TurnableClock,
    policy: SignInPolicy,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    monkeypatch.setattr("pupiltrack_core.services.proof_of_work.EASIEST", 200)
    authority = make_authority(database, name="Exampleshire")
    school = make_school(database, "Marsh Lane Primary School", laestab="9992001")
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(School, school).email = "office@MarshLane.example"
        unit.session.get_one(LocalAuthority, authority).contact_email = "la@council.example"
        unit.commit()
    return Office(database, clock, replace(policy, proof_key=b"p" * 32), authority, school)


def test_register_confirm_and_approve_lets_a_head_in(office: Office) -> None:
    found = find_schools_to_register(office.database, " marsh  PRIMARY ")
    assert [item.laestab for item in found] == ["9992001"]
    assert find_schools_to_register(office.database, "999/2001") == found
    assert find_schools_to_register(office.database, "%") == ()
    assert find_schools_to_register(office.database, " ") == ()
    assert suggest_user_name(found[0].name) == "Marsh Lane Primary School Head"
    office.register()
    admin = office.admin()
    assert waiting_requests(admin, office.authority) == ()  # not before the link was opened
    token = office.link()
    who = who_confirms(office.database, token, now=office.clock.now)
    assert who is not None
    assert (who.user_name, who.school) == ("marsh lane head", "Marsh Lane Primary School")
    with pytest.raises(InvalidEntry, match="not the password"):
        office.confirm(token, "another tractor")
    office.confirm(token)
    with pytest.raises(NotFound):
        office.confirm(token)
    with pytest.raises(SignInRefused):  # statement 14: not yet
        office.sign_in()
    office.clock.turn(hours=47)
    (request,) = waiting_requests(office.admin(), office.authority)
    assert (request.waited, request.is_late) == (timedelta(hours=47), False)
    assert (request.match, request.heads, request.asked_by) == (AddressMatch.SAME, (), None)
    office.clock.turn(hours=1, seconds=1)
    admin = office.admin()
    assert waiting_requests(admin, office.authority)[0].is_late
    approve_request(admin, request.request_id, portal=PORTAL)
    office.sign_in()
    with pytest.raises(Conflict):
        approve_request(admin, request.request_id, portal=PORTAL)
    assert waiting_requests(admin, office.authority) == ()
    assert decided_requests(admin, office.authority)[0].is_approved
    with office.database.unit_of_work() as unit:
        user = unit.session.scalar(select(UserAccount).where(UserAccount.email == EMAIL))
        assert user is not None
    assert [(m.role, m.school_id) for m in memberships_of(office.database, user.id)] == [
        (Role.HEAD, office.school)
    ]
    assert [letter.kind for letter in office.letters()] == [
        *("confirm registration", "request received", "request to decide", "request approved")
    ]


def test_register_tells_nobody_who_is_known(office: Office) -> None:
    office.register()
    first = office.link()
    office.register(password="green river lantern")  # with the same address, before the link
    assert who_confirms(office.database, first, now=office.clock.now) is None
    with pytest.raises(InvalidEntry):  # the first password is nobody's now
        office.confirm(office.link())
    office.confirm(office.link(), "green river lantern")
    before = len(office.letters())
    office.register(email=EMAIL.upper())
    office.register(email="other@marshlane.example")  # a user name that is taken
    assert [letter.kind for letter in office.letters()[before:]] == [
        *("known address", "confirm registration")
    ]
    assert "marsh lane head 2;" in office.letters()[-1].body
    with office.database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(UserAccount)) == 2


def test_register_forgets_who_never_confirmed(office: Office) -> None:
    office.register()
    office.clock.turn(hours=47)
    office.register(email="second@marshlane.example")
    office.confirm(office.link())
    office.clock.turn(hours=2)
    office.register(email="third@marshlane.example")
    with office.database.unit_of_work() as unit:
        kept = set(unit.session.scalars(select(UserAccount.email)))
    assert kept == {"second@marshlane.example", "third@marshlane.example"}
    # Whoever is confirmed waits on, for as long as it takes.
    office.clock.turn(days=30)
    office.register(email="fourth@marshlane.example")
    assert len(waiting_requests(office.admin(), office.authority)) == 1


def test_register_refuses_what_cannot_be_taken(office: Office) -> None:
    refused = {
        "email": "head at marshlane",
        "display_name": " ",
        "user_name": "\t",
        "laestab": "Marsh",
        "password": "MarshLane2025!",  # the school's name
        "proof": "",
    }
    for changed, text in refused.items():
        with pytest.raises(InvalidEntry) as caught:
            office.register(**{changed: text})
        assert caught.value.field == {"laestab": "school"}.get(changed, changed)
    with pytest.raises(InvalidEntry, match="no such school"):
        office.register(laestab="999/9999")
    assert office.letters() == []


def test_register_takes_each_proof_once_and_for_its_form_alone(office: Office) -> None:
    """Statement 13."""
    used = office.proof()
    office.register(proof=used)
    challenge = registration.challenge_to_register(
        office.database, policy=office.policy, now=office.clock.now
    )
    right = json.loads(base64.b64decode(proof_of(challenge)))
    forged = [
        proof_of(challenge, number=right["number"] + 1),
        proof_of(challenge, salt=challenge.salt.replace("form=register", "form=other")),
        proof_of(challenge, salt=challenge.salt.replace("expires=1", "expires=2")),
        proof_of(challenge, algorithm="SHA-1"),
        proof_of(challenge, number="1"),
        proof_of(challenge, salt=None),
        base64.b64encode(b"[]").decode(),
        "%%%",
        "A" * 3000,
    ]
    # Of another form, though rightly signed; and without the last sign of the salt, twice.
    policy = office.policy
    other = new_challenge(form="other", key=policy.proof_key, largest=EASIEST, now=office.clock.now)
    trimmed = proof_of(challenge, salt=challenge.salt.rstrip("&"))
    late = office.proof()
    for proof in (used, *forged, proof_of(other)):
        with pytest.raises(InvalidEntry) as caught:
            office.register(proof=proof, email="new@marshlane.example")
        assert caught.value.field == "proof"
        office.clock.turn(seconds=20)  # not too many in a quarter of an hour
    office.register(proof=trimmed, email="a@marshlane.example")
    with pytest.raises(InvalidEntry):
        office.register(proof=proof_of(challenge), email="b@marshlane.example")
    office.clock.turn(minutes=10)
    with pytest.raises(InvalidEntry):
        office.register(proof=late, email="c@marshlane.example")


def test_one_proof_and_one_decision_of_several_at_once(office: Office) -> None:
    proof, sent = office.proof(), []

    def send(number: int) -> None:
        try:
            office.register(proof=proof, email=f"head{number}@marshlane.example")
            sent.append(number)
        except InvalidEntry:
            pass

    run_all([partial(send, number) for number in range(4)])
    assert len(sent) == 1
    office.confirm(office.link())
    admins, decided = [office.admin() for _ in range(3)], []
    (request,) = waiting_requests(admins[0], office.authority)

    def decide(number: int) -> None:
        try:
            if number:
                approve_request(admins[number], request.request_id, portal=PORTAL)
            else:
                reject_request(admins[number], request.request_id, "Ring us.")
            decided.append(number)
        except Conflict:
            pass

    run_all([partial(decide, number) for number in range(3)])
    assert len(decided) == 1
    assert len(audit_rows(office.database, "account request decided")) == 1


def test_difficulty_rises_with_the_number_of_forms() -> None:
    assert [difficulty(n) for n in (0, 19, 20, 40)] == [EASIEST, EASIEST, 2 * EASIEST, 4 * EASIEST]
    assert difficulty(100_000) == HARDEST


def test_register_by_the_guides_asks_a_question(office: Office) -> None:
    guides = replace(office.policy, profile=SignInProfile.GUIDES)
    with pytest.raises(InvalidEntry) as caught:
        office.register(policy=guides, password="abc def")
    assert caught.value.field == "question"
    office.register(policy=guides, password="abc def", question="4", answer="Mrs Okafor")
    with office.database.unit_of_work() as unit:
        user = unit.session.scalar(select(UserAccount))
        assert user is not None
    assert user.security_question == 4
    assert (user.security_answer_hash or "").startswith("$argon2id$")


def test_register_is_limited(office: Office) -> None:
    with pytest.raises(TooManyAttempts):
        for _ in range(11):
            office.register()


def test_reject_request_tells_why_and_lets_ask_again(office: Office) -> None:
    request, admin = office.requested(), office.admin()
    with pytest.raises(InvalidEntry, match="reason"):
        reject_request(admin, request, " ")
    reject_request(admin, request, "Please use the school's own address.")
    letter = office.letters()[-1]
    assert (letter.kind, "the school's own address" in letter.body) == ("request rejected", True)
    with pytest.raises(SignInRefused):  # statement 14
        office.sign_in()
    with pytest.raises(Conflict):
        approve_request(admin, request, portal=PORTAL)
    again = office.requested()
    assert again != request
    approve_request(admin, again, portal=PORTAL)
    office.sign_in()


def test_approve_request_by_whoever_may_not(office: Office) -> None:
    """Statement 14: refused, and audited."""
    request, database = office.requested(), office.database
    applicant = office.admin()
    refused: list[tuple[Caller, type[Exception]]] = [
        (
            office.caller(
                make_user(database, Role.LA_ADVISER, local_authority_id=office.authority)
            ),
            AccessDenied,
        ),
        (office.caller(make_user(database, Role.HEAD, school_id=office.school)), NotFound),
        (office.admin(make_authority(database, "998", "Elsewhere")), NotFound),
        (applicant, InvalidEntry),
    ]
    with applicant.begin() as work:
        user_id = work.principal.user_id
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(Registration, request).user_id = user_id
        unit.commit()
    for caller, error in refused:
        with pytest.raises(error):
            approve_request(caller, request, portal=PORTAL)
        with pytest.raises(error):
            reject_request(caller, request, "No.")
    assert len(audit_rows(database, "access denied")) == 2 * len(refused)
    with database.unit_of_work() as unit:
        assert unit.session.get_one(Registration, request).state == "waiting"
    with pytest.raises(NotFound):
        approve_request(applicant, request + 1, portal=PORTAL)


def test_approve_request_that_was_not_confirmed_is_refused(office: Office) -> None:
    office.register()
    with office.database.unit_of_work() as unit:
        request = unit.session.scalar(select(Registration.id)) or 0
    with pytest.raises(Conflict):
        approve_request(office.admin(), request, portal=PORTAL)
    with pytest.raises(SignInRefused):
        office.sign_in()


def test_approve_request_of_an_account_that_was_disabled_is_refused(office: Office) -> None:
    request, admin = office.requested(), office.admin()
    with office.database.unit_of_work() as unit:
        user_id = unit.session.scalar(select(UserAccount.id).where(UserAccount.email == EMAIL))
    assert user_id is not None
    change_status(office.database, user_id, AccountStatus.DISABLED, now=office.clock.now)
    with pytest.raises(InvalidEntry, match="is disabled"):
        approve_request(admin, request, portal=PORTAL)
    with pytest.raises(SignInRefused):
        office.sign_in()


def test_register_takes_up_no_account_that_is_in_use(office: Office) -> None:
    reject_request(office.admin(), office.requested(), "There is a head already.")
    with office.database.unit_of_work() as unit:
        user = unit.session.scalar(select(UserAccount).where(UserAccount.email == EMAIL))
    assert user is not None
    change_status(office.database, user.id, AccountStatus.ACTIVE, now=office.clock.now)
    office.register(password="green river lantern")
    assert office.letters()[-1].kind == "known address"
    office.sign_in()  # with the password that was


def test_reject_request_leaves_an_account_that_is_in_use(office: Office) -> None:
    request, admin = office.requested(), office.admin()
    with office.database.unit_of_work() as unit:
        user_id = unit.session.scalar(select(UserAccount.id).where(UserAccount.email == EMAIL))
    assert user_id is not None
    # Somebody's head has asked for them meanwhile, and that was approved.
    change_status(office.database, user_id, AccountStatus.ACTIVE, now=office.clock.now)
    reject_request(admin, request, "There is a head already.")
    office.sign_in()
