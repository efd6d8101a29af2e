"""Two people at what is kept of one pupil, and at what is asked, at the same moment."""

from __future__ import annotations

from datetime import date

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.meetings import Answer, MeetingKind
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.discussion_questions import (
    QuestionEntry,
    add_discussion_question,
    add_ready_questions,
    discussion_questions,
    ready_questions,
)
from pupiltrack_core.services.intervention_entries import InterventionEntry
from pupiltrack_core.services.interventions import (
    add_pupil_intervention,
    change_pupil_intervention,
    delete_pupil_intervention,
    interventions_of,
)
from pupiltrack_core.services.meeting_entries import MeetingEntry
from pupiltrack_core.services.pupil_meetings import (
    add_pupil_meeting,
    change_pupil_meeting,
    pupil_meeting,
)
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR
from tests.integration.services.grid_world import World
from tests.integration.services.test_assessment_races import at_once


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_change_intervention_by_two_at_once_saves_one_and_tells_the_other(world: World) -> None:
    key = (world.school, world.ana)
    number = add_pupil_intervention(world.caller, *key, InterventionEntry("Ours", YEAR))

    def change(caller: Caller, name: str) -> None:
        entry = InterventionEntry(name, YEAR)
        change_pupil_intervention(caller, *key, number, entry, version=1)

    (error,) = at_once(world, change)
    assert isinstance(error, Conflict)
    (item,) = interventions_of(world.caller, *key).interventions
    assert (item.stored.version, error.version) == (2, 2)
    assert error.theirs == f"Intervention: {item.stored.title}"


def test_delete_intervention_by_two_at_once_deletes_it_once(world: World) -> None:
    key = (world.school, world.ana)
    number = add_pupil_intervention(world.caller, *key, InterventionEntry("Ours", YEAR))
    (error,) = at_once(
        world, lambda caller, _: delete_pupil_intervention(caller, *key, number, version=1)
    )
    assert isinstance(error, NotFound)
    assert interventions_of(world.caller, *key).interventions == ()


def test_change_meeting_by_two_at_once_keeps_the_answers_of_one(world: World) -> None:
    key = (world.school, world.ana)

    def entry(notes: str) -> MeetingEntry:
        answers = (Answer("Why?", notes), Answer("How?", notes))
        return MeetingEntry(date(2026, 1, 12), "Mr Osei", {}, {}, answers)

    number = add_pupil_meeting(world.caller, *key, entry(""))
    (error,) = at_once(
        world,
        lambda caller, name: change_pupil_meeting(caller, *key, number, entry(name), version=1),
    )
    assert isinstance(error, Conflict)
    record = pupil_meeting(world.caller, *key, number)
    one, other = (answer.notes for answer in record.meeting.answers)
    assert (record.version, one) == (2, other)
    assert f"Notes on question 1: {one}" in str(error.theirs)


def test_questions_added_by_two_at_once_have_places_of_their_own(world: World) -> None:
    def add(caller: Caller, name: str) -> None:
        entry = QuestionEntry(name, date(2025, 9, 1))
        add_discussion_question(caller, world.school, MeetingKind.PUPIL, entry)

    assert at_once(world, add) == []
    assert (
        at_once(world, lambda c, _: add_ready_questions(c, world.school, MeetingKind.COHORT)) == []
    )
    found = discussion_questions(world.sign_in(Role.HEAD), world.school)
    assert sorted(item.description for item in found[-2:]) == ["First", "Second"]
    assert len(found) == 2 + len(ready_questions(MeetingKind.COHORT))
