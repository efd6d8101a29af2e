"""The Venn report as an Excel workbook: its regions, and each pupil's region and outcomes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pupiltrack_core.calc.venn import region_of_each
from pupiltrack_core.charts.judgement_colours import JUDGEMENT_COLOURS
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.reports.documents import Printed
from pupiltrack_core.reports.figure_values import pupil_values, share_value
from pupiltrack_core.reports.figure_words import outcome_words
from pupiltrack_core.reports.figure_workbook import (
    Bars,
    FigureSheet,
    SheetTable,
    Value,
    WorkbookText,
    write_figure_workbook,
)
from pupiltrack_core.reports.full_report import notes_of
from pupiltrack_core.reports.letterhead import printed_for
from pupiltrack_core.reports.venn import (
    TITLE,
    counts_by_region,
    pupils_of_diagram,
    words_of_region,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import note_export
from pupiltrack_core.services.venn_reports import VENN_SUBJECTS, VennReport, venn_reports

_COLOURS = {
    VennKind.ON_TRACK: JUDGEMENT_COLOURS[Judgement.ON_TRACK],
    VennKind.NOT_ON_TRACK: JUDGEMENT_COLOURS[Judgement.TOWARDS],
}


def venn_workbook(
    caller: Caller,
    selection: CohortSelection,
    *,
    subjects: Sequence[str] = VENN_SUBJECTS,
    include_names: bool = False,
) -> bytes:
    """Return both diagrams' figures as an XLSX file, with the pupils of one school if asked.

    Raises as `reports.pdf.venn_pdf`. That it was taken out is in the audit before it is made.
    """
    what = "venn diagram as a workbook"
    note = note_export(caller, selection, what=what, with_names=include_names)
    reports = venn_reports(caller, selection, kinds=tuple(VennKind), subjects=subjects)
    printed = printed_for(caller, note, selection.school_id)
    return write_venn_workbook(reports, printed=printed, include_names=include_names)


def write_venn_workbook(
    reports: Sequence[VennReport], *, printed: Printed, include_names: bool = False
) -> bytes:
    """Return the XLSX file of the diagrams of one cohort; raise `AccessDenied` without names."""
    first = reports[0]
    tables = tuple(_regions(report) for report in reports)
    sheets = [FigureSheet("Regions", tables, tuple(note.text for note in notes_of(first)))]
    if include_names:
        sheets.append(FigureSheet("Pupils", (_pupils(reports, pupils_of_diagram(first)),)))
    text = WorkbookText(TITLE, first.school_name, first.description, printed, include_names)
    return write_figure_workbook(text, sheets)


def _regions(report: VennReport) -> SheetTable:
    counts = counts_by_region(report)
    of = sum(counts.values())
    rows: list[tuple[Value, ...]] = [
        (words_of_region(report, region), count, share_value(count, of))
        for region, count in counts.items()
    ]
    return SheetTable(
        f"{report.wording.venn_label(report.kind)}: pupils in each part of the diagram",
        ("Part of the diagram", "Pupils", "Percentage"),
        (*rows, ("All pupils", of, share_value(of, of))),
        bars=Bars((1,), (_COLOURS[report.kind],), totals=1),
    )


def _pupils(reports: Sequence[VennReport], pupils: pd.DataFrame) -> SheetTable:
    first = reports[0]
    regions = [
        [
            words_of_region(report, region)
            for region in region_of_each(pupils, kind=report.kind, subjects=report.subjects)
        ]
        for report in reports
    ]
    rows: list[tuple[Value, ...]] = []
    for place, line in enumerate(pupils.to_dict("records")):
        rows.append(
            (
                *pupil_values(line),
                *(outcome_words(line.get(code), first.wording) for code in first.subjects),
                *(words[place] for words in regions),
            )
        )
    heads = (report.wording.venn_label(report.kind) for report in reports)
    head = ("Pupil", "Year", "Class", *first.circles, *heads)
    return SheetTable("The pupils of the diagram", head, tuple(rows), is_wide=True)
