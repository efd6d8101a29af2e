"""The page, the PDF, the workbook, the CSV and the command line tell the same figures."""

import csv
import re
from fractions import Fraction
from io import BytesIO, StringIO

import openpyxl
import pytest
from click.testing import CliRunner

from pupiltrack_core.access import Page, Role
from pupiltrack_core.cli import main
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import format_count_and_percentage, round_half_away
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject, subject_label
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.reports.all_data import all_data_workbook
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.grid_csv import grid_csv
from pupiltrack_core.reports.grid_sheet import grid_sheet_pdf
from pupiltrack_core.reports.pdf import full_report_pdf, venn_pdf
from pupiltrack_core.reports.venn import counts_by_region, words_of_region
from pupiltrack_core.reports.workbooks import grid_workbook
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_figures import FOOT_ROWS, foot_figures, score_figures
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.pages import venn
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.grid_foot import grid_foot
from pupiltrack_portal.widgets.figures_table import FiguresTable
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.pages.browser import each
from tests.integration.pages.browser import text_of as cell_text
from tests.pdf_reading import text_of

# 11 pupils in the data, one not; science assessed as well.
MARKS = ["OODO", "OTBO", "BBBB", "----", "DDDD", "ODOT", "TTTT", "OOOO", "-OOD", "BTBO", "DOD-"]
SUBJECTS = (*CORE_SUBJECTS, Subject.SCIENCE)
NAMES = {"surname": "<b>*#table", "forenames": "=1+1"}


@pytest.fixture
def school_id(sqlite_database):
    school_id = make_school(sqlite_database)
    assessment = make_assessment(sqlite_database, school_id, subjects=SUBJECTS)
    for marks in MARKS:
        pupil = make_pupil(sqlite_database, school_id, pupil=NAMES)
        given = zip(SUBJECTS, marks, strict=True)
        make_judgements(sqlite_database, assessment, {pupil: {s: m for s, m in given if m != "-"}})
    left_out = make_pupil(sqlite_database, school_id, include_in_data=False)
    make_judgements(sqlite_database, assessment, {left_out: dict.fromkeys(SUBJECTS, "B")})
    for _ in range(10):
        make_pupil(sqlite_database, school_id, year_group=2)
    return school_id


@pytest.fixture
def head(sqlite_database: Database, school_id: int) -> Caller:
    user = make_user(sqlite_database, Role.HEAD, school_id=school_id)
    return Caller.for_session(sqlite_database, make_session(sqlite_database, user))


@pytest.fixture
def selection(school_id):
    return CohortSelection(academic_year=YEAR, school_id=school_id, years=4)


@pytest.fixture
def figures(head, selection):
    """{(subject, row): (count, rounded percentage)} from the summary itself."""
    found = {}
    for line in full_report(head, selection).summary.to_dict("records"):
        for row in SummaryRow:
            if row is SummaryRow.MIXED and line["subject"] != "RWM":
                continue
            count = int(line[row.value])
            share = str(round_half_away(count * 100 / int(line["pupils"])))
            found[str(line["subject"]), row] = (count, share)
    return found


def written(figures, subject):
    """The figures of a subject as the page and the PDF print them, in order."""
    cells = []
    for row in SummaryRow:
        if (subject, row) in figures:
            count, share = figures[subject, row]
            cells.append(f"{count} ({share}\u202f%)")
        else:
            cells.append("–")
    return cells


def grid_of(caller, selection):
    report = full_report(caller, selection)
    assessments = {int(number) for number in report.cohort["assessment_id"].dropna()}
    return load_grid(caller, selection, sorted(assessments))


def subjects_in(figures):
    return list(dict.fromkeys(subject for subject, _ in figures))


def test_the_page_tells_the_summary_s_figures(head, selection, figures):
    printed = Printed("A", NOW)
    html = full_report_document(full_report(head, selection), printed=printed).to_html()
    for subject in subjects_in(figures):
        cells = "".join(f"<td>{text}</td>" for text in [*written(figures, subject), "11"])
        assert f'<th scope="row">{subject_label(subject)}</th>{cells}' in html


def test_the_pdf_tells_the_summary_s_figures(head, selection, figures):
    text = text_of(full_report_pdf(head, selection, include_names=True))
    for subject in subjects_in(figures):
        cells = " ".join([*written(figures, subject), "11"])
        # the blanks within a figure come back as they were set
        expected = re.sub(r"\s+", " ", cells)
        assert expected in text, subject
    assert "<b>*#table, =1+1" in text


def test_the_workbook_tells_the_summary_s_figures(head, selection, figures):
    content = grid_workbook(head, grid_of(head, selection), selection)
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    columns = {"Reading": "READ", "Writing": "WRIT", "Maths": "MATH", "Science": "SCIE",
               "R W M on track": "RWM"}  # fmt: skip
    lines = {sheet.cell(row, 1).value: row for row in range(7, sheet.max_row + 1)}
    checked = 0
    for cell in sheet[6]:
        subject = columns.get(cell.value)
        for row in SummaryRow if subject else ():
            if row is SummaryRow.NOT_ON_TRACK or (subject, row) not in figures:
                continue
            count, share = figures[subject, row]
            assert sheet.cell(lines[f"{row.label}: number"], cell.column).value == count
            held = sheet.cell(lines[f"{row.label}: %"], cell.column).value
            assert str(round_half_away(held * 100)) == share
            checked += 1
    assert checked == 4 * 6 + 7


def test_all_data_tells_the_summary_s_figures(head, school_id, figures):
    content = all_data_workbook(head, school_id, YEAR)
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    columns = {"Reading": "READ", "Writing": "WRIT", "Maths": "MATH", "Science": "SCIE",
               "R W M on track": "RWM"}  # fmt: skip
    lines = {sheet.cell(row, 1).value: row for row in range(7, sheet.max_row + 1)}
    checked = 0
    for cell in sheet[6]:
        subject = columns.get(cell.value)
        for row in SummaryRow if subject else ():
            if row is SummaryRow.NOT_ON_TRACK or (subject, row) not in figures:
                continue
            count, share = figures[subject, row]
            assert sheet.cell(lines[f"{row.label}: number"], cell.column).value == count
            held = sheet.cell(lines[f"{row.label}: % of the year group"], cell.column).value
            assert str(round_half_away(held * 100)) == share
            # there are ten more pupils in another year group: 21 in all
            of_all = sheet.cell(lines[f"{row.label}: % of Years 1 to 6"], cell.column).value
            assert of_all == pytest.approx(count / 21)
            checked += 1
    assert checked == 4 * 6 + 7


def test_the_sheet_to_print_tells_the_summary_s_figures(head, selection, figures):
    text = text_of(grid_sheet_pdf(head, grid_of(head, selection), selection))
    for row in FOOT_ROWS:
        cells = [
            f"{figures[subject, row][0]} ({figures[subject, row][1]}\u202f%)"
            if (subject, row) in figures
            else "–"
            for subject in ("READ", "WRIT", "MATH", "RWM", "SCIE")
        ]
        assert re.sub(r"\s+", " ", f"{row.label} {' '.join(cells)}") in text


def test_the_foot_of_the_page_tells_the_summary_s_figures(head, selection, figures):
    grid = grid_of(head, selection)
    (assessment,) = grid.assessments
    foot = {row.key: row for row in grid_foot(grid, foot_figures(grid), score_figures(grid))}
    for (subject, row), (count, share) in figures.items():
        if row is not SummaryRow.NOT_ON_TRACK:
            kind = "rwm" if subject == "RWM" else "tracking"
            cell = foot[row.value].cells[f"{assessment.id}:{kind}:{subject}"]
            assert cell.text == f"{count} ({share}\u202f%)"
            assert f": {count} of 11, {share}\u202f%" in cell.description
            assert cell.share == pytest.approx(count / 11)


def test_the_csv_of_the_grid_counts_up_to_the_summary_s_figures(head, selection, figures):
    content = grid_csv(head, grid_of(head, selection), selection)
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))
    for heading in rows[0]:
        subject = {subject.label: subject.value for subject in SUBJECTS}.get(
            heading.rpartition(" | ")[2]
        )
        for judgement in Judgement if subject else ():
            row = SummaryRow[judgement.name]
            found = sum(line[heading] == judgement.label for line in rows)
            assert found == figures[subject, row][0]


def test_the_command_line_s_csv_tells_the_summary_s_figures(
    sqlite_url, head, selection, figures, tmp_path
):
    out = tmp_path / "full.csv"
    arguments = ["report", "full", "--school", "999/2001", "--years", "4", "--year", "2025/2026"]
    result = CliRunner().invoke(
        main, [*arguments, "--out", str(out), "--database", sqlite_url], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8-sig"))))
    whole = {row["Subject"]: row for row in rows if row["Year group"] == "All"}
    assert len(whole) == len(subjects_in(figures))
    for (subject, row), (count, share) in figures.items():
        line = whole[subject_label(subject)]
        assert (line[row.label], line[f"{row.label} %"]) == (str(count), share)
    assert whole["Reading"]["On track and deeper mixed"] == "z"


def test_the_venn_pdf_tells_the_regions(head, selection):
    text = text_of(venn_pdf(head, selection, kind=None, region_names=["111"]))
    # on track in all three: OOD, DDD, ODO, OOO, DOD are 5 of 11, 45.5 %
    assert "On track in reading, writing and maths 5 45 %" in text
    assert "Not on track in reading, writing and maths 3 27 %" in text  # BBB, TTT, BTB
    assert "No data in reading, writing or maths 1 9 %" in text
    assert VennKind.NOT_ON_TRACK.label in text


def test_the_venn_page_its_pdf_its_workbook_and_the_command_line_tell_the_same(
    sqlite_url, head, selection, tmp_path
):
    query = {"years": "4", "subjects": "READ,SCIE"}
    context = PageContext(Page.VENN, head, query)
    view = venn.View(venn.open_model(context), context)
    model = view.model
    counts = counts_by_region(model.report)
    assert sum(counts.values()) == 11
    of = sum(counts.values())
    rows = {words_of_region(model.report, key): (n, of) for key, n in counts.items()}
    page = {cell_text(row["head"]): cell_text(row["cells"][0])
            for row in next(each(view.widget, FiguresTable)).spec["rows"]}  # fmt: skip
    assert page == {label: format_count_and_percentage(*pair) for label, pair in rows.items()}
    command = ["report", "venn", "--school", "999/2001", "--years", "4", "--year", "2025/2026"]
    command += ["--subject", "reading", "--subject", "science", "--database", sqlite_url]
    for name, more in (("v.pdf", ["--kind", "on-track"]), ("v.xlsx", ["--names", "all"])):
        out = str(tmp_path / name)
        result = CliRunner().invoke(main, [*command, *more, "--out", out], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    for text in (text_of(model.pdf()), text_of((tmp_path / "v.pdf").read_bytes())):
        for label, (count, _) in rows.items():
            share = round_half_away(Fraction(100 * count, of))
            assert f"{label} {count} {share} %" in text
    for content in (model.workbook(), (tmp_path / "v.xlsx").read_bytes()):
        sheet = openpyxl.load_workbook(BytesIO(content))["Regions"]
        held = {row[0]: row[1] for row in sheet.iter_rows(min_row=7, max_row=11, values_only=True)}
        assert held == {label: count for label, (count, _) in rows.items()}
