"""The people of a school: invited, changed and let go by whoever looks after all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.account_requests import approve_request, waiting_requests
from pupiltrack_core.services.accounts import (
    SignInPolicy,
    change_memberships,
    memberships_of,
)
from pupiltrack_core.services.attestation import attest_people, attestation_of, schools_to_attest
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.chosen_passwords import choose_password
from pupiltrack_core.services.inviting import Invitation, invite_person
from pupiltrack_core.services.people_of_school import (
    PersonOfSchool,
    PersonState,
    asked_people,
    change_role,
    disable_person,
    enable_person,
    invite_again,
    people_of_school,
    reset_second_step,
    send_person_password_link,
    unlock_person,
)
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.builders import make_authority, make_school, make_session, make_user
from tests.integration.services.people import (
    TurnableClock,
    audit_rows,
    count_unrevoked,
    noting_statements,
)

PORTAL = "https://portal.example"


@dataclass
class Staffroom:
    """A school with a head and a teacher, and its authority's administrator."""

    database: Database
    clock: TurnableClock
    policy: SignInPolicy
    authority: int
    school: int
    head_id: int
    teacher_id: int
    head: Caller
    admin: Caller

    def caller(self, user_id: int) -> Caller:
        session = make_session(self.database, user_id, now=self.clock.now)
        return Caller.for_session(self.database, session, policy=self.policy, clock=self.clock)

    def invite(self, email: str, role: Role, by: Caller | None = None) -> bool:
        invitation = Invitation("Tara Whitlock", email, role, ("Maple", "Ash"))
        return invite_person(by or self.head, self.school, invitation, portal=PORTAL)

    def people(self) -> dict[str, PersonOfSchool]:
        return {person.email: person for person in people_of_school(self.head, self.school)}

    def letters(self) -> list[OutgoingMail]:
        with self.database.unit_of_work() as unit:
            return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))

    def link(self) -> str:
        start = f"{PORTAL}/choose-password/"
        return next(w for w in self.letters()[-1].body.split() if w.startswith(start))[len(start) :]

    def user(self, user_id: int) -> UserAccount:
        with self.database.unit_of_work() as unit:
            return unit.session.get_one(UserAccount, user_id)

    def lock(self, until: datetime) -> None:
        with self.database.unit_of_work(write=True) as unit:
            user = unit.session.get_one(UserAccount, self.teacher_id)
            user.locked_until, user.second_step, user.code_places = until, "set", "14"
            unit.commit()


@pytest.fixture
def room(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Staffroom:
    authority = make_authority(database)
    school = make_school(database, local_authority_id=authority)
    head = make_user(database, Role.HEAD, school_id=school, email="head@school.example")
    teacher = make_user(database, Role.TEACHER, school_id=school, email="t@school.example")
    admin = make_user(database, Role.LA_ADMIN, local_authority_id=authority)

    def caller(user_id: int) -> Caller:
        session = make_session(database, user_id, now=clock.now)
        return Caller.for_session(database, session, policy=policy, clock=clock)

    return Staffroom(
        database, clock, policy, authority, school, head, teacher, caller(head), caller(admin)
    )


def test_invite_person_gives_a_link_a_role_and_classes(room: Staffroom) -> None:
    assert room.invite("tara@school.example", Role.TEACHER) is True
    person = room.people()["tara@school.example"]
    assert (person.user_name, person.roles, person.class_names) == (
        *("tara whitlock", (Role.TEACHER,), ("Maple", "Ash")),
    )
    assert (person.state, person.has_second_step) == (PersonState.INVITED, False)
    first = room.link()
    invite_again(room.head, room.school, person.user_id, portal=PORTAL)
    with pytest.raises(NotFound):  # the newer one alone works
        choose_password(
            room.database, first, "blue tractor window", policy=room.policy, now=room.clock.now
        )
    choose_password(
        room.database, room.link(), "blue tractor window", policy=room.policy, now=room.clock.now
    )
    assert room.people()["tara@school.example"].state is PersonState.ACTIVE
    with pytest.raises(InvalidEntry, match="already"):
        invite_again(room.head, room.school, person.user_id, portal=PORTAL)
    with pytest.raises(InvalidEntry) as caught:
        room.invite("TARA@school.example", Role.DATA_MANAGER)
    assert caught.value.field == "email"
    assert room.invite("tara2@school.example", Role.DATA_MANAGER) is True
    assert room.people()["tara2@school.example"].user_name == "tara whitlock 2"
    with pytest.raises(InvalidEntry):
        room.invite("x@school.example", Role.LA_ADMIN)


def test_invite_person_as_a_head_waits_for_the_authority(room: Staffroom) -> None:
    for _ in range(2):  # asking again changes nothing
        assert room.invite("deputy@school.example", Role.HEAD) is False
    assert "deputy@school.example" not in room.people()
    (asked,) = asked_people(room.head, room.school)
    assert (asked.email, asked.role) == ("deputy@school.example", Role.HEAD)
    (request,) = waiting_requests(room.admin, room.authority)
    assert (request.role, request.asked_by) == (Role.HEAD, room.user(room.head_id).display_name)
    approve_request(room.admin, request.request_id, portal=PORTAL)
    kinds = [letter.kind for letter in room.letters()]
    assert kinds == ["invitation", "request decided"]
    assert room.people()["deputy@school.example"].state is PersonState.INVITED
    # A head can be made one by an administrator at once, and is nothing a head can take away.
    assert room.invite("third@school.example", Role.HEAD, by=room.admin) is True
    other = room.people()["deputy@school.example"].user_id
    acts = (
        lambda: disable_person(room.head, room.school, other),
        lambda: change_role(room.head, room.school, other, role=Role.TEACHER),
        lambda: reset_second_step(room.head, room.school, other),
        lambda: unlock_person(room.head, room.school, other),
        lambda: enable_person(room.head, room.school, other, portal=PORTAL),
    )
    for act in acts:
        with pytest.raises(AccessDenied):
            act()
    shown = room.people()["deputy@school.example"]
    assert ("local authority" in shown.why_not, shown.may_let_go) == (True, False)
    disable_person(room.admin, room.school, other)
    assert room.people()["deputy@school.example"].state is PersonState.DISABLED
    with pytest.raises(AccessDenied):  # nor can a head take back what the authority did
        enable_person(room.head, room.school, other, portal=PORTAL)
    enable_person(room.admin, room.school, other, portal=PORTAL)
    assert room.people()["deputy@school.example"].state is PersonState.INVITED


def test_invite_person_who_works_elsewhere_waits_for_the_authority(room: Staffroom) -> None:
    far = make_authority(room.database, "998", "Far")
    elsewhere = make_school(room.database, local_authority_id=far, laestab="9982001")
    known = make_user(room.database, Role.TEACHER, school_id=elsewhere, email="known@far.example")
    assert room.invite("known@far.example", Role.TEACHER) is False
    (request,) = waiting_requests(room.admin, room.authority)
    approve_request(room.admin, request.request_id, portal=PORTAL)
    classes = {item.school_id: item.class_names for item in memberships_of(room.database, known)}
    assert classes == {room.school: ("Maple", "Ash"), elsewhere: ()}
    assert [letter.kind for letter in room.letters()][:1] == ["another school"]
    person = room.people()["known@far.example"]
    assert ("works elsewhere" in person.why_not, person.may_let_go) == (True, True)
    acts = (
        lambda: reset_second_step(room.head, room.school, known),
        lambda: unlock_person(room.head, room.school, known),
        lambda: send_person_password_link(room.head, room.school, known, portal=PORTAL),
        lambda: reset_second_step(room.admin, room.school, known),  # of the far authority, too
    )
    for act in acts:
        with pytest.raises(AccessDenied):
            act()
    disable_person(room.head, room.school, known)  # ends the access here, and nothing else
    assert [item.school_id for item in memberships_of(room.database, known)] == [elsewhere]
    assert room.user(known).status == "active"


def test_looking_after_a_person(room: Staffroom) -> None:
    room.caller(room.teacher_id)
    room.lock(room.clock.now + timedelta(days=1))
    assert room.people()["t@school.example"].state is PersonState.LOCKED
    unlock_person(room.head, room.school, room.teacher_id)
    assert room.people()["t@school.example"].state is PersonState.ACTIVE
    assert room.people()["t@school.example"].has_second_step
    reset_second_step(room.head, room.school, room.teacher_id)
    assert (room.user(room.teacher_id).second_step, room.user(room.teacher_id).code_places) == (
        *("none", None),
    )
    assert count_unrevoked(room.database, room.teacher_id) == 0
    send_person_password_link(room.head, room.school, room.teacher_id, portal=PORTAL)
    assert [letter.kind for letter in room.letters()] == ["second step reset", "password link"]
    change_role(room.head, room.school, room.teacher_id, role=Role.TEACHER, class_names=["Ash"])
    assert room.people()["t@school.example"].class_names == ("Ash",)
    change_role(
        room.head, room.school, room.teacher_id, role=Role.DATA_MANAGER, class_names=["Ash"]
    )
    assert memberships_of(room.database, room.teacher_id) == (
        Membership(Role.DATA_MANAGER, room.authority, room.school),
    )
    with pytest.raises(InvalidEntry, match="local authority"):
        change_role(room.head, room.school, room.teacher_id, role=Role.HEAD)
    with pytest.raises(InvalidEntry):
        change_role(room.head, room.school, room.teacher_id, role="la_admin")
    room.caller(room.teacher_id)
    disable_person(room.head, room.school, room.teacher_id)
    assert count_unrevoked(room.database, room.teacher_id) == 0
    with pytest.raises(InvalidEntry, match="active account"):
        send_person_password_link(room.head, room.school, room.teacher_id, portal=PORTAL)
    enable_person(room.head, room.school, room.teacher_id, portal=PORTAL)
    # An account whose password was never chosen is invited once more.
    assert room.user(room.teacher_id).status == "pending"
    assert [row.action for row in audit_rows(room.database)] == [
        *("account locked", "second step withdrawn", "sessions revoked"),
        *("password link sent", "password reset begun", "roles changed", "roles changed"),
        *("account status changed", "sessions revoked"),
        *("account status changed", "person invited"),
    ]


def test_people_of_school_asks_as_little_of_many_as_of_few(room: Staffroom) -> None:
    with noting_statements() as of_two:
        assert len(room.people()) == 2
    for number in range(3):
        email = f"t{number}@school.example"
        make_user(room.database, Role.TEACHER, school_id=room.school, email=email)
    with noting_statements() as of_five:
        assert len(room.people()) == 5
    assert len(of_five) == len(of_two)


def test_people_are_the_heads_and_the_authoritys_alone(room: Staffroom) -> None:
    teacher = room.caller(room.teacher_id)
    neighbour = make_school(room.database, local_authority_id=room.authority)
    with pytest.raises(AccessDenied):
        people_of_school(teacher, room.school)
    with pytest.raises(NotFound):
        people_of_school(room.head, neighbour)
    with pytest.raises(AccessDenied):
        change_role(teacher, room.school, room.teacher_id, role=Role.DATA_MANAGER)
    with pytest.raises(NotFound):  # nobody of this school
        disable_person(room.admin, neighbour, room.teacher_id)
    for act in (disable_person, reset_second_step, unlock_person):
        with pytest.raises(InvalidEntry, match="your own account"):
            act(room.head, room.school, room.head_id)
    assert room.people()["head@school.example"].why_not
    # A head who is also of the authority is none of another head's business.
    both = [
        Membership(Role.TEACHER, room.authority, room.school),
        Membership(Role.LA_ADMIN, room.authority),
    ]
    change_memberships(room.database, room.teacher_id, both)
    with pytest.raises(AccessDenied):
        reset_second_step(room.head, room.school, room.teacher_id)
    reset_second_step(room.admin, room.school, room.teacher_id)


def test_attest_people_once_a_year(room: Staffroom) -> None:
    assert attestation_of(room.head, room.school).is_due
    assert schools_to_attest(room.head) == (room.school,)
    assert schools_to_attest(room.admin) == ()
    with pytest.raises(Conflict):
        attest_people(room.head, room.school, {room.head_id})
    noted = attest_people(room.head, room.school, {room.head_id, room.teacher_id})
    assert (noted.is_due, noted.people, noted.academic_year) == (False, 2, 2025)
    assert schools_to_attest(room.head) == ()
    assert room.user(room.teacher_id).attested_at == room.clock.now
    room.clock.now = datetime(2026, 9, 1, 8, 0, tzinfo=room.clock.now.tzinfo)
    head = room.caller(room.head_id)
    assert schools_to_attest(head) == (room.school,)
    assert attestation_of(head, room.school).last_by == room.user(room.head_id).display_name
    with pytest.raises(AccessDenied):
        attest_people(room.caller(room.teacher_id), room.school, set())
