"""Colours of single cells: stored, kept, taken back, refused; on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.recording import CellChange, CellOutcome
from pupiltrack_core.storage.engine import Database
from tests.integration.services.grid_world import World, selection_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def colour(
    world: World, value: str | None, version: int, name: Any, kind: str = "tracking"
) -> CellOutcome:
    change = CellChange(world.ana, world.key(kind=kind), value, version, colour=name, recolour=True)
    (outcome,) = world.record(change)
    return outcome


def cell(world: World, kind: str = "tracking") -> tuple[str | None, int, str | None]:
    grid = load_grid(world.caller, selection_of(world), [world.assessment])
    return grid.cells[world.ana, world.key(kind=kind)]


def test_record_changes_colours_cells_of_every_kind(world: World) -> None:
    values = {"tracking": "O", "formative": "words", "test": "100", "phonics": "set 3"}
    for kind, value in values.items():
        outcome = colour(world, value, 0, "purple", kind)
        assert (outcome.status, outcome.version, outcome.colour) == ("saved", 1, "purple")
        assert cell(world, kind) == (value, 1, "purple")


def test_record_changes_colours_without_a_change_of_value_as_another_version(world: World) -> None:
    world.put("O")
    assert colour(world, "O", 1, "amber").version == 2
    assert cell(world) == ("O", 2, "amber")


def test_record_changes_colours_a_cell_never_filled(world: World) -> None:
    assert colour(world, None, 0, "grey").status == "saved"
    assert cell(world) == (None, 1, "grey")


def test_record_changes_keeps_the_colour_when_a_value_is_entered(world: World) -> None:
    colour(world, "O", 0, "blue")
    outcome = world.put("D", 1)
    assert (outcome.status, outcome.colour) == ("saved", "blue")
    assert cell(world) == ("D", 2, "blue")


def test_record_changes_takes_a_colour_away(world: World) -> None:
    colour(world, "O", 0, "blue")
    assert colour(world, "O", 1, None).colour is None
    assert cell(world) == ("O", 2, None)


def test_record_changes_of_the_colour_that_is_there_writes_nothing(world: World) -> None:
    colour(world, "O", 0, "blue")
    assert colour(world, "O", 0, "blue") == CellOutcome(
        world.ana, world.key(), "saved", "O", 1, colour="blue"
    )
    assert cell(world)[1] == 1


def test_record_changes_of_a_colour_over_a_stale_version_is_a_conflict(world: World) -> None:
    world.put("O")
    colour(world, "O", 1, "red")
    outcome = colour(world, "O", 1, "green")
    assert (outcome.status, outcome.theirs, outcome.version, outcome.colour) == (
        "conflict",
        "O",
        2,
        "red",
    )
    assert cell(world) == ("O", 2, "red")


def test_record_changes_refuses_a_colour_not_of_the_palette(world: World) -> None:
    world.put("O")
    for forged in ("pink", "", "RED", "red; background:url(//x)", 7, ["red"]):
        outcome = colour(world, "D", 1, forged)
        assert (outcome.status, outcome.value, outcome.colour) == ("refused", "O", None)
        assert "url" not in outcome.reason
    assert cell(world) == ("O", 1, None)


def test_record_changes_refuses_to_colour_other_columns(world: World) -> None:
    keys = {"include": "N", "result:KS1:READ_SCORE": "100", "result:EYFSP:GLD": "Y"}
    for key, value in keys.items():
        (outcome,) = world.record(
            CellChange(world.ana, key, value, 1 if key == "include" else 0, "red", recolour=True)
        )
        assert (outcome.status, outcome.colour) == ("refused", None)
        assert "coloured" in outcome.reason


def test_record_changes_without_recolour_disregards_a_colour(world: World) -> None:
    (outcome,) = world.record(CellChange(world.ana, world.key(), "O", 0, "red"))
    assert (outcome.status, outcome.colour) == ("saved", None)
