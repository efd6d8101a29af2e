"""The filter bar: a form over a `CohortChoice`, its filters as chips, the way to other classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pupiltrack_portal.pages.class_walk import ClassPlace
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.form import Answer, Form, Step, Submission

PREVIOUS, NEXT = "previous-class", "next-class"


class CohortBar:
    """The form; `on_selected` is called once another cohort is chosen.

    That is with Select or Reset, by taking a filter off, or by going to another class.
    """

    def __init__(
        self, choice: CohortChoice, context: PageContext, *, on_selected: Callable[[], None]
    ) -> None:
        self.choice = choice
        self._on_selected = on_selected
        self.widget = Form(
            name="cohort",
            legend="Choose the pupils to show",
            buttons=(("select", "Select"), ("reset", "Reset")),
        )
        self.redraw()
        self.widget.on_submit(context.guarded(self._on_form_submit))
        self.widget.on_change(context.guarded(self._on_field_change))
        self.widget.on_chip(context.guarded(self._on_chip_press))
        self.widget.on_step(context.guarded(self._on_step_press))

    def redraw(self) -> None:
        """Show the present choice in the form, the chips and the address; what was said stays."""
        with self.widget.hold_sync():
            self.widget.show(self.choice.fields())
            self.widget.show_chips(
                self.choice.applied(), label="Filters applied", action="Remove filter"
            )
            self.widget.show_steps(self._steps(), label="Classes")
            self.widget.put_in_address(self.choice.to_address())

    def _steps(self) -> tuple[Step, ...]:
        if not self.choice.walks_classes:
            return ()
        before, after = self.choice.classes_around()
        return (_step(PREVIOUS, "Previous class", before), _step(NEXT, "Next class", after))

    def _on_form_submit(self, sent: Submission) -> None:
        if sent.button == "reset":
            said = self.choice.reset()
        else:
            said = self.choice.choose_from(sent.answers)
        self._show(said)

    def _on_field_change(self, field: str, values: Mapping[str, Answer]) -> None:
        self.widget.show(self.choice.preview(values, changed=field))

    def _on_chip_press(self, key: str) -> None:
        self._show(self.choice.take_off(key))

    def _on_step_press(self, key: str) -> None:
        before, after = self.choice.classes_around()
        place = before if key == PREVIOUS else after
        if place is not None:
            self._show(self.choice.go_to_class(place))

    def _show(self, said: str) -> None:
        with self.widget.hold_sync():
            self.redraw()
            self.widget.say(said)
        self._on_selected()
        self.choice.remember()


def _step(key: str, words: str, place: ClassPlace | None) -> Step:
    return Step(key, f"{words}: {place.name if place else 'none'}", is_open=place is not None)
