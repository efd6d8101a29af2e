"""A school's details, logo, words and idle time: who may set them, what is refused, two at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.idle_limits import (
    IdleLimits,
    authority_idle_limits,
    save_authority_idle_limit,
    save_school_idle_limit,
    school_idle_limits,
)
from pupiltrack_core.services.judgement_wording import judgement_labels, save_judgement_wording
from pupiltrack_core.services.school_profile import (
    ContactDetails,
    save_contact_details,
    save_logo,
    school_details,
    school_logo,
    take_logo_away,
)
from pupiltrack_core.services.sessions import SessionEnd, session_for_token, touch, why_ended
from pupiltrack_core.services.support import (
    AuthorityContact,
    authority_contact,
    save_authority_contact,
    support_contacts,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, LocalAuthority, School
from tests.builders import make_authority, make_school, make_session, make_user
from tests.integration.services.people import Person

NOW = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)
HILLSIDE = ContactDetails(
    head_name="M. Ødegård-O'Neil",
    phone="01524 555 0123",
    email="office@hillside.example",
    address="1 Hill Road\nLancaster",
    postcode="LA1 4YF",
)
B, T, O, D = Judgement  # noqa: E741 - the codes themselves


def caller_of(database: Database, role: Role, **where: int) -> Caller:
    session = make_session(database, make_user(database, role, **where), now=NOW)
    return Caller.for_session(database, session, clock=lambda: NOW)


def picture(width: int = 64, height: int = 32) -> bytes:
    held = BytesIO()
    Image.new("RGB", (width, height), "navy").save(held, "PNG")
    return held.getvalue()


def audited(database: Database) -> list[str]:
    with database.unit_of_work() as work:
        return list(work.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture
def school(database: Database) -> int:
    return make_school(database, urn="123456")


@pytest.fixture
def head(database: Database, school: int) -> Caller:
    return caller_of(database, Role.HEAD, school_id=school)


@pytest.fixture
def admin(database: Database) -> Caller:
    return caller_of(database, Role.LA_ADMIN, local_authority_id=make_authority(database))


# --- details ------------------------------------------------------------------------------------


def test_save_contact_details_keeps_them_and_says_which_in_the_audit(
    database: Database, school: int, head: Caller
) -> None:
    assert school_details(head, school).contact == ContactDetails()
    saved = save_contact_details(head, school, HILLSIDE, shown=ContactDetails())
    assert saved == school_details(head, school)
    assert (saved.laestab[3], saved.urn, saved.contact) == ("/", "123456", HILLSIDE)
    shorter = ContactDetails(head_name="M. Ødegård-O'Neil", phone="01524 555 0123")
    save_contact_details(head, school, shorter, shown=HILLSIDE)
    save_contact_details(head, school, shorter, shown=shorter)  # nothing to write down
    with database.unit_of_work() as work:
        details = work.session.scalars(select(AuditEntry.detail).order_by(AuditEntry.id)).all()
        assert work.session.get_one(School, school).email is None
    assert len(details) == 2
    assert '"email", "address", "postcode"' in details[1].replace('","', '", "')
    assert not any("hillside" in detail or "degård" in detail for detail in details)


def test_save_contact_details_over_someone_elses_is_a_conflict(school: int, head: Caller) -> None:
    save_contact_details(head, school, HILLSIDE, shown=ContactDetails())
    with pytest.raises(Conflict) as refused:
        save_contact_details(head, school, ContactDetails(), shown=ContactDetails())
    assert "01524 555 0123" in str(refused.value.theirs)
    assert school_details(head, school).contact == HILLSIDE


def test_save_contact_details_refuses(school: int, head: Caller) -> None:
    for field, value in (
        ("phone", "call me"),
        ("email", "office at hillside"),
        ("postcode", "<script>"),
        ("head_name", "x" * 121),
        ("head_name", "A\u200bB"),
        ("address", "x" * 301),
        ("address", "1 Hill\x00Road"),
    ):
        entered = ContactDetails(**{field: value})
        with pytest.raises(InvalidEntry, match="Nothing was saved") as refused:
            save_contact_details(head, school, entered, shown=ContactDetails())
        assert refused.value.field == field
    assert school_details(head, school).contact == ContactDetails()


# --- logo ---------------------------------------------------------------------------------------


def test_logo_is_kept_replaced_and_taken_away(
    database: Database, school: int, head: Caller, admin: Caller
) -> None:
    assert school_logo(head, school) is None
    save_logo(head, school, picture())
    save_logo(head, school, picture(100, 50))
    held = school_logo(admin, school)
    assert held is not None
    assert (held.width, held.height, held.alt) == (100, 50, "Logo of Hillside Primary School")
    with pytest.raises(InvalidEntry):
        save_logo(head, school, b"<svg/>")
    assert school_logo(head, school) == held
    take_logo_away(head, school)
    take_logo_away(head, school)
    assert school_logo(head, school) is None
    assert audited(database) == ["logo saved", "logo saved", "logo removed"]


# --- words --------------------------------------------------------------------------------------


def test_judgement_wording_is_saved_for_the_school_alone(
    database: Database, school: int, head: Caller, admin: Caller
) -> None:
    other = make_school(database)
    words, colours = {B: "Working below"}, {B: "amber", O: "green"}
    saved = save_judgement_wording(
        head, school, labels=words, colours=colours, shown=STANDARD_WORDING
    )
    assert saved == judgement_labels(admin, school) == JudgementWording(words, colours)
    assert judgement_labels(admin, other) == STANDARD_WORDING
    with pytest.raises(Conflict) as refused:
        save_judgement_wording(head, school, labels={}, colours={}, shown=STANDARD_WORDING)
    assert "Working below" in str(refused.value.theirs)
    save_judgement_wording(head, school, labels=words, colours=colours, shown=saved)
    assert audited(database) == ["judgement wording saved"]


def test_save_judgement_wording_refuses(school: int, head: Caller) -> None:
    for labels, colours, field in (
        ({D: "Below"}, {}, "label_D"),
        ({}, {T: "red", B: "red"}, "colour_T"),
    ):
        with pytest.raises(InvalidEntry, match="Nothing was saved") as refused:
            save_judgement_wording(
                head, school, labels=labels, colours=colours, shown=STANDARD_WORDING
            )
        assert refused.value.field == field
    assert judgement_labels(head, school) == STANDARD_WORDING


# --- idle time ----------------------------------------------------------------------------------


def test_idle_limits_of_school_and_authority(
    database: Database, school: int, head: Caller, admin: Caller
) -> None:
    authority = make_authority(database)
    assert school_idle_limits(head, school) == IdleLimits(60, None)
    assert save_school_idle_limit(head, school, 20, shown=None).in_force == 20
    assert save_authority_idle_limit(admin, authority, 15, shown=None).in_force == 15
    assert school_idle_limits(head, school) == IdleLimits(60, 20, 15)
    assert school_idle_limits(head, school).in_force == 15
    assert authority_idle_limits(admin, authority) == IdleLimits(60, 15)
    with pytest.raises(Conflict):
        save_school_idle_limit(head, school, 45, shown=None)
    for minutes in (14, 61):
        with pytest.raises(InvalidEntry, match="15 to 60"):
            save_school_idle_limit(head, school, minutes, shown=20)
    assert save_school_idle_limit(head, school, None, shown=20).own is None
    assert audited(database) == ["idle time saved"] * 3


def test_session_ends_after_the_lowest_idle_time_of_the_persons_places(
    head_teacher: Person,
) -> None:
    database, clock = head_teacher.database, head_teacher.clock
    token = head_teacher.sign_in().token
    live = session_for_token(database, token, clock.now)
    assert live is not None
    assert live.idle_expires_at == clock.now + timedelta(minutes=60)
    caller = Caller.for_session(database, live.session_id, clock=clock)
    save_school_idle_limit(caller, head_teacher.school_id, 20, shown=None)
    live = session_for_token(database, token, clock.now)  # it counts for who is signed in
    assert live is not None
    assert live.idle_expires_at == clock.now + timedelta(minutes=20)
    with database.unit_of_work(write=True) as work:
        school = work.session.get_one(School, head_teacher.school_id)
        work.session.get_one(LocalAuthority, school.local_authority_id).idle_minutes = 15
        work.commit()
    clock.turn(minutes=14)
    assert touch(database, live.session_id, clock.now)
    clock.turn(minutes=15)
    assert session_for_token(database, token, clock.now) is None
    assert why_ended(database, token, clock.now) is SessionEnd.IDLE
    assert not touch(database, live.session_id, clock.now)


# --- who to ask ---------------------------------------------------------------------------------


def test_authority_contact_is_seen_by_its_schools(
    database: Database, head: Caller, admin: Caller
) -> None:
    authority = make_authority(database)
    elsewhere = make_authority(database, "777", "Elsewhere")
    make_school(database, local_authority_id=elsewhere)
    contact = AuthorityContact("Assessment team", "assessment@la.example", "01524 555 0100")
    assert authority_contact(admin, authority) == AuthorityContact()
    save_authority_contact(admin, authority, contact, shown=AuthorityContact())
    assert [(item.place, item.contact) for item in support_contacts(head)] == [
        ("Demo Authority", contact)
    ]
    with pytest.raises(Conflict):
        save_authority_contact(admin, authority, AuthorityContact(), shown=AuthorityContact())
    for wrong in (
        AuthorityContact(email="x"),
        AuthorityContact(phone="x"),
        AuthorityContact(name="x" * 121),
    ):
        with pytest.raises(InvalidEntry, match="Nothing was saved"):
            save_authority_contact(admin, authority, wrong, shown=contact)
    assert authority_contact(admin, authority) == contact
    assert audited(database) == ["support contact saved"]


# --- access -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ADMIN])
def test_school_profile_is_set_by_those_who_run_the_school(
    database: Database, school: int, role: Role
) -> None:
    authority = make_authority(database)
    where = {"school_id": school} if role is Role.TEACHER else {"local_authority_id": authority}
    caller = caller_of(database, role, **where)
    for attempt in (
        lambda: save_logo(caller, school, picture()),
        lambda: take_logo_away(caller, school),
        lambda: save_judgement_wording(
            caller, school, labels={}, colours={}, shown=STANDARD_WORDING
        ),
        lambda: school_idle_limits(caller, school),
        lambda: save_school_idle_limit(caller, school, 20, shown=None),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    assert judgement_labels(caller, school) == STANDARD_WORDING
    assert school_logo(caller, school) is None


def test_contact_details_are_seen_by_the_authority_and_changed_by_its_administrators(
    database: Database, school: int, head: Caller, admin: Caller
) -> None:
    save_contact_details(head, school, HILLSIDE, shown=ContactDetails())
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=make_authority(database))
    seen = school_details(adviser, school)
    assert (seen.contact, seen.may_change) == (HILLSIDE, False)
    wanted = ContactDetails(head_name="New Head")
    for caller in (adviser, caller_of(database, Role.TEACHER, school_id=school)):
        with pytest.raises(AccessDenied):
            save_contact_details(caller, school, wanted, shown=HILLSIDE)
    with pytest.raises(AccessDenied):
        school_details(caller, school)
    assert school_details(admin, school).may_change
    save_contact_details(admin, school, wanted, shown=HILLSIDE)
    assert school_details(head, school).contact == wanted


def test_authority_settings_are_its_administrators_alone(database: Database, head: Caller) -> None:
    authority = make_authority(database)
    adviser = caller_of(database, Role.LA_ADVISER, local_authority_id=authority)
    stranger = caller_of(
        database, Role.LA_ADMIN, local_authority_id=make_authority(database, "777", "Elsewhere")
    )
    for caller, error in ((head, NotFound), (adviser, AccessDenied), (stranger, NotFound)):
        for attempt in (
            lambda caller=caller: authority_idle_limits(caller, authority),
            lambda caller=caller: save_authority_idle_limit(caller, authority, 15, shown=None),
            lambda caller=caller: authority_contact(caller, authority),
            lambda caller=caller: save_authority_contact(
                caller, authority, AuthorityContact(), shown=AuthorityContact()
            ),
        ):
            with pytest.raises(error):
                attempt()


def test_school_out_of_reach_is_not_there(database: Database, school: int) -> None:
    elsewhere = make_authority(database, "777", "Elsewhere")
    stranger = caller_of(
        database, Role.HEAD, school_id=make_school(database, local_authority_id=elsewhere)
    )
    for attempt in (
        lambda: school_details(stranger, school),
        lambda: judgement_labels(stranger, school),
        lambda: school_logo(stranger, school),
        lambda: save_logo(stranger, school, picture()),
    ):
        with pytest.raises(NotFound):
            attempt()
