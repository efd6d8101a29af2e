"""Progress meetings: filled, kept for ever, changed, deleted, brought back, and taken out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.meetings import NO_STANDARDS, Answer, MeetingKind
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.reports.pdf import pupil_meeting_pdf
from pupiltrack_core.services import pupil_meetings as service
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.discussion_questions import (
    QuestionEntry,
    add_discussion_question,
    change_discussion_question,
    delete_discussion_question,
)
from pupiltrack_core.services.meeting_entries import MeetingEntry
from pupiltrack_core.services.pupil_meetings import (
    add_pupil_meeting,
    bring_back_pupil_meeting,
    change_pupil_meeting,
    delete_pupil_meeting,
    meetings_held,
    meetings_of,
    note_meeting_export,
    pupil_meeting,
    start_meeting,
)
from pupiltrack_core.services.reports import REPORT_MADE
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Pupil
from tests.builders import NOW, YEAR, make_assessment, make_judgements, make_session
from tests.integration.services.grid_world import World
from tests.integration.services.people import ROLES_WITH_NAMES, audit_rows, noting_statements
from tests.pdf_reading import text_of

DAY = date(2026, 1, 12)
ENTRY = MeetingEntry(
    held_on=DAY,
    teacher="Mr Osei",
    previous={"READ": "T", "WRIT": "T", "MATH": ""},
    current={"READ": "O", "WRIT": "T", "MATH": "B"},
    answers=(
        Answer("What goes well?", "Reading\naloud", ""),
        Answer("What next?", "", "Ten words"),
    ),
    comments="A good term.",
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def head(world: World) -> Caller:
    return world.sign_in(Role.HEAD)


def add(world: World, **values: Any) -> int:
    return add_pupil_meeting(world.caller, world.school, world.ana, replace(ENTRY, **values))


def change(world: World, number: int, version: int = 1, **values: Any) -> None:
    change_pupil_meeting(
        world.caller,
        world.school,
        world.ana,
        number,
        replace(ENTRY, **values),
        version=version,
    )


def days(world: World, pupil: int | None = None) -> list[date]:
    found = meetings_of(world.caller, world.school, pupil or world.ana)
    return [item.held_on for item in found.meetings]


def ask(head: Caller, world: World, words: str, first: date, last: date | None = None) -> int:
    entry = QuestionEntry(words, first, last)
    return add_discussion_question(head, world.school, MeetingKind.PUPIL, entry)


# --- filled -------------------------------------------------------------------------------------


def test_start_is_filled_from_the_assessments_and_with_who_is_signed_in(world: World) -> None:
    baseline = make_assessment(
        world.database, world.school, name="Baseline", held_on=date(2025, 10, 1)
    )
    make_judgements(world.database, baseline, {world.ana: {"READ": "B", "MATH": "T"}})
    make_judgements(world.database, world.assessment, {world.ana: {"READ": "O", "SCIE": "D"}})
    start = start_meeting(world.caller, world.school, world.ana)
    current, previous = start.standards_on(DAY)
    assert start.teacher.startswith("User")
    assert current.standards.labels == ("On track", "No data", "No data")
    assert (current.source, previous.source) == ("Autumn, 15/12/2025", "Baseline, 01/10/2025")
    assert previous.standards.labels == ("Below", "No data", "Towards")
    assert start.standards_on(date(2025, 11, 1))[0].source == "Baseline, 01/10/2025"
    nothing = start_meeting(world.caller, world.school, world.ben)
    assert nothing.standards_on(DAY) == (NO_STANDARDS, NO_STANDARDS)


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 1, 12), date(2026, 1, 12)),
        (date(2026, 9, 3), date(2026, 8, 31)),  # the new year has not begun here yet
        (date(2025, 7, 1), date(2025, 9, 1)),
    ],
)
def test_start_has_a_day_on_which_the_pupil_is_on_the_roll(
    world: World, today: date, day: date
) -> None:
    noon = datetime.combine(today, time(12), UTC)
    session = make_session(world.database, world.user, now=noon)
    caller = Caller.for_session(world.database, session, clock=lambda: noon)
    assert start_meeting(caller, world.school, world.ana).day == day


def test_start_asks_what_is_live_on_the_day(world: World, head: Caller) -> None:
    ask(head, world, "Always", date(2025, 9, 1))
    ask(head, world, "In autumn", date(2025, 9, 1), date(2025, 12, 31))
    ask(head, world, "From spring", date(2026, 1, 1))
    deleted = ask(head, world, "Never", date(2025, 9, 1))
    delete_discussion_question(head, world.school, deleted, version=1)
    cohort = QuestionEntry("Of the cohort", date(2025, 9, 1))
    add_discussion_question(head, world.school, MeetingKind.COHORT, cohort)
    elsewhere = World(world.database)
    ask(elsewhere.sign_in(Role.HEAD), elsewhere, "Elsewhere", date(2025, 9, 1))
    start = start_meeting(world.caller, world.school, world.ana)
    assert start.questions_on(date(2025, 12, 31)) == ("Always", "In autumn")
    assert start.questions_on(date(2026, 1, 1)) == ("Always", "From spring")
    assert start.questions_on(date(2025, 8, 31)) == ()


def test_meeting_keeps_its_own_copy_of_what_was_asked(world: World, head: Caller) -> None:
    changed = ask(head, world, "What goes well?", date(2025, 9, 1))
    deleted = ask(head, world, "What next?", date(2025, 9, 1))
    start = start_meeting(world.caller, world.school, world.ana)
    # While the form is open one is deleted and the other says something else.
    delete_discussion_question(head, world.school, deleted, version=1)
    other = QuestionEntry("Something else?", date(2025, 9, 1))
    change_discussion_question(head, world.school, changed, other, version=1)
    number = add(world, answers=tuple(Answer(words, "Said") for words in start.questions_on(DAY)))
    held = pupil_meeting(world.caller, world.school, world.ana, number).meeting
    assert [item.question for item in held.answers] == ["What goes well?", "What next?"]
    delete_discussion_question(head, world.school, changed, version=2)
    assert pupil_meeting(world.caller, world.school, world.ana, number).meeting == held


# --- kept ---------------------------------------------------------------------------------------


def test_add_keeps_everything_that_was_entered(world: World) -> None:
    number = add(world)
    record = pupil_meeting(world.caller, world.school, world.ana, number)
    assert (record.version, record.pupil_name, record.place) == (
        1,
        "Zed, Ana",
        "Year 4, 4B, 2025/2026",
    )
    held = record.meeting
    assert (held.academic_year, held.held_on, held.teacher) == (YEAR, DAY, "Mr Osei")
    assert held.previous.labels == ("Towards", "Towards", "No data")
    assert held.current.labels == ("On track", "Towards", "Below")
    assert held.answers == ENTRY.answers
    assert held.comments == "A good term."
    (row,) = audit_rows(world.database, service.MEETING_ADDED)
    assert json.loads(row.detail) == {"pupil": world.ana, "meeting": number}


def test_meetings_stand_in_order_of_date_with_all_versions_kept(world: World) -> None:
    for day in (DAY, date(2025, 11, 3), DAY, date(2026, 6, 1)):
        add(world, held_on=day)
    assert days(world) == [date(2025, 11, 3), DAY, DAY, date(2026, 6, 1)]
    assert days(world, world.ben) == []


def test_meetings_held_tells_whom_a_meeting_of_the_year_was_about(world: World) -> None:
    number = add(world)
    other = World(world.database)
    add(other)
    everyone = [world.ana, world.ben, other.ana, -1]
    with noting_statements() as statements:
        held = meetings_held(world.caller, world.school, YEAR, everyone)
    assert held == {world.ana}
    assert sum("pupil_meeting" in statement for statement in statements) == 1
    many = range(1, 2_000)
    assert meetings_held(world.caller, world.school, YEAR, many) == {world.ana}
    assert meetings_held(world.caller, world.school, YEAR, [world.ben]) == frozenset()
    assert meetings_held(world.caller, world.school, YEAR - 1, everyone) == frozenset()
    delete_pupil_meeting(world.caller, world.school, world.ana, number, version=1)
    assert meetings_held(world.caller, world.school, YEAR, everyone) == frozenset()
    with pytest.raises(NotFound):
        meetings_held(world.caller, other.school, YEAR, everyone)


# --- what is refused ----------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"held_on": date(2024, 1, 12)}, "held_on"),  # not on the roll that year
    ({"held_on": date(206, 1, 12)}, "held_on"),
    ({"held_on": date(9999, 12, 31)}, "held_on"),
    ({"teacher": ""}, "teacher"),
    ({"teacher": "x" * 101}, "teacher"),
    ({"teacher": "a\x1bb"}, "teacher"),
    ({"current": {"WRIT": "Z"}}, "current_WRIT"),
    ({"previous": {"MATH": "On track"}}, "previous_MATH"),
    ({"answers": (Answer(""),)}, "comments"),
    ({"answers": (Answer("x" * 501),)}, "comments"),
    ({"answers": (Answer("Why?"),) * 101}, "comments"),
    ({"answers": (Answer("Why?"), Answer("How?", "x" * 4_001))}, "notes_2"),
    ({"answers": (Answer("Why?", "", "x" * 4_001),)}, "next_steps_1"),
    ({"answers": (Answer("Why?", "a\x00b"),)}, "notes_1"),
    ({"comments": "x" * 4_001}, "comments"),
]


def test_add_refuses_and_says_which_field(world: World) -> None:
    fields = []
    for values, _ in REFUSED:
        with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
            add(world, **values)
        fields.append((values, caught.value.field))
    assert fields == REFUSED
    assert days(world) == []


def test_add_keeps_script_emoji_and_other_scripts_as_they_are(world: World) -> None:
    words = "<script>alert(1)</script> 👩\u200d🏫 شكرا"
    number = add(world, answers=(Answer("Why?", words, words),), comments=words)
    held = pupil_meeting(world.caller, world.school, world.ana, number).meeting
    assert held.answers == (Answer("Why?", words, words),)
    assert held.comments == words


def test_add_takes_a_meeting_without_questions_or_standards(world: World) -> None:
    number = add(world, answers=(), previous={}, current={}, comments=" ")
    held = pupil_meeting(world.caller, world.school, world.ana, number).meeting
    assert (held.answers, held.comments) == ((), "")
    assert held.current.labels == ("No data",) * 3


# --- two people, and deleting -------------------------------------------------------------------


def test_change_stores_what_differs_and_names_it_in_the_audit(world: World) -> None:
    number = add(world)
    answers = (Answer("What goes well?", "Less"), ENTRY.answers[1])
    change(world, number, answers=answers, current={"READ": "D"})
    record = pupil_meeting(world.caller, world.school, world.ana, number)
    assert (record.version, record.meeting.answers) == (2, answers)
    (row,) = audit_rows(world.database, service.MEETING_CHANGED)
    assert json.loads(row.detail) == {
        "pupil": world.ana,
        "meeting": number,
        "fields": ["current", "answers"],
    }
    change(world, number, 2, answers=answers, current={"READ": "D"})  # nothing
    assert len(audit_rows(world.database, service.MEETING_CHANGED)) == 1


def test_change_leaves_the_questions_as_they_were_asked(world: World) -> None:
    number = add(world)
    for answers in ((), ENTRY.answers[:1], (Answer("Another?"), ENTRY.answers[1])):
        with pytest.raises(InvalidEntry, match="keeps the questions"):
            change(world, number, answers=answers)


def test_change_of_what_someone_changed_first_is_a_conflict_with_theirs(world: World) -> None:
    number = add(world)
    theirs = (Answer("What goes well?", "Theirs"), ENTRY.answers[1])
    change(world, number, answers=theirs, teacher="Ms Wu", previous={"READ": "D"}, comments="")
    with pytest.raises(Conflict, match="Nothing was saved") as caught:
        change(world, number, held_on=date(2026, 1, 13))
    assert str(caught.value.theirs).splitlines() == [
        "Date: 12/01/2026",
        "Teacher: Ms Wu",
        "Previous standards: Reading Deeper learning, Writing No data, Maths No data",
        "Notes on question 1: Theirs",
        "Comments: none",
    ]
    assert days(world) == [DAY]
    change(world, number, caught.value.version, held_on=date(2026, 1, 13))
    assert days(world) == [date(2026, 1, 13)]


def test_delete_and_bring_back(world: World) -> None:
    number = add(world)
    key = (world.caller, world.school, world.ana, number)
    delete_pupil_meeting(*key, version=1)
    assert days(world) == []
    for call in (
        lambda: change(world, number, 2, comments="x"),
        lambda: pupil_meeting(*key),
        lambda: note_meeting_export(*key),
        lambda: delete_pupil_meeting(*key, version=2),
    ):
        with pytest.raises(NotFound):
            call()
    bring_back_pupil_meeting(*key)
    bring_back_pupil_meeting(*key)  # once more does nothing
    assert pupil_meeting(*key).meeting.answers == ENTRY.answers
    assert len(audit_rows(world.database, service.MEETING_BROUGHT_BACK)) == 1
    with pytest.raises(Conflict, match="not deleted"):
        delete_pupil_meeting(*key, version=1)


# --- who may ------------------------------------------------------------------------------------

Call = Callable[[Caller, int, int, int], object]
WRITES: dict[str, Call] = {
    "start": lambda caller, school, pupil, number: start_meeting(caller, school, pupil),
    "add": lambda caller, school, pupil, number: add_pupil_meeting(caller, school, pupil, ENTRY),
    "bring back": lambda caller, school, pupil, number: bring_back_pupil_meeting(
        caller, school, pupil, number
    ),
    "change": lambda caller, school, pupil, number: change_pupil_meeting(
        caller, school, pupil, number, replace(ENTRY, comments="x"), version=1
    ),
    "delete": lambda caller, school, pupil, number: delete_pupil_meeting(
        caller, school, pupil, number, version=2
    ),
}
READS: dict[str, Call] = {
    "list": lambda caller, school, pupil, number: meetings_of(caller, school, pupil),
    "one": pupil_meeting,
    "export": note_meeting_export,
    "pdf": pupil_meeting_pdf,
}


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_meetings_are_kept_by_a_school_and_read_by_its_authority_too(
    world: World, role: Role
) -> None:
    number = add(world)
    caller = world.sign_in(role)
    at_school = role in (Role.TEACHER, Role.HEAD, Role.DATA_MANAGER)
    for name, call in READS.items():
        if name != "pdf":
            call(caller, world.school, world.ana, number)
    assert meetings_of(caller, world.school, world.ana).may_change == at_school
    assert meetings_held(caller, world.school, YEAR, [world.ana]) == {world.ana}
    for call in WRITES.values():
        if at_school:
            call(caller, world.school, world.ana, number)
            continue
        with pytest.raises(AccessDenied):
            call(caller, world.school, world.ana, number)


def test_meetings_of_another_school_or_pupil_are_not_found(world: World) -> None:
    number = add(world)
    other = World(world.database)
    stranger = other.sign_in(Role.HEAD)
    calls = WRITES | READS
    for call in calls.values():
        for school, pupil in ((world.school, world.ana), (other.school, world.ana)):
            with pytest.raises(NotFound):
                call(stranger, school, pupil, number)
    for name in ("bring back", "change", "delete", "one", "export", "pdf"):
        with pytest.raises(NotFound):
            calls[name](stranger, other.school, other.ana, number)
        with pytest.raises(NotFound):
            calls[name](world.caller, world.school, world.ben, number)
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, world.ana).archived_from = 0
        work.commit()
    for call in calls.values():
        with pytest.raises(NotFound):
            call(world.caller, world.school, world.ana, number)


def test_meetings_after_the_session_ended_are_refused(world: World) -> None:
    number = add(world)
    caller = Caller.for_session(
        world.database, make_session(world.database, world.user, revoked_at=NOW)
    )
    for call in (WRITES | READS).values():
        with pytest.raises(NotSignedIn):
            call(caller, world.school, world.ana, number)


def test_pupil_meeting_pdf_says_what_was_said_and_is_audited_first(world: World) -> None:
    number = add(world)
    text = text_of(pupil_meeting_pdf(world.caller, world.school, world.ana, number))
    for words in (
        "Zed, Ana",
        "12/01/2026",
        "Mr Osei",
        "What goes well?",
        "Reading aloud",
        "Ten words",
    ):
        assert words in text
    (row,) = audit_rows(world.database, REPORT_MADE)
    assert json.loads(row.detail) == {
        "what": "pupil meeting",
        "pupil": world.ana,
        "meeting": number,
        "with_names": True,
    }
