"""The words and colours a school uses for the judgements, as Maintenance keeps them."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.judgement_wording import MAX_LABEL, STANDARD_WORDING
from pupiltrack_core.domain.judgements import PALETTE, Judgement
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.judgement_wording import (
    COLOUR_FIELD,
    LABEL_FIELD,
    field_of,
    judgement_labels,
    save_judgement_wording,
)
from pupiltrack_portal.pages.archivable_list import try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Field, Form, Submission

SAVE, STANDARD = "save", "standard"
_HEADING = (
    prose.subheading("Words and colours for judgements"),
    prose.text(
        "What your school calls the four judgements, in the assessment grid, in reports and on "
        "paper. What they mean and the letters B, T, O and D stay the same, and figures over "
        "several schools have the standard words. Where yours differ, your reports say the "
        "standard word too."
    ),
)
_COLOURS = (("", "No colour"), *((name, name.capitalize()) for name in PALETTE))


class WordingPart:
    """A word and a colour for each judgement, and the way back to the standard ones."""

    def __init__(self, context: PageContext, school_id: int) -> None:
        self._context = context
        self._school_id = school_id
        self._held = judgement_labels(context.caller, school_id)
        self._told = prose.Prose()
        self._form = Form(
            name="wording",
            legend="Words and colours",
            layout="grid",
            buttons=((SAVE, "Save words and colours"), (STANDARD, "Fill in the standard ones")),
        )
        self._form.add_class("pt-panel")
        self._form.on_submit(context.guarded(self._on_submit))
        self.widget = ipywidgets.VBox([self._told, self._form])
        self.widget.add_class("pt-stack")
        self._draw()

    def _draw(self) -> None:
        self._told.show(*_HEADING)
        self._show_fields(
            {item: self._held.label(item) for item in Judgement},
            {item: self._held.colours.get(item, "") for item in Judgement},
        )

    def _show_fields(self, labels: dict[Judgement, str], colours: dict[Judgement, str]) -> None:
        fields = []
        for item in Judgement:
            standard = f"{item.label} ({item.value})"
            fields += [
                Field(
                    field_of(item, LABEL_FIELD),
                    f"Word for {standard}",
                    "text",
                    labels[item],
                    max_length=MAX_LABEL,
                ),
                Field(
                    field_of(item, COLOUR_FIELD),
                    f"Colour of {standard}",
                    "select",
                    colours[item],
                    _COLOURS,
                ),
            ]
        self._form.show(fields)

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == STANDARD:
            self._show_fields(
                {item: item.label for item in Judgement},
                {item: STANDARD_WORDING.colours.get(item, "") for item in Judgement},
            )
            self._context.notice.show(
                "info", "The standard words and colours are filled in. Nothing is saved yet."
            )
            return
        self._form.complain({})
        first = field_of(Judgement.BELOW, LABEL_FIELD)
        error = try_to_store(self._form, lambda: self._store(sent), conflict=first)
        if isinstance(error, Conflict):
            self._told.show(*_HEADING, prose.text(f"The words are now: {error.theirs}"))
            self._held = judgement_labels(self._context.caller, self._school_id)  # seen now
        if error is None:
            self._draw()
            self._context.notice.show(
                "success", "The words and colours are saved. Pages opened from now on have them."
            )

    def _store(self, sent: Submission) -> None:
        self._held = save_judgement_wording(
            self._context.caller,
            self._school_id,
            labels={x: str(sent.answers[field_of(x, LABEL_FIELD)]) for x in Judgement},
            colours={x: str(sent.answers[field_of(x, COLOUR_FIELD)]) for x in Judgement},
            shown=self._held,
        )
