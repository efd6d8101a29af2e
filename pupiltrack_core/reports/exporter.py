"""The nbconvert exporter: `jupyter nbconvert --execute --to pupiltrack-pdf NOTEBOOK`.

It runs nothing itself and reads no HTML: it takes the report objects out of the notebook's outputs
and hands them to the typesetter that the portal uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from pupiltrack_core.errors import PupilTrackError
from pupiltrack_core.reports.documents import REPORT_MEDIA_TYPE
from pupiltrack_core.reports.typesetter import typeset


class NoReportInNotebook(PupilTrackError):
    """The notebook's outputs hold no report; the text says what to do."""


class PupilTrackPDFExporter(Exporter):
    """Turns the reports among a notebook's outputs into one tagged PDF."""

    export_from_notebook = "PupilTrack report (PDF)"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]  # bytes, as every exporter of files
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the PDF and nbconvert's resources.

        Raise `NoReportInNotebook` when no cell put out a report, which is so for a notebook that
        has not been run, and `TypesettingFailed` as `typeset` does.
        """
        notebook, held = super().from_notebook_node(nb, resources, **options)
        reports = list(reports_in(notebook))
        if not reports:
            raise NoReportInNotebook(
                "No cell of this notebook shows a report. Run it with --execute, and let its last "
                "line be the report."
            )
        held["output_extension"] = ".pdf"
        return typeset(joined(reports)), held


def reports_in(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    """Yield the JSON of each report among the outputs of the code cells, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()) if cell.cell_type == "code" else ():
            report = output.get("data", {}).get(REPORT_MEDIA_TYPE)
            if report is not None:
                yield report


def joined(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one document of several: the first, then each other on a page of its own."""
    first = reports[0]
    blocks = list(first["blocks"])
    for report in reports[1:]:
        blocks.append(
            {
                "type": "heading",
                "level": 2,
                "text": f"{report['title']}: {report['place']}",
                "starts_page": True,
            }
        )
        blocks.append({"type": "paragraph", "text": report["description"], "is_notice": False})
        blocks.extend(report["blocks"])
    names = any(report["contains_names"] for report in reports)
    return {**first, "blocks": blocks, "contains_names": names}
