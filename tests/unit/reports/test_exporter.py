"""Tests of the nbconvert exporter on notebooks that have been run."""

import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pupiltrack_core.reports.exporter import NoReportInNotebook, PupilTrackPDFExporter
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.typesetter import typeset
from tests.pdf_reading import text_of
from tests.report_frames import PRINTED, make_cohort, make_report


def document(school_name="Hillside Primary School", **options):
    report = make_report(make_cohort(12), school_name=school_name)
    return full_report_document(report, printed=PRINTED, **options)


def run_notebook(*documents):
    cells = [new_markdown_cell("# A report")]
    for each in documents:
        cell = new_code_cell("report")
        cell.outputs = [new_output("execute_result", data=each._repr_mimebundle_())]
        cells.append(cell)
    notebook = new_notebook(cells=cells)
    # through text, as nbconvert reads it from a file
    return nbformat.reads(nbformat.writes(notebook), as_version=4)


def test_exporter_is_known_to_nbconvert_by_name():
    assert get_exporter("pupiltrack-pdf") is PupilTrackPDFExporter


def test_exporter_makes_the_same_pdf_as_the_portal():
    pdf, resources = PupilTrackPDFExporter().from_notebook_node(run_notebook(document()))
    assert pdf == typeset(document())
    assert resources["output_extension"] == ".pdf"


def test_exporter_joins_several_reports_into_one():
    notebook = run_notebook(document(), document("Valley School", include_names=True))
    pdf, _ = PupilTrackPDFExporter().from_notebook_node(notebook)
    text = text_of(pdf)
    assert "Full report: Valley School" in text
    assert "Contains personal data" in text


def test_exporter_of_a_notebook_that_was_not_run_says_what_to_do():
    notebook = new_notebook(cells=[new_code_cell("report")])
    with pytest.raises(NoReportInNotebook, match="--execute"):
        PupilTrackPDFExporter().from_notebook_node(notebook)
