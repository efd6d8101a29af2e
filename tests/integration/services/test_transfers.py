"""A pupil moves from one school to another: the claim, the decision, what goes along and stays."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.transfers import CLAIMS_A_DAY, ClaimOutcome
from pupiltrack_core.errors import (
    AccessDenied,
    Conflict,
    InvalidEntry,
    NotFound,
    TooManyAttempts,
)
from pupiltrack_core.services.archived_records import archived_pupils
from pupiltrack_core.services.archiving import archive_pupils
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.interventions import interventions_of
from pupiltrack_core.services.meeting_entries import MeetingEntry
from pupiltrack_core.services.pupil_journey import journey_of
from pupiltrack_core.services.pupil_meetings import (
    add_pupil_meeting,
    change_pupil_meeting,
    delete_pupil_meeting,
    meetings_of,
    start_meeting,
)
from pupiltrack_core.services.pupils import list_pupils
from pupiltrack_core.services.transfer_decisions import (
    HandedOver,
    asked_for,
    close_claim,
    confirm_claim,
    count_open,
    open_claims,
    refuse_claim,
)
from pupiltrack_core.services.transfers import (
    Claim,
    ClaimEntry,
    claim_classes,
    claim_pupil,
    claims_of,
    withdraw_claim,
)
from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil, UserSession
from pupiltrack_core.storage.school_year_models import TransferRequest
from pupiltrack_core.storage.support_models import Intervention
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.people import audit_rows, noting_statements, run_all
from tests.unit.interchange.files import upn

BORN = date(YEAR - 9, 10, 1)  # Year 4 in 2025/2026
LEFT, JOINS = date(2025, 11, 14), date(2025, 11, 17)
NUMBER = upn(7)


class District:
    """Two schools and their offices, a third one, and the authority; Ivy is at the first."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.old = make_school(database, "Oakfield Primary School")
        self.new = make_school(database, "Hillside Primary School", class_names=["Maple"])
        self.third = make_school(database, "Brookside Primary School")
        self.authority = make_authority(database)
        self.old_office = self.sign_in(Role.HEAD, self.old)
        self.new_office = self.sign_in(Role.DATA_MANAGER, self.new)
        self.admin = self.sign_in(Role.LA_ADMIN)
        self.ivy = make_pupil(
            database,
            self.old,
            pupil={
                "upn": NUMBER,
                "surname": "Archer",
                "forenames": "Ivy",
                "date_of_birth": BORN,
                "notes": "Likes chess",
            },
            class_name="Owls",
            ethnicity="WBRI",
            sen="K",
            fsm=True,
            custom_1=True,
            mobility_year=2,
            include_in_data=False,
        )

    def sign_in(self, role: Role, school: int | None = None) -> Caller:
        user = make_user(self.database, role, school_id=school)
        session = make_session(self.database, user, now=NOW)
        return Caller.for_session(self.database, session, clock=lambda: NOW)

    def later(self, caller: Caller, **ahead: int) -> Caller:
        """The same person, signed in anew some time later."""
        at = NOW + timedelta(**ahead)
        with self.database.unit_of_work() as work:
            user = work.session.get_one(UserSession, caller.session_id).user_id
        session = make_session(self.database, user, now=at)
        return Caller.for_session(self.database, session, clock=lambda: at)

    def claim(self, caller: Caller | None = None, school: int = 0, **entry: Any) -> int:
        filled = {"upn": NUMBER, "date_of_birth": BORN, "joins_on": JOINS, **entry}
        return claim_pupil(caller or self.new_office, school or self.new, ClaimEntry(**filled))

    def confirm(self, claim: int, caller: Caller | None = None, **how: Any) -> HandedOver:
        return confirm_claim(
            caller or self.old_office, self.old, claim, **{"last_day": LEFT, **how}
        )

    def told(self, caller: Caller | None = None) -> Claim:
        return claims_of(caller or self.new_office, self.new)[0]

    def pupils(self, school: int) -> list[Pupil]:
        with self.database.unit_of_work() as work:
            return list(work.session.scalars(select(Pupil).where(Pupil.school_id == school)))

    def enrolment(self, school: int, pupil: int, year: int = YEAR) -> Enrolment:
        with self.database.unit_of_work() as work:
            return work.session.get_one(Enrolment, (school, year, pupil))

    def listed(self, caller: Caller, school: int, year: int = YEAR) -> list[int]:
        return [int(number) for number in list_pupils(caller, school, year)["pupil_id"]]


@pytest.fixture
def district(database: Database) -> District:
    return District(database)


@pytest.fixture
def small(sqlite_database: Database) -> District:
    """On one database only, for rules that are not the database's."""
    return District(sqlite_database)


# --- the claim says nothing -----------------------------------------------------------------------


def statements_of(claim: Any) -> list[str]:
    noting: AbstractContextManager[list[str]] = noting_statements()
    with noting as statements:
        claim()
    return list(statements)


def test_a_claim_asks_the_same_of_the_database_whomever_it_names(small: District) -> None:
    make_pupil(small.database, small.third, pupil={"upn": upn(8), "date_of_birth": BORN})
    small.claim(small.sign_in(Role.HEAD, small.third), small.third)  # claimed by a third one
    asked = [
        statements_of(lambda number=number, born=born: small.claim(upn=number, date_of_birth=born))
        for number, born in (
            (NUMBER, BORN),  # known, and claimed by another school
            (upn(8), date(BORN.year, 10, 2)),  # known with another date of birth
            (upn(9), BORN),  # unknown
        )
    ]
    assert asked[0] == asked[1] == asked[2]
    claims = claims_of(small.new_office, small.new)
    blank = {"id": 0, "upn": "", "date_of_birth": BORN}
    assert len({replace(claim, **blank) for claim in claims}) == 1
    assert {claim.outcome for claim in claims} == {ClaimOutcome.WAITING}


def test_a_refusal_is_not_seen_by_who_claims(small: District) -> None:
    claim = small.claim()
    before = small.told()
    refuse_claim(small.old_office, small.old, claim, reason="stays")
    assert small.told() == before
    assert asked_for(small.old_office, small.old) == ()
    (seen,) = open_claims(small.admin, small.authority)
    assert seen.refusal == "The pupil is still at our school"
    assert [entry.school_id for entry in audit_rows(small.database, "claim refused")] == [small.old]
    withdraw_claim(small.new_office, small.new, claim)
    assert small.told().outcome is ClaimOutcome.WITHDRAWN


def test_a_claim_that_names_nobody_is_seen_by_no_school(small: District) -> None:
    small.claim(date_of_birth=date(BORN.year, 9, 30))
    small.claim(upn=upn(9))
    assert asked_for(small.old_office, small.old) == ()
    assert count_open(small.old_office) == 0
    assert [item.holders for item in open_claims(small.admin, small.authority)] == [(), ()]


# --- what a claim may be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "about"),
    [
        ({"upn": ""}, "upn"),
        ({"upn": "<script>"}, "upn"),
        ({"upn": "A" * 5000}, "upn"),
        ({"date_of_birth": None}, "date_of_birth"),
        ({"date_of_birth": date(1995, 1, 1)}, "date_of_birth"),
        ({"date_of_birth": date(2025, 1, 1)}, "date_of_birth"),
        ({"joins_on": None}, "joins_on"),
        ({"joins_on": date(2020, 9, 1)}, "joins_on"),
        ({"joins_on": date(2028, 9, 1)}, "joins_on"),
        ({"year_group": "12"}, "year_group"),
        ({"year_group": "6; DROP"}, "year_group"),
        ({"class_name": "Nowhere"}, "class_name"),
        ({"class_name": "x" * 61}, "class_name"),
    ],
)
def test_what_cannot_be_claimed_is_refused_at_its_field(
    small: District, entry: dict[str, Any], about: str
) -> None:
    with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
        small.claim(**entry)
    assert caught.value.field == about
    assert claims_of(small.new_office, small.new) == ()


def test_a_school_is_told_of_its_own_pupils_only(small: District) -> None:
    make_pupil(
        small.database,
        small.new,
        pupil={"upn": upn(1), "former_upn": upn(2), "date_of_birth": BORN},
    )
    with pytest.raises(InvalidEntry, match="another date of birth"):
        small.claim(upn=upn(1), date_of_birth=date(BORN.year, 9, 9))
    with pytest.raises(InvalidEntry, match="former UPN"):
        small.claim(upn=upn(2))
    assert claim_classes(small.new_office, small.new) == ("Maple",)
    small.claim()
    with pytest.raises(InvalidEntry, match="already"):
        small.claim(upn=f" {NUMBER.lower()} ")


def test_claims_of_one_day_are_few(small: District) -> None:
    with small.database.unit_of_work(write=True) as work:
        work.session.add_all(
            TransferRequest(
                school_id=small.new,
                academic_year=YEAR,
                upn=upn(100 + place),
                date_of_birth=BORN,
                joins_on=JOINS,
                asked_at=NOW,
                asked_by=1,
                expires_on=JOINS,
                state="withdrawn",
            )
            for place in range(CLAIMS_A_DAY)
        )
        work.commit()
    with pytest.raises(TooManyAttempts, match="tomorrow") as caught:
        small.claim()
    assert caught.value.retry_after == 15 * 3600  # from nine in the morning to midnight
    assert small.claim(small.later(small.new_office, hours=15))
    assert small.claim(small.sign_in(Role.HEAD, small.third), small.third)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ANALYST])
def test_who_may_neither_claim_nor_decide_is_refused(small: District, role: Role) -> None:
    claim = small.claim()
    caller = small.sign_in(role, small.old if role is Role.TEACHER else None)
    for call in (
        lambda: claims_of(caller, small.old),
        lambda: small.claim(caller, small.old),
        lambda: withdraw_claim(caller, small.old, claim),
        lambda: asked_for(caller, small.old),
        lambda: small.confirm(claim, caller),
        lambda: refuse_claim(caller, small.old, claim, reason="stays"),
    ):
        with pytest.raises(AccessDenied):
            call()
    assert count_open(caller) == 0


def test_what_is_not_ones_own_to_decide_is_not_found(small: District) -> None:
    claim = small.claim()
    for call in (
        lambda: open_claims(small.old_office, small.authority),
        lambda: close_claim(small.old_office, small.authority, claim),
        lambda: asked_for(small.new_office, small.old),
        lambda: small.confirm(claim, small.new_office),
        lambda: withdraw_claim(small.old_office, small.old, claim),
        lambda: confirm_claim(
            small.sign_in(Role.HEAD, small.third), small.third, claim, last_day=LEFT
        ),
        lambda: close_claim(small.admin, small.authority, 999),
        lambda: small.confirm(2**40),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(AccessDenied, match="signed in"):
        small.claim(Caller.for_operator(small.database, clock=lambda: NOW))


def test_another_authority_is_out_of_reach(small: District) -> None:
    far = make_authority(small.database, "888", "Far Authority")
    school = make_school(small.database, "Faraway", laestab="8882001", local_authority_id=far)
    claim = small.claim(small.sign_in(Role.HEAD, school), school)
    assert asked_for(small.old_office, small.old) == ()
    assert open_claims(small.admin, small.authority) == ()
    for call in (
        lambda: small.confirm(claim),
        lambda: close_claim(small.admin, small.authority, claim),
        lambda: close_claim(small.admin, far, claim),
    ):
        with pytest.raises(NotFound):
            call()


# --- handing over ---------------------------------------------------------------------------------


def give_history(district: District) -> None:
    """Judgements, interventions and results of Ivy at the old school."""
    database, key = district.database, (district.old, district.ivy)
    assessment = make_assessment(database, district.old)
    make_judgements(database, assessment, {district.ivy: {"READ": "O"}})
    with database.unit_of_work(write=True) as work:
        for title, subject, deleted in (
            ("Phonics", "READ", None),
            ("Chess", "X01", None),
            ("Not to be", "READ", NOW),
        ):
            work.session.add(
                Intervention(
                    school_id=key[0],
                    pupil_id=key[1],
                    academic_year=YEAR,
                    title=title,
                    subject=subject,
                    assessment_id=assessment,
                    cost_pence=100,
                    created_at=NOW,
                    deleted_at=deleted,
                )
            )
        work.session.add(
            StatutoryResult(
                school_id=key[0],
                pupil_id=key[1],
                collection="PHONICS",
                ending_year=YEAR - 2,
                sitting="Y1",
                measure="MARK",
                value=35,
                source="DfE",
            )
        )
        work.commit()


def test_confirming_hands_the_record_over(district: District) -> None:
    give_history(district)
    claim = district.claim(class_name="Maple")
    (asked,) = asked_for(district.old_office, district.old)
    assert (asked.name, asked.by_school) == ("Archer, Ivy", "Hillside Primary School")
    assert (asked.joins_on, asked.last_day) == (JOINS, None)
    assert count_open(district.old_office) == count_open(district.admin) == 1
    assert district.confirm(claim) == HandedOver(interventions=2, results=1)

    (new,) = district.pupils(district.new)
    (old,) = district.pupils(district.old)
    told = district.told()
    assert (told.outcome, told.new_pupil_id) == (ClaimOutcome.CONFIRMED, new.id)
    assert new.person_key == old.person_key
    assert (new.upn, new.surname, new.forenames) == (NUMBER, "Archer", "Ivy")
    assert (new.date_of_birth, new.sex, new.notes) == (BORN, "F", None)
    here = district.enrolment(district.new, new.id)
    assert (here.year_group, here.class_name, here.joined_on) == (4, "Maple", JOINS)
    assert (here.ethnicity, here.sen, here.fsm) == ("WBRI", "K", True)
    assert (here.custom_1, here.mobility_year, here.include_in_data) == (None, None, True)
    there = district.enrolment(district.old, old.id)
    assert (there.left_on, old.archived_from) == (LEFT, YEAR + 1)
    # In the year in which the pupil left, the old school keeps the record; afterwards it is gone.
    assert district.listed(district.old_office, district.old) == [old.id]
    assert district.listed(district.new_office, district.new) == [new.id]
    (archived,) = archived_pupils(district.old_office, district.old)
    assert archived.reason == "Handed over to another school"
    assert "handed over" in archived.why_not

    held = interventions_of(district.new_office, district.new, new.id).interventions
    assert sorted((item.stored.title, item.stored.subject) for item in held) == [
        ("Chess", None),
        ("Phonics", "READ"),
    ]
    assert {item.stored.assessment_id for item in held} == {None}
    journey = journey_of(district.new_office, district.new, new.id)
    titles = {event.title for event in journey.events}
    assert "Autumn" not in titles  # the old school's judgements stay its own
    assert any("honics" in title for title in titles)
    assert "Autumn" in {
        event.title for event in journey_of(district.old_office, district.old, old.id).events
    }
    assert count_open(district.old_office) == count_open(district.admin) == 0


def test_what_is_written_down_names_no_one(small: District) -> None:
    small.confirm(small.claim())
    rows = audit_rows(small.database)
    assert [(row.action, row.school_id) for row in rows] == [
        ("pupil claimed", small.new),
        ("pupil record handed over", small.old),
        ("pupil record received", small.new),
    ]
    text = json.dumps([row.detail for row in rows])
    assert NUMBER not in text
    assert "Archer" not in text


def test_meetings_stay_at_the_old_school_and_are_frozen(small: District) -> None:
    key = (small.old, small.ivy)
    entry = MeetingEntry(held_on=date(2025, 10, 1), teacher="Mr Osei", previous={}, current={})
    number = add_pupil_meeting(small.old_office, *key, entry)
    small.confirm(small.claim())
    held = meetings_of(small.old_office, *key)
    assert (len(held.meetings), held.may_change, held.is_frozen) == (1, False, True)
    for call in (
        lambda: start_meeting(small.old_office, *key),
        lambda: add_pupil_meeting(small.old_office, *key, entry),
        lambda: change_pupil_meeting(small.old_office, *key, number, entry, version=1),
        lambda: delete_pupil_meeting(small.old_office, *key, number, version=1),
    ):
        with pytest.raises(AccessDenied, match="has left your school"):
            call()
    (new,) = small.pupils(small.new)
    fresh = meetings_of(small.new_office, small.new, new.id)
    assert (fresh.meetings, fresh.may_change) == ((), True)


def test_a_pupil_added_already_is_joined_and_keeps_what_the_school_entered(
    district: District,
) -> None:
    give_history(district)
    own = make_pupil(
        district.database,
        district.new,
        pupil={"upn": NUMBER, "date_of_birth": BORN, "surname": "Archer-Lee"},
        class_name="Maple",
        sen="E",
    )
    assert district.confirm(district.claim()) == HandedOver(interventions=2, results=1)
    (new,) = district.pupils(district.new)
    (old,) = district.pupils(district.old)
    assert (new.id, new.surname, new.person_key) == (own, "Archer-Lee", old.person_key)
    assert district.enrolment(district.new, own).sen == "E"


def test_a_pupil_who_comes_back_has_everything_once(district: District) -> None:
    give_history(district)
    district.confirm(district.claim())
    claim = district.claim(district.old_office, district.old, joins_on=date(2025, 11, 20))
    (asked,) = asked_for(district.new_office, district.new)
    assert asked.school_id == district.new
    handed = confirm_claim(district.new_office, district.new, claim, last_day=date(2025, 11, 19))
    assert handed == HandedOver(interventions=0, results=0)
    (old,) = district.pupils(district.old)
    assert (old.archived_from, old.archive_reason) == (None, None)
    assert district.enrolment(district.old, old.id).left_on is None
    assert district.listed(district.old_office, district.old) == [old.id]


def test_a_pupil_the_old_school_has_archived_can_be_claimed(small: District) -> None:
    archive_pupils(
        small.old_office,
        small.old,
        [small.ivy],
        from_year=YEAR + 1,
        reason="moved",
        last_day=LEFT,
    )
    claim = small.claim()
    (asked,) = asked_for(small.old_office, small.old)
    assert asked.last_day == LEFT
    small.confirm(claim)
    assert small.pupils(small.new)[0].surname == "Archer"


def test_a_record_archived_from_an_earlier_year_stays_so_when_handed_over(small: District) -> None:
    with small.database.unit_of_work(write=True) as work:
        key = {"school_id": small.old, "pupil_id": small.ivy}
        work.session.add(Enrolment(**key, academic_year=YEAR - 1, year_group=3))
        work.commit()
    archive_pupils(small.old_office, small.old, [small.ivy], from_year=YEAR, reason="moved")
    small.confirm(small.claim())
    (pupil,) = small.pupils(small.old)
    assert (pupil.archived_from, pupil.archive_reason) == (YEAR, "transferred")


def test_a_record_made_by_mistake_is_nobodys_to_hand_over(small: District) -> None:
    archive_pupils(small.old_office, small.old, [small.ivy], from_year=0, reason="mistake")
    small.claim()
    assert asked_for(small.old_office, small.old) == ()


def test_the_school_that_had_the_pupil_last_is_asked(small: District) -> None:
    make_pupil(
        small.database,
        small.third,
        academic_year=YEAR - 1,
        year_group=3,
        pupil={"upn": NUMBER, "date_of_birth": BORN},
    )
    small.claim()
    assert asked_for(small.sign_in(Role.HEAD, small.third), small.third) == ()
    assert len(asked_for(small.old_office, small.old)) == 1
    (seen,) = open_claims(small.admin, small.authority)
    assert [holder.school_name for holder in seen.holders] == ["Oakfield Primary School"]


def test_a_summer_leaver_is_gone_from_a_year_begun_already(district: District) -> None:
    with district.database.unit_of_work(write=True) as work:
        work.session.add(
            Enrolment(
                school_id=district.old,
                pupil_id=district.ivy,
                academic_year=YEAR + 1,
                year_group=5,
            )
        )
        work.commit()
    district.confirm(district.claim(joins_on=date(2026, 9, 2)), last_day=date(2026, 7, 21))
    assert district.listed(district.old_office, district.old, YEAR + 1) == []
    assert district.listed(district.old_office, district.old, YEAR) == [district.ivy]
    (new,) = district.pupils(district.new)
    assert district.enrolment(district.new, new.id, YEAR + 1).year_group == 5


@pytest.mark.parametrize("last_day", [None, date(2025, 11, 18), date(2019, 1, 1)])
def test_a_last_day_that_cannot_be_is_refused(small: District, last_day: date | None) -> None:
    claim = small.claim()
    with pytest.raises(InvalidEntry, match="Nothing was changed") as caught:
        small.confirm(claim, last_day=last_day)
    assert caught.value.field == "last_day"
    with pytest.raises(InvalidEntry):
        refuse_claim(small.old_office, small.old, claim, reason="")
    assert small.pupils(small.new) == []


def test_the_authority_decides_over_a_refusal_and_closes(district: District) -> None:
    claim = district.claim()
    refuse_claim(district.old_office, district.old, claim, reason="unsure")
    with pytest.raises(Conflict):
        district.confirm(claim)
    district.confirm(claim, district.admin)
    assert district.told().outcome is ClaimOutcome.CONFIRMED
    nobody = district.claim(upn=upn(9))
    close_claim(district.admin, district.authority, nobody)
    assert district.told().outcome is ClaimOutcome.NOT_CONFIRMED
    with pytest.raises(Conflict):
        close_claim(district.admin, district.authority, nobody)


def test_a_claim_ends_after_sixty_days(small: District) -> None:
    claim = small.claim()
    last = small.later(small.old_office, days=60)
    assert len(asked_for(last, small.old)) == 1
    over = small.later(small.old_office, days=61)
    assert asked_for(over, small.old) == ()
    with pytest.raises(Conflict, match="not open any more"):
        small.confirm(claim, over)
    claiming = small.later(small.new_office, days=61)
    assert small.told(claiming).outcome is ClaimOutcome.NOT_CONFIRMED
    with pytest.raises(Conflict):
        withdraw_claim(claiming, small.new, claim)
    assert small.claim(claiming, joins_on=date(2026, 1, 20))


def test_another_child_under_the_number_stops_it(small: District) -> None:
    claim = small.claim()
    make_pupil(small.database, small.new, pupil={"upn": NUMBER, "date_of_birth": date(2017, 5, 5)})
    with pytest.raises(Conflict, match="another child"):
        small.confirm(claim)
    with small.database.unit_of_work() as work:
        assert work.session.get_one(Pupil, small.ivy).archived_from is None


def test_two_decide_at_once_and_one_is_told(district: District) -> None:
    claim = district.claim()
    second = district.sign_in(Role.DATA_MANAGER, district.old)
    outcomes: list[str] = []

    def decide(caller: Caller) -> None:
        try:
            district.confirm(claim, caller)
            outcomes.append("done")
        except Conflict:
            outcomes.append("late")

    run_all([lambda: decide(district.old_office), lambda: decide(second)])
    assert sorted(outcomes) == ["done", "late"]
    assert len(district.pupils(district.new)) == 1


def test_a_claim_withdrawn_meanwhile_hands_nothing_over(small: District) -> None:
    claim = small.claim()
    withdraw_claim(small.new_office, small.new, claim)
    with pytest.raises(Conflict):
        small.confirm(claim)
    with pytest.raises(Conflict):
        withdraw_claim(small.new_office, small.new, claim)
    assert small.pupils(small.new) == []


def test_a_number_the_old_school_has_changed_names_nobody(small: District) -> None:
    claim = small.claim()
    with small.database.unit_of_work(write=True) as work:
        work.session.execute(update(Pupil).where(Pupil.id == small.ivy).values(upn=upn(99)))
        work.commit()
    with pytest.raises(NotFound):
        small.confirm(claim)
