"""The layers of a pupil matrix on its page: choosing another, moving and removing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.reports.matrix_words import set_title
from pupiltrack_core.services.pupil_matrix import PupilMatrix
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.matrix_figures import SetPart
from pupiltrack_portal.widgets.form import Answer, Form, Submission
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

UP, DOWN, REMOVE = "up", "down", "remove"
ADD, SAME = "add", "same"


class LayerBar:
    """The form that adds a layer; `on_add` gets the cohort chosen in it.

    It keeps what was chosen, so that the next layer differs in what is changed.
    """

    def __init__(
        self,
        choice: CohortChoice,
        context: PageContext,
        *,
        on_add: Callable[[CohortSelection], None],
        primary: Callable[[], CohortSelection | None],
    ) -> None:
        self.choice = choice
        self._on_add, self._primary = on_add, primary
        self.widget = Form(
            name="layer",
            legend="Choose the pupils to compare with",
            buttons=((ADD, "Add layer"), (SAME, "Start from the primary set")),
        )
        self.redraw()
        self.widget.on_submit(context.guarded(self._on_form_submit))
        self.widget.on_change(context.guarded(self._on_field_change))

    def redraw(self) -> None:
        """Show the present choice in the form."""
        self.widget.show(self.choice.fields())

    def _on_form_submit(self, sent: Submission) -> None:
        if sent.button == SAME:
            chosen = self._primary()
            if chosen is not None:
                self.choice.several = bool(chosen.school_ids)
                self.choice.choose(chosen)
            self.redraw()
            self.widget.say("The form holds what the primary set is chosen by.")
            return
        said = self.choice.choose_from(sent.answers)
        self.redraw()
        if self.choice.selection is not None:
            self._on_add(self.choice.selection)
        self.widget.say(said or "The layer was added at the head of the others.")

    def _on_field_change(self, field: str, values: Mapping[str, Answer]) -> None:
        self.widget.show(self.choice.preview(values, changed=field))


class LayerCards:
    """One card for each layer, the newest first.

    `on_step` is told the place of a layer and what to do with it, `on_figure` the place, subject
    and row of a figure that was pressed.
    """

    def __init__(
        self,
        context: PageContext,
        *,
        on_step: Callable[[int, str], None],
        on_figure: Callable[[int, str, str], None],
    ) -> None:
        self._context = context
        self._on_step, self._on_figure = on_step, on_figure
        self._cards: list[_Card] = []
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    def show(self, matrix: PupilMatrix) -> None:
        """Show the layers of a matrix."""
        for place in range(len(self._cards), len(matrix.layers)):
            self._cards.append(self._new_card(place))
        for place, card in enumerate(self._cards[: len(matrix.layers)]):
            card.show(matrix, place)
        self.widget.children = tuple(card.widget for card in self._cards[: len(matrix.layers)])

    def part(self, place: int) -> SetPart:
        """Return the figures of the layer at a place."""
        return self._cards[place].part

    def take_focus(self, place: int, said: str) -> None:
        """Put the keyboard's focus on a layer's heading and have `said` read out."""
        self._cards[place].heading.take_focus()
        self._cards[place].heading.say(said)

    def _new_card(self, place: int) -> _Card:
        card = _Card(place)
        card.heading.on_step(self._context.guarded(lambda key: self._on_step(place, key)))
        card.part.table.on_press(
            self._context.guarded(lambda row, subject: self._on_figure(place, subject, row))
        )
        return card


class _Card:
    def __init__(self, place: int) -> None:
        self.heading = StepHeading()
        self.part = SetPart(id_prefix=f"layer-{place}-")
        self.widget = ipywidgets.VBox([self.heading, self.part.widget])
        self.widget.add_class("pt-stack")
        self.widget.add_class("pt-dense")
        self.widget.add_class("pt-matrix-layer")

    def show(self, matrix: PupilMatrix, place: int) -> None:
        number, of = place + 1, len(matrix.layers)
        one = matrix.layers[place]
        self.heading.show(
            set_title(one, number=number, primary=matrix.primary),
            line="",
            position=f"{number} of {of}",
            steps=(
                HeadingStep(
                    UP,
                    f"Move layer {number} up",
                    "" if place else "This is the first layer.",
                ),
                HeadingStep(
                    DOWN,
                    f"Move layer {number} down",
                    "" if number < of else "This is the last layer.",
                ),
                HeadingStep(REMOVE, f"Remove layer {number}"),
            ),
        )
        self.part.show(
            one,
            wording=matrix.wording,
            title=f"Layer {number}: numbers and percentages, and how far each is from the primary "
            "set",
            primary=matrix.primary,
        )
