"""A press reaches Python only for cells that were shown as buttons."""

from __future__ import annotations

import pytest

from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow


@pytest.fixture
def pressed() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def table(pressed: list[tuple[str, str]]) -> FiguresTable:
    table = FiguresTable()
    table.show(
        caption="C",
        row_heading="R",
        columns=[TableColumn("a", "A"), TableColumn("b", "B")],
        rows=[
            TableRow("1", TableCell("one"), (TableCell("3", press="3 pupils"), TableCell("0"))),
            TableRow("2", TableCell("two", press="Open"), (TableCell("1"), TableCell("2"))),
        ],
    )
    table.on_press(lambda row, column: pressed.append((row, column)))
    return table


def test_press_of_a_button_hands_over_its_keys(
    table: FiguresTable, pressed: list[tuple[str, str]]
) -> None:
    table._on_message(table, {"kind": "press", "row": "1", "column": "a"}, [])
    table._on_message(table, {"kind": "press", "row": "2", "column": ""}, [])
    assert pressed == [("1", "a"), ("2", "")]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "press", "row": "1", "column": "b"},
        {"kind": "press", "row": "2", "column": "a"},
        {"kind": "press", "row": "9", "column": "a"},
        {"kind": "other", "row": "1", "column": "a"},
        {"kind": "press"},
        {"kind": "press", "row": ["1"], "column": "a"},
        "press",
        None,
    ],
)
def test_forged_press_is_passed_over(
    table: FiguresTable, pressed: list[tuple[str, str]], content: object
) -> None:
    table._on_message(table, content, [])
    assert pressed == []


def test_show_forgets_the_buttons_of_earlier_rows(
    table: FiguresTable, pressed: list[tuple[str, str]]
) -> None:
    table.show(caption="C", row_heading="R", columns=[], rows=[])
    table._on_message(table, {"kind": "press", "row": "1", "column": "a"}, [])
    assert pressed == []


def test_show_with_a_row_of_the_wrong_length_raises(table: FiguresTable) -> None:
    with pytest.raises(ValueError, match="zip"):
        table.show(
            caption="C",
            row_heading="R",
            columns=[TableColumn("a", "A")],
            rows=[TableRow("1", TableCell("one"), ())],
        )


def test_show_tells_a_cell_that_is_only_text_as_text() -> None:
    table = FiguresTable()
    cells = (TableCell("a"), TableCell("b", tone="good"))
    columns = (TableColumn("x", "X"), TableColumn("y", "Y"))
    table.show(
        caption="c", row_heading="r", columns=columns, rows=[TableRow("1", TableCell("h"), cells)]
    )
    assert table.spec["rows"] == [
        {"key": "1", "head": "h", "cells": ["a", {"text": "b", "tone": "good"}]}
    ]


def test_note_is_told_only_where_there_is_one() -> None:
    table = FiguresTable()
    cells = (TableCell("12 (40 %)", note="+5 pts, +3 pupils"), TableCell("7"))
    table.show(
        caption="Figures",
        row_heading="Outcome",
        columns=[TableColumn("a", "A"), TableColumn("b", "B")],
        rows=[TableRow("x", TableCell("X"), cells)],
    )
    assert table.spec["rows"][0]["cells"] == [
        {"text": "12 (40 %)", "note": "+5 pts, +3 pupils"},
        "7",
    ]
