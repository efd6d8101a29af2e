"""The assessment grid and all data as CSV, for other programs: a heading row, a row per pupil.

There is no foot: a program would take its rows for pupils, and the figures are those of the
workbook.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.formula_text import without_formula
from pupiltrack_core.reports.all_data import columns_of_year, take_all_data
from pupiltrack_core.reports.shown_columns import ShownColumn, cell_text, columns_to_write
from pupiltrack_core.reports.workbook_sheet import DETAILS, pupil_details
from pupiltrack_core.services.all_data import AllData
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import note_export

WHAT, WHAT_ALL = "assessments as CSV", "all data as CSV"
_BETWEEN = " | "


def grid_csv(
    caller: Caller,
    grid: GridData,
    selection: CohortSelection,
    shown: Sequence[ShownColumn] | None = None,
) -> bytes:
    """Return the grid as CSV, with the columns of `shown` or else every one of the grid.

    Audited, and raises, as `reports.workbooks.grid_workbook`.
    """
    note_export(caller, selection, what=WHAT, with_names=True)
    return write_grid_csv(grid, shown)


def all_data_csv(caller: Caller, school_id: int, academic_year: int) -> bytes:
    """Return all data of a school's academic year as CSV; raises as `load_all_data`."""
    data, _ = take_all_data(caller, school_id, academic_year, what=WHAT_ALL)
    return write_all_data_csv(data)


def write_grid_csv(grid: GridData, shown: Sequence[ShownColumn] | None = None) -> bytes:
    """Return UTF-8 CSV with a byte order mark: surname, forenames, year, class, then the columns.

    A heading is "Autumn 2025, 15/12/2025 | Reading". Pupils not included in the data are left out.
    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    columns = columns_to_write(grid, shown)
    return _written(columns, _rows(grid, columns))


def write_all_data_csv(data: AllData) -> bytes:
    """Return CSV as `write_grid_csv` does, pupils and columns in the order of the workbook."""
    each = [(year.grid, columns_of_year(year)) for year in data.years]
    widths = [len(columns) for _, columns in each]
    rows: list[list[str]] = []
    for at, (grid, columns) in enumerate(each):
        before, after = [""] * sum(widths[:at]), [""] * sum(widths[at + 1 :])
        for row in _rows(grid, columns):
            details, cells = row[: len(DETAILS)], row[len(DETAILS) :]
            rows.append([*details, *before, *cells, *after])
    return _written([column for _, columns in each for column in columns], rows)


def _rows(grid: GridData, columns: Sequence[ShownColumn]) -> Iterator[list[str]]:
    for pupil_id, details in pupil_details(grid):
        yield [*details, *(cell_text(grid, column, pupil_id)[0] or "" for column in columns)]


def _written(columns: Sequence[ShownColumn], rows: Iterator[list[str]] | list[list[str]]) -> bytes:
    held = StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    heads = [f"{column.group}{_BETWEEN}{column.title}" for column in columns]
    for row in ([*DETAILS, *heads], *rows):
        writer.writerow([without_formula(text) for text in row])
    return held.getvalue().encode("utf-8-sig")
