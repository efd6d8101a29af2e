"""The page, the PDF, the workbook and the command line tell the same transition matrix."""

import re
from datetime import date
from io import BytesIO

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from pupiltrack_core import open_portal
from pupiltrack_core.access import Page, Role
from pupiltrack_core.cli import main
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.reports.notebook import open_transition
from pupiltrack_core.reports.transition import matrix_table
from pupiltrack_core.services.caller import Caller
from pupiltrack_portal.pages import transition
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from tests.builders import (
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_pupils,
    make_school,
    make_session,
    make_user,
)
from tests.drawn_charts import charts_of
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
    for content in (view.model.workbook(include_names=True), (tmp_path / "t.xlsx").read_bytes()):
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
        (drawn,) = charts_of(sheet)
        fell, stayed, rose = (dict(drawn[word])["Towards"] for word in ("Fell", "Stayed", "Rose"))
        assert (fell, stayed, rose) == (0, 2, 2)
        assert dict(drawn["No data at one of the points"])["No data"] == 2  # "-O" and "--"
        whole = [sum(count for _, count in part) for part in drawn.values()]
        assert whole[:3] == [int(words.split()[0]) for words, _ in list(movement.values())[:3]]
        assert sum(whole) == len(MARKS) - 1
        pupils = book["Pupils"]
        assert pupils.max_row == 6 + len(MARKS) - 1
        assert pupils["A7"].value == "<b>*#table, =1+1"
        assert pupils["A7"].data_type == "s"


def test_page_pdf_workbook_frame_and_command_line_withhold_the_same_of_several_schools(
    sqlite_database, sqlite_url, school_id, tmp_path, monkeypatch
):
    # Of 23 pupils more 12 went from Towards to On track, 11 from On track to Towards.
    points = [
        make_assessment(sqlite_database, school_id, name=name, held_on=day, year_groups=(3,))
        for name, day in (("Winter", date(YEAR, 12, 1)), ("Lent", date(YEAR + 1, 3, 1)))
    ]
    pupils = make_pupils(sqlite_database, school_id, 23, year_group=3)
    for point, (first, rest) in zip(points, ("TO", "OT"), strict=True):
        marks = {pupil: {"MATH": first} for pupil in pupils[:12]}
        marks |= {pupil: {"MATH": rest} for pupil in pupils[12:]}
        make_judgements(sqlite_database, point, marks)
    user = make_user(
        sqlite_database, Role.LA_ADVISER, local_authority_id=make_authority(sqlite_database)
    )
    caller = Caller.for_session(sqlite_database, make_session(sqlite_database, user))
    query = {"school": "all", "years": "ks2", "subject": "MATH"}
    model = transition.open_model(PageContext(Page.TRANSITION, caller, query))
    # Year 4 stands at the autumn's assessment, so that nothing is earlier: B 1, T 2, O 4, D 1, - 2.
    printed = text_of(model.pdf(publish=True))
    arguments = ["report", "transition", "--authority", "999", "--years", "ks2", "--subject",
                 "maths", "--from", "Autumn term", "--publish"]  # fmt: skip
    run([*arguments, "--out", str(tmp_path / "t.pdf")], sqlite_url)
    run([*arguments, "--out", str(tmp_path / "t.xlsx")], sqlite_url)
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    told = matrix_table(model.report.to_publish())
    rows = {label: cells for label, *cells in told.rows}
    assert rows["Below"] == ["0"] * 6
    assert rows["No data"] == ["c", "c", "c", "c", "c", "10"]
    by_command = text_of((tmp_path / "t.pdf").read_bytes())
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["Matrix"]
    lines = [[cell.value for cell in row[:7]] for row in sheet.iter_rows(min_row=7, max_row=12)]
    for (label, cells), line in zip(rows.items(), lines, strict=True):
        words = re.sub(r"\s+", " ", " ".join([label, *cells]))
        assert words in printed
        assert words in by_command
        values = ["c" if text == "c" else int(re.match(r"\d+", text)[0]) for text in cells]
        assert line == [label, *values]
    for page in (printed, by_command):
        assert '"c" stands where a figure is withheld' in page
    portal = open_portal()
    asked = {"authority": "999", "years": "ks2", "subject": "maths", "earlier": "autumn:2025"}
    cells = portal.transition(**asked, publish=True)
    assert cells["pupils"].fillna(-1).tolist() == [
        -1 if count is pd.NA else count for count in model.report.to_publish().cells["pupils"]
    ]
    assert portal.transition(**asked)["pupils"].sum() == 33
    moved = portal.movement(**asked, publish=True)["count"]
    assert [None if pd.isna(count) else count for count in moved[:3]] == list(
        model.report.to_publish().figures.counts.values()
    )
    with pytest.raises(AccessDenied, match="one school"):
        portal.moves(None, **asked)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--from", "Spring"], "There is no such point"),
        (["--names", "--publish"], "do not go together"),
        (["--authority", "999"], "Name a school"),
        (["--district", "North"], "go with --authority"),
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
