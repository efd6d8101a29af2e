"""All data as a workbook and as CSV: order, blocks, and shares of all six year groups."""

from __future__ import annotations

import csv
from datetime import date
from io import BytesIO, StringIO

import openpyxl
import pytest

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.reports.all_data import write_all_data_workbook
from pupiltrack_core.reports.grid_csv import write_all_data_csv
from pupiltrack_core.services.all_data import SIX_YEARS, AllData, YearGrid
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from tests.report_frames import CORE, PRINTED, make_cohort


def assessment(number, name, held_on, *year_groups, test_title=None):
    return AssessmentInfo(
        number, name, held_on, year_groups, CORE_SUBJECTS, None, test_title, has_phonics=False
    )


BOTH = assessment(7, "Autumn", date(2025, 12, 15), 0, 1, 2, test_title="Test")
SECOND = assessment(8, "Spring", date(2026, 3, 20), 2)
# Reception: one pupil. Year 1: two in the data, one not. Year 2: three.
PUPILS = {0: ["OOO"], 1: ["BOO", "DDD", "TTT"], 2: ["BBB", "-OO", "OOD"]}
LEFT_OUT = {1: 1}


def make_data(pupils=PUPILS, *, name="Child", scores=()):
    years, at = [], 0
    for year_group, marks in pupils.items():
        cohort = make_cohort(
            [(f"{name} {year_group}{number}, A", given) for number, given in enumerate(marks)],
            year_groups=[year_group],
            left_out=LEFT_OUT.get(year_group, 0) if pupils is PUPILS else 0,
        )
        cohort["pupil_id"] += at
        at += len(cohort)
        assessments = tuple(item for item in (BOTH, SECOND) if year_group in item.year_groups)
        cells = {
            (int(pupil), f"{item.id}:tracking:{subject}"): (mark, 1, None)
            for item in assessments
            for pupil, given in zip(cohort["pupil_id"], marks, strict=True)
            for subject, mark in zip(CORE, given, strict=True)
            if mark != "-"
        }
        years.append(YearGrid(year_group, GridData(cohort, assessments, cells, may_edit=False)))
    for (year, row), score in dict(scores).items():
        grid = years[year].grid
        pupil = int(grid.pupils["pupil_id"].iloc[row])
        grid.cells[pupil, "7:test:MATH"] = (score, 1, "blue")
    selection = CohortSelection(2025, school_id=1, years=SIX_YEARS)
    return AllData(selection, "Hillside Primary School", tuple(years))


def sheet_of(data):
    content = write_all_data_workbook(data, printed=PRINTED)
    return openpyxl.load_workbook(BytesIO(content))["All data"]


def heads_of(sheet):
    """{(group, title): column}, with the group of merged cells filled in."""
    found, group = {}, None
    for upper, lower in zip(sheet[5], sheet[6], strict=True):
        group = upper.value or group
        found[group, lower.value] = lower.column
    return found


def row_of(sheet, label):
    (row,) = [row for row in range(7, sheet.max_row + 1) if sheet.cell(row, 1).value == label]
    return row


def foot(sheet, label, column):
    return sheet.cell(row_of(sheet, label), column)


AUTUMN, SPRING = "Autumn, 15/12/2025", "Spring, 20/03/2026"


def test_all_data_workbook_groups_assessments_by_year_group_then_date():
    sheet = sheet_of(make_data())
    assert list(dict.fromkeys(group for group, _ in heads_of(sheet))) == [
        "Pupil details",
        f"Reception: {AUTUMN}",
        f"Reception: Test ({AUTUMN})",
        f"Year 1: {AUTUMN}",
        f"Year 1: Test ({AUTUMN})",
        f"Year 2: {AUTUMN}",
        f"Year 2: Test ({AUTUMN})",
        f"Year 2: {SPRING}",
    ]
    assert sheet.freeze_panes == "C7"
    assert sheet.print_title_rows == "$5:$6"


def test_all_data_workbook_has_cells_only_where_the_pupil_is_in_the_year_group():
    sheet = sheet_of(make_data())
    heads = heads_of(sheet)
    written = {
        (sheet.cell(row, 3).value, group.partition(":")[0])
        for row in range(7, 7 + 6)
        for (group, _), column in heads.items()
        if column > 4 and sheet.cell(row, column).value is not None
    }
    assert written == {(year, year) for year in ("Reception", "Year 1", "Year 2")}
    reading = heads[f"Year 2: {SPRING}", "Reading"]
    assert [sheet.cell(row, reading).value for row in range(7, 13)] == [
        None, None, None, "Below", None, "On track",
    ]  # fmt: skip
    assert sheet.cell(10, reading).fill.fgColor.rgb == "FFF9D5D2"  # red


def test_all_data_workbook_shares_are_of_all_six_year_groups():
    # five pupils of Years 1 and 2 are in the data; one of Reception is outside the six
    sheet = sheet_of(make_data())
    heads = heads_of(sheet)
    year_2 = heads[f"Year 2: {AUTUMN}", "Reading"]
    assert foot(sheet, "Pupils of the year group", year_2).value == 3
    assert foot(sheet, "Pupils of Years 1 to 6", year_2).value == 5
    assert foot(sheet, "Below: number", year_2).value == 1
    assert foot(sheet, "Below: % of Years 1 to 6", year_2).value == pytest.approx(1 / 5)
    assert foot(sheet, "Below: % of the year group", year_2).value == pytest.approx(1 / 3)
    assert foot(sheet, "Below: % of the year group", year_2).number_format == "0%"
    assert foot(sheet, "No data: number", year_2).value == 1
    together = heads[f"Year 2: {AUTUMN}", "R W M on track"]
    mixed = "On track and deeper mixed"
    assert foot(sheet, f"{mixed}: % of Years 1 to 6", together).value == pytest.approx(1 / 5)
    text = str([cell.value for cell in sheet["A"]])
    assert "is of all 5 pupils of the six year groups" in text


def test_all_data_workbook_reception_has_no_share_of_the_six_year_groups():
    sheet = sheet_of(make_data())
    reading = heads_of(sheet)[f"Reception: {AUTUMN}", "Reading"]
    assert foot(sheet, "On track: number", reading).value == 1
    assert foot(sheet, "On track: % of the year group", reading).value == 1
    assert foot(sheet, "On track: % of Years 1 to 6", reading).value is None
    assert foot(sheet, "Pupils of Years 1 to 6", reading).value is None


def test_all_data_workbook_leaves_out_pupils_not_included():
    sheet = sheet_of(make_data())
    assert sheet["A3"].value.startswith("1 pupil is left out because Include in data")
    assert "Child 12" not in str([cell.value for cell in sheet["A"]])
    year_1 = heads_of(sheet)[f"Year 1: {AUTUMN}", "Reading"]
    assert foot(sheet, "Pupils of the year group", year_1).value == 2
    assert foot(sheet, "Towards: number", year_1).value == 0


def test_all_data_workbook_scores_are_of_the_year_group():
    sheet = sheet_of(make_data(scores={(1, 0): "90", (1, 1): "101", (2, 0): "120"}))
    heads = heads_of(sheet)
    first, second = (heads[f"Year {year}: Test ({AUTUMN})", "Maths"] for year in (1, 2))
    assert [foot(sheet, "Average", column).value for column in (first, second)] == [95.5, 120]
    assert foot(sheet, "Scores", heads[f"Reception: Test ({AUTUMN})", "Maths"]).value == 0
    assert foot(sheet, "Average", heads[f"Year 1: {AUTUMN}", "Maths"]).value is None
    assert sheet.cell(8, first).value == 90
    assert sheet.cell(8, first).fill.fgColor.rgb == "FFCFE1F7"  # blue, as chosen


def test_all_data_workbook_of_a_school_without_pupils_says_what_it_is():
    sheet = sheet_of(make_data({}))
    assert sheet["A1"].value == "All data: Hillside Primary School"
    assert [cell.value for cell in sheet[6]] == ["Surname", "Forenames", "Year", "Class"]


def test_all_data_workbook_holds_no_formula():
    sheet = sheet_of(make_data(name="=1+1"))
    assert all(cell.data_type != "f" for row in sheet for cell in row)
    assert sheet["A7"].value == "=1+1 00"


def rows_of(content):
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_all_data_csv_is_the_workbook_s_rows_without_its_foot():
    data = make_data(scores={(1, 0): "90.5"})
    sheet = sheet_of(data)
    head, *rows = rows_of(write_all_data_csv(data))
    titles = [f"{group} | {title}" for group, title in heads_of(sheet) if group != "Pupil details"]
    assert head == ["Surname", "Forenames", "Year", "Class", *titles]
    assert len(rows) == 6
    assert rows == [
        ["" if cell.value is None else f"{cell.value}" for cell in sheet[row]]
        for row in range(7, 13)
    ]
