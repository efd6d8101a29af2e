"""Venn diagrams of reading, writing and maths; each region shows its pupils."""

from __future__ import annotations

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.calc.venn import PUPILS, REGION
from pupiltrack_core.charts.venn import plot_venn
from pupiltrack_core.domain.rounding import format_count_and_percentage, percentage
from pupiltrack_core.domain.venn import VennKind, region_label
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.pdf import venn_pdf
from pupiltrack_core.services.reports import VennReport, names_in_region, venn_report
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.cohort_choice import LAST_COHORT, CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, file_maker
from pupiltrack_portal.pages.names_list import NamesList
from pupiltrack_portal.pages.report_notes import notes_of
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.form import Field, Form, Submission
from pupiltrack_portal.widgets.venn_diagram import VennDiagram


class VennModel(traitlets.HasTraits):
    """The cohort, which of the two diagrams, and the region whose pupils are shown."""

    report = traitlets.Instance(VennReport, allow_none=True)
    kind = traitlets.UseEnum(VennKind, default_value=VennKind.ON_TRACK)
    region = traitlets.Unicode()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.choice = CohortChoice(context, remembered_as=LAST_COHORT)
        self.refresh()

    def refresh(self) -> None:
        """Read the report of the chosen cohort and diagram."""
        self.region = ""
        chosen = self.choice.selection
        self.report = None if chosen is None else venn_report(self._caller, chosen, kind=self.kind)

    def toggle(self, region: str) -> None:
        """Show the pupils of a region; the same region again hides them.

        Raises InvalidEntry for what is no region of the diagram on view.
        """
        if self.report is None or region not in set(self.report.regions[REGION]):
            raise InvalidEntry("There is no such part of the diagram.", field="region")
        self.region = "" if self.region == region else region

    def names(self) -> pd.DataFrame | None:
        """Return the pupils of the region asked for, alphabetically; None when none is."""
        if not self.region or self.report is None:
            return None
        return names_in_region(self._caller, self.report, self.region)

    def pdf(self) -> bytes:
        """Return the diagram, and the names of the region on view, as a PDF."""
        if self.report is None:
            raise InvalidEntry("There is no diagram on view to save.", field="report")
        regions = (self.region,) if self.region else ()
        chosen = self.report.selection
        return venn_pdf(self._caller, chosen, kind=self.kind, region_names=regions)


def open_model(context: PageContext) -> VennModel:
    """Return the state of the page for the cohort in its address."""
    return VennModel(context)


class View:
    """The filter bar, the diagram, its table, and the pupils of a region."""

    def __init__(self, model: VennModel, context: PageContext) -> None:
        self.model = model
        bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        self._kind = Form(
            name="diagram",
            legend="Which diagram",
            fields=(
                Field(
                    "kind",
                    "Diagram",
                    "select",
                    model.kind.value,
                    tuple((kind.value, f"{kind.label}: {kind.description}") for kind in VennKind),
                ),
            ),
            buttons=(("show", "Show"),),
        )
        self._kind.on_submit(context.guarded(self._on_kind_submit))
        self._about = prose.Prose()
        self._diagram = VennDiagram()
        self._diagram.on_region(context.guarded(self._on_region_press))
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_row_press))
        self._names = NamesList()
        save = FileButton("Save as PDF")
        save.on_make(file_maker(context, self._pdf_file, school_id=model.choice.school_id))
        pair = ipywidgets.HBox([self._diagram, self._table])
        pair.add_class("pt-pair")
        self.widget = ipywidgets.VBox(
            [context.notice, bar.widget, self._kind, self._about, save, pair, self._names.widget]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()

    def _on_kind_submit(self, sent: Submission) -> None:
        if sent.answers["kind"]:
            self.model.kind = VennKind(str(sent.answers["kind"]))
        self._on_selected()

    def _on_region_press(self, region: str) -> None:
        self.model.toggle(region)
        self._draw_names()

    def _on_row_press(self, region: str, _column: str) -> None:
        self._on_region_press(region)

    def _pdf_file(self) -> tuple[str, str, bytes]:
        return "venn-diagram.pdf", PDF, self.model.pdf()

    def _draw(self) -> None:
        report = self.model.report
        if report is None:
            self._about.show(prose.text("There is no school to report on yet."))
            return
        self._about.show(*notes_of(report))
        of = int(report.regions[PUPILS].sum())
        counts = {
            str(region): int(pupils)
            for region, pupils in zip(report.regions[REGION], report.regions[PUPILS], strict=True)
        }
        names_allowed = report.cohort is not None
        called = report.wording.venn_label(report.kind)
        labels = {
            region: region_label(region, kind=report.kind, called=called) for region in counts
        }
        chart = plot_venn(report.regions, kind=report.kind, called=called)
        spoken = {
            region: f"{labels[region]}: {format_count_and_percentage(count, of)}"
            for region, count in counts.items()
        }
        self._diagram.show(
            chart.svg,
            label=f"Venn diagram of reading, writing and maths, {called.lower()}",
            caption=chart.caption,
            regions={
                region: f"{words}. Show the pupils" if names_allowed else words
                for region, words in spoken.items()
                if count_is_shown(counts[region], names_allowed)
            },
        )
        self._table.show(
            caption=f"The same in numbers, of {of} pupils",
            row_heading="Pupils",
            columns=(TableColumn(PUPILS, "Number", numeric=True),),
            rows=[
                TableRow(
                    region,
                    TableCell(labels[region]),
                    (_figure(count, of, spoken[region], names_allowed),),
                )
                for region, count in counts.items()
            ],
        )
        self._draw_names()

    def _draw_names(self) -> None:
        model = self.model
        names = model.names()
        self._diagram.selected = model.region
        self._table.mark_pressed(model.region, PUPILS)
        if names is None or model.report is None:
            self._names.clear()
        else:
            wording, kind = model.report.wording, model.report.kind
            what = region_label(model.region, kind=kind, called=wording.venn_label(kind))
            self._names.show(what, names, wording=wording)


def count_is_shown(count: int, names_allowed: bool) -> bool:
    """Whether a region is a button: it has pupils, and they may be named."""
    return names_allowed and count > 0


def _figure(count: int, of: int, spoken: str, names_allowed: bool) -> TableCell:
    share = percentage(count, of)
    return TableCell(
        format_count_and_percentage(count, of),
        press=f"{spoken}. Show the pupils" if count_is_shown(count, names_allowed) else "",
        sort=count,
        share=None if share is None else float(share),
    )
