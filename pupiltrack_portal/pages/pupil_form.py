"""The form of a pupil's record, for a new pupil and for changing one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import ipywidgets

from pupiltrack_core.domain.pupil_fields import MAX_NOTES, PupilField, choices_of, words_of
from pupiltrack_core.services.pupil_details import PupilDetails, issue_number
from pupiltrack_core.services.pupil_entry import FieldNote
from pupiltrack_core.services.pupil_outcomes import Clash, SamePupil, SaveResult
from pupiltrack_core.services.pupil_saving import add_pupil, change_pupil
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission

SAVE, OWN_POSTCODE, NUMBER, DROP, BACK, OPEN = "save", "postcode", "number", "drop", "back", "open"
MINE, THEIRS = "mine", "theirs"
SHOWN_OF_NOTES = 120
_LONGEST = {PupilField.UPN: 20, PupilField.POSTCODE: 12}
_HINTS = {
    PupilField.UPN: "A letter, then 12 characters.",
    PupilField.FORENAMES: "One name only? Write it in both.",
    PupilField.YEAR_GROUP: "If taught outside their age group.",
    PupilField.MOBILITY_YEAR: "Year group on joining the school.",
    PupilField.ALTERNATIVE_ASSESSMENT: "Below the national curriculum.",
}
_NEEDED = (
    "UPN, names, date of birth, sex, postcode and ethnicity are needed before a pupil can be saved."
)
_NO_CLASS = ("", "No class")


class PupilForm:
    """The form, and the questions it asks before it saves.

    `on_saved` is called when the record is stored; `on_drop` when the person throws the typing
    away; `on_open` with the pupil who has the UPN already, when the person wants to see that one.
    """

    def __init__(
        self,
        context: PageContext,
        start: PupilDetails,
        *,
        on_saved: Callable[[SaveResult], None],
        on_drop: Callable[[], None],
        on_open: Callable[[SamePupil], None],
    ) -> None:
        self._context = context
        self._on_saved, self._on_drop, self._on_open = on_saved, on_drop, on_open
        self._same: SamePupil | None = None
        self._form = Form(
            name="pupil-details",
            legend="Details of a new pupil" if start.pupil_id is None else "Details of the pupil",
            layout="grid",
            buttons=_buttons(start),
            asks_on_leaving=True,
        )
        self._form.on_submit(context.guarded(self._on_form_submit))
        self._form.on_change(context.guarded(self._on_form_change))
        self._needed = prose.Prose(prose.small(_NEEDED))
        self._same_place = ipywidgets.VBox([])
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")
        self.restart(start)

    def restart(self, start: PupilDetails) -> None:
        """Begin with a record as it is stored now; what was typed is forgotten."""
        self._start = start
        self._typed = dict(start.values)
        self.draw()

    @property
    def unsaved(self) -> tuple[str, ...]:
        """What the fields are called that hold something typed and not saved."""
        start = self._start
        return tuple(
            start.label(name)
            for name, text in self._typed.items()
            if text.strip() != start.values.get(name, "").strip()
        )

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first field, or the question asked in its place."""
        self._form.take_focus()

    def draw(self) -> None:
        """Show the form with what is typed in it; the focus stays where it is."""
        self._same = None
        self._form.focus_wanted = 0  # a form that is drawn anew would take it once more
        self._same_place.children = ()
        self._form.show([self._field(name) for name in self._start.values])
        self._form.is_unsaved = bool(self.unsaved)
        self.widget.children = (self._needed, self._same_place, self._form)

    def save(self, agreed: Collection[FieldNote] = ()) -> bool:
        """Save, or show what stands in the way; return whether it is saved."""
        caller, start = self._context.caller, self._start
        has_asked = self._form not in self.widget.children
        if start.pupil_id is None:
            place = (start.school_id, start.academic_year)
            result = add_pupil(caller, *place, self._typed, agreed=agreed)
        else:
            result = change_pupil(caller, start, self._typed, agreed=agreed)
        if result.is_saved:
            self._on_saved(result)
            if has_asked:  # the button that was pressed has gone
                self.take_focus()
        elif result.clashes and result.present is not None:
            self._ask_which(result.clashes, result.present)
        elif result.problems:
            self._complain(result)
        else:
            self._ask_about(result.questions)
        return result.is_saved

    def _field(self, name: PupilField) -> Field:
        start, text = self._start, self._typed[name]
        label = start.label(name)
        if name.is_notes:
            return Field(name.value, label, "textarea", text, tells=True, max_length=MAX_NOTES)
        options = self._options(name, text)
        hint = self._hint(name)
        if options:
            return Field(name.value, label, "select", text, options, hint=hint, tells=True)
        if name is PupilField.DATE_OF_BIRTH:
            return Field(name.value, label, "date", text, tells=True)
        longest = _LONGEST.get(name, 200)
        return Field(name.value, label, "text", text, hint=hint, tells=True, max_length=longest)

    def _options(self, name: PupilField, text: str) -> tuple[tuple[str, str], ...]:
        if name is PupilField.CLASS_NAME:
            return (_NO_CLASS, *((item, item) for item in self._start.class_names))
        options = choices_of(name)
        known = {value for value, _ in options}
        if options and text not in known:  # an extended ethnic code, say
            options = (*options, (text, words_of(name, text)))
        return options

    def _hint(self, name: PupilField) -> str:
        if name is PupilField.POSTCODE and self._start.school_postcode:
            return f"Not known? Use the school's: {self._start.school_postcode}."
        if name is PupilField.CLASS_NAME and not self._start.class_names:
            return "Classes are named under Maintenance."
        return _HINTS.get(name, "")

    def _take(self, answers: Mapping[str, Answer]) -> None:
        self._typed = {name: str(answers.get(name.value, "")) for name in self._start.values}
        self._form.is_unsaved = bool(self.unsaved)

    def _on_form_change(self, _key: str, answers: Mapping[str, Answer]) -> None:
        self._take(answers)

    def _on_form_submit(self, sent: Submission) -> None:
        self._take(sent.answers)
        if sent.button == DROP:
            self._on_drop()
        elif sent.button == OWN_POSTCODE:
            self._typed[PupilField.POSTCODE] = self._start.school_postcode
            self.draw()
        elif sent.button == NUMBER:
            number = issue_number(self._context.caller, self._start.school_id)
            self._typed[PupilField.UPN] = number
            self.draw()
        else:
            self.save()

    # What stands in the way ---------------------------------------------------------------------

    def _complain(self, result: SaveResult) -> None:
        self.draw()
        self._same = result.same_upn
        if self._same is not None:
            way = Form(
                name="same-upn",
                legend="The pupil with this UPN",
                buttons=((OPEN, f"Open {self._same.name}"),),
            )
            way.on_submit(self._context.guarded(self._on_same_press))
            self._same_place.children = (way,)
        errors: dict[str, str] = {}
        for note in result.problems:
            errors[note.about.value] = " ".join(
                (errors.get(note.about.value, ""), note.text)
            ).strip()
        self._form.complain(errors)

    def _on_same_press(self, _sent: Submission) -> None:
        if self._same is not None:
            self._on_open(self._same)

    def _ask_about(self, questions: Sequence[FieldNote]) -> None:
        said = [f"{self._start.label(note.about)}: {note.text}" for note in questions]
        question = Form(
            name="confirm-pupil",
            legend="Save all the same?",
            buttons=((SAVE, "Save all the same"), (BACK, "Back to the form")),
        )

        def on_answer(sent: Submission) -> None:
            if sent.button == BACK:
                self._back_to_form()
            else:
                self.save(questions)

        question.on_submit(self._context.guarded(on_answer))
        about = prose.Prose(
            prose.subheading("Please check before this is saved"), prose.bullets(said)
        )
        self._show_question(about, question)

    def _ask_which(self, clashes: Sequence[Clash], present: PupilDetails) -> None:
        fields = [_choice(present.label(clash.about), clash) for clash in clashes]
        question = Form(
            name="which-value",
            legend="Which of the two to keep?",
            layout="column",
            fields=fields,
            buttons=((SAVE, "Save with these"), (BACK, "Back to the form")),
        )

        def on_answer(sent: Submission) -> None:
            if sent.button == BACK:
                self._back_to_form()
                return
            open_ones = {
                key: "Choose one of the two." for key, to in sent.answers.items() if not to
            }
            if open_ones:
                question.complain(open_ones)
                return
            self._settle(clashes, sent.answers, present)
            self.save()

        question.on_submit(self._context.guarded(on_answer))
        about = prose.Prose(
            prose.subheading("Someone else changed this record while you had it open"),
            prose.text(
                "Nothing was saved yet, and nothing of yours is lost. Where you both changed a "
                "field, choose which of the two to keep."
            ),
        )
        self._show_question(about, question)

    def _settle(
        self, clashes: Sequence[Clash], answers: Mapping[str, Answer], present: PupilDetails
    ) -> None:
        """Go on from the record as it is now, with what was typed over it and what was chosen."""
        before, typed = self._start.values, self._typed
        chosen = {
            clash.about: clash.yours if answers[clash.about.value] == MINE else clash.theirs
            for clash in clashes
        }
        mine = {name: text for name, text in typed.items() if text.strip() != before[name].strip()}
        wanted = {**present.values, **mine, **chosen}
        self._start = present
        self._typed = {name: wanted[name] for name in present.values}

    def _show_question(self, about: prose.Prose, question: Form) -> None:
        question.asks_on_leaving = question.is_unsaved = True
        panel = ipywidgets.VBox([about, question])
        panel.add_class("pt-panel")
        self.widget.children = (panel,)
        question.take_focus()

    def _back_to_form(self) -> None:
        self.draw()
        self._form.take_focus()


def _buttons(start: PupilDetails) -> tuple[tuple[str, str], ...]:
    is_new = start.pupil_id is None
    buttons = [(SAVE, "Add pupil" if is_new else "Save changes")]
    if start.may_issue_number:
        buttons.append((NUMBER, "Issue a number"))
    if start.school_postcode:
        buttons.append((OWN_POSTCODE, "Use the school's postcode"))
    return (*buttons, (DROP, "Cancel" if is_new else "Throw changes away"))


def _choice(label: str, clash: Clash) -> Field:
    yours, theirs = (_shortened(clash.about, text) for text in (clash.yours, clash.theirs))
    options = (("", "Choose"), (MINE, f"Yours: {yours}"), (THEIRS, f"Theirs: {theirs}"))
    return Field(clash.about.value, label, "select", "", options)


def _shortened(name: PupilField, text: str) -> str:
    words = " ".join(words_of(name, text).split())
    return words if len(words) <= SHOWN_OF_NOTES else f"{words[: SHOWN_OF_NOTES - 1]}…"
