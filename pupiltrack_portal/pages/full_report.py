"""Full report: numbers and percentages by subject and judgement, and the pupils behind each."""

from __future__ import annotations

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    figure_of,
    figure_words,
    is_withheld,
    pupils_words,
)
from pupiltrack_core.reports.pdf import full_report_pdf
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.services.reports import FullReport, full_report, names_behind
from pupiltrack_portal.pages.cell_text import Record, is_missing
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import LAST_COHORT, CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, file_maker
from pupiltrack_portal.pages.names_list import NamesList
from pupiltrack_portal.pages.report_notes import notes_of
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton

ROWS = tuple(SummaryRow)


class FullReportModel(traitlets.HasTraits):
    """The cohort chosen, its report, and the figure whose pupils are shown."""

    report = traitlets.Instance(FullReport, allow_none=True)
    behind = traitlets.Tuple(default_value=())  # (subject, row) or nothing

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.choice = CohortChoice(context, with_authority=True, remembered_as=LAST_COHORT)
        self.refresh()

    def refresh(self) -> None:
        """Read the report of the chosen cohort."""
        self.behind = ()
        chosen = self.choice.selection
        self.report = None if chosen is None else full_report(self._caller, chosen)

    def toggle(self, subject: str, row: str) -> None:
        """Show the pupils behind a figure; the same figure again hides them."""
        asked = (subject, SummaryRow(row))
        self.behind = () if self.behind == asked else asked

    def names(self) -> pd.DataFrame | None:
        """Return the pupils behind the figure asked for, alphabetically; None when none is."""
        if not self.behind or self.report is None:
            return None
        subject, row = self.behind
        return names_behind(self._caller, self.report, subject, row)

    def pdf(self, *, include_names: bool = False) -> bytes:
        """Return the report on view as a PDF, the pupils behind each figure after it if asked."""
        if self.report is None:
            raise InvalidEntry("There is no report on view to save.", field="report")
        return full_report_pdf(self._caller, self.report.selection, include_names=include_names)


def open_model(context: PageContext) -> FullReportModel:
    """Return the state of the page for the cohort in its address."""
    return FullReportModel(context)


class View:
    """The filter bar, the table, the pupils behind a figure, and the way to a PDF."""

    def __init__(self, model: FullReportModel, context: PageContext) -> None:
        self.model = model
        bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        self._about = prose.Prose()
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_figure_press))
        self._names = NamesList()
        save = FileButton("Save as PDF")
        save.on_make(file_maker(context, self._pdf_file, school_id=model.choice.school_id))
        self._save_names = FileButton("Save with names (PDF)")
        self._save_names.on_make(
            file_maker(context, self._names_file, school_id=model.choice.school_id)
        )
        files = ipywidgets.HBox([save, self._save_names])
        files.add_class("pt-actions")
        self.widget = ipywidgets.VBox(
            [context.notice, bar.widget, self._about, files, self._table, self._names.widget]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()

    def _on_figure_press(self, subject: str, row: str) -> None:
        self.model.toggle(subject, row)
        self._draw_names()

    def _pdf_file(self) -> tuple[str, str, bytes]:
        return "full-report.pdf", PDF, self.model.pdf()

    def _names_file(self) -> tuple[str, str, bytes]:
        return "full-report-with-names.pdf", PDF, self.model.pdf(include_names=True)

    def _draw(self) -> None:
        report = self.model.report
        self._save_names.enabled = report is not None and report.cohort is not None
        if report is None:
            self._about.show(prose.text("There is no school to report on yet."))
            return
        withheld = [prose.small(HOW_WITHHELD)] if is_withheld(report.summary) else []
        self._about.show(*notes_of(report), *withheld)
        wording = report.wording
        columns = [TableColumn(row.value, wording.row_label(row), numeric=True) for row in ROWS]
        columns.append(TableColumn("pupils", "Pupils", numeric=True))
        self._table.show(
            caption="Numbers and percentages of pupils by subject",
            row_heading="Subject",
            columns=columns,
            rows=[_row(line, report) for line in report.summary.to_dict("records")],
            empty="No subject has been assessed for these pupils.",
        )
        self._draw_names()

    def _draw_names(self) -> None:
        model = self.model
        names, report = model.names(), model.report
        if names is None or report is None:
            self._table.mark_pressed("", "")
            self._names.clear()
            return
        subject, row = model.behind
        self._table.mark_pressed(subject, row.value)
        what = f"{subject_label(subject, report.labels)}: {report.wording.row_label(row)}"
        self._names.show(what, names, labels=report.labels, wording=report.wording)


def _row(line: Record, report: FullReport) -> TableRow:
    cells = [_cell(line, report, row) for row in ROWS]
    label = subject_label(str(line[tallies.SUBJECT]), report.labels)
    of = line[summaries.PUPILS]
    pupils = TableCell(pupils_words(line), sort=None if is_missing(of) else int(str(of)))
    return TableRow(str(line[tallies.SUBJECT]), TableCell(label), (*cells, pupils))


def _cell(line: Record, report: FullReport, row: SummaryRow) -> TableCell:
    count, text = figure_of(line, row), figure_words(line, row)
    label = subject_label(str(line[tallies.SUBJECT]), report.labels)
    if count is None:
        return TableCell(text, sorts_last=True)
    share = percentage(count, int(str(line[summaries.PUPILS])))
    press = f"{text}, {label}, {report.wording.row_label(row)}: show the pupils"
    return TableCell(
        text,
        press=press if report.has_names and count else "",
        sort=count,
        share=None if share is None else float(share),
    )
