"""The report notebooks, run by nbconvert as an analyst runs them."""

import os
import sys
from pathlib import Path
from subprocess import run

import nbformat
import pytest

from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import NotFound
from pupiltrack_core.reports.notebook import open_full_report, open_venn
from tests.builders import make_assessment, make_judgements, make_pupil, make_school
from tests.pdf_reading import read, text_of

NOTEBOOKS = Path(__file__).parents[3] / "notebooks" / "reports"


# Words of each report that only its figures bring about.
WORDS = {
    "full_report": "1 (100 %)",
    "matrix": "Layer 2: Year 4, 2025/2026, Autumn, Sex: Female",
    "venn": "On track in reading, writing and maths 1 100 %",
    "transition": "No data at the earlier point 1 (100 %) 1",
}


def test_report_notebooks_become_pdfs(sqlite_database, sqlite_url, tmp_path):
    school_id = make_school(sqlite_database)
    assessment = make_assessment(sqlite_database, school_id)
    pupil = make_pupil(sqlite_database, school_id)
    make_judgements(sqlite_database, assessment, {pupil: dict.fromkeys(CORE_SUBJECTS, "O")})
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "pupiltrack-pdf"]
    done = run(
        [*command, "--output-dir", str(tmp_path)]
        + [str(NOTEBOOKS / f"{name}.ipynb") for name in WORDS],
        env=os.environ | {"PUPILTRACK_DATABASE_URL": sqlite_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, words in WORDS.items():
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        assert words in text_of(pdf), name
        assert "Printed by Operator" in text_of(pdf)
        assert read(pdf).trailer["/Root"]["/Lang"] == "en-GB"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_report_notebook_is_thin_and_holds_no_output(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) <= 3
    assert not any(cell.outputs or cell.execution_count for cell in code)
    lines = [line for cell in code for line in cell.source.splitlines() if line.strip()]
    assert len(lines) <= 15


def add_pupil(database, judgement="O"):
    school_id = make_school(database)
    pupil = make_pupil(database, school_id)
    assessment = make_assessment(database, school_id)
    make_judgements(database, assessment, {pupil: dict.fromkeys(CORE_SUBJECTS, judgement)})


def test_open_full_report_shows_a_cohort_of_the_configured_database(
    sqlite_database, sqlite_url, monkeypatch
):
    add_pupil(sqlite_database)
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    counted = open_full_report("999/2001", years="4")
    named = open_full_report("999/2001", years="4", include_names=True)
    assert "<td>1 (100\u202f%)</td>" in counted.to_html()
    assert "Surname" not in counted.to_html()
    assert "Surname" in named.to_html()


def test_open_venn_shows_both_diagrams_of_the_configured_database(
    sqlite_database, sqlite_url, monkeypatch
):
    add_pupil(sqlite_database)
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    html = open_venn("999/2001", region_names=["111"]).to_html()
    assert 'id="on-track-region-111"' in html
    assert 'id="not-on-track-region-111"' in html
    assert "Surname" in html


def test_open_full_report_of_a_school_without_pupils_says_so(
    sqlite_database, sqlite_url, monkeypatch
):
    make_school(sqlite_database)
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", sqlite_url)
    with pytest.raises(NotFound, match="no pupils"):
        open_full_report("999/2001")
