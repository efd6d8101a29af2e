"""Colours, locked cells, the past of a cell and a person's own layout, on the Python side."""

from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_core.errors import StorageUnavailable
from pupiltrack_portal.widgets.entry_grid import (
    Answer,
    Cell,
    Change,
    Column,
    EntryGrid,
    FootCell,
    FootRow,
    Layout,
    Outcome,
    PastEntry,
    Row,
    RowMark,
)
from tests.unit.widgets.grid_examples import ROWS, Recorder, make_grid, message, outcomes, sent_by


def saves_colours(changes: tuple[Change, ...]) -> Answer:
    return Answer(
        tuple(
            Outcome(c.row, c.column, "saved", c.value, c.version + 1, colour=c.colour)
            for c in changes
        )
    )


def test_handle_batch_with_a_colour_hands_it_over_and_keeps_what_is_stored() -> None:
    recorder = Recorder(saves_colours)
    grid = make_grid(recorder)
    reply = grid.handle_batch(message(("p1", "re", "B", 3, "blue"), ("p2", "re", "O", 0, "")))
    assert recorder.batches == [
        (
            Change("p1", "re", "B", 3, colour="blue", recolour=True),
            Change("p2", "re", "O", 0, colour=None, recolour=True),
        )
    ]
    assert grid.cells["p1", "re"] == Cell("B", 4, "blue")
    assert outcomes(reply)["p1", "re"][7] == "blue"


def test_handle_batch_of_a_column_without_colours_refuses_one_and_keeps_the_cells() -> None:
    recorder = Recorder()
    grid = make_grid(recorder)
    grid.update_cells({("p1", "note"): Cell("x", 1, "amber")})
    reply = grid.handle_batch(message(("p1", "score", "90", 0, "red"), ("p1", "note", "y", 1)))
    assert "no colours of their own" in outcomes(reply)["p1", "score"][5]
    assert recorder.batches == [(Change("p1", "note", "y", 1),)]
    # A page that knows nothing of colours does not take one away.
    assert grid.cells["p1", "note"] == Cell("y", 2, "amber")
    assert outcomes(reply)["p1", "note"][7] == "amber"


def test_handle_batch_with_a_conflict_holds_the_other_colour() -> None:
    clash = Answer((Outcome("p1", "re", "conflict", None, 7, "Changed.", "O", "purple"),))
    grid = make_grid(lambda changes: clash)
    grid.handle_batch(message(("p1", "re", "B", 3, "")))
    assert grid.cells["p1", "re"] == Cell("O", 7, "purple")


def test_handle_batch_of_a_locked_cell_refuses_it_alone() -> None:
    recorder = Recorder()
    grid = make_grid(recorder)
    grid.update_cells({("p1", "score"): Cell("100", locked=True)})
    assert grid.encoded()["locked"] == [[0, 1]]
    reply = grid.handle_batch(message(("p1", "score", "90", 0), ("p2", "score", "90", 0)))
    assert outcomes(reply)["p1", "score"][2:6] == [
        "refused",
        "100",
        0,
        "This cell is for reading only.",
    ]
    assert recorder.batches == [(Change("p2", "score", "90", 0),)]


def test_update_cells_says_which_are_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make_grid()
    sent = sent_by(grid, monkeypatch)
    grid.update_cells({("p1", "re"): Cell("O", 5, locked=True), ("p2", "re"): Cell("B", 1)})
    assert sent[0]["cells"] == [["p1", "re", "O", 5, None, 1], ["p2", "re", "B", 1, None]]


PAST = (
    PastEntry("O", "On track", "blue", "A. Teacher", "3 June 2026, 14:03"),
    PastEntry(None, "", None, "B. Teacher", "2 June 2026, 09:10"),
)


def test_on_message_history_is_answered_under_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make_grid()
    asked: list[tuple[str, str]] = []

    def recall(row: str, column: str) -> tuple[PastEntry, ...]:
        asked.append((row, column))
        return PAST

    assert grid.has_history is False
    grid.on_history(recall)
    assert grid.has_history is True
    sent = sent_by(grid, monkeypatch)
    grid._on_message(grid, {"type": "history", "ask": 4, "row": "p1", "column": "re"}, [])
    assert asked == [("p1", "re")]
    assert sent == [
        {
            "type": "history",
            "ask": 4,
            "entries": [
                ["O", "On track", "blue", "A. Teacher", "3 June 2026, 14:03"],
                [None, "", None, "B. Teacher", "2 June 2026, 09:10"],
            ],
        }
    ]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (RuntimeError("secret of child 1"), "could not be read"),
        (StorageUnavailable("The register is busy. Nothing was changed."), "The register is busy."),
    ],
)
def test_on_message_history_that_fails_is_said(
    fault: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(row: str, column: str) -> tuple[PastEntry, ...]:
        raise fault

    grid = make_grid()
    errors: list[Exception] = []
    grid.on_history(fail)
    grid.on_error(errors.append)
    sent = sent_by(grid, monkeypatch)
    grid._on_message(grid, {"type": "history", "ask": 1, "row": "p1", "column": "re"}, [])
    assert words in sent[0]["failed"]
    assert "secret" not in str(sent)
    assert errors == [fault]


def test_on_message_history_of_nothing_known_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = make_grid()
    sent = sent_by(grid, monkeypatch)
    grid._on_message(grid, {"type": "history", "ask": 1, "row": "p1", "column": "re"}, [])
    grid.on_history(lambda row, column: PAST)
    grid._on_message(grid, {"type": "history", "ask": 2, "row": "p9", "column": "re"}, [])
    assert ["failed" in message for message in sent] == [True, True]
    for forged in (
        {"ask": "1", "row": "p1", "column": "re"},
        {"ask": True, "row": "p1", "column": "re"},
        {"ask": 1, "row": 1, "column": "re"},
        {"ask": 1, "row": "p1"},
        {"ask": 1, "row": "p" * 201, "column": "re"},
    ):
        grid._on_message(grid, {"type": "history", **forged}, [])
    assert len(sent) == 2


def test_on_message_layout_is_kept_and_handed_over() -> None:
    told: list[Layout] = []
    grid = make_grid(widths={"re": 200, "gone": 90})
    grid.on_layout(told.append)
    layout = {"type": "layout", "widths": {"score": 56, "nothing": 99}, "bars": True}
    grid._on_message(grid, layout, [])
    assert told == [Layout({"gone": 90, "score": 56}, bars=True)]
    assert grid.encoded()["widths"] == {"gone": 90, "score": 56}
    assert grid.encoded()["bars"] is True


def test_replace_with_widths_takes_them_instead() -> None:
    grid = make_grid(widths={"re": 200}, bars=True)
    grid.replace(rows=ROWS)
    assert grid.encoded()["widths"] == {"re": 200}
    grid.replace(widths={"score": 120})
    assert (grid.encoded()["widths"], grid.encoded()["bars"]) == ({"score": 120}, True)


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"widths": {}, "bars": 1},
        {"widths": [], "bars": True},
        {"widths": {"re": 55}, "bars": True},
        {"widths": {"re": 481}, "bars": True},
        {"widths": {"re": 100.0}, "bars": True},
        {"widths": {"re": True}, "bars": True},
        {"widths": {"r" * 201: 100}, "bars": True},
        {"widths": {str(n): 100 for n in range(1_001)}, "bars": True},
    ],
)
def test_on_message_layout_of_a_wrong_shape_is_dropped(forged: dict[str, Any]) -> None:
    told: list[Layout] = []
    grid = make_grid()
    grid.on_layout(told.append)
    grid._on_message(grid, {"type": "layout", **forged}, [])
    assert told == []
    assert grid.encoded()["widths"] == {}


def test_on_message_layout_that_fails_is_handed_to_on_error() -> None:
    def fail(layout: Layout) -> None:
        raise LookupError

    errors: list[Exception] = []
    grid = make_grid()
    grid.on_layout(fail)
    grid.on_error(errors.append)
    grid._on_message(grid, {"type": "layout", "widths": {}, "bars": False}, [])
    assert [type(error) for error in errors] == [LookupError]


def test_encoded_tells_usual_ranges_colours_bars_and_where_typed_values_are_kept() -> None:
    grid = EntryGrid(
        columns=(
            Column("ks1", "KS1", "number", usual=(85, 115)),
            Column("re", "Re", "choice", choices=(("B", "B"),), colourable=True),
        ),
        rows=ROWS,
        foot=(
            FootRow("b", "Below", {"re": FootCell("1 (33%)", "1 of 3", share=1 / 3)}, "", "red"),
        ),
        kept_as="u7",
    )
    data = grid.encoded()
    assert data["columns"][0]["usual"] == [85, 115]
    assert data["columns"][1]["colourable"] is True
    assert data["foot"] == [["b", "Below", "", {"re": ["1 (33%)", "1 of 3", 0.3333]}, "red"]]
    assert (data["kept_as"], data["bars"], data["widths"]) == ("u7", False, {})


def test_model_refuses_what_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="share"):
        FootCell("1", share=1.2)
    with pytest.raises(ValueError, match="palette"):
        FootRow("b", "Below", {}, tone="pink")
    with pytest.raises(ValueError, match="usual range"):
        Column("ks1", "KS1", "number", usual=(115, 85))
    with pytest.raises(ValueError, match="usual range"):
        Column("note", "Note", "text", usual=(1, 2))


def test_row_carries_its_mark_only_when_it_has_one() -> None:
    mark = RowMark(is_filled=True, text="Met", description="Met about this year")
    grid = EntryGrid(columns=(), rows=(Row("p1", "Child 1", mark=mark), Row("p2", "Child 2")))
    assert grid.encoded()["rows"] == [
        ["p1", "Child 1", "", "", [1, "Met", "Met about this year"]],
        ["p2", "Child 2", "", ""],
    ]
