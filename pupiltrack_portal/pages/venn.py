"""Venn diagrams of two or three subjects; each region shows its pupils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.calc.venn import PUPILS, REGION
from pupiltrack_core.charts.venn import plot_venn
from pupiltrack_core.domain.rounding import format_count_and_percentage, percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.domain.venn import SIZES, VennKind
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.pdf import venn_list_pdf, venn_pdf
from pupiltrack_core.reports.venn import EVERYONE, counts_by_region, words_of_region
from pupiltrack_core.reports.venn_workbook import venn_workbook
from pupiltrack_core.services.venn_reports import (
    VENN_SUBJECTS,
    VennReport,
    names_in_region,
    names_of_diagram,
    venn_report,
)
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import LAST_COHORT, CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, XLSX, save_button
from pupiltrack_portal.pages.kept_selections import kept_selections
from pupiltrack_portal.pages.names_list import NamesList
from pupiltrack_portal.pages.report_notes import notes_of
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.venn_diagram import VennDiagram

KIND, SUBJECTS = "kind", "subjects"
_CIRCLES = ("first", "second", "third")
_SHOW, _EVERYONE = ("show", "Show"), ("everyone", "List all pupils")


class VennModel(traitlets.HasTraits):
    """The cohort, the diagram and its subjects, and the region whose pupils are shown."""

    report = traitlets.Instance(VennReport, allow_none=True)
    kind = traitlets.UseEnum(VennKind, default_value=VennKind.ON_TRACK)
    subjects = traitlets.Tuple(default_value=VENN_SUBJECTS)
    region = traitlets.Unicode()
    lists_everyone = traitlets.Bool()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.choice = CohortChoice(context, with_authority=True, remembered_as=LAST_COHORT)
        self.kind, self.subjects = _asked(context.query)
        self.refresh()

    def refresh(self) -> None:
        """Read the report of the chosen cohort; subjects it does not have give way to the usual."""
        try:
            self.draw(self.kind, self.subjects)
        except InvalidEntry:
            self.draw(self.kind, VENN_SUBJECTS)

    def draw(self, kind: VennKind, subjects: Sequence[str]) -> None:
        """Show another diagram, or other subjects; raises as `venn_report`, and changes nothing."""
        chosen = self.choice.selection
        if chosen is None:
            self.report = None
            return
        self.report = venn_report(self._caller, chosen, kind=kind, subjects=subjects)
        self.kind, self.subjects = kind, self.report.subjects
        self.region, self.lists_everyone = "", False
        usual = self.subjects == VENN_SUBJECTS
        query = {} if kind is VennKind.ON_TRACK else {KIND: kind.value}
        self.choice.beside = query if usual else query | {SUBJECTS: ",".join(self.subjects)}

    def toggle(self, region: str) -> None:
        """Show the pupils of a region; the same region again hides them.

        Raises InvalidEntry for what is no region of the diagram on view.
        """
        if self.report is None or region not in set(self.report.regions[REGION]):
            raise InvalidEntry("There is no such part of the diagram.", field="region")
        self.region = "" if self.region == region else region
        self.lists_everyone = False

    def list_everyone(self) -> None:
        """Show all pupils of a diagram of one school in one list, or hide them again.

        Those of several schools are not offered; `names` refuses them.
        """
        self.region, self.lists_everyone = "", not self.lists_everyone

    def names(self) -> pd.DataFrame | None:
        """Return the pupils asked for, alphabetically; None when none are."""
        if self.report is None:
            return None
        if self.lists_everyone:
            return names_of_diagram(self._caller, self.report)
        return names_in_region(self._caller, self.report, self.region) if self.region else None

    def pdf(self) -> bytes:
        """Return the diagram, and the names of the region on view, as a PDF."""
        report = self._on_view()
        regions = (self.region,) if self.region and report.cohort is not None else ()
        return venn_pdf(
            self._caller,
            report.selection,
            kind=self.kind,
            region_names=regions,
            subjects=self.subjects,
        )

    def list_pdf(self) -> bytes:
        """Return the list on view by itself as a PDF; all pupils where none is on view."""
        report = self._on_view()
        return venn_list_pdf(self._caller, report, region=self.region)

    def workbook(self) -> bytes:
        """Return both diagrams as a workbook, with the pupils of one school."""
        report = self._on_view()
        return venn_workbook(
            self._caller,
            report.selection,
            subjects=self.subjects,
            include_names=report.cohort is not None,
        )

    def _on_view(self) -> VennReport:
        if self.report is None:
            raise InvalidEntry("There is no diagram on view to save.", field="report")
        return self.report


def open_model(context: PageContext) -> VennModel:
    """Return the state of the page for the cohort in its address."""
    return VennModel(context)


class View:
    """The filter bar, the diagram, its table, and the pupils of a region."""

    def __init__(self, model: VennModel, context: PageContext) -> None:
        self.model = model
        self._bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        kept = kept_selections(context, self._bar, on_selected=self._on_selected)
        self._kind = Form(name="diagram", legend="Which diagram", buttons=(_SHOW,))
        self._kind.on_submit(context.guarded(self._on_kind_submit))
        self._about = prose.Prose()
        self._diagram = VennDiagram()
        self._diagram.on_region(context.guarded(self._on_region_press))
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_row_press))
        self._names = NamesList()
        save = partial(save_button, context, school_id=model.choice.school_id)
        self._save_list = save("Save the list (PDF)", self._list_file)
        files = ipywidgets.HBox(
            [
                save("Save as PDF", self._pdf_file),
                self._save_list,
                save("Save as Excel", self._workbook_file),
            ]
        )
        files.add_class("pt-actions")
        pair = ipywidgets.HBox([self._diagram, self._table])
        pair.add_class("pt-pair")
        self.widget = ipywidgets.VBox(
            [
                *(context.notice, self._bar.widget, self._about, self._kind),
                *(files, pair, self._names.widget, kept.widget),
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()

    def _on_kind_submit(self, sent: Submission) -> None:
        if sent.button == _EVERYONE[0]:
            self.model.list_everyone()
            self._draw_names()
            return
        kind = str(sent.answers[KIND])
        chosen = [str(sent.answers[key]) for key in _CIRCLES]
        self.model.draw(
            VennKind(kind) if kind in set(VennKind) else self.model.kind,
            tuple(code for code in chosen if code),
        )
        self._bar.redraw()
        self._draw()

    def _on_region_press(self, region: str) -> None:
        self.model.toggle(region)
        self._draw_names()

    def _on_row_press(self, region: str, _column: str) -> None:
        self._on_region_press(region)

    def _pdf_file(self) -> tuple[str, str, bytes]:
        return "venn-diagram.pdf", PDF, self.model.pdf()

    def _list_file(self) -> tuple[str, str, bytes]:
        return "venn-diagram-pupils.pdf", PDF, self.model.list_pdf()

    def _workbook_file(self) -> tuple[str, str, bytes]:
        return "venn-diagram.xlsx", XLSX, self.model.workbook()

    def _draw(self) -> None:
        report = self.model.report
        if report is None:
            self._about.show(prose.text("There is no school to report on yet."))
            return
        can_list = report.cohort is not None  # of several schools there is no list
        self._save_list.enabled = can_list
        self._kind.show(
            diagram_fields(report), buttons=(_SHOW, _EVERYONE) if can_list else (_SHOW,)
        )
        self._about.show(*notes_of(report))
        counts = counts_by_region(report)
        of = sum(counts.values())
        called = report.wording.venn_label(report.kind)
        labels = {region: words_of_region(report, region) for region in counts}
        chart = plot_venn(report.regions, kind=report.kind, called=called, subjects=report.circles)
        spoken = {
            region: f"{labels[region]}: {format_count_and_percentage(count, of)}"
            for region, count in counts.items()
        }
        what = " and ".join((", ".join(report.circles[:-1]), report.circles[-1])).lower()
        self._diagram.show(
            chart.svg,
            label=f"Venn diagram of {what}, {called.lower()}",
            caption=chart.caption,
            regions={
                region: f"{words}. Show the pupils"
                for region, words in spoken.items()
                if counts[region]
            },
        )
        self._table.show(
            caption=f"The same in numbers, of {of} pupils",
            row_heading="Pupils",
            columns=(TableColumn(PUPILS, "Number", numeric=True),),
            rows=[
                TableRow(region, TableCell(labels[region]), (_figure(count, of, spoken[region]),))
                for region, count in counts.items()
            ],
        )
        self._draw_names()

    def _draw_names(self) -> None:
        model = self.model
        names, report = model.names(), model.report
        self._diagram.selected = model.region
        self._table.mark_pressed(model.region, PUPILS)
        if names is None or report is None:
            self._names.clear()
            return
        what = words_of_region(report, model.region) if model.region else EVERYONE
        self._names.show(what, names, labels=report.labels, wording=report.wording)


def diagram_fields(report: VennReport) -> tuple[Field, ...]:
    """Return the fields that choose the diagram and its two or three subjects."""
    wording = report.wording
    kinds = tuple(
        (kind.value, f"{wording.venn_label(kind)}: {wording.venn_description(kind)}")
        for kind in VennKind
    )
    subjects = tuple((code, subject_label(code, report.labels)) for code in report.offered)
    chosen = (*report.subjects, "")
    fields = [Field(KIND, "Diagram", "select", report.kind.value, kinds)]
    for place, key in enumerate(_CIRCLES):
        options = subjects if place < min(SIZES) else (("", "None"), *subjects)
        fields.append(Field(key, f"Circle {place + 1}", "select", chosen[place], options))
    return tuple(fields)


def _asked(query: Mapping[str, str]) -> tuple[VennKind, tuple[str, ...]]:
    kind = query.get(KIND, "")
    codes = tuple(code for code in query.get(SUBJECTS, "").split(",") if code)
    return (
        VennKind(kind) if kind in set(VennKind) else VennKind.ON_TRACK,
        codes or VENN_SUBJECTS,
    )


def _figure(count: int, of: int, spoken: str) -> TableCell:
    share = percentage(count, of)
    return TableCell(
        format_count_and_percentage(count, of),
        press=f"{spoken}. Show the pupils" if count else "",
        sort=count,
        share=None if share is None else float(share),
    )
