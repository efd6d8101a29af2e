"""The page, the PDF, the workbook and the command line tell the matrix's figures alike."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from pupiltrack_core.access import Page, Role
from pupiltrack_core.cli import main
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import round_half_away
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, subject_label
from pupiltrack_core.reports.matrix_words import ROWS
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.pages import matrix
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
from tests.integration.pages.browser import each
from tests.pdf_reading import text_of

PRIMARY = ["OOO", "OTB", "BBB", "---", "DDD", "ODO", "TTT"]
LAYER = ["DDD", "OOT", "O--"]
SUBJECTS = (*(subject.value for subject in CORE_SUBJECTS), RWM)
Told = dict[tuple[int, str, str], tuple[int, int, int | None]]


@pytest.fixture
def school_id(sqlite_database: Database) -> int:
    school_id = make_school(sqlite_database)
    for year, group, marks in ((YEAR, 4, PRIMARY), (YEAR - 1, 3, LAYER)):
        assessment = make_assessment(
            sqlite_database, school_id, academic_year=year, year_groups=[group]
        )
        for given in marks:
            pupil = make_pupil(sqlite_database, school_id, academic_year=year, year_group=group)
            cells = {s: m for s, m in zip(CORE_SUBJECTS, given, strict=True) if m != "-"}
            make_judgements(sqlite_database, assessment, {pupil: cells})
    return school_id


@pytest.fixture
def head(sqlite_database: Database, school_id: int) -> Caller:
    user = make_user(sqlite_database, Role.HEAD, school_id=school_id)
    return Caller.for_session(sqlite_database, make_session(sqlite_database, user))


@pytest.fixture
def figures(head: Caller, school_id: int) -> Told:
    """Count, whole percentage and difference in pupils of each figure, from the full reports."""
    told: Told = {}
    counts: dict[tuple[int, str, str], int] = {}
    sets = ((YEAR, 4), (YEAR - 1, 3))
    for number, (year, group) in enumerate(sets):
        selection = CohortSelection(academic_year=year, school_id=school_id, years=group)
        for line in full_report(head, selection).summary.to_dict("records"):
            for row in ROWS:
                key = (number, str(line["subject"]), row.value)
                counts[key] = int(line[row.value])
                share = int(round_half_away(counts[key] * 100 / int(line["pupils"])))
                base = counts[(0, *key[1:])]
                told[key] = (counts[key], share, counts[key] - base if number else None)
    return told


def words(figures: Told, number: int, subject: str, row: SummaryRow) -> str:
    count, share, _ = figures[number, subject, row.value]
    return f"{count} ({share}\u202f%)"


def pupils_in(note: str) -> int:
    """The difference in pupils that a note says, in words: "+5 pts, +3 pupils"."""
    if note == "no difference":
        return 0
    return int(note.split(", ")[1].split()[0].replace("\u2212", "-"))


def test_page_pdf_workbook_and_command_line_tell_the_same_matrix(
    sqlite_url: str, head: Caller, figures: Told, tmp_path: Path
) -> None:
    view = matrix.View(*_opened(head))
    model = view.model
    model.add(CohortSelection(YEAR - 1, school_id=model.choice.school_id(), years=3))
    view._draw()
    _check_page(view, figures)
    _check_pdf(model.pdf(), figures)
    _check_workbook(model.workbook(), figures)
    arguments = ["report", "matrix", "--school", "999/2001", "--year", "2025/2026", "--years", "4"]
    arguments += ["--layer", "year=2024/2025; years=3", "--database", sqlite_url]
    for name, check in (("m.pdf", _check_pdf), ("m.xlsx", _check_workbook)):
        out = tmp_path / name
        result = CliRunner().invoke(main, [*arguments, "--out", str(out)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        check(out.read_bytes(), figures)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--layer", "height=3"], "There is no filter"),
        (["--layer", "years"], "is not understood"),
        (["--authority", "999"], "Name a school or an authority"),
        (["--layer", "authority=999; class=Elm"], "goes with a school"),
        (["--layer", "district=North"], "goes with an authority"),
        (["--layer", "school=999/2999"], "no such school"),
        (["--filter", "sex=X"], "has no such choice"),
    ],
)
def test_command_line_says_what_is_wrong_with_a_data_set(
    sqlite_url: str, school_id: int, tmp_path: Path, more: list[str], words: str
) -> None:
    out = tmp_path / "m.pdf"
    arguments = ["report", "matrix", "--school", "999/2001", *more, "--database", sqlite_url]
    result = CliRunner().invoke(main, [*arguments, "--out", str(out)])
    assert (result.exit_code, words in result.output) == (1, True), result.output
    assert not out.exists()
    assert school_id


def test_command_line_compares_with_an_authority_and_withholds_for_others(
    sqlite_url: str, school_id: int, tmp_path: Path
) -> None:
    out = tmp_path / "m.xlsx"
    arguments = ["report", "matrix", "--school", "999/2001", "--layer", "authority=999"]
    arguments += ["--publish", "--database", sqlite_url, "--out", str(out)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    sheet = openpyxl.load_workbook(out)["Reading"]
    assert {sheet.cell(row, 2).value for row in (7, 8)} == {"c"}
    assert school_id


def _opened(head: Caller) -> tuple[Any, PageContext]:
    context = PageContext(Page.MATRIX, head, {"years": "4"})
    return matrix.open_model(context), context


def _check_page(view: matrix.View, figures: Told) -> None:
    tables = [
        table.spec
        for table in each(view.widget, FiguresTable)
        if table.spec["rowHeading"] == "Outcome"
    ]
    assert len(tables) == 2
    for number, spec in enumerate(tables):
        rows = {row["key"]: row["cells"] for row in spec["rows"]}
        for place, subject in enumerate(SUBJECTS):
            for row in ROWS:
                cell = rows[row.value][place]
                cell = {"text": cell} if isinstance(cell, str) else cell
                assert cell["text"] == words(figures, number, subject, row)
                if number:
                    assert pupils_in(cell["note"]) == figures[number, subject, row.value][2]


def _check_pdf(content: bytes, figures: Told) -> None:
    text = text_of(content)
    for row in ROWS:
        cells = " ".join(words(figures, 0, subject, row) for subject in SUBJECTS)
        assert re.sub(r"\s+", " ", f"{row.label} {cells}") in text
        for subject in SUBJECTS:
            assert re.sub(r"\s+", " ", words(figures, 1, subject, row)) in text


def _check_workbook(content: bytes, figures: Told) -> None:
    workbook = openpyxl.load_workbook(BytesIO(content))
    lines = list(workbook["Figures"].iter_rows(min_row=7, max_col=10, values_only=True))
    checked = 0
    for line in lines:
        if line[3] is None:
            continue
        number = 0 if line[0] == "Primary set" else 1
        subject = next(code for code in SUBJECTS if subject_label(code) == line[3])
        row = next(row for row in ROWS if row.label == line[4])
        count, share, moved = figures[number, subject, row.value]
        assert (line[5], int(round_half_away(line[6] * 100)), line[9]) == (count, share, moved)
        sheet = workbook["All three" if subject == RWM else subject_label(subject)]
        assert sheet.cell(7 + number, 2 + ROWS.index(row)).value == count
        checked += 1
    assert checked == 2 * len(SUBJECTS) * len(ROWS)
