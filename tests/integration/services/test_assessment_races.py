"""Two people at one assessment at the same moment: neither loses anything, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import Conflict, InvalidEntry, UserFacingError
from pupiltrack_core.services.assessment_entries import AssessmentEntry
from pupiltrack_core.services.assessments import (
    assessments_for,
    create_assessment,
    edit_assessment,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.school_subjects import add_own_subject, own_subjects
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR
from tests.integration.services.grid_world import World
from tests.integration.services.people import run_all

HELD_ON = date(YEAR + 1, 3, 20)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def at_once(world: World, act: Callable[[Caller, str], object]) -> list[UserFacingError]:
    """Let two heads do the same at once; return what they were refused with."""
    refused: list[UserFacingError] = []

    def attempt(caller: Caller, name: str) -> None:
        try:
            act(caller, name)
        except UserFacingError as error:
            refused.append(error)

    callers = [(world.sign_in(Role.HEAD), name) for name in ("First", "Second")]
    run_all([lambda caller=caller, name=name: attempt(caller, name) for caller, name in callers])
    return refused


def test_edit_assessment_by_two_at_once_saves_one_and_tells_the_other(world: World) -> None:
    def edit(caller: Caller, name: str) -> None:
        edit_assessment(
            caller,
            school_id=world.school,
            assessment_id=world.assessment,
            version=1,
            entry=AssessmentEntry(name, HELD_ON, [4], []),
        )

    (error,) = at_once(world, edit)
    assert isinstance(error, Conflict)
    (info,) = assessments_for(world.caller, world.school, YEAR)
    assert info.version == error.version == 2
    assert str(error.theirs).startswith(info.name)


def test_create_assessment_by_two_at_once_makes_one(world: World) -> None:
    def create(caller: Caller, _name: str) -> None:
        create_assessment(
            caller,
            school_id=world.school,
            academic_year=YEAR,
            name="Spring",
            held_on=HELD_ON,
            year_groups=[4],
            subjects=[],
        )

    (error,) = at_once(world, create)
    assert isinstance(error, InvalidEntry)
    assert len(assessments_for(world.caller, world.school, YEAR)) == 2


def test_add_own_subject_by_two_at_once_gives_each_a_code(world: World) -> None:
    refused = at_once(
        world, lambda caller, name: add_own_subject(caller, world.school, label=name, short=name)
    )
    assert refused == []
    codes = [item.subject.value for item in own_subjects(world.caller, world.school)]
    assert codes == ["X01", "X02"]
