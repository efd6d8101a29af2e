"""What lies beside the assessments of a grid: statutory results and characteristics."""

from __future__ import annotations

import pytest

from pupiltrack_core.services.assessment_grid import GridData, load_grid
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import School
from tests.builders import NOW, YEAR
from tests.integration.services.grid_world import World, selection_of

GLD, SCORE = "result:EYFSP:GLD", "result:KS1:READ_SCORE"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def add_result(world: World, pupil: int, *, ending_year: int, **values: object) -> None:
    key = {"school_id": world.school, "pupil_id": pupil, "ending_year": ending_year}
    with world.database.unit_of_work(write=True) as work:
        work.session.add(StatutoryResult(**key, source="Test", **values))
        work.commit()


def add_own(world: World, pupil: int, measure: str, value: str | None, *, version: int) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.add(
            SchoolResult(
                school_id=world.school,
                pupil_id=pupil,
                collection="EYFSP" if measure == "GLD" else "KS1",
                measure=measure,
                value=value,
                version=version,
                changed_at=NOW,
            )
        )
        work.commit()


def load(world: World, *sections: Section) -> GridData:
    return load_grid(world.caller, selection_of(world), [world.assessment], sections=sections)


def test_load_grid_without_sections_reads_nothing_beside_the_assessments(world: World) -> None:
    add_own(world, world.ana, "GLD", "Y", version=1)
    grid = load(world)
    assert (grid.results, grid.characteristics, grid.locked) == ((), (), frozenset())
    assert not [key for _, key in grid.cells if key.startswith(("result:", "pupil:"))]


def test_load_grid_with_results_has_official_ones_locked_and_own_ones_with_versions(
    world: World,
) -> None:
    gld = {"collection": "EYFSP", "sitting": "main", "measure": "GLD"}
    add_result(world, world.ana, ending_year=2022, code="N", **gld)
    add_own(world, world.ben, "GLD", "Y", version=4)
    add_own(world, world.ben, "READ_SCORE", "101", version=2)
    grid = load(world, Section.STATUTORY)
    assert grid.cells[world.ana, GLD] == ("N", 0, None)
    assert grid.cells[world.ben, GLD] == ("Y", 4, None)
    assert grid.cells[world.ben, SCORE] == ("101", 2, None)
    assert grid.locked == {(world.ana, GLD)}
    assert [column.key for column in grid.results][:2] == [GLD, "result:PHONICS:Y1"]


def test_load_grid_of_a_past_year_does_not_know_what_came_after_it(world: World) -> None:
    mark = {"collection": "MTC", "sitting": "main", "measure": "MARK"}
    add_result(world, world.ana, ending_year=YEAR + 2, value=25, **mark)
    grid = load(world, Section.STATUTORY)
    assert (world.ana, "result:MTC:MARK") not in grid.cells


def test_load_grid_with_characteristics_leaves_out_who_is_looked_after(world: World) -> None:
    grid = load(world, Section.CHARACTERISTICS)
    keys = [column.key for column in grid.characteristics]
    assert keys[0] == "pupil:sex"
    assert "pupil:looked_after" not in keys
    assert grid.cells[world.ana, "pupil:sex"] == ("Female", 0, None)
    assert grid.cells[world.ana, "pupil:fsm"] == ("Not recorded", 0, None)


def test_load_grid_with_custom_fields_has_those_the_school_named(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        school = work.session.get_one(School, world.school)
        school.custom_filter_names = ["", "Choir", "", "", "", ""]
        work.commit()
    grid = load(world, Section.CUSTOM)
    assert [(c.key, c.title) for c in grid.characteristics] == [("pupil:custom_2", "Choir")]
