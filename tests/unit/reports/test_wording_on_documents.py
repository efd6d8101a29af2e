"""A school's own words for the judgements on what it takes out, with the standard ones beside."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import openpyxl

from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.reports.cell_colours import COLOURS
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.grid_csv import write_grid_csv
from pupiltrack_core.reports.grid_sheet import grid_sheet
from pupiltrack_core.reports.html import document_html
from pupiltrack_core.reports.venn import venn_document
from pupiltrack_core.reports.workbooks import write_grid_workbook
from tests.grid_frames import PLAIN, make_grid
from tests.report_frames import PRINTED, make_cohort, make_report, make_venn

PUPILS = [("Abara, Ada", "BOO"), ("Blom, Bo", "DDD")]
WORDING = JudgementWording(
    {Judgement.BELOW: "Working <below>", Judgement.ON_TRACK: "Secure"},
    {Judgement.BELOW: "amber", Judgement.DEEPER: "purple"},
)
LEGEND = "Words of this school: “Working <below>” is Below (B); “Secure” is On track (O)."
TEXTS = {"school_name": "Hillside", "description": "Year 4"}


def test_full_report_is_in_the_schools_words() -> None:
    report = replace(make_report(make_cohort(PUPILS)), wording=WORDING)
    html = document_html(full_report_document(report, printed=PRINTED, include_names=True))
    assert '<th scope="col">Working &lt;below&gt;</th>' in html
    assert '<th scope="col">Secure or Deeper learning</th>' in html
    assert "Working &lt;below&gt;: 1" in html  # the list of names
    assert "Reading: Working &lt;below&gt; 1 (50" in html  # the chart in words
    assert "“Secure” is On track (O)" in html
    assert "<below>" not in html


def test_venn_report_is_in_the_schools_words() -> None:
    report = replace(make_venn(make_cohort(PUPILS)), wording=WORDING)
    made = venn_document([report], printed=PRINTED, region_names={"011"})
    html = document_html(made)
    assert "Secure: Secure or Deeper learning" in html
    assert "Secure in writing and maths only" in html
    assert "<td>Working &lt;below&gt;</td>" in html
    assert "On track in" not in html


def test_grid_sheet_and_workbook_have_words_colours_and_legend() -> None:
    grid = replace(make_grid(make_cohort(PUPILS), PLAIN), wording=WORDING)
    sheet = grid_sheet(grid, printed=PRINTED, **TEXTS)
    cells = sheet["strips"][0]["rows"][0]["cells"]
    assert [(cell["text"], cell["colour"]) for cell in cells[:2]] == [
        ("Working <below>", "amber"),
        ("Secure", ""),
    ]
    assert {"text": LEGEND, "is_notice": False} in sheet["notes"]
    assert "Secure" in {row["label"] for row in sheet["strips"][0]["foot"]}
    held = openpyxl.load_workbook(
        BytesIO(write_grid_workbook(grid, printed=PRINTED, **TEXTS))
    ).active
    assert held["E7"].value == "Working <below>"
    assert held["E7"].fill.start_color.rgb == f"FF{COLOURS['amber'][0][1:].upper()}"
    texts = [cell.value for row in held.iter_rows() for cell in row if cell.value]
    assert "Secure or Deeper learning: %" in texts
    assert LEGEND in texts


def test_csv_has_the_schools_words() -> None:
    grid = replace(make_grid(make_cohort(PUPILS), PLAIN), wording=WORDING)
    assert "Working <below>,Secure,Secure" in write_grid_csv(grid).decode("utf-8-sig")
