"""Tests of the assessment grid as a workbook, read back with openpyxl."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.judgements import PALETTE
from pupiltrack_core.domain.subjects import OwnSubject
from pupiltrack_core.reports.cell_colours import COLOURS
from pupiltrack_core.reports.foot_lines import foot_of
from pupiltrack_core.reports.shown_columns import ShownColumn, columns_shown
from pupiltrack_core.reports.workbooks import write_grid_workbook
from pupiltrack_core.services.grid_characteristics import CharacteristicColumn
from pupiltrack_core.services.grid_results import ResultColumn, ResultKind
from tests.grid_frames import FORMULAS, FULL, PLAIN, make_grid
from tests.report_frames import CORE, PRINTED, make_cohort

SCORE_ROWS = ("Scores", "Lowest", "Highest", "Average", "Median")


def sheet_of(grid, school_name="Hillside Primary School", shown=None):
    content = write_grid_workbook(
        grid, shown, school_name=school_name, description="Year 4, 2025/2026", printed=PRINTED
    )
    return openpyxl.load_workbook(BytesIO(content))["Assessments"]


def column_at(sheet, name, *, occurrence=1):
    found = [cell.column for cell in sheet[6] if cell.value == name]
    return found[occurrence - 1]


def foot(sheet, label, name, **where):
    (row,) = [row for row in range(7, sheet.max_row + 1) if sheet.cell(row, 1).value == label]
    return sheet.cell(row, column_at(sheet, name, **where))


COHORT = [("Abara, Ada", "OOD"), ("Blom, Bo", "BTO"), ("Cole, Cy", "DDD"), ("Dunn, Di", "--B")]


def test_grid_workbook_shows_what_the_page_shows():
    sheet = sheet_of(make_grid(make_cohort(COHORT), PLAIN))
    assert sheet["A1"].value == "Assessments: Hillside Primary School"
    assert [cell.value for cell in sheet[6]] == [
        "Surname", "Forenames", "Year", "Class", "Reading", "Writing", "Maths", "R W M on track",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[7]] == [
        "Abara", "Ada", "Year 4", "Class 4", "On track", "On track", "Deeper learning", "Yes",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[10]][4:] == [None, None, "Below", "No"]


def test_grid_workbook_heads_each_assessment_s_columns_with_its_name():
    sheet = sheet_of(make_grid(make_cohort(COHORT), FULL, PLAIN))
    groups = [cell.value for cell in sheet[5] if cell.value]
    assert groups == [
        "Pupil details",
        "Curriculum (Autumn, 15/12/2025)",
        "Autumn, 15/12/2025",
        "Optional test (Autumn, 15/12/2025)",
        "Phonics (Autumn, 15/12/2025)",
        "Spring, 20/03/2026",
    ]
    assert sheet.freeze_panes == "C7"
    assert sheet.print_title_rows == "$5:$6"


def test_grid_workbook_foot_holds_numbers_and_shares():
    sheet = sheet_of(make_grid(make_cohort(COHORT), PLAIN))
    # reading: B O D and a blank, of four
    assert foot(sheet, "Pupils", "Reading").value == 4
    assert foot(sheet, "Below: number", "Reading").value == 1
    share = foot(sheet, "On track or deeper: %", "Reading")
    assert share.value == pytest.approx(0.5)
    assert share.number_format == "0%"
    assert foot(sheet, "No data: number", "Reading").value == 1
    # all three: Deeper learning throughout once, mixed once
    assert foot(sheet, "On track and deeper mixed: number", "R W M on track").value == 1
    assert foot(sheet, "On track and deeper mixed: number", "Reading").value is None


def test_grid_workbook_foot_of_each_assessment_is_its_own():
    grid = make_grid(
        make_cohort(COHORT), PLAIN, FULL, cells={(1, "7:tracking:READ"): ("B", 2, None)}
    )
    sheet = sheet_of(grid)
    assert foot(sheet, "Below: number", "Reading", occurrence=1).value == 1
    # the second Reading is the curriculum's, the third this assessment's judgement
    assert foot(sheet, "Below: number", "Reading", occurrence=3).value == 2


def test_grid_workbook_leaves_out_pupils_not_included_and_says_so():
    sheet = sheet_of(make_grid(make_cohort(COHORT, left_out=1), PLAIN))
    text = str([[cell.value for cell in row] for row in sheet])
    assert "Dunn" not in text
    assert sheet["A3"].value.startswith("1 pupil is left out because Include in data")
    assert foot(sheet, "Pupils", "Reading").value == 3


def test_grid_workbook_colours_cells_as_the_page_does():
    chosen = {(3, "8:tracking:READ"): ("D", 1, "purple"), (2, "8:tracking:WRIT"): ("T", 1, "blue")}
    sheet = sheet_of(make_grid(make_cohort(COHORT), PLAIN, cells=chosen))

    def fill(row, column):
        return sheet.cell(row, column).fill.fgColor.rgb

    assert fill(8, 5) == "FFF9D5D2"  # Below: red
    assert fill(7, 5) == "FFCFEAD3"  # On track: green
    assert fill(9, 5) == "FFE5D8F5"  # chosen: purple
    assert fill(8, 6) == "FFCFE1F7"  # chosen: blue
    assert sheet.cell(9, 6).fill.fill_type is None  # Deeper learning: none


@pytest.mark.parametrize("text", FORMULAS)
def test_grid_workbook_holds_no_formula_and_loses_no_text(text):
    cohort = make_cohort([(f"{text}, {text}", "OOO")])
    grid = make_grid(cohort, FULL, cells={(1, "7:formative:READ"): (text, 1, None)})
    sheet = sheet_of(grid, school_name=text)
    assert all(cell.data_type != "f" and not cell.hyperlink for row in sheet for cell in row)
    assert sheet["A7"].value == text
    assert sheet["B7"].value == text
    assert sheet.cell(7, column_at(sheet, "Reading")).value == text


def test_grid_workbook_scores_are_numbers_with_their_average():
    cells = {
        (1, "7:test:MATH"): ("104", 1, None),
        (2, "7:test:MATH"): ("97.5", 1, None),
        (4, "7:test:MATH"): ("0", 1, None),  # left out of the data
    }
    sheet = sheet_of(make_grid(make_cohort(COHORT, left_out=1), FULL, cells=cells))
    maths = column_at(sheet, "Maths", occurrence=3)
    assert sheet.cell(7, maths).value == 104
    assert sheet.cell(9, maths).value is None
    # two of three pupils: 104 and 97.5
    assert {
        label: sheet.cell(row, maths).value
        for row in range(7, sheet.max_row + 1)
        if (label := sheet.cell(row, 1).value) in SCORE_ROWS
    } == {"Scores": 2, "Lowest": 97.5, "Highest": 104, "Average": 100.75, "Median": 100.75}


def test_grid_workbook_of_no_scores_has_no_average():
    sheet = sheet_of(make_grid(make_cohort(COHORT), FULL))
    maths = column_at(sheet, "Maths", occurrence=3)
    found = {
        label: sheet.cell(row, maths).value
        for row in range(7, sheet.max_row + 1)
        if (label := sheet.cell(row, 1).value) in SCORE_ROWS
    }
    assert found == dict.fromkeys(SCORE_ROWS) | {"Scores": 0}


def test_grid_workbook_shows_the_columns_on_view_in_their_order():
    grid = make_grid(make_cohort(COHORT), FULL, PLAIN)
    by_key = {column.key: column for column in columns_shown(grid)}
    wanted = ("8:rwm:RWM", "8:tracking:WRIT", "7:test:READ")
    shown = [ShownColumn("include", "Pupil details", "Include in data")]
    shown += [by_key[key] for key in wanted]
    sheet = sheet_of(grid, shown=shown)
    assert [cell.value for cell in sheet[6]][4:] == ["R W M on track", "Writing", "Reading"]
    assert [cell.value for cell in sheet[7]][4:] == ["Yes", "On track", None]
    assert foot(sheet, "Towards: number", "Writing").value == 1
    assert foot(sheet, "Towards: number", "Reading").value is None


def test_grid_workbook_shows_results_and_characteristics_on_view():
    cells = {
        (1, "result:EYFSP:GLD"): ("Y", 1, None),
        (2, "result:EYFSP:GLD"): ("N", 0, None),
        (1, "result:KS1:READ_SCORE"): ("104", 1, None),
        (1, "result:PHONICS:Y1"): ("35, met", 0, None),
        (1, "result:MTC:MARK"): ("0", 0, None),
        (1, "pupil:sen"): ("SEN support", 0, None),
        (1, "pupil:custom_1"): ("=1+1", 0, None),
    }
    shown = [
        ShownColumn("result:EYFSP:GLD", "Early years", "GLD", {"Y": "Yes", "N": "No"}),
        ShownColumn("result:KS1:READ_SCORE", "Key stage 1", "Reading score"),
        ShownColumn("result:PHONICS:Y1", "Phonics", "Year 1"),
        ShownColumn("result:MTC:MARK", "Tables", "Mark"),
        ShownColumn("pupil:sen", "Pupil characteristics", "SEN"),
        ShownColumn("pupil:custom_1", "Pupil characteristics", "Choir"),
    ]
    sheet = sheet_of(make_grid(make_cohort(COHORT), cells=cells), shown=shown)
    assert [cell.value for cell in sheet[7]][4:] == [
        "Yes", 104, "35, met", 0, "SEN support", "=1+1",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[8]][4:6] == ["No", None]
    assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_grid_workbook_has_the_foot_of_the_columns_on_view_only():
    grid = make_grid(make_cohort(COHORT), FULL)
    tests = [column for column in columns_shown(grid) if ":test:" in column.key]
    labels = [cell.value for cell in sheet_of(grid, shown=tests)["A"][11:]]
    assert labels == list(SCORE_ROWS)
    facts = [ShownColumn("pupil:sen", "Pupil characteristics", "SEN")]
    assert sheet_of(grid, shown=facts).max_row == 10  # the last pupil


def test_grid_workbook_of_many_columns_prints_on_several_pages_with_names():
    narrow, wide = make_grid(make_cohort(COHORT), PLAIN), make_grid(make_cohort(COHORT), FULL)
    assert sheet_of(narrow).sheet_properties.pageSetUpPr.fitToPage
    many = [*columns_shown(wide), *columns_shown(wide)]
    sheet = sheet_of(wide, shown=many)
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_cols == "$A:$B"


def test_columns_shown_has_a_title_for_every_column():
    results = (
        ResultColumn("result:EYFSP:GLD", "Early years", "GLD", ResultKind.GLD, "Good level"),
        ResultColumn("result:KS1:MATH_SCORE", "Key stage 1", "Maths score", ResultKind.SCORE, ""),
    )
    own = (
        CharacteristicColumn("pupil:fsm", "FSM", Characteristic.FSM),
        CharacteristicColumn("pupil:custom_1", "Choir", Characteristic.CUSTOM_1),
    )
    grid = replace(make_grid(make_cohort(COHORT), PLAIN), results=results, characteristics=own)
    shown = columns_shown(grid)
    assert [(column.group, column.title) for column in shown] == [
        ("Pupil characteristics", "FSM"),
        ("Custom fields", "Choir"),
        ("Early years", "GLD"),
        ("Key stage 1", "Maths score"),
        *(
            ("Spring, 20/03/2026", title)
            for title in ("Reading", "Writing", "Maths", "R W M on track")
        ),
    ]
    assert shown[2].labels["Y"] == "Yes"


def test_grid_workbook_counts_a_school_s_own_subject_as_any_other():
    own = OwnSubject("X01", "Forest school", "Forest")
    assessment = replace(PLAIN, subjects=(*PLAIN.subjects, own))
    marks = {
        (pupil, "8:tracking:X01"): (mark, 1, None) for pupil, mark in enumerate("BBO", start=1)
    }
    sheet = sheet_of(make_grid(make_cohort(COHORT), assessment, cells=marks))
    assert sheet.cell(7, column_at(sheet, "Forest")).value == "Below"
    assert foot(sheet, "Below: number", "Forest").value == 2
    assert foot(sheet, "No data: %", "Forest").value == pytest.approx(1 / 4)


def test_cell_colours_are_those_of_the_palette():
    assert tuple(COLOURS) == PALETTE


def test_grid_workbook_of_nobody_has_headings_and_a_foot_of_zeros():
    sheet = sheet_of(make_grid(make_cohort([]), PLAIN))
    assert foot(sheet, "Pupils", "Reading").value == 0
    assert foot(sheet, "Below: number", "Reading").value == 0
    assert foot(sheet, "Below: %", "Reading").value is None  # not applicable, not 0 %


def test_grid_workbook_without_assessments_lists_the_pupils():
    sheet = sheet_of(make_grid(make_cohort(COHORT)))
    assert [cell.value for cell in sheet[7]] == ["Abara", "Ada", "Year 4", "Class 4"]


def test_grid_workbook_footer_keeps_ampersands():
    sheet = sheet_of(make_grid(make_cohort(COHORT), PLAIN), school_name="St Mary & St John")
    assert sheet.oddHeader.left.text == "St Mary && St John"
    assert "Contains personal data" in sheet.oddFooter.left.text


def test_foot_of_agrees_with_the_cohort_s_own_summary():
    grid = make_grid(make_cohort(30), PLAIN)
    lines = {line.label: line.figures for line in foot_of(grid, columns_shown(grid))}
    outcomes = ("Below", "Towards", "On track", "Deeper learning", "No data")
    for subject in CORE:
        key = f"8:tracking:{subject}"
        assert sum(lines[f"{outcome}: number"][key] for outcome in outcomes) == 30
