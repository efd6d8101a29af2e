"""Choosing and creating assessments and loading their grid, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.errors import (
    AccessDenied,
    InvalidEntry,
    NotFound,
)
from pupiltrack_core.schemas.cohort import PUPIL_ID, validate_cohort
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessments import assessments_for, create_assessment
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_columns import columns_of
from pupiltrack_core.services.recording import CellChange
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.grid_world import World, selection_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


# --- the grid -----------------------------------------------------------------------------------


def test_load_grid_gives_pupils_by_name_and_their_cells(world: World) -> None:
    world.put("O")
    world.put("12", kind="test", subject="MATH")
    world.record(CellChange(world.ben, "include", "N", 1))
    grid = load_grid(world.caller, selection_of(world), [world.assessment])
    validate_cohort(grid.pupils)
    assert grid.pupils[PUPIL_ID].tolist() == [world.ben, world.ana]
    assert grid.may_edit
    assert dict(grid.cells) == {
        (world.ana, "include"): ("Y", 1, None),
        (world.ben, "include"): ("N", 2, None),
        (world.ana, world.key()): ("O", 1, None),
        (world.ana, world.key("MATH", "test")): ("12", 1, None),
    }
    (info,) = grid.assessments
    assert info.subjects == (*CORE_SUBJECTS, Subject.SCIENCE)
    assert info.year_groups == (4,)


def test_load_grid_keeps_the_order_of_assessments_asked_for(world: World) -> None:
    later = make_assessment(world.database, world.school, held_on=date(YEAR + 1, 3, 1))
    numbers = [later, world.assessment]
    for wanted in (numbers, numbers[::-1]):
        grid = load_grid(world.caller, selection_of(world), wanted)
        assert [item.id for item in grid.assessments] == wanted


def test_load_grid_of_a_class_has_its_pupils_only(world: World) -> None:
    make_pupil(world.database, world.school, class_name="4C")
    grid = load_grid(world.caller, selection_of(world, class_name="4B"), [world.assessment])
    assert len(grid.pupils) == 2


def test_load_grid_leaves_out_cells_of_a_column_taken_away(world: World) -> None:
    world.put("words", kind="formative")
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, world.assessment).formative_title = None
        work.commit()
    grid = load_grid(world.caller, selection_of(world), [world.assessment])
    assert {key for _, key in grid.cells} == {"include"}


@pytest.mark.parametrize("case", ["unknown", "other year group", "other school", "deleted"])
def test_load_grid_of_an_assessment_that_is_not_there_is_not_found(world: World, case: str) -> None:
    numbers = {
        "unknown": lambda: 99_999,
        "other year group": lambda: make_assessment(world.database, world.school, year_groups=(5,)),
        "other school": lambda: make_assessment(world.database, make_school(world.database)),
        "deleted": lambda: make_assessment(world.database, world.school, deleted_at=NOW),
    }
    with pytest.raises(NotFound):
        load_grid(world.caller, selection_of(world), [world.assessment, numbers[case]()])


def test_load_grid_for_the_local_authority_may_not_be_edited(world: World) -> None:
    adviser = make_user(world.database, Role.LA_ADVISER)
    caller = Caller.for_session(world.database, make_session(world.database, adviser))
    assert not load_grid(caller, selection_of(world), [world.assessment]).may_edit


def test_load_grid_of_a_local_authority_is_refused(world: World) -> None:
    with pytest.raises(InvalidEntry):
        load_grid(world.caller, CohortSelection(YEAR, local_authority_id=1), [world.assessment])


# --- choosing and creating ----------------------------------------------------------------------


def _create(world: World, **changed: Any) -> int:
    values: dict[str, Any] = {
        "school_id": world.school,
        "academic_year": YEAR,
        "name": "Spring",
        "held_on": date(YEAR + 1, 3, 20),
        "year_groups": [4, 5],
        "subjects": [],
        **changed,
    }
    return create_assessment(world.caller, **values)


def test_create_assessment_always_has_the_three_subjects(world: World) -> None:
    number = _create(
        world,
        subjects=["SCIE", "READ"],
        name="  Spring   term ",
        formative_title=" ",
        test_title="T",
    )
    newest = assessments_for(world.caller, world.school, YEAR)[0]
    assert newest.id == number
    assert newest.name == "Spring term"
    assert newest.subjects == (*CORE_SUBJECTS, Subject.SCIENCE)
    assert newest.year_groups == (4, 5)
    assert (newest.formative_title, newest.test_title, newest.has_phonics) == (None, "T", False)
    assert len(columns_of(newest)) == 4 + 4  # four subjects; test scores in three and GPS


def test_assessments_for_gives_those_of_any_of_the_year_groups(world: World) -> None:
    number = _create(world)
    for_five = assessments_for(world.caller, world.school, YEAR, [5, 6])
    assert [item.id for item in for_five] == [number]
    assert assessments_for(world.caller, world.school, YEAR, [6]) == ()
    assert assessments_for(world.caller, world.school, YEAR - 1) == ()
    assert len(assessments_for(world.caller, world.school, YEAR, [4])) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"held_on": date(YEAR, 8, 31)}, "held_on"),
        ({"held_on": date(YEAR + 1, 9, 1)}, "held_on"),
        ({"academic_year": 1}, "held_on"),
        ({"year_groups": []}, "year_groups"),
        ({"year_groups": [7]}, "year_groups"),
        ({"subjects": ["LATN"]}, "subjects"),
        ({"test_title": "x" * 61}, "test_title"),
        ({"formative_title": "\ud800"}, "formative_title"),
        ({"name": "AUTUMN", "held_on": date(YEAR, 12, 15)}, "name"),
    ],
)
def test_create_assessment_refuses_and_says_which_field(
    world: World, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEntry) as caught:
        _create(world, **changed)
    assert caught.value.field == field
    assert len(assessments_for(world.caller, world.school, YEAR)) == 1


@pytest.mark.parametrize("held_on", [date(YEAR, 9, 1), date(YEAR + 1, 8, 31)])
def test_create_assessment_on_the_first_and_last_day_of_the_year(
    world: World, held_on: date
) -> None:
    assert _create(world, held_on=held_on) > 0


def test_create_assessment_by_the_local_authority_is_denied(world: World) -> None:
    analyst = make_user(world.database, Role.LA_ANALYST)
    world.caller = Caller.for_session(world.database, make_session(world.database, analyst))
    with pytest.raises(AccessDenied):
        _create(world)


def test_create_assessment_twice_makes_one(world: World) -> None:
    _create(world)
    with pytest.raises(InvalidEntry, match="already"):
        _create(world)
