"""Figures for governors: whole year groups, without names and without small numbers."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.venn import PUPILS, REGION
from pupiltrack_core.charts.venn import plot_venn
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, subject_label
from pupiltrack_core.domain.venn import VennKind, region_label
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    figure_words,
    is_withheld,
    pupils_words,
)
from pupiltrack_core.schemas import tallies
from pupiltrack_core.schemas.cohort import YEAR_GROUP
from pupiltrack_core.services.governor_figures import (
    SHARE,
    YEARS,
    GovernorFigures,
    governor_figures,
)
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.outcome_figures import OutcomeFigures
from pupiltrack_portal.pages.report_notes import notes_of
from pupiltrack_portal.pages.school_choice import find_school, school_and_year_fields
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

_CORE = (*(subject.value for subject in CORE_SUBJECTS), RWM)
_PUPILS = "pupils"
_NO_DIAGRAM = (
    "There is no Venn diagram of these pupils: a part of it would be so small that a child might "
    "be recognised."
)


class FiguresModel(traitlets.HasTraits):
    """The school, the academic year and the years on view, with their figures."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    academic_year = traitlets.Int(0)
    years = traitlets.UseEnum(YearRange, default_value=YearRange.ALL_YEARS)
    figures = traitlets.Instance(GovernorFigures, allow_none=True)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        principal = context.principal()
        self.schools = tuple(
            school
            for school in schools_for(context.caller)
            if may(
                principal,
                Action.SEE_FIGURES,
                SchoolScope(school.school_id, school.local_authority_id),
            )
        )
        if self.schools:
            self.choose(self.schools[0].laestab, context.query.get("year", ""), "")

    def choose(self, laestab: str, year: str, years: str) -> None:
        """Read the figures of a school and year on record; the latest unless `year` names one."""
        school = find_school(self.schools, laestab)
        known = {str(start): start for start in self.academic_years_of(school)}
        academic_year = known.get(year, next(iter(known.values())))
        chosen = YearRange(years) if years in YEARS else YearRange.ALL_YEARS
        self.figures = governor_figures(
            self._context.caller, school.school_id, academic_year=academic_year, years=chosen
        )
        self.school, self.academic_year, self.years = school, academic_year, chosen

    def academic_years_of(self, school: SchoolChoice) -> tuple[int, ...]:
        """Return the years to choose from; this year's where there are no pupils yet."""
        return school.academic_years or (self._context.academic_year_now(),)


def open_model(context: PageContext) -> FiguresModel:
    """Return the state of the page for whoever opened it."""
    return FiguresModel(context)


class View:
    """The year, the figures by subject and by year group, a chart, and the diagram if it may be."""

    def __init__(self, model: FiguresModel, context: PageContext) -> None:
        self.model = model
        self._form = Form(name="figures", legend="Choose the year", buttons=(("show", "Show"),))
        self._form.on_submit(context.guarded(self._on_submit))
        self._about = prose.Prose()
        self._outcomes = OutcomeFigures()
        self._groups, self._parts = FiguresTable(), FiguresTable()
        self._venn, self._no_venn = Drawing(), prose.Prose()
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-stack")
        self.widget = ipywidgets.VBox([context.notice, self._form, self._about, self._place])
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_submit(self, sent: Submission) -> None:
        model = self.model
        laestab = str(sent.answers.get("school", "")) or (model.school or model.schools[0]).laestab
        model.choose(laestab, str(sent.answers["year"]), str(sent.answers["years"]))
        self._draw()

    def _draw(self) -> None:
        model, figures = self.model, self.model.figures
        if figures is None or model.school is None:
            self._about.show(prose.text("There is no school whose figures you may see."))
            return
        self._form.show(
            (
                *school_and_year_fields(
                    model.schools,
                    model.school,
                    academic_years=model.academic_years_of(model.school),
                    academic_year=model.academic_year,
                ),
                Field(
                    "years",
                    "Years",
                    "select",
                    model.years.value,
                    tuple((item.value, item.label) for item in YEARS),
                ),
            )
        )
        self._about.show(*notes_of(figures), *_withheld(figures))
        self._draw_figures(figures)
        venn = self._draw_venn(figures)
        outcomes = self._outcomes
        self._place.children = (outcomes.widget, outcomes.chart, self._groups, *venn)

    def _draw_figures(self, figures: GovernorFigures) -> None:
        wording = figures.wording
        self._outcomes.show(
            figures.summary,
            lambda line, row: TableCell(figure_words(line, row)),
            description=figures.description,
            labels=figures.labels,
            wording=wording,
        )
        groups: dict[int, dict[str, str]] = {}
        for line in figures.year_groups.to_dict("records"):
            words = figure_words(line, SHARE)
            held = groups.setdefault(int(line[YEAR_GROUP]), {_PUPILS: pupils_words(line)})
            held[str(line[tallies.SUBJECT])] = words
        self._groups.show(
            caption=f"By year group: {wording.row_label(SHARE)}",
            row_heading="Year group",
            columns=(
                *(TableColumn(code, subject_label(code), numeric=True) for code in _CORE),
                TableColumn(_PUPILS, "Pupils", numeric=True),
            ),
            rows=[
                TableRow(
                    str(group),
                    TableCell(LABELS[group]),
                    tuple(TableCell(held.get(code, "")) for code in (*_CORE, _PUPILS)),
                )
                for group, held in groups.items()
            ],
            empty="No year group has been assessed.",
        )

    def _draw_venn(self, figures: GovernorFigures) -> tuple[ipywidgets.Widget, ...]:
        if figures.regions is None:
            self._no_venn.show(prose.text(_NO_DIAGRAM))
            return (self._no_venn,)
        kind, called = VennKind.ON_TRACK, figures.wording.venn_label(VennKind.ON_TRACK)
        chart = plot_venn(figures.regions, kind=kind, called=called)
        self._venn.show(
            chart.svg, name="Venn diagram of reading, writing and maths", caption=chart.caption
        )
        of = int(figures.regions[PUPILS].sum())
        lines: list[dict[Any, Any]] = figures.regions.to_dict("records")
        self._parts.show(
            caption=f"The diagram in numbers, of {of} pupils",
            row_heading="Pupils",
            columns=(TableColumn(PUPILS, "Number", numeric=True),),
            rows=[
                TableRow(
                    str(line[REGION]),
                    TableCell(region_label(str(line[REGION]), kind=kind, called=called)),
                    (TableCell(format_count_and_percentage(int(line[PUPILS]), of)),),
                )
                for line in lines
            ],
        )
        return (self._venn, self._parts)


def _withheld(figures: GovernorFigures) -> list[dict[str, Any]]:
    shares = figures.year_groups[SHARE.value].isna().any()
    return [prose.small(HOW_WITHHELD)] if shares or is_withheld(figures.summary) else []
