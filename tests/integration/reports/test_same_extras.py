"""The page, the PDF, the workbook and the command line tell the same comparison and groups."""

import re
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from click.testing import CliRunner

from pupiltrack_core.access import Page, Role
from pupiltrack_core.cli import main
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE, format_count_and_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.reports.notebook import open_full_report
from pupiltrack_core.services.caller import Caller
from pupiltrack_portal.pages import full_report
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
from tests.integration.pages.browser import text_of as cell_text
from tests.pdf_reading import text_of

# (sex, baseline, autumn) of reading, writing, maths and, in the autumn alone, science
PUPILS = [
    ("F", "TTT", "OTOO"), ("F", "OOO", "DOO-"), ("M", "---", "BBBB"), ("M", "TBT", "OTTO"),
    ("M", "OOO", "TOOO"), ("F", "DDD", "DDDD"),
]  # fmt: skip
SUBJECTS = (*CORE_SUBJECTS, Subject.SCIENCE)
LABELS = ("Reading", "Writing", "Maths", "Reading, writing and maths", "Science")
ARGUMENTS = ["report", "full", "--school", "999/2001", "--years", "4", "--compare", "previous"]


@pytest.fixture
def school_id(sqlite_database):
    school = make_school(sqlite_database)
    baseline = make_assessment(sqlite_database, school, name="Baseline", held_on=date(YEAR, 10, 1))
    autumn = make_assessment(sqlite_database, school, subjects=SUBJECTS)
    for sex, before, after in PUPILS:
        pupil = make_pupil(sqlite_database, school, pupil={"sex": sex})
        for point, marks in ((baseline, before), (autumn, after)):
            given = {s: m for s, m in zip(SUBJECTS, marks, strict=False) if m != "-"}
            make_judgements(sqlite_database, point, {pupil: given})
    return school


def page_of(database, school_id):
    user = make_user(database, Role.HEAD, school_id=school_id)
    caller = Caller.for_session(database, make_session(database, user))
    query = {"years": "4", "compare": "previous", "group": "sex"}
    context = PageContext(Page.FULL_REPORT, caller, query)
    view = full_report.View(full_report.open_model(context), context)
    figures, groups = each(view.widget, FiguresTable)
    return view.model, figures.spec["rows"], groups.spec["rows"]


def test_page_pdf_workbook_and_command_line_tell_the_same(
    sqlite_database, sqlite_url, school_id, tmp_path, monkeypatch
):
    model, figures, groups = page_of(sqlite_database, school_id)
    figures = dict(zip(LABELS, figures, strict=True))
    # reading: 4 of 6 on track or deeper, 3 of 6 at the baseline; RWM 2 of 6, 3 before
    notes = {label: [c if isinstance(c, str) else c.get("note", "") for c in row["cells"]]
             for label, row in figures.items()}  # fmt: skip
    assert notes["Reading"][5] == "▲ was 3 (50\u202f%)"
    assert notes["Reading, writing and maths"][5] == "▼ was 3 (50\u202f%)"
    assert not any(notes["Science"])  # not assessed then

    # girls: 3 of 3 on track or deeper in reading; boys 1 of 3: a gap of 66.7 points, 2 of 3 girls
    cells = {cell_text(row["head"]): [cell_text(c) for c in row["cells"]] for row in groups}
    assert cells["Reading"] == [
        "3 (100\u202f%) of 3", "1 (33\u202f%) of 3", "+67 pts", "+2 pupils",
    ]  # fmt: skip

    out = {suffix: tmp_path / f"full.{suffix}" for suffix in ("pdf", "xlsx")}
    for path in out.values():
        arguments = [*ARGUMENTS, "--group", "sex", "--out", str(path), "--database", sqlite_url]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    html = open_full_report("999/2001", years="4", compare="previous", group="sex").to_html()
    printed = [text_of(model.pdf()), text_of(out["pdf"].read_bytes())]
    for label, row in cells.items():
        assert f'<th scope="row">{label}</th>' + "".join(f"<td>{c}</td>" for c in row) in html
        for text in printed:
            assert re.sub(r"\s+", " ", " ".join([label, *row])) in text
    for label in LABELS:
        then = [note.replace("was ", "") or NOT_APPLICABLE for note in notes[label][:-1]]
        row = "".join(f"<td>{words}</td>" for words in then)
        assert f'<th scope="row">{label}</th>{row}' in html
        for text in printed:
            assert all(re.sub(r"\s+", " ", words) in text for words in then)

    for content in (model.workbook(), out["xlsx"].read_bytes()):
        book = openpyxl.load_workbook(BytesIO(content))
        assert len(book["Figures"]._charts) == 1
        compared = [[cell.value for cell in row] for row in book["Compared"].iter_rows(min_row=7)]
        by_row = {(row[0], row[1]): row[2:] for row in compared}
        for label, row in figures.items():
            for place, outcome in enumerate(SummaryRow):
                cell = row["cells"][place]
                if cell_text(cell) == NOT_APPLICABLE:
                    continue
                now, share, of, was, share_then, _, _ = by_row[label, outcome.label]
                assert format_count_and_percentage(now, of) == cell_text(cell)
                assert share == pytest.approx(now / of)
                told = f"was {was} ({round(share_then * 100)}\u202f%)" if was != "–" else ""
                assert notes[label][place].endswith(told)
        by_group = [[cell.value for cell in row] for row in book["By group"].iter_rows(min_row=7)]
        values = {row[0]: row for row in by_group if row[1] == "On track or deeper"}
        for label, (first, second, points, pupils) in cells.items():
            row = values[label]
            assert f"{format_count_and_percentage(row[2], row[4])} of {row[4]}" == first
            assert f"{format_count_and_percentage(row[5], row[7])} of {row[7]}" == second
            assert int(re.sub(r"[^\d]", "", points)) == abs(round(row[8] * 100))
            assert row[9] == (0 if pupils == "in line" else int(re.search(r"\d+", pupils)[0]))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--group", "height", "--out", "x.pdf"], "There are no such groups"),
        (["--out", "x.csv"], "go with PDF and Excel"),
        (["--district", "North", "--out", "x.pdf"], "go with --authority"),
    ],
)
def test_command_line_says_what_it_cannot_show(more, words):
    result = CliRunner().invoke(main, [*ARGUMENTS, *more])
    assert result.exit_code != 0
    assert words in re.sub(r"\s+", " ", result.output)
