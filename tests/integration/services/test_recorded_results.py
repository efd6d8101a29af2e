"""Results a school enters: what is saved and what is refused, on both databases."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import select

from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.services.recording import CellChange, CellOutcome
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR, make_pupil
from tests.integration.services.grid_world import World, selection_of

GLD, READING, MATHS = "result:EYFSP:GLD", "result:KS1:READ_SCORE", "result:KS1:MATH_SCORE"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def put(
    world: World, key: str, value: str | None, version: int = 0, *, pupil: int | None = None
) -> CellOutcome:
    (outcome,) = world.record(CellChange(pupil or world.ana, key, value, version))
    return outcome


def stored(world: World) -> list[tuple[Any, ...]]:
    table = SchoolResult
    columns = (table.pupil_id, table.collection, table.measure, table.value, table.version)
    with world.database.unit_of_work() as work:
        rows = work.session.execute(select(*columns).order_by(*columns))
        return [tuple(row) for row in rows]


def add_official(world: World, pupil: int, *, ending_year: int, code: str = "N") -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.add(
            StatutoryResult(
                school_id=world.school,
                pupil_id=pupil,
                collection="EYFSP",
                ending_year=ending_year,
                sitting="main",
                measure="GLD",
                code=code,
                source="Test",
            )
        )
        work.commit()


def test_record_changes_saves_scaled_scores_from_79_to_120(world: World) -> None:
    for version, score in enumerate(("79", "80", "115", "116", "120", " 100 ")):
        outcome = put(world, READING, score, version)
        assert (outcome.status, outcome.value, outcome.version) == (
            "saved",
            score.strip(),
            version + 1,
        )
    assert stored(world) == [(world.ana, "KS1", "READ_SCORE", "100", 6)]


def test_record_changes_refuses_other_scores(world: World) -> None:
    put(world, MATHS, "99")
    for score in ("78", "121", "0", "-100", "100.5", "1e2", "\u0669\u0669", "Y", "x" * 65_536):
        outcome = put(world, MATHS, score, 1)
        assert (outcome.status, outcome.value, outcome.version) == ("refused", "99", 1)
        assert "79 to 120" in outcome.reason
    assert stored(world) == [(world.ana, "KS1", "MATH_SCORE", "99", 1)]


def test_record_changes_counts_versions_of_a_result_through_a_clearing(world: World) -> None:
    assert put(world, READING, "99").version == 1
    assert put(world, READING, None, 1).version == 2
    assert put(world, READING, "101", 2).version == 3
    assert stored(world) == [(world.ana, "KS1", "READ_SCORE", "101", 3)]


def test_record_changes_of_a_result_with_a_stale_version_returns_both(world: World) -> None:
    put(world, READING, "99")
    put(world, READING, "100", 1)
    outcome = put(world, READING, "101", 1)
    assert (outcome.status, outcome.value, outcome.theirs, outcome.version) == (
        "conflict",
        "101",
        "100",
        2,
    )


def test_record_changes_saves_a_good_level_where_none_is_official(world: World) -> None:
    add_official(world, world.ben, ending_year=YEAR - 3)
    for version, code in enumerate(("Y", "N", "A")):
        assert put(world, GLD, code, version).status == "saved"
    assert put(world, GLD, "maybe", 3).status == "refused"
    assert stored(world) == [(world.ana, "EYFSP", "GLD", "A", 3)]


def test_record_changes_refuses_a_good_level_that_is_official(world: World) -> None:
    put(world, GLD, "Y")
    add_official(world, world.ana, ending_year=YEAR - 3)
    outcome = put(world, GLD, "N", 1)
    assert outcome.status == "refused"
    assert outcome.reason.startswith("This result is official and cannot be changed here.")
    assert stored(world) == [(world.ana, "EYFSP", "GLD", "Y", 1)]


def test_record_changes_takes_an_official_good_level_of_a_later_year_for_none(
    world: World,
) -> None:
    add_official(world, world.ana, ending_year=YEAR + 2)
    grid = load_grid(
        world.caller, selection_of(world), [world.assessment], sections=[Section.STATUTORY]
    )
    assert (world.ana, GLD) not in grid.locked
    assert put(world, GLD, "Y").status == "saved"


def test_record_changes_refuses_every_other_result(world: World) -> None:
    for key in (
        "result:KS2:READ",
        "result:KS1:READ",
        "result:PHONICS:Y1",
        "result:MTC:MARK",
        "result:",
        "result:KS1:READ_SCORE:1",
        "result:KS1:SCIE_SCORE",
    ):
        outcome = put(world, key, "100")
        assert outcome.status == "refused"
        assert "official" in outcome.reason
    assert stored(world) == []


def test_record_changes_refuses_a_score_of_a_year_group_without_the_column(world: World) -> None:
    younger = make_pupil(world.database, world.school, year_group=1)
    assert put(world, READING, "100", pupil=younger).status == "refused"
    assert put(world, GLD, "Y", pupil=younger).status == "saved"


def test_record_changes_saves_results_and_judgements_together(world: World) -> None:
    outcomes = world.record(
        CellChange(world.ana, world.key(), "O", 0),
        CellChange(world.ana, READING, "100", 0),
        CellChange(world.ben, READING, "12", 0),
        CellChange(world.ben, "include", "N", 1),
        CellChange(world.ben, GLD, "Y", 0),
    )
    assert [item.status for item in outcomes] == ["saved", "saved", "refused", "saved", "saved"]
    grid = load_grid(
        world.caller, selection_of(world), [world.assessment], sections=[Section.STATUTORY]
    )
    assert grid.cells[world.ana, READING] == ("100", 1, None)
    assert grid.cells[world.ben, GLD] == ("Y", 1, None)
    assert grid.cells[world.ben, "include"] == ("N", 2, None)


def test_record_changes_notes_who_entered_a_result(world: World) -> None:
    put(world, READING, "100")
    with world.database.unit_of_work() as work:
        (row,) = work.session.scalars(select(SchoolResult)).all()
    assert (row.changed_by, row.version) == (world.user, 1)
    assert row.changed_at.tzinfo is UTC
