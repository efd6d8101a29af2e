"""The questions of a school's meetings: added, changed, ordered, deleted, and whose they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services import discussion_questions as service
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.discussion_questions import (
    MOST_QUESTIONS,
    QuestionEntry,
    add_discussion_question,
    add_ready_questions,
    bring_back_discussion_question,
    change_discussion_question,
    delete_discussion_question,
    discussion_questions,
    move_discussion_question,
    ready_questions,
)
from pupiltrack_core.storage.engine import Database
from tests.builders import NOW, make_school, make_session, make_user
from tests.integration.services.grid_world import World
from tests.integration.services.people import audit_rows

PUPIL, COHORT = MeetingKind.PUPIL, MeetingKind.COHORT
FIRST = date(2025, 9, 1)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def head(world: World) -> Caller:
    return world.sign_in(Role.HEAD)


def add(world: World, head: Caller, words: str, kind: MeetingKind = PUPIL) -> int:
    return add_discussion_question(head, world.school, kind, QuestionEntry(words, FIRST))


def asked(world: World, head: Caller, kind: MeetingKind = PUPIL) -> list[str]:
    found = discussion_questions(head, world.school)
    return [item.description for item in found if item.kind is kind]


def test_add_puts_a_question_after_the_others_of_its_kind(world: World, head: Caller) -> None:
    for words, kind in (("A", PUPIL), ("B", COHORT), ("C", PUPIL)):
        add(world, head, words, kind)
    assert asked(world, head) == ["A", "C"]
    assert asked(world, head, COHORT) == ["B"]
    assert len(audit_rows(world.database, service.QUESTION_ADDED)) == 3


REFUSED = [
    (QuestionEntry("", FIRST), "description"),
    (QuestionEntry(" \n ", FIRST), "description"),
    (QuestionEntry("x" * 501, FIRST), "description"),
    (QuestionEntry("a\x00b", FIRST), "description"),
    (QuestionEntry("Why?", None), "starts_on"),
    (QuestionEntry("Why?", date(205, 9, 1)), "starts_on"),
    (QuestionEntry("Why?", FIRST, date(2025, 8, 31)), "ends_on"),
    (QuestionEntry("Why?", FIRST, date(9999, 12, 31)), "ends_on"),
]


def test_add_and_change_refuse_and_say_which_field(world: World, head: Caller) -> None:
    number = add(world, head, "There")
    for entry, field in REFUSED:
        for call in (
            lambda entry=entry: add_discussion_question(head, world.school, PUPIL, entry),
            lambda entry=entry: change_discussion_question(
                head, world.school, number, entry, version=1
            ),
        ):
            with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
                call()
            assert caught.value.field == field
    assert asked(world, head) == ["There"]


def test_add_keeps_script_and_emoji_as_they_are(world: World, head: Caller) -> None:
    add(world, head, "  <script>x</script>   💡 هل؟ ")
    assert asked(world, head) == ["<script>x</script> 💡 هل؟"]


def test_add_of_more_than_a_meeting_can_hold_is_refused(world: World, head: Caller) -> None:
    for at in range(MOST_QUESTIONS):
        add(world, head, f"Question {at}")
    add(world, head, "Of the cohort", COHORT)
    with pytest.raises(InvalidEntry, match="at most 40"):
        add(world, head, "One more")
    first = discussion_questions(head, world.school)[1].id
    delete_discussion_question(head, world.school, first, version=1)
    add(world, head, "One more")
    with pytest.raises(InvalidEntry, match="at most 40"):
        bring_back_discussion_question(head, world.school, first)


def test_ready_questions_are_added_to_a_school_without_any(world: World, head: Caller) -> None:
    delete_discussion_question(head, world.school, add(world, head, "Gone"), version=1)
    assert add_ready_questions(head, world.school, PUPIL) == len(ready_questions(PUPIL)) > 4
    assert asked(world, head) == list(ready_questions(PUPIL))
    assert {item.starts_on for item in discussion_questions(head, world.school)} == {FIRST}
    assert add_ready_questions(head, world.school, PUPIL) == 0  # pressed twice
    assert asked(world, head, COHORT) == []
    assert add_ready_questions(head, world.school, COHORT) == len(ready_questions(COHORT)) > 4


def test_ready_questions_of_a_school_without_pupils_begin_this_year(world: World) -> None:
    empty = make_school(world.database)
    session = make_session(
        world.database, make_user(world.database, Role.HEAD, school_id=empty), now=NOW
    )
    head = Caller.for_session(world.database, session, clock=lambda: NOW)
    add_ready_questions(head, empty, PUPIL)
    assert discussion_questions(head, empty)[0].starts_on == FIRST


@pytest.mark.parametrize("kind", list(MeetingKind))
def test_ready_questions_fit_and_differ(kind: MeetingKind) -> None:
    ready = ready_questions(kind)
    assert len(set(ready)) == len(ready)
    assert all(words == words.strip() and len(words) <= 200 for words in ready)


def test_change_stores_a_question_where_it_stood(world: World, head: Caller) -> None:
    number = add(world, head, "A")
    add(world, head, "B")
    entry = QuestionEntry("Changed", FIRST, date(2026, 7, 31))
    change_discussion_question(head, world.school, number, entry, version=1)
    change_discussion_question(head, world.school, number, entry, version=1)  # the same once more
    first = discussion_questions(head, world.school)[0]
    assert (first.description, first.ends_on, first.version, first.kind) == (
        "Changed",
        date(2026, 7, 31),
        2,
        PUPIL,
    )
    assert asked(world, head) == ["Changed", "B"]
    assert len(audit_rows(world.database, service.QUESTION_CHANGED)) == 1


def test_change_and_delete_of_what_someone_changed_first_are_conflicts(
    world: World, head: Caller
) -> None:
    number = add(world, head, "A")
    theirs = QuestionEntry("Theirs", FIRST, date(2026, 7, 31))
    change_discussion_question(head, world.school, number, theirs, version=1)
    mine = QuestionEntry("Mine", FIRST)
    with pytest.raises(Conflict) as caught:
        change_discussion_question(head, world.school, number, mine, version=1)
    assert caught.value.theirs == "Theirs (from 01/09/2025 until 31/07/2026)"
    with pytest.raises(Conflict, match="not deleted"):
        delete_discussion_question(head, world.school, number, version=1)
    assert asked(world, head) == ["Theirs"]
    change_discussion_question(head, world.school, number, mine, version=caught.value.version)
    assert asked(world, head) == ["Mine"]


def test_move_exchanges_neighbours_of_a_kind_and_stops_at_the_ends(
    world: World, head: Caller
) -> None:
    one = add(world, head, "A")
    add(world, head, "B", COHORT)
    two = add(world, head, "C")
    three = add(world, head, "D")
    delete_discussion_question(head, world.school, two, version=1)
    assert move_discussion_question(head, world.school, one, by=1) == (2, 2)
    assert asked(world, head) == ["D", "A"]
    assert move_discussion_question(head, world.school, one, by=1) == (2, 2)
    assert move_discussion_question(head, world.school, three, by=-1) == (1, 2)
    assert asked(world, head) == ["D", "A"]
    bring_back_discussion_question(head, world.school, two)
    assert asked(world, head) == ["D", "C", "A"]  # to its place
    assert asked(world, head, COHORT) == ["B"]
    assert len(audit_rows(world.database, service.QUESTION_MOVED)) == 1


def test_delete_and_bring_back(world: World, head: Caller) -> None:
    number = add(world, head, "A")
    add(world, head, "B")
    delete_discussion_question(head, world.school, number, version=1)
    assert asked(world, head) == ["B"]
    with pytest.raises(NotFound, match="not there any more"):
        move_discussion_question(head, world.school, number, by=1)
    with pytest.raises(NotFound):
        delete_discussion_question(head, world.school, number, version=2)
    bring_back_discussion_question(head, world.school, number)
    bring_back_discussion_question(head, world.school, number)  # once more does nothing
    assert asked(world, head) == ["A", "B"]
    (row,) = audit_rows(world.database, service.QUESTION_BROUGHT_BACK)
    assert json.loads(row.detail) == {"question": number}


# --- who may ------------------------------------------------------------------------------------

Call = Callable[[Caller, int, int], object]
CALLS: dict[str, Call] = {
    "list": lambda caller, school, number: discussion_questions(caller, school),
    "add": lambda caller, school, number: add_discussion_question(
        caller, school, PUPIL, QuestionEntry("More", FIRST)
    ),
    "ready": lambda caller, school, number: add_ready_questions(caller, school, COHORT),
    "change": lambda caller, school, number: change_discussion_question(
        caller, school, number, QuestionEntry("Changed", FIRST), version=1
    ),
    "move": lambda caller, school, number: move_discussion_question(caller, school, number, by=1),
    "delete": lambda caller, school, number: delete_discussion_question(
        caller, school, number, version=2
    ),
    "bring back": bring_back_discussion_question,
}


@pytest.mark.parametrize("role", list(Role))
def test_questions_are_kept_by_heads_and_data_managers(
    world: World, head: Caller, role: Role
) -> None:
    number = add(world, head, "A")
    caller = world.sign_in(role)
    for call in CALLS.values():
        if role in (Role.HEAD, Role.DATA_MANAGER):
            call(caller, world.school, number)
            continue
        with pytest.raises(AccessDenied):
            call(caller, world.school, number)
        assert asked(world, head) == ["A"]


def test_questions_of_another_school_are_not_found(world: World, head: Caller) -> None:
    number = add(world, head, "A")
    other = World(world.database)
    stranger = other.sign_in(Role.HEAD)
    for call in CALLS.values():
        with pytest.raises(NotFound):
            call(stranger, world.school, number)
    for name in ("change", "move", "delete", "bring back"):
        with pytest.raises(NotFound):
            CALLS[name](stranger, other.school, number)
    assert asked(world, head) == ["A"]
