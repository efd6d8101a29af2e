"""All data of a school's academic year as a workbook: every assessment of every year group."""

from __future__ import annotations

from dataclasses import replace

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.foot_lines import (
    COUNT_FORMAT,
    SHARE_FORMAT,
    FootLine,
    numbers,
    pupils_counted,
    score_lines,
    shares,
)
from pupiltrack_core.reports.shown_columns import ShownColumn, columns_shown
from pupiltrack_core.reports.workbook_sheet import (
    SheetPart,
    SheetText,
    left_out_of,
    write_workbook,
)
from pupiltrack_core.services.all_data import AllData, YearGrid, load_all_data
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_figures import FOOT_ROWS, foot_figures
from pupiltrack_core.services.reports import ExportNote, note_export

WHAT = "all data"
_SIX_YEARS = "Years 1 to 6"


def all_data_workbook(caller: Caller, school_id: int, academic_year: int) -> bytes:
    """Return all data of a school's academic year as an XLSX file; the audit has it first.

    Raises as `services.all_data.load_all_data`.
    """
    data, note = take_all_data(caller, school_id, academic_year, what=WHAT)
    return write_all_data_workbook(data, printed=Printed(note.by, note.at))


def take_all_data(
    caller: Caller, school_id: int, academic_year: int, *, what: str
) -> tuple[AllData, ExportNote]:
    """Return all data, and who takes it when, once that is in the audit."""
    data = load_all_data(caller, school_id, academic_year)
    return data, note_export(caller, data.selection, what=what, with_names=True)


def write_all_data_workbook(data: AllData, *, printed: Printed) -> bytes:
    """Return the XLSX file of all data: one sheet, "All data".

    Pupils by year group and name; columns by year group, then date, so that each year group's cells
    are a block. Under each column its numbers, their shares of the pupils of the six year groups
    together and of the year group alone. Pupils whose Include in data is No are left out.
    """
    text = SheetText(
        name="All data",
        school_name=data.school_name,
        description=(
            f"{AcademicYear(data.selection.academic_year).label}, every assessment, year group by "
            "year group in order of date"
        ),
        printed=printed,
        left_out=left_out_of(year.grid for year in data.years),
        notes=_notes(data),
    )
    parts = tuple(
        SheetPart(year.grid, columns_of_year(year), _foot_of(year, data.of_six_years))
        for year in data.years
    )
    return write_workbook(text, parts)


def columns_of_year(year: YearGrid) -> tuple[ShownColumn, ...]:
    """Return the columns of a year group, which is named in the heading above each."""
    label = LABELS[year.year_group]
    return tuple(
        replace(column, group=f"{label}: {column.group}") for column in columns_shown(year.grid)
    )


def _notes(data: AllData) -> tuple[str, ...]:
    of = data.of_six_years
    shares_of = (
        f'"% of {_SIX_YEARS}" is of all {of} pupils of the six year groups together, whichever '
        'year group the assessment was for; "% of the year group" is of the pupils of that year '
        "group, as on the page of the assessment. Reception and Nursery are outside the six."
    )
    levels = (
        "No data counts the pupils of the year group without a judgement. Under R W M a level "
        "counts the pupils who are at that level in reading, writing and maths alike."
    )
    pupils = "The pupils are those on roll at the latest assessment of their year group."
    legends = dict.fromkeys(year.grid.wording.legend for year in data.years)
    return shares_of, levels, pupils, *filter(None, legends)


def _foot_of(year: YearGrid, of: int) -> tuple[FootLine, ...]:
    figures = foot_figures(year.grid)
    counted = pupils_counted(figures)
    lines = [
        FootLine("Pupils of the year group", COUNT_FORMAT, counted),
        FootLine(
            f"Pupils of {_SIX_YEARS}",
            COUNT_FORMAT,
            dict.fromkeys(counted, of) if year.is_counted else {},
        ),
    ]
    for row in FOOT_ROWS:
        label = year.grid.wording.row_label(row)
        of_all = shares(figures, row, of=of) if year.is_counted else {}
        lines += [
            FootLine(f"{label}: number", COUNT_FORMAT, numbers(figures, row)),
            FootLine(f"{label}: % of {_SIX_YEARS}", SHARE_FORMAT, of_all),
            FootLine(f"{label}: % of the year group", SHARE_FORMAT, shares(figures, row)),
        ]
    return (*lines, *score_lines(year.grid))
