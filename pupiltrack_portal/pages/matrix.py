"""Pupil matrix: a primary set of data, and layers of other sets to compare it with."""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import UserFacingError
from pupiltrack_core.reports.matrix_words import HOW_COUNTED
from pupiltrack_core.services.pupil_matrix import PupilMatrix
from pupiltrack_portal.pages.cohort_bar import CohortBar
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, XLSX, save_button
from pupiltrack_portal.pages.matrix_figures import SetPart
from pupiltrack_portal.pages.matrix_layers import DOWN, REMOVE, UP, LayerBar, LayerCards
from pupiltrack_portal.pages.matrix_model import OF_RESULT, OF_SET, MatrixModel
from pupiltrack_portal.pages.matrix_results import ResultsPart
from pupiltrack_portal.pages.matrix_views import SavedViewsPart
from pupiltrack_portal.widgets import prose


def open_model(context: PageContext) -> MatrixModel:
    """Return the state of the page for the cohort in its address."""
    return MatrixModel(context)


class View:
    """The primary set, the layers under it, and the ways to keep and to take the matrix away."""

    def __init__(self, model: MatrixModel, context: PageContext) -> None:
        self.model = model
        self._bar = CohortBar(model.choice, context, on_selected=self._on_selected)
        self._about = prose.Prose()
        self._primary = SetPart(id_prefix="primary-")
        self._primary.table.on_press(
            context.guarded(lambda row, subject: self._on_figure_press(0, subject, row))
        )
        self._results = ResultsPart(context, on_press=self._on_result_press)
        self._layer_bar = LayerBar(
            model.layer_choice,
            context,
            on_add=self._on_layer_add,
            primary=lambda: model.choice.selection,
        )
        self._cards = LayerCards(
            context,
            on_step=self._on_layer_step,
            on_figure=lambda place, subject, row: self._on_figure_press(place + 1, subject, row),
        )
        self._views = SavedViewsPart(context, content=model.content, on_open=self._on_view_open)
        files = self._files(context)
        self._heading = prose.Prose()
        self.widget = ipywidgets.VBox(
            [
                *(context.notice, self._bar.widget, self._about, files, self._views.widget),
                *(self._primary.widget, self._results.widget),
                *(self._heading, self._layer_bar.widget, self._cards.widget),
            ]
        )
        self.widget.add_class("pt-stack")
        self._draw()

    def _files(self, context: PageContext) -> ipywidgets.HBox:
        school_id = self.model.choice.school_id
        made = {
            "Save as PDF": lambda: ("pupil-matrix.pdf", PDF, self.model.pdf()),
            "Save as Excel": lambda: ("pupil-matrix.xlsx", XLSX, self.model.workbook()),
            "Save without small numbers (PDF)": lambda: (
                "pupil-matrix-to-share.pdf",
                PDF,
                self.model.pdf(publish=True),
            ),
        }
        save = partial(save_button, context, school_id=school_id)
        buttons = [save(label, make) for label, make in made.items()]
        self._save_names = save("Save with the pupils on view (PDF)", self._names_file)
        self._save_names.enabled = False
        files = ipywidgets.HBox([*buttons, self._save_names])
        files.add_class("pt-actions")
        return files

    def _names_file(self) -> tuple[str, str, bytes]:
        return "pupil-matrix-with-names.pdf", PDF, self.model.pdf(with_names=True)

    def _on_selected(self) -> None:
        self.model.refresh()
        self._draw()
        self.model.remember()

    def _on_layer_add(self, layer: CohortSelection) -> None:
        self.model.add(layer)
        self._draw()
        self.model.remember()

    def _on_layer_step(self, place: int, key: str) -> None:
        if key == REMOVE:
            self.model.remove(place)
            self._draw()
            left = len(self.model.layers)
            if left:
                self._cards.take_focus(min(place, left - 1), "The layer was removed.")
            else:
                self._layer_bar.widget.take_focus()
                self._layer_bar.widget.say("The layer was removed; there is none left.")
        elif key in (UP, DOWN):
            to = self.model.move(place, -1 if key == UP else 1)
            self._draw()
            self._cards.take_focus(to, f"Moved to place {to + 1} of {len(self.model.layers)}.")
        self.model.remember()

    def _on_view_open(self, content: dict[str, Any]) -> str:
        try:
            said = self.model.open(content)
        finally:
            self._bar.redraw()
        self._draw()
        self.model.remember()
        return said

    def _on_figure_press(self, place: int, subject: str, row: str) -> None:
        self._show_names(OF_SET, place, subject, row)

    def _on_result_press(self, place: int, measure: str, result: str) -> None:
        self._show_names(OF_RESULT, place, measure, result)

    def _show_names(self, *asked: Any) -> None:
        self.model.toggle(*asked)
        try:
            self._draw_names()
        except UserFacingError:
            self.model.behind = ()
            self._draw_names()
            raise

    def _draw(self) -> None:
        matrix = self.model.matrix
        if matrix is None:
            self._about.show(prose.text("There is no school to report on yet."))
            self._heading.show()
            return
        primary = matrix.primary
        small = [prose.small(matrix.wording.legend)] if matrix.wording.legend else []
        self._about.show(
            prose.heading(f"Primary set: {primary.place}"), prose.text(primary.description), *small
        )
        self._primary.show(
            primary, wording=matrix.wording, title="Numbers and percentages of pupils"
        )
        self._results.show(primary, matrix.results)
        self._heading.show(prose.heading("Comparative data"), *_comparing(matrix))
        self._cards.show(matrix)
        self._draw_names()

    def _draw_names(self) -> None:
        model = self.model
        matrix = model.matrix
        if matrix is None:
            return
        parts = [self._primary, *(self._cards.part(at) for at in range(len(matrix.layers)))]
        for part in parts:
            part.names.clear()
            part.mark_pressed("", "")
        self._results.clear()
        shown = model.names()
        self._save_names.enabled = shown is not None
        if shown is None:
            return
        kind, place, first, second = model.behind
        what, names = shown
        if kind == OF_SET:
            parts[place].mark_pressed(first, second)
            parts[place].names.show(what, names, wording=matrix.wording)
        else:
            self._results.show_names(place, first, second, what=what, names=names)


def _comparing(matrix: PupilMatrix) -> list[dict[str, Any]]:
    if not matrix.layers:
        return [
            prose.text(
                "Choose another year, year group, assessment, class, school or group of pupils and "
                "add it as a layer. The newest stands first."
            )
        ]
    return [prose.small(HOW_COUNTED)]
