"""What a school holds of one child: who may read it, what is in it, and that it is all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.journeys import EventKind, JourneyEvent
from pupiltrack_core.errors import AccessDenied, NotFound, NotSignedIn
from pupiltrack_core.reports.pdf import pupil_journey_pdf
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_journey import PupilJourney, journey_of, note_journey_export
from pupiltrack_core.services.reports import REPORT_MADE
from pupiltrack_core.storage.assessment_models import SchoolResult, SchoolSubject, StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, Enrolment, Pupil, UserSession
from pupiltrack_core.storage.support_models import Intervention, PupilMeeting
from pupiltrack_core.storage.table_base import Base
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
from tests.integration.services.people import ROLES_WITH_NAMES
from tests.pdf_reading import text_of

THEN = {"created_at": NOW}


def store(database: Database, *rows: Base) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.add_all(rows)
        work.commit()


class School:
    """A school with a child in Year 4 who was in Year 3 there the year before."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = make_school(database, "Hillside Primary School")
        self.pupil = make_pupil(
            database,
            self.id,
            class_name="Maple",
            pupil={"surname": "Archer", "forenames": "Ana"},
        )
        store(
            database,
            Enrolment(
                school_id=self.id,
                academic_year=YEAR - 1,
                pupil_id=self.pupil,
                year_group=3,
                class_name="Birch",
            ),
        )
        self.key = {"school_id": self.id, "pupil_id": self.pupil}

    def caller(self, role: Role = Role.TEACHER) -> Caller:
        over = role in (Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN)
        user = make_user(self.database, role, school_id=None if over else self.id)
        return Caller.for_session(self.database, make_session(self.database, user))

    def journey(self) -> PupilJourney:
        return journey_of(self.caller(), self.id, self.pupil)

    def result(self, collection: str, ending: int, **values: Any) -> StatutoryResult:
        return StatutoryResult(
            **self.key,
            collection=collection,
            ending_year=ending,
            **({"sitting": "main", "source": "test"} | values),
        )


@pytest.fixture
def school(database: Database) -> School:
    return School(database)


def told(journey: PupilJourney) -> list[tuple[str, str, str, list[str]]]:
    return [
        (event.when, event.year_and_class, event.title, [mark.words for mark in event.marks])
        for event in journey.events
    ]


def only(journey: PupilJourney, kind: EventKind) -> JourneyEvent:
    (found,) = [event for event in journey.events if event.kind is kind]
    return found


# --- what is in it --------------------------------------------------------------------------------


def test_journey_of_tells_judgements_with_the_class_of_then(school: School) -> None:
    database = school.database
    this_year = make_assessment(database, school.id, name="Winter", subjects=("READ", "SCIE"))
    last_year = make_assessment(
        database, school.id, academic_year=YEAR - 1, year_groups=(3,), name="Snow"
    )
    make_judgements(database, this_year, {school.pupil: {"SCIE": "D", "MATH": None, "READ": "O"}})
    make_judgements(database, last_year, {school.pupil: {"WRIT": "B"}})
    journey = school.journey()
    assert told(journey) == [
        ("15/12/2024", "Year 3, Birch", "Snow", ["Writing: Below"]),
        (
            "15/12/2025",
            "Year 4, Maple",
            "Winter",
            ["Reading: On track", "Science: Deeper learning"],
        ),
    ]
    assert (journey.name, journey.place) == ("Archer, Ana", "Year 4, Maple, 2025/2026")
    assert journey.school_name == "Hillside Primary School"


def test_journey_of_tells_scores_notes_and_phonics_apart(school: School) -> None:
    assessment = make_assessment(
        school.database,
        school.id,
        name="Winter",
        test_title="NFER",
        formative_title="Book band",
        has_phonics=True,
    )
    for kind, marks in {
        "tracking": {"READ": "T"},
        "test": {"GPS": "99.5", "MATH": "104"},
        "formative": {"READ": "Lime <b>"},
        "phonics": {"READ": "Phase 5"},
    }.items():
        make_judgements(school.database, assessment, {school.pupil: marks}, kind=kind)
    assert [(title, marks) for _, _, title, marks in told(school.journey())] == [
        ("Winter", ["Reading: Towards"]),
        ("Winter: NFER", ["Maths: 104", "Grammar, punctuation and spelling: 99.5"]),
        ("Winter: Book band", ["Reading: Lime <b>"]),
        ("Winter: Phonics", ["Phase 5"]),
    ]


def test_journey_of_names_the_school_s_own_subjects_archived_ones_too(school: School) -> None:
    store(
        school.database,
        SchoolSubject(school_id=school.id, code="X01", label="Forest school", short="For"),
        SchoolSubject(school_id=school.id, code="X02", label="Chess", short="Che", archived_at=NOW),
    )
    assessment = make_assessment(school.database, school.id, subjects=("READ", "X01", "X02"))
    make_judgements(
        school.database, assessment, {school.pupil: {"X02": "B", "X01": "O", "READ": "T"}}
    )
    (found,) = school.journey().events
    assert [(mark.subject, mark.words) for mark in found.marks] == [
        ("READ", "Reading: Towards"),
        ("X01", "Forest school: On track"),
        ("X02", "Chess: Below"),
    ]


def test_journey_of_tells_statutory_results_in_words_by_term(school: School) -> None:
    school_result = school.result
    store(
        school.database,
        school_result("EYFSP", 2022, measure="GLD", code="N"),
        school_result("PHONICS", 2023, sitting="Y1", measure="OUTCOME", code="Wa"),
        school_result("PHONICS", 2023, sitting="Y1", measure="MARK", value=35),
        school_result("KS1", 2023, measure="MATH", code="GDS"),
        school_result("KS1", 2023, measure="READ", code="WTS"),
        school_result("MTC", 2026, measure="MARK", value=23, data_status="provisional"),
    )
    journey = school.journey()
    assert told(journey) == [
        (
            "Summer 2022",
            "Reception",  # the child was elsewhere: it is the year group of the profile
            "Early years foundation stage profile",
            ["Good level of development: No"],
        ),
        (
            "Summer 2023",
            "Year 2",
            "Key stage 1 teacher assessment",
            ["Reading: Working towards the expected standard", "Maths: Working at greater depth"],
        ),
        ("Summer 2023", "Year 1", "Phonics screening check", ["Met the expected standard (35)"]),
        ("Summer 2026", "Year 4, Maple", "Multiplication tables check", ["Mark: 23"]),
    ]
    assert [event.details for event in journey.events] == ["", "", "", "Provisional result"]
    assert [mark.brief for event in journey.events for mark in event.marks] == [
        "No",
        "WTS",
        "GDS",
        "Wa 35",
        "23",
    ]


def test_journey_of_tells_an_absent_child_s_check_as_it_is(school: School) -> None:
    store(
        school.database,
        school.result("PHONICS", 2021, sitting="autumn", measure="OUTCOME", code="A"),
    )
    (found,) = school.journey().events
    assert (found.when, found.year_group, found.marks[0].text) == ("Autumn 2020", 2, "Absent")


def test_journey_of_tells_why_there_is_no_mark_without_calling_it_one(school: School) -> None:
    store(school.database, school.result("MTC", 2026, measure="MARK", code="B"))
    (found,) = school.journey().events
    assert [mark.words for mark in found.marks] == ["Working below the level of the test"]


def test_journey_of_places_what_the_school_entered_in_the_year_it_is_of(school: School) -> None:
    def entered(collection: str, measure: str, value: str | None) -> SchoolResult:
        return SchoolResult(
            **school.key, collection=collection, measure=measure, value=value, changed_at=NOW
        )

    store(
        school.database,
        entered("KS1", "MATH_SCORE", "99"),
        entered("KS1", "READ_SCORE", "104"),
        entered("EYFSP", "GLD", "Y"),
        entered("PHONICS", "MARK", None),  # cleared again
    )
    # In Year 3 in 2024/2025, so in Year 2 in 2023/2024 and in Reception in 2021/2022.
    assert told(school.journey()) == [
        (
            "Summer 2022",
            "Reception",
            "Early years foundation stage profile, entered by the school",
            ["Good level of development: Yes"],
        ),
        (
            "Summer 2024",
            "Year 2",
            "Key stage 1 teacher assessment, entered by the school",
            ["Reading: 104", "Maths: 99"],
        ),
    ]


def test_journey_of_tells_interventions_and_meetings(school: School) -> None:
    store(
        school.database,
        Intervention(
            **school.key,
            **THEN,
            academic_year=YEAR,
            title="Catch-up",
            subject="READ",
            details="Twice a week",
            starts_on=date(2025, 9, 22),
            ends_on=date(2025, 12, 5),
            group_name="Green",
            run_by="Mrs Rowe",
        ),
        Intervention(**school.key, **THEN, academic_year=YEAR - 1, title="Undated"),
        PupilMeeting(
            **school.key,
            **THEN,
            academic_year=YEAR,
            held_on=date(2025, 11, 12),
            teacher="Mr Osei",
            comments="Reads aloud now!",
        ),
    )
    journey = school.journey()
    assert [(title, when) for when, _, title, _ in told(journey)] == [
        ("Undated", "2024/2025"),
        ("Catch-up", "22/09/2025 to 05/12/2025"),
        ("Progress meeting", "12/11/2025"),
    ]
    assert [event.details for event in journey.events] == [
        "",
        "Reading. Group: Green. Run by Mrs Rowe. Twice a week.",
        "With Mr Osei. Reads aloud now!",
    ]


def test_journey_of_leaves_out_what_was_deleted(school: School) -> None:
    assessment = make_assessment(school.database, school.id, deleted_at=NOW)
    make_judgements(school.database, assessment, {school.pupil: {"READ": "O"}})
    gone = {**school.key, **THEN, "academic_year": YEAR, "deleted_at": NOW}
    store(
        school.database,
        Intervention(**gone, title="Catch-up"),
        PupilMeeting(**gone, held_on=date(2025, 11, 12), teacher="Mr Osei"),
    )
    assert school.journey().events == ()


def test_journey_of_holds_nothing_of_anybody_else(school: School) -> None:
    database = school.database
    other = make_pupil(database, school.id)
    elsewhere = School(database)
    assessment = make_assessment(database, school.id)
    make_judgements(database, assessment, {other: {"READ": "O"}})
    for place, pupil in ((school, other), (elsewhere, elsewhere.pupil)):
        key = {"school_id": place.id, "pupil_id": pupil}
        store(
            database,
            StatutoryResult(
                **key,
                collection="MTC",
                ending_year=2026,
                sitting="main",
                measure="MARK",
                value=20,
                source="test",
            ),
            SchoolResult(**key, collection="EYFSP", measure="GLD", value="Y", changed_at=NOW),
            Intervention(**key, **THEN, academic_year=YEAR, title="Catch-up"),
            PupilMeeting(
                **key, **THEN, academic_year=YEAR, held_on=date(2025, 11, 12), teacher="Mr Osei"
            ),
        )
    assert school.journey().events == ()


# --- who may read it ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_journey_of_is_for_every_role_that_sees_pupils(school: School, role: Role) -> None:
    assert journey_of(school.caller(role), school.id, school.pupil).surname == "Archer"


def test_journey_of_a_pupil_of_another_school_is_not_there(school: School) -> None:
    other = School(school.database)
    caller = school.caller()
    with pytest.raises(NotFound, match="no such pupil"):
        journey_of(caller, school.id, other.pupil)
    with pytest.raises(NotFound, match="no such school"):
        journey_of(caller, other.id, other.pupil)
    with pytest.raises(NotFound, match="no such school"):
        pupil_journey_pdf(caller, other.id, other.pupil)
    with pytest.raises(NotFound, match="no such pupil"):
        journey_of(caller, school.id, -1)


def test_journey_of_a_pupil_of_another_authority_is_not_there(database: Database) -> None:
    school = School(database)
    far = make_authority(database, "888", "Far Authority")
    adviser = make_user(database, Role.LA_ADVISER, local_authority_id=far)
    caller = Caller.for_session(database, make_session(database, adviser))
    with pytest.raises(NotFound):
        journey_of(caller, school.id, school.pupil)


def test_journey_of_an_archived_pupil_is_not_there(school: School) -> None:
    with school.database.unit_of_work(write=True) as work:
        work.session.execute(update(Pupil).where(Pupil.id == school.pupil).values(archived_from=0))
        work.commit()
    with pytest.raises(NotFound, match="archived"):
        school.journey()
    with pytest.raises(NotFound, match="archived"):
        note_journey_export(school.caller(), school.id, school.pupil)


def test_journey_of_after_the_session_ended_is_refused(school: School) -> None:
    caller = school.caller()
    with school.database.unit_of_work(write=True) as work:
        work.session.execute(update(UserSession).values(revoked_at=datetime.now(UTC)))
        work.commit()
    with pytest.raises(NotSignedIn):
        journey_of(caller, school.id, school.pupil)


def test_journey_of_for_who_may_not_see_assessments_is_refused(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pupiltrack_core import access

    granted = access.GRANTS | {Role.TEACHER: frozenset({access.Action.SEE_PUPILS})}
    monkeypatch.setattr(access, "GRANTS", granted)
    with pytest.raises(AccessDenied, match="see assessments"):
        school.journey()
    monkeypatch.setattr(
        access, "GRANTS", access.GRANTS | {Role.TEACHER: frozenset({access.Action.EXPORT})}
    )
    with pytest.raises(AccessDenied, match="see pupils"):
        note_journey_export(school.caller(), school.id, school.pupil)


# --- how much it costs, and what is written down --------------------------------------------------


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def catch(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        of_the_reader = any(
            word in statement for word in ("user_session", "membership", "set_config")
        )
        if statement.startswith(("SELECT", "WITH")) and not of_the_reader:
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", catch)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", catch)


def test_journey_of_asks_as_often_for_much_as_for_little(school: School) -> None:
    caller = school.caller()
    journey_of(caller, school.id, school.pupil)
    with statements() as few:
        journey_of(caller, school.id, school.pupil)
    for month in (10, 11, 12):
        held_on = date(YEAR, month, 1)
        assessment = make_assessment(school.database, school.id, held_on=held_on)
        make_judgements(school.database, assessment, {school.pupil: {"READ": "O", "WRIT": "O"}})
    with statements() as many:
        assert len(journey_of(caller, school.id, school.pupil).events) == 3
    # the school, the nine that are the journey's own, and whether the view is written down already
    assert len(many) == len(few) == 11


def test_journey_of_is_written_down_once_and_so_is_its_pdf(school: School) -> None:
    caller = school.caller()
    journey_of(caller, school.id, school.pupil)
    with school.database.unit_of_work() as work:
        (seen,) = work.session.scalars(select(AuditEntry)).all()
    assert seen.action == AuditAction.PUPIL_SEEN
    assert json.loads(seen.detail) == {"pupil": school.pupil}
    pdf = pupil_journey_pdf(caller, school.id, school.pupil)
    with school.database.unit_of_work() as work:
        (entry,) = work.session.scalars(select(AuditEntry).where(AuditEntry.id != seen.id)).all()
    assert (entry.action, entry.school_id) == (REPORT_MADE, school.id)
    assert json.loads(entry.detail) == {
        "what": "pupil journey",
        "pupil": school.pupil,
        "with_names": True,
    }
    assert "Archer" not in entry.detail
    assert "Archer, Ana. Year 4, Maple, 2025/2026" in text_of(pdf)


def test_note_journey_export_that_is_refused_is_not_noted_as_made(school: School) -> None:
    with pytest.raises(NotFound):
        note_journey_export(school.caller(), school.id, -1)
    with school.database.unit_of_work() as work:
        made = work.session.scalars(select(AuditEntry).where(AuditEntry.action == REPORT_MADE))
        assert made.all() == []
