"""Full report: numbers and percentages by subject and judgement, and the pupils behind each."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.comparison_words import (
    HOW_COMPARED,
    HOW_GAPS_COUNT,
    change_words,
    then_line,
)
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    Line,
    figure_of,
    figure_words,
    is_withheld,
)
from pupiltrack_core.reports.full_report_workbook import full_report_workbook
from pupiltrack_core.reports.pack import Audience, pack_pdf
from pupiltrack_core.reports.pdf import full_report_pdf
from pupiltrack_core.reports.report_extras import NOTHING_BEFORE
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.services.report_extras import (
    NOTHING_WANTED,
    Extras,
    Wanted,
    report_extras,
)
from pupiltrack_core.services.report_groups import groupings_of, names_in_group
from pupiltrack_core.services.reports import FullReport, full_report, names_behind
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import LAST_COHORT, CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, XLSX, save_button
from pupiltrack_portal.pages.kept_selections import kept_selections
from pupiltrack_portal.pages.names_list import NamesList
from pupiltrack_portal.pages.outcome_figures import OutcomeFigures
from pupiltrack_portal.pages.report_more import (
    group_rows,
    more_fields,
    read_wanted,
    wanted_query,
)
from pupiltrack_portal.pages.report_notes import notes_of
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn
from pupiltrack_portal.widgets.form import Form, Submission

_POINTS, _PUPILS = "gap-points", "gap-pupils"


class FullReportModel(traitlets.HasTraits):
    """The cohort chosen, its report, what is shown beside it, and whose pupils are shown."""

    report = traitlets.Instance(FullReport, allow_none=True)
    extras = traitlets.Instance(Extras, args=(NOTHING_WANTED,))
    groupings = traitlets.Tuple()  # those the report can be shown by
    behind = traitlets.Tuple(default_value=())  # (subject, row), with a group's value, or nothing

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.choice = CohortChoice(context, with_authority=True, remembered_as=LAST_COHORT)
        self._wanted = read_wanted(context.query)
        self.refresh()

    def refresh(self) -> None:
        """Read the report of the chosen cohort; groups it cannot be shown by fall away."""
        self.behind = ()
        chosen = self.choice.selection
        self.report = None if chosen is None else full_report(self._caller, chosen)
        if self.report is None:
            return
        self.groupings = groupings_of(self._caller, self.report)
        if self._wanted.grouped_by not in {item.characteristic for item in self.groupings}:
            self._wanted = replace(self._wanted, grouped_by=None)
        self.want(self._wanted)

    def want(self, wanted: Wanted) -> None:
        """Show something else beside the figures; raises as `report_extras`."""
        if self.report is None:
            return
        self.extras = report_extras(self._caller, self.report, wanted)
        self.behind = ()
        self._wanted = wanted
        self.choice.beside = wanted_query(wanted)

    def toggle(self, subject: str, row: str, *group: str) -> None:
        """Show the pupils behind a figure; the same figure again hides them."""
        asked = (subject, SummaryRow(row), *group)
        self.behind = () if self.behind == asked else asked

    def names(self) -> pd.DataFrame | None:
        """Return the pupils behind the figure asked for, alphabetically; None when none is."""
        if not self.behind or self.report is None:
            return None
        subject, row, *group = self.behind
        if not group or self.extras.groups is None:
            return names_behind(self._caller, self.report, subject, row)
        grouping = self.extras.groups.grouping
        return names_in_group(
            self._caller, self.report, grouping, group[0], subject=subject, row=row
        )

    def pdf(self, *, include_names: bool = False) -> bytes:
        """Return the report on view as a PDF, the pupils behind each figure after it if asked."""
        return full_report_pdf(
            self._caller, self._on_view(), include_names=include_names, wanted=self._wanted
        )

    def workbook(self) -> bytes:
        """Return the report on view as a workbook, without names."""
        return full_report_workbook(self._caller, self._on_view(), wanted=self._wanted)

    def pack(self, audience: Audience) -> bytes:
        """Return the pack of the whole school on view as a PDF."""
        return pack_pdf(self._caller, self._on_view(), audience=audience)

    def _on_view(self) -> CohortSelection:
        if self.report is None:
            raise InvalidEntry("There is no report on view to save.", field="report")
        return self.report.selection


def open_model(context: PageContext) -> FullReportModel:
    """Return the state of the page for the cohort in its address."""
    return FullReportModel(context)


class View:
    """The filter bar, the table and chart, the pupils behind a figure, and the way to files."""

    def __init__(self, model: FullReportModel, context: PageContext) -> None:
        self.model = model
        self._bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        kept = kept_selections(context, self._bar, on_selected=self._on_selected)
        self._about = prose.Prose()
        self._more = Form(
            name="more", legend="Compare, and show by groups", buttons=(("show", "Show"),)
        )
        self._more.on_submit(context.guarded(self._on_more_submit))
        self._figures, self._groups = OutcomeFigures(), FiguresTable()
        self._figures.table.on_press(context.guarded(self._on_figure_press))
        self._groups.on_press(context.guarded(self._on_group_press))
        self._compared, self._counted = prose.Prose(), prose.Prose()
        self._names, self._group_names = NamesList(), NamesList()
        save = partial(save_button, context, school_id=model.choice.school_id)
        self._save_names = save("Save with names (PDF)", self._names_file)
        self._packs = [
            save(f"{audience.heading} (PDF)", partial(self._pack_file, audience))
            for audience in Audience
        ]
        files = ipywidgets.HBox(
            [
                save("Save as PDF", self._pdf_file),
                self._save_names,
                save("Save as Excel", self._workbook_file),
                *self._packs,
            ]
        )
        files.add_class("pt-actions")
        self._asking = ipywidgets.VBox([])
        self._by_group = ipywidgets.VBox([])
        self._by_group.add_class("pt-stack")
        self._shown = ipywidgets.VBox(
            [
                *(self._asking, files, self._compared, self._figures.widget, self._names.widget),
                *(self._figures.chart, self._by_group, self._group_names.widget),
            ]
        )
        self._shown.add_class("pt-stack")
        self.widget = ipywidgets.VBox(
            [context.notice, self._bar.widget, self._about, self._shown, kept.widget]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()

    def _on_more_submit(self, sent: Submission) -> None:
        self.model.want(read_wanted({key: str(value) for key, value in sent.answers.items()}))
        self._bar.redraw()
        self._draw()

    def _on_figure_press(self, subject: str, row: str) -> None:
        self.model.toggle(subject, row)
        self._draw_names()

    def _on_group_press(self, subject: str, group: str) -> None:
        self.model.toggle(subject, self.model.extras.wanted.row.value, group)
        self._draw_names()

    def _pdf_file(self) -> tuple[str, str, bytes]:
        return "full-report.pdf", PDF, self.model.pdf()

    def _names_file(self) -> tuple[str, str, bytes]:
        return "full-report-with-names.pdf", PDF, self.model.pdf(include_names=True)

    def _workbook_file(self) -> tuple[str, str, bytes]:
        return "full-report.xlsx", XLSX, self.model.workbook()

    def _pack_file(self, audience: Audience) -> tuple[str, str, bytes]:
        return f"{audience.value}-pack.pdf", PDF, self.model.pack(audience)

    def _draw(self) -> None:
        report, extras = self.model.report, self.model.extras
        has_cohort = report is not None and report.cohort is not None
        for button in (self._save_names, *self._packs):
            button.enabled = has_cohort
        if report is None:
            self._about.show(prose.text("There is no school to report on yet."))
            return
        withheld = [prose.small(HOW_WITHHELD)] if is_withheld(report.summary) else []
        self._about.show(*notes_of(report), *withheld)
        fields = more_fields(report, self.model.groupings, extras.wanted)
        self._more.show(fields)
        self._asking.children = (self._more,) if fields else ()
        self._compared.show(*_comparison_notes(extras))
        self._figures.show(
            report.summary,
            partial(_compared, report, extras),
            description=report.description,
            labels=report.labels,
            wording=report.wording,
            has_room=extras.comparison is None,  # its lines make the columns wider
        )
        self._draw_groups(report, extras)
        self._draw_names()

    def _draw_groups(self, report: FullReport, extras: Extras) -> None:
        if extras.groups is None:
            self._by_group.children = ()
            return
        grouping, row = extras.groups.grouping, extras.wanted.row
        self._groups.show(
            caption=f"By group: {grouping.label}. {report.wording.row_label(row)}",
            row_heading="Subject",
            columns=(
                *(
                    TableColumn(group.value, group.label, numeric=True)
                    for group in extras.groups.shown
                ),
                TableColumn(_POINTS, "Gap in points", numeric=True),
                TableColumn(_PUPILS, "Gap in pupils", numeric=True),
            ),
            rows=group_rows(report, extras.groups, row),
        )
        self._counted.show(prose.small(HOW_GAPS_COUNT))
        self._by_group.children = (self._groups, self._counted)

    def _draw_names(self) -> None:
        model = self.model
        names, report = model.names(), model.report
        self._figures.table.mark_pressed("", "")
        self._groups.mark_pressed("", "")
        self._names.clear()
        self._group_names.clear()
        if names is None or report is None:
            return
        subject, row, *group = model.behind
        place = self._group_names if group else self._names
        what = f"{subject_label(subject, report.labels)}: {report.wording.row_label(row)}"
        if group and model.extras.groups is not None:
            self._groups.mark_pressed(subject, group[0])
            shown = {item.value: item.label for item in model.extras.groups.grouping.groups}
            what = f"{what}, {shown[group[0]]}"
        else:
            self._figures.table.mark_pressed(subject, row.value)
        place.show(what, names, labels=report.labels, wording=report.wording)


def _comparison_notes(extras: Extras) -> list[dict[str, Any]]:
    if extras.comparison is not None:
        return [prose.text(extras.comparison.sentence), prose.small(HOW_COMPARED)]
    return [prose.text(NOTHING_BEFORE)] if extras.nothing_before else []


def _compared(report: FullReport, extras: Extras, line: Line, row: SummaryRow) -> TableCell:
    cell = _cell(report, line, row)
    then = then_line(extras.comparison, str(line[tallies.SUBJECT]))
    words = change_words(line, then, row)
    # The thin bar under the text would run through the line of the comparison.
    return replace(cell, note=words, share=None) if words else cell


def _cell(report: FullReport, line: Line, row: SummaryRow) -> TableCell:
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
