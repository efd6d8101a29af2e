"""Transition matrix: where pupils went from one point to a later one, with those in each cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import ipywidgets
import pandas as pd
import traitlets

from pupiltrack_core.calc.transition import EARLIER, LATER
from pupiltrack_core.domain.attainment_points import Point, parse_point
from pupiltrack_core.domain.attainment_scales import Movement
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import subject_label
from pupiltrack_core.errors import InvalidEntry, UserFacingError
from pupiltrack_core.reports.transition import (
    HOW_READ,
    TOTAL,
    cell_count,
    cell_movement,
    cell_words,
    count_words,
    how_compared,
    movement_lines,
    share_words,
    step_labels,
    transition_pdf,
    withheld_notes,
)
from pupiltrack_core.reports.transition_workbook import transition_workbook
from pupiltrack_core.services.transition import (
    TransitionReport,
    names_in_cell,
    names_who,
    transition_report,
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

FROM, TO, SUBJECT = "from", "to", "subject"
_ALL = "all"
_NUMBER, _OF = "number", "of"
_TONES = {Movement.ROSE: "good", Movement.FELL: "problem"}
_NOTHING = (
    "These pupils have no assessment yet, or nothing earlier to compare it with. Choose another "
    "year group or academic year."
)
_USUAL = "These pupils do not have what was compared before, so the usual points are shown."


class TransitionModel(traitlets.HasTraits):
    """The cohort, the points and subject compared, and the figure whose pupils are shown."""

    report = traitlets.Instance(TransitionReport, allow_none=True)
    behind = traitlets.Tuple(default_value=())  # (earlier, later), (what became of them,), or ()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._caller = context.caller
        self.choice = CohortChoice(context, with_authority=True, remembered_as=LAST_COHORT)
        self._asked = {
            key: context.query[key] for key in (FROM, TO, SUBJECT) if context.query.get(key)
        }
        said = self.refresh()
        if said:
            context.notice.show("warning", said)

    def refresh(self) -> str:
        """Read the matrix of the chosen cohort; return what to tell the person, "" for nothing."""
        self.behind = ()
        if self.choice.selection is None:
            self.report = None
            return ""
        try:
            self.compare(self._asked)
        except InvalidEntry:
            self.compare({})
            return _USUAL
        return ""

    def compare(self, asked: Mapping[str, str]) -> None:
        """Compare other points or another subject; what is left out is the usual.

        Raise `InvalidEntry` for what these pupils do not have, and keep what is on view.
        """
        if self.choice.selection is None:
            return
        self.report = transition_report(
            self._caller,
            self.choice.selection,
            earlier=_point(asked.get(FROM)),
            later=_point(asked.get(TO)),
            subject=asked.get(SUBJECT) or None,
        )
        self.behind = ()
        self._asked = {key: value for key, value in asked.items() if value}
        self.choice.beside = dict(self._asked)

    def toggle(self, *figure: str) -> None:
        """Show the pupils of a cell, or of a movement; the same again hides them."""
        self.behind = () if self.behind == figure else figure

    def names(self) -> pd.DataFrame | None:
        """Return the pupils asked for, by name, their steps in words; None when none are."""
        if not self.behind or self.report is None:
            return None
        found = (
            names_in_cell(self._caller, self.report, *self.behind)
            if len(self.behind) == 2
            else names_who(self._caller, self.report, *self.behind)
        )
        earlier, later = self.report.earlier_scale, self.report.later_scale
        return found.assign(
            **{
                EARLIER: found[EARLIER].map(dict(step_labels(earlier))),
                LATER: found[LATER].map(dict(step_labels(later))),
            }
        )

    def pdf(self, *, include_names: bool = False, publish: bool = False) -> bytes:
        """Return the matrix on view as a PDF, the pupils of each cell after it if asked.

        With `publish` small figures are withheld.
        """
        return self._file(transition_pdf, include_names=include_names, publish=publish)

    def workbook(self, *, include_names: bool = False) -> bytes:
        """Return the matrix on view as a workbook, with its pupils if asked."""
        return self._file(transition_workbook, include_names=include_names)

    def _file(self, make: Callable[..., bytes], **how: bool) -> bytes:
        report = self._on_view()
        return make(
            self._caller,
            report.selection,
            earlier=report.earlier.point,
            later=report.later.point,
            subject=report.subject,
            **how,
        )

    def _on_view(self) -> TransitionReport:
        if self.report is None:
            raise InvalidEntry("There is no matrix on view to save.", field="report")
        return self.report


def open_model(context: PageContext) -> TransitionModel:
    """Return the state of the page for the cohort in its address."""
    return TransitionModel(context)


class View:
    """The filter bar, the points to compare, the matrix, the movement, and the pupils of a cell."""

    def __init__(self, model: TransitionModel, context: PageContext) -> None:
        self.model = model
        self._bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        kept = kept_selections(context, self._bar, on_selected=self._on_selected)
        self._about = prose.Prose()
        self._points = Form(name="points", legend="What to compare", buttons=(("show", "Compare"),))
        self._points.on_submit(context.guarded(self._on_points_submit))
        self._heading, self._reading = prose.Prose(), prose.Prose()
        self._matrix, self._movement = FiguresTable(), FiguresTable()
        self._matrix.on_press(context.guarded(self._on_cell_press))
        self._movement.on_press(context.guarded(self._on_movement_press))
        self._names = NamesList()
        save = partial(save_button, context, school_id=model.choice.school_id)
        self._with_names = (
            save("Save with names (PDF)", self._names_file),
            save("Save as Excel, with names", self._names_workbook_file),
        )
        files = ipywidgets.HBox(
            [
                save("Save as PDF", self._pdf_file),
                save("Save as Excel", self._workbook_file),
                save("Save without small numbers (PDF)", self._published_file),
                *self._with_names,
            ]
        )
        files.add_class("pt-actions")
        self._shown = ipywidgets.VBox(
            [self._heading, files, self._matrix, self._reading, self._movement, self._names.widget]
        )
        self._shown.add_class("pt-stack")
        self._body = ipywidgets.VBox([])
        self._body.add_class("pt-stack")
        self.widget = ipywidgets.VBox(
            [context.notice, self._bar.widget, self._about, self._body, kept.widget]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _on_selected(self) -> None:
        said = self.model.refresh()
        self._draw()
        if said:
            self._points.say(said)

    def _on_points_submit(self, sent: Submission) -> None:
        self.model.compare({key: str(value) for key, value in sent.answers.items()})
        self._bar.redraw()
        self._draw()

    def _on_cell_press(self, before: str, after: str) -> None:
        self._show_names(before, after)

    def _on_movement_press(self, what: str, _column: str) -> None:
        self._show_names(what)

    def _show_names(self, *figure: str) -> None:
        self.model.toggle(*figure)
        try:
            self._draw_names()
        except UserFacingError:
            self.model.behind = ()
            self._draw_names()
            raise

    def _pdf_file(self) -> tuple[str, str, bytes]:
        return "transition-matrix.pdf", PDF, self.model.pdf()

    def _names_file(self) -> tuple[str, str, bytes]:
        return "transition-matrix-with-names.pdf", PDF, self.model.pdf(include_names=True)

    def _published_file(self) -> tuple[str, str, bytes]:
        return "transition-matrix-to-publish.pdf", PDF, self.model.pdf(publish=True)

    def _workbook_file(self) -> tuple[str, str, bytes]:
        return "transition-matrix.xlsx", XLSX, self.model.workbook()

    def _names_workbook_file(self) -> tuple[str, str, bytes]:
        content = self.model.workbook(include_names=True)
        return "transition-matrix-with-names.xlsx", XLSX, content

    def _draw(self) -> None:
        report = self.model.report
        if report is None:
            words = _NOTHING if self.model.choice.selection else "There is no school yet."
            self._about.show(prose.text(words))
            self._body.children = ()
            return
        for button in self._with_names:
            button.enabled = report.pairs is not None  # of several schools there is no list
        withheld = [prose.small(note.text) for note in withheld_notes(report)]
        self._about.show(*notes_of(report), *withheld)
        self._points.show(point_fields(report))
        self._heading.show(prose.subheading(subject_label(report.subject, report.labels)))
        self._draw_matrix(report)
        self._reading.show(prose.small(HOW_READ), prose.small(how_compared(report)))
        self._movement.show(
            caption="How many fell, stayed and rose",
            row_heading="Pupils who",
            columns=(
                TableColumn(_NUMBER, "Number", numeric=True),
                TableColumn(_OF, "Of", numeric=True),
            ),
            rows=[
                TableRow(
                    key,
                    TableCell(label),
                    (
                        _moved(label, count, of, has_names=report.has_names),
                        TableCell(count_words(of)),
                    ),
                )
                for key, label, count, of in movement_lines(report)
            ],
        )
        self._body.children = (self._points, self._shown)
        self._draw_names()

    def _draw_matrix(self, report: TransitionReport) -> None:
        later = step_labels(report.later_scale)
        rows = [*step_labels(report.earlier_scale), (None, TOTAL)]
        self._matrix.show(
            caption=f"Rows: {report.earlier.label}. Columns: {report.later.label}.",
            row_heading="From",
            columns=(
                *(TableColumn(code, label, numeric=True) for code, label in later),
                TableColumn(_ALL, TOTAL, numeric=True),
            ),
            rows=[
                TableRow(
                    before or _ALL,
                    TableCell(label),
                    (
                        *(_cell(report, (before, label), step) for step in later),
                        TableCell(count_words(cell_count(report, before, None))),
                    ),
                )
                for before, label in rows
            ],
        )

    def _draw_names(self) -> None:
        model, report = self.model, self.model.report
        names = model.names()
        figure = model.behind
        is_cell = len(figure) == 2
        self._matrix.mark_pressed(*(figure if is_cell else ("", "")))
        self._movement.mark_pressed(*((figure[0], _NUMBER) if len(figure) == 1 else ("", "")))
        if names is None or report is None:
            self._names.clear()
            return
        further = {EARLIER: report.earlier.label, LATER: report.later.label}
        self._names.show(_figure_words(report, figure), names, further=further)


def point_fields(report: TransitionReport) -> tuple[Field, ...]:
    """Return the fields that choose what to compare, with what is on view in them."""
    points = [(item.point.text, item.label) for item in report.points]
    subjects = tuple((code, subject_label(code, report.labels)) for code in report.subjects)
    return (
        Field(FROM, "From", "select", report.earlier.point.text, tuple(points[:-1])),
        Field(TO, "To", "select", report.later.point.text, tuple(points[1:])),
        Field(SUBJECT, "Subject", "select", report.subject, subjects),
    )


def _point(text: str | None) -> Point | None:
    return parse_point(text) if text else None


def _cell(
    report: TransitionReport, row: tuple[str | None, str], step: tuple[str, str]
) -> TableCell:
    (before, label), (after, after_label) = row, step
    count, of = cell_count(report, before, after), cell_count(report, before, None)
    text = cell_words(report, before, after)
    moved = cell_movement(report, before, after)
    did = "" if moved is None else f", {moved.value}"
    press = f"{text}, from {label} to {after_label}{did}: show the pupils"
    return TableCell(
        text,
        press=press if count and before is not None and report.has_names else "",
        sort=count,
        share=_share(count, of),
        tone=_TONES.get(moved, "") if moved is not None and count else "",
    )


def _moved(label: str, count: int | None, of: int | None, *, has_names: bool) -> TableCell:
    text = share_words(count, of)
    return TableCell(
        text,
        press=f"{text}, {label}: show the pupils" if count and has_names else "",
        sort=count,
        share=_share(count, of),
    )


def _share(count: int | None, of: int | None) -> float | None:
    share = None if count is None or of is None else percentage(count, of)
    return None if share is None else float(share)


def _figure_words(report: TransitionReport, figure: tuple[str, ...]) -> str:
    if len(figure) == 1:
        return next(label for key, label, _, _ in movement_lines(report) if key == figure[0])
    before, after = figure
    earlier, later = dict(step_labels(report.earlier_scale)), dict(step_labels(report.later_scale))
    return f"{earlier[before]} to {later[after]}"
