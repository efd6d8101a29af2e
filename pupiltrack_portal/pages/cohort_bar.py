"""The filter bar: a form over a `CohortChoice`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.form import Answer, Form, Submission


class CohortBar:
    """The form; `on_selected` is called once a cohort has been chosen with Select or Reset."""

    def __init__(
        self, choice: CohortChoice, context: PageContext, *, on_selected: Callable[[], None]
    ) -> None:
        self.choice = choice
        self._on_selected = on_selected
        self.widget = Form(
            name="cohort",
            legend="Choose the pupils to show",
            fields=choice.fields(),
            buttons=(("select", "Select"), ("reset", "Reset")),
        )
        self.widget.put_in_address(choice.to_address())
        self.widget.on_submit(context.guarded(self._on_form_submit))
        self.widget.on_change(context.guarded(self._on_field_change))

    def _on_form_submit(self, sent: Submission) -> None:
        if sent.button == "reset":
            self.choice.reset()
        else:
            self.choice.choose_from(sent.answers)
        self.redraw()
        self._on_selected()

    def redraw(self) -> None:
        """Show the present choice in the form and in the address."""
        self.widget.show(self.choice.fields())
        self.widget.put_in_address(self.choice.to_address())

    def _on_field_change(self, _field: str, values: Mapping[str, Answer]) -> None:
        self.widget.show(self.choice.preview(values))
