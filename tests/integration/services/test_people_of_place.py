"""The people of a school: invited, changed and let go by whoever looks after all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Membership, Place, Role
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound, NotSignedIn
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
from pupiltrack_core.services.people_of_place import (
    PersonOfPlace,
    PersonState,
    asked_people,
    change_role,
    disable_person,
    enable_person,
    invite_again,
    people_of_place,
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
    as_sent,
    audit_rows,
    count_unrevoked,
    noting_statements,
    run_all,
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
    admin_id: int
    head: Caller
    admin: Caller

    @property
    def place(self) -> Place:
        return Place(self.authority, self.school)

    @property
    def office(self) -> Place:
        return Place(self.authority)

    def caller(self, user_id: int) -> Caller:
        session = make_session(self.database, user_id, now=self.clock.now)
        return Caller.for_session(self.database, session, policy=self.policy, clock=self.clock)

    def invite(self, email: str, role: Role, by: Caller | None = None) -> bool:
        invitation = Invitation("Tara Whitlock", email, role, ("Maple", "Ash"))
        return invite_person(by or self.head, self.place, invitation, portal=PORTAL)

    def people(self) -> dict[str, PersonOfPlace]:
        return {person.email: person for person in people_of_place(self.head, self.place)}

    def staff(self) -> dict[str, PersonOfPlace]:
        return {person.email: person for person in people_of_place(self.admin, self.office)}

    def kinds(self) -> list[str]:
        return [letter.kind for letter in self.letters()]

    def letters(self) -> list[OutgoingMail]:
        with self.database.unit_of_work() as unit:
            return list(unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))

    def link(self) -> str:
        start = f"{PORTAL}/choose-password/"
        text = as_sent(self.database, self.letters()[-1].body)
        return next(word for word in text.split() if word.startswith(start))[len(start) :]

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
        database,
        clock,
        policy,
        authority,
        school,
        head,
        teacher,
        admin,
        caller(head),
        caller(admin),
    )


def test_invite_person_gives_a_link_a_role_and_classes(room: Staffroom) -> None:
    assert room.invite("tara@school.example", Role.TEACHER) is True
    person = room.people()["tara@school.example"]
    assert (person.user_name, person.roles, person.class_names) == (
        *("tara whitlock", (Role.TEACHER,), ("Maple", "Ash")),
    )
    assert (person.state, person.has_second_step) == (PersonState.INVITED, False)
    first = room.link()
    invite_again(room.head, room.place, person.user_id, portal=PORTAL)
    with pytest.raises(NotFound):  # the newer one alone works
        choose_password(
            room.database, first, "blue tractor window", policy=room.policy, now=room.clock.now
        )
    choose_password(
        room.database, room.link(), "blue tractor window", policy=room.policy, now=room.clock.now
    )
    assert room.people()["tara@school.example"].state is PersonState.ACTIVE
    with pytest.raises(InvalidEntry, match="already"):
        invite_again(room.head, room.place, person.user_id, portal=PORTAL)
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
        lambda: disable_person(room.head, room.place, other),
        lambda: change_role(room.head, room.place, other, role=Role.TEACHER),
        lambda: reset_second_step(room.head, room.place, other),
        lambda: unlock_person(room.head, room.place, other),
        lambda: enable_person(room.head, room.place, other, portal=PORTAL),
    )
    for act in acts:
        with pytest.raises(AccessDenied):
            act()
    shown = room.people()["deputy@school.example"]
    assert ("local authority" in shown.why_not, shown.may_let_go) == (True, False)
    disable_person(room.admin, room.place, other)
    assert room.people()["deputy@school.example"].state is PersonState.DISABLED
    with pytest.raises(AccessDenied):  # nor can a head take back what the authority did
        enable_person(room.head, room.place, other, portal=PORTAL)
    enable_person(room.admin, room.place, other, portal=PORTAL)
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
    assert room.kinds()[:1] == ["another place"]
    person = room.people()["known@far.example"]
    assert ("works elsewhere" in person.why_not, person.may_let_go) == (True, True)
    acts = (
        lambda: reset_second_step(room.head, room.place, known),
        lambda: unlock_person(room.head, room.place, known),
        lambda: send_person_password_link(room.head, room.place, known, portal=PORTAL),
        lambda: reset_second_step(room.admin, room.place, known),  # of the far authority, too
    )
    for act in acts:
        with pytest.raises(AccessDenied):
            act()
    disable_person(room.head, room.place, known)  # ends the access here, and nothing else
    assert [item.school_id for item in memberships_of(room.database, known)] == [elsewhere]
    assert room.user(known).status == "active"


def test_looking_after_a_person(room: Staffroom) -> None:
    room.caller(room.teacher_id)
    room.lock(room.clock.now + timedelta(days=1))
    assert room.people()["t@school.example"].state is PersonState.LOCKED
    unlock_person(room.head, room.place, room.teacher_id)
    assert room.people()["t@school.example"].state is PersonState.ACTIVE
    assert room.people()["t@school.example"].has_second_step
    reset_second_step(room.head, room.place, room.teacher_id)
    assert (room.user(room.teacher_id).second_step, room.user(room.teacher_id).code_places) == (
        *("none", None),
    )
    assert count_unrevoked(room.database, room.teacher_id) == 0
    send_person_password_link(room.head, room.place, room.teacher_id, portal=PORTAL)
    assert room.kinds() == ["unlocked", "second step reset", "password link"]
    change_role(room.head, room.place, room.teacher_id, role=Role.TEACHER, class_names=["Ash"])
    assert room.people()["t@school.example"].class_names == ("Ash",)
    change_role(room.head, room.place, room.teacher_id, role=Role.DATA_MANAGER, class_names=["Ash"])
    assert memberships_of(room.database, room.teacher_id) == (
        Membership(Role.DATA_MANAGER, room.authority, room.school),
    )
    # Another class is no other role: of that nobody is told.
    assert room.kinds()[3:] == ["role changed"]
    with pytest.raises(InvalidEntry, match="local authority"):
        change_role(room.head, room.place, room.teacher_id, role=Role.HEAD)
    with pytest.raises(InvalidEntry):
        change_role(room.head, room.place, room.teacher_id, role="la_admin")
    room.caller(room.teacher_id)
    disable_person(room.head, room.place, room.teacher_id)
    assert count_unrevoked(room.database, room.teacher_id) == 0
    with pytest.raises(InvalidEntry, match="active account"):
        send_person_password_link(room.head, room.place, room.teacher_id, portal=PORTAL)
    enable_person(room.head, room.place, room.teacher_id, portal=PORTAL)
    # An account whose password was never chosen is invited once more.
    assert room.kinds()[4:] == ["access ended", "invitation"]
    assert room.user(room.teacher_id).status == "pending"
    assert [row.action for row in audit_rows(room.database)] == [
        *("account locked", "second step withdrawn", "sessions revoked"),
        *("password link sent", "password reset begun", "roles changed", "roles changed"),
        *("account status changed", "sessions revoked"),
        *("account status changed", "person invited"),
    ]


def test_people_of_place_asks_as_little_of_many_as_of_few(room: Staffroom) -> None:
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
        people_of_place(teacher, room.place)
    with pytest.raises(NotFound):
        people_of_place(room.head, Place(room.authority, neighbour))
    with pytest.raises(AccessDenied):
        change_role(teacher, room.place, room.teacher_id, role=Role.DATA_MANAGER)
    with pytest.raises(NotFound):  # nobody of this school
        disable_person(room.admin, Place(room.authority, neighbour), room.teacher_id)
    for act in (disable_person, reset_second_step, unlock_person):
        with pytest.raises(InvalidEntry, match="your own account"):
            act(room.head, room.place, room.head_id)
    assert room.people()["head@school.example"].why_not
    # A head who is also of the authority is none of another head's business.
    both = [
        Membership(Role.TEACHER, room.authority, room.school),
        Membership(Role.LA_ADMIN, room.authority),
    ]
    change_memberships(room.database, room.teacher_id, both)
    with pytest.raises(AccessDenied):
        reset_second_step(room.head, room.place, room.teacher_id)
    reset_second_step(room.admin, room.place, room.teacher_id)


def test_looking_after_the_authoritys_own_staff(room: Staffroom) -> None:
    wanted = Invitation("Ann Ali", "ann@la.example", Role.LA_ANALYST, ("Maple",))
    assert invite_person(room.admin, room.office, wanted, portal=PORTAL) is True
    assert "as LA analyst" in room.letters()[-1].body
    ann = room.staff()["ann@la.example"]
    assert (ann.roles, ann.class_names, ann.state) == ((Role.LA_ANALYST,), (), PersonState.INVITED)
    invite_again(room.admin, room.office, ann.user_id, portal=PORTAL)
    choose_password(
        room.database, room.link(), "blue tractor window", policy=room.policy, now=room.clock.now
    )
    assert room.staff()["ann@la.example"].state is PersonState.ACTIVE
    change_role(room.admin, room.office, ann.user_id, role=Role.LA_ADMIN)
    assert "now work as LA administrator" in room.letters()[-1].body
    with pytest.raises(InvalidEntry):
        change_role(room.admin, room.office, ann.user_id, role=Role.HEAD)
    room.caller(ann.user_id)
    unlock_person(room.admin, room.office, ann.user_id)
    reset_second_step(room.admin, room.office, ann.user_id)
    assert count_unrevoked(room.database, ann.user_id) == 0
    send_person_password_link(room.admin, room.office, ann.user_id, portal=PORTAL)
    disable_person(room.admin, room.office, ann.user_id)
    assert room.staff()["ann@la.example"].state is PersonState.DISABLED
    enable_person(room.admin, room.office, ann.user_id, portal=PORTAL)
    assert room.kinds() == [
        *("invitation", "invitation", "role changed", "unlocked", "second step reset"),
        *("password link", "access ended", "access returned"),
    ]
    rows = audit_rows(room.database)
    assert [row.action for row in rows if row.local_authority_id == room.authority] == [
        *("roles changed", "person invited", "person invited", "roles changed", "account locked"),
        *("second step withdrawn", "password reset begun"),
        *("account status changed", "account status changed"),
    ]


def test_staff_are_their_administrators_alone_to_look_after(room: Staffroom) -> None:
    far = make_authority(room.database, "998", "Far")
    stranger = room.caller(make_user(room.database, Role.LA_ADMIN, local_authority_id=far))
    adviser_id = make_user(room.database, Role.LA_ADVISER, local_authority_id=room.authority)
    for caller, error in (
        (room.caller(adviser_id), AccessDenied),
        (room.head, NotFound),
        (stranger, NotFound),
    ):
        with pytest.raises(error):
            people_of_place(caller, room.office)
        with pytest.raises(error):
            change_role(caller, room.office, adviser_id, role=Role.LA_ADMIN)
    with pytest.raises(NotFound, match="at this local authority"):  # a school's own
        disable_person(room.admin, room.office, room.teacher_id)
    for act in (disable_person, reset_second_step, unlock_person):
        with pytest.raises(InvalidEntry, match="your own account"):
            act(room.admin, room.office, room.admin_id)
    # Of somebody with another authority too, only the access to this one is theirs to end.
    both = [Membership(Role.LA_ADVISER, room.authority), Membership(Role.LA_ANALYST, far)]
    change_memberships(room.database, adviser_id, both)
    with pytest.raises(AccessDenied, match="others look after accounts"):
        reset_second_step(room.admin, room.office, adviser_id)
    disable_person(room.admin, room.office, adviser_id)
    assert memberships_of(room.database, adviser_id) == (Membership(Role.LA_ANALYST, far),)
    assert room.user(adviser_id).status == "active"


def test_invite_person_to_the_staff_who_works_at_a_school(room: Staffroom) -> None:
    room.caller(room.teacher_id)
    with room.database.unit_of_work(write=True) as unit:  # digits, which are not enough for staff
        user = unit.session.get_one(UserAccount, room.teacher_id)
        user.code_sealed, user.code_places, user.second_step = b"sealed", "14", "set"
        unit.commit()
    wanted = Invitation("T", "t@school.example", Role.LA_ADVISER)
    assert invite_person(room.admin, room.office, wanted, portal=PORTAL) is True
    assert room.kinds() == ["second step reset", "another place"]
    assert (room.user(room.teacher_id).code_sealed, room.user(room.teacher_id).second_step) == (
        *(None, "none"),
    )
    assert count_unrevoked(room.database, room.teacher_id) == 0
    assert memberships_of(room.database, room.teacher_id) == (
        Membership(Role.TEACHER, room.authority, room.school),
        Membership(Role.LA_ADVISER, room.authority),
    )
    with pytest.raises(InvalidEntry, match="already"):
        invite_person(room.admin, room.office, wanted, portal=PORTAL)
    assert "works elsewhere" in room.people()["t@school.example"].why_not  # to the head
    disable_person(room.admin, room.office, room.teacher_id)
    assert room.people()["t@school.example"].state is PersonState.ACTIVE
    disable_person(room.head, room.place, room.teacher_id)
    with pytest.raises(InvalidEntry, match="disabled"):
        invite_person(room.admin, room.office, wanted, portal=PORTAL)
    assert room.staff().keys() == {""}


@pytest.mark.parametrize("other", [None, "disabled", "active"])
def test_an_authority_keeps_an_administrator_who_can_sign_in(
    room: Staffroom, other: str | None
) -> None:
    if other is not None:
        values = {"local_authority_id": room.authority, "status": other}
        make_user(room.database, Role.LA_ADMIN, **values)
    make_user(room.database, Role.LA_ADVISER, local_authority_id=room.authority)
    far = make_authority(room.database, "998", "Far")
    make_user(room.database, Role.LA_ADMIN, local_authority_id=far)
    operator = Caller.for_operator(room.database, clock=room.clock)
    acts = (
        lambda: change_role(operator, room.office, room.admin_id, role=Role.LA_ADVISER),
        lambda: disable_person(operator, room.office, room.admin_id),
    )
    for act in acts:
        if other == "active":
            act()
            continue
        with pytest.raises(InvalidEntry, match="Make somebody else an administrator first"):
            act()
    assert room.user(room.admin_id).status == ("disabled" if other == "active" else "active")


def test_two_administrators_who_disable_each_other_leave_one(room: Staffroom) -> None:
    second_id = make_user(room.database, Role.LA_ADMIN, local_authority_id=room.authority)
    second = room.caller(second_id)

    def disable(by: Caller, user_id: int) -> Callable[[], None]:
        def act() -> None:
            with suppress(InvalidEntry, NotSignedIn):
                disable_person(by, room.office, user_id)

        return act

    run_all([disable(room.admin, second_id), disable(second, room.admin_id)])
    states = sorted(room.user(one).status for one in (room.admin_id, second_id))
    assert states == ["active", "disabled"]


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
