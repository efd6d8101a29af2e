"""The page, the PDF, the workbook and the command line tell the same transition matrix."""

import re
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from click.testing import CliRunner

from pupiltrack_core.access import Page, Role
from pupiltrack_core.cli import main
from pupiltrack_core.reports.notebook import open_transition
from pupiltrack_core.services.caller import Caller
from pupiltrack_portal.pages import transition
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from tests.builders import (
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.pages.browser import cells_of, each
from tests.pdf_reading import text_of

# (earlier, later) judgement in maths, one a pupil; the last is not included in the data
MARKS = ["TO", "TO", "TT", "OD", "DO", "BB", "-O", "B-", "--", "TT", "DB"]
NAMES = {"surname": "<b>*#table", "forenames": "=1+1"}
ARGUMENTS = ["report", "transition", "--school", "999/2001", "--years", "4", "--subject", "maths"]


@pytest.fixture
def school_id(sqlite_database):
    school = make_school(sqlite_database)
    points = [
        make_assessment(sqlite_database, school, name="Baseline", held_on=date(YEAR, 10, 1)),
        make_assessment(sqlite_database, school, name="Autumn"),
    ]
    for number, marks in enumerate(MARKS):
        included = number < len(MARKS) - 1
        pupil = make_pupil(sqlite_database, school, pupil=NAMES, include_in_data=included)
        for point, mark in zip(points, marks, strict=True):
            if mark != "-":
                make_judgements(sqlite_database, point, {pupil: {"MATH": mark}})
    return school


def page_of(database, school_id):
    user = make_user(database, Role.HEAD, school_id=school_id)
    caller = Caller.for_session(database, make_session(database, user))
    context = PageContext(Page.TRANSITION, caller, {"years": "4", "subject": "MATH"})
    view = transition.View(transition.open_model(context), context)
    matrix, movement = (cells_of(table) for table in each(view.widget, FiguresTable))
    return view, matrix, movement


def run(arguments, url):
    result = CliRunner().invoke(main, [*arguments, "--database", url], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_page_pdf_workbook_and_command_line_tell_the_same(
    sqlite_database, sqlite_url, school_id, tmp_path, monkeypatch
):
    view, matrix, movement = page_of(sqlite_database, school_id)
    # of the four who were Towards, two are On track
    assert matrix["Towards"] == ["0", "2 (50\u202f%) =", "2 (50\u202f%) ▲", "0", "0", "4"]
    printed = text_of(view.model.pdf(include_names=True))
    run([*ARGUMENTS, "--names", "--out", str(tmp_path / "t.pdf")], sqlite_url)
    by_command = text_of((tmp_path / "t.pdf").read_bytes())
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    html = open_transition("999/2001", years="4", subject="maths").to_html()
    for label, cells in matrix.items():
        words = re.sub(r"\s+", " ", " ".join([label, *cells]))
        assert words in printed
        assert words in by_command
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        assert f'<th scope="row">{label}</th>{row}' in html
    for label, cells in movement.items():
        assert re.sub(r"\s+", " ", " ".join([label, *cells])) in printed
    assert "<b>*#table, =1+1" in printed

    run([*ARGUMENTS, "--names", "--out", str(tmp_path / "t.xlsx")], sqlite_url)
    for content in (view.model.workbook(), (tmp_path / "t.xlsx").read_bytes()):
        book = openpyxl.load_workbook(BytesIO(content))
        sheet = book["Matrix"]
        lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=7, max_row=12)]
        assert [line[0] for line in lines] == list(matrix)
        for line in lines:
            assert line[1:7] == [int(re.match(r"\d+", text)[0]) for text in matrix[line[0]]]
        values = {row[0].value: row[1:4] for row in sheet.iter_rows(min_row=13)}
        for label, (words, of) in movement.items():
            count, share, whole = (cell.value for cell in values[label])
            assert f"{count} ({round(share * 100)}\u202f%)" == words
            assert whole == int(of)
        pupils = book["Pupils"]
        assert pupils.max_row == 6 + len(MARKS) - 1
        assert pupils["A7"].value == "<b>*#table, =1+1"
        assert pupils["A7"].data_type == "s"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--from", "Spring"], "There is no such point"),
        (["--from", "Autumn", "--to", "Baseline"], "is not before"),
        (["--subject", "Latin"], "no such subject"),
        (["--from", "gld", "--to", "ks1", "--subject", "GPS"], "not assessed at both"),
    ],
)
def test_command_line_says_what_cannot_be_compared(sqlite_url, school_id, tmp_path, more, words):
    out = tmp_path / "t.pdf"
    arguments = [*ARGUMENTS, *more, "--out", str(out), "--database", sqlite_url]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert words in re.sub(r"\s+", " ", result.output)
    assert not out.exists()
