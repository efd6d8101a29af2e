"""The grid on screen as CSV: one heading row, a row per pupil, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from pupiltrack_core.reports.grid_csv import write_grid_csv
from pupiltrack_core.reports.shown_columns import ShownColumn
from tests.grid_frames import FORMULAS, FULL, PLAIN, make_grid
from tests.report_frames import make_cohort


def rows_of(content):
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_grid_csv_heads_columns_with_group_and_title():
    grid = make_grid(make_cohort([("Abara, Ada", "OBD"), ("Blom, Bo", "-T-")]), PLAIN)
    assert rows_of(write_grid_csv(grid)) == [
        [
            "Surname",
            "Forenames",
            "Year",
            "Class",
            "Spring, 20/03/2026 | Reading",
            "Spring, 20/03/2026 | Writing",
            "Spring, 20/03/2026 | Maths",
            "Spring, 20/03/2026 | R W M on track",
        ],
        ["Abara", "Ada", "Year 4", "Class 4", "On track", "Below", "Deeper learning", "No"],
        ["Blom", "Bo", "Year 4", "Class 4", "", "Towards", "", "No"],
    ]


def test_grid_csv_is_utf_8_with_a_mark_and_windows_line_ends():
    content = write_grid_csv(make_grid(make_cohort([("Ælf, Zoë", "OOO")]), PLAIN))
    assert content.startswith(b"\xef\xbb\xbfSurname,")
    assert content.count(b"\r\n") == 2
    assert "Ælf,Zoë".encode() in content


def test_grid_csv_leaves_out_pupils_not_included():
    grid = make_grid(make_cohort([("Abara, Ada", "OOO"), ("Blom, Bo", "BBB")], left_out=1), PLAIN)
    assert [row[0] for row in rows_of(write_grid_csv(grid))] == ["Surname", "Abara"]


def test_grid_csv_holds_the_columns_on_view_in_their_order():
    cells = {(1, "result:KS1:READ_SCORE"): ("104", 1, None), (1, "7:phonics:READ"): ("32", 1, None)}
    shown = [
        ShownColumn("7:phonics:READ", "Phonics", "Phonics"),
        ShownColumn("include", "Pupil details", "Include in data"),
        ShownColumn("result:KS1:READ_SCORE", "Key stage 1", "Reading score"),
    ]
    grid = make_grid(make_cohort([("Abara, Ada", "OOO")]), FULL, cells=cells)
    head, row = rows_of(write_grid_csv(grid, shown))
    assert head[4:] == ["Phonics | Phonics", "Key stage 1 | Reading score"]
    assert row[4:] == ["32", "104"]


@pytest.mark.parametrize("text", FORMULAS)
def test_grid_csv_holds_nothing_a_spreadsheet_would_run(text):
    grid = make_grid(
        make_cohort([(f"{text}, {text}", "OOO")]),
        FULL,
        cells={(1, "7:formative:READ"): (f"{text}\nnext", 1, None)},
    )
    shown = [ShownColumn("7:formative:READ", text, text)]
    for row in rows_of(write_grid_csv(grid, shown)):
        for written in row:
            assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert text in rows_of(write_grid_csv(grid, shown))[1][4]
