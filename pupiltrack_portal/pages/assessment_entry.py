"""The form of one assessment, for a new one and for changing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ipywidgets

from pupiltrack_core.domain.subjects import CORE_SUBJECTS, AnySubject, Subject
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.assessment_entries import MAX_NAME, MAX_TITLE, AssessmentEntry
from pupiltrack_core.services.assessment_marks import EditEffect
from pupiltrack_core.services.assessments import (
    AssessmentInfo,
    create_assessment,
    edit_assessment,
)
from pupiltrack_core.services.school_subjects import own_subjects
from pupiltrack_core.services.test_types import kinds_of_test
from pupiltrack_portal.pages.cohort_address import ENTRY_YEAR_GROUPS
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission

CANCEL = "cancel"
Done = Callable[[str, int | None], None]  # words, and the assessment to show


@dataclass(frozen=True, slots=True)
class Place:
    """Where assessments are looked after: one school in one academic year."""

    school_id: int
    academic_year: int


class AssessmentEntryPanel:
    """The form, and the question it asks when marks would go out of sight.

    `present` is the assessment to change, None for a new one; the form is filled with `start`.
    `on_done` is called when it is stored, `on_cancel` when it is put away.
    """

    def __init__(
        self,
        context: PageContext,
        place: Place,
        *,
        present: AssessmentInfo | None,
        start: AssessmentEntry,
        on_done: Done,
        on_cancel: Callable[[], None],
    ) -> None:
        self._context = context
        self._place = place
        self._present = present
        self._version = 0 if present is None else present.version
        self._on_done, self._on_cancel = on_done, on_cancel
        self._asked: tuple[Submission, EditEffect] | None = None
        self._fields = self._describe(start)
        title = "New assessment" if present is None else f"Edit {present.name}"
        submit = ("create", "Create assessment") if present is None else ("save", "Save changes")
        self._form = Form(
            name="new-assessment" if present is None else "edit-assessment",
            legend=title,
            layout="column",
            fields=self._fields,
            buttons=(submit, (CANCEL, "Cancel")),
        )
        self._form.on_submit(context.guarded(self._on_form_submit))
        self._title = prose.Prose(prose.heading(title))
        self.widget = ipywidgets.VBox([self._title, self._form])
        self.widget.add_class("pt-panel")

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first field."""
        self._form.take_focus()

    def _describe(self, held: AssessmentEntry) -> tuple[Field, ...]:
        groups = sorted({*ENTRY_YEAR_GROUPS, *held.year_groups})
        return (
            Field(
                "name",
                "Assessment name",
                "text",
                held.name,
                hint="Such as Autumn term",
                max_length=MAX_NAME,
            ),
            Field("held_on", "Assessment date", "date", held.held_on.isoformat()),
            Field(
                "year_groups",
                "Years",
                "checks",
                tuple(str(group) for group in held.year_groups),
                tuple((str(group), LABELS[group]) for group in groups),
            ),
            self._subjects_field(held),
            Field(
                "formative_title",
                "Formative curriculum title",
                "text",
                held.formative_title or "",
                hint="Leave blank for no formative columns.",
                max_length=MAX_TITLE,
            ),
            Field(
                "test_title",
                "Test scores title",
                "text",
                held.test_title or "",
                hint="Leave blank for no test score columns.",
                max_length=MAX_TITLE,
            ),
            self._test_type_field(held),
            Field("has_phonics", "Show a phonics column", "check", value=held.has_phonics),
        )

    def _subjects_field(self, held: AssessmentEntry) -> Field:
        chosen = {str(subject) for subject in held.subjects}
        core = tuple((item.value, item.label, "fixed") for item in CORE_SUBJECTS)
        others: list[AnySubject] = [item for item in Subject if item not in CORE_SUBJECTS]
        others += [
            item.subject
            for item in own_subjects(self._context.caller, self._place.school_id)
            if not item.is_archived or item.subject.value in chosen
        ]
        return Field(
            "subjects",
            "Subjects",
            "checks",
            tuple(sorted(chosen)),
            (*core, *((item.value, item.label) for item in others)),
            hint="Reading, writing and maths are always there.",
        )

    def _test_type_field(self, held: AssessmentEntry) -> Field:
        kinds = [
            (str(item.id), f"{item.range.name}: {item.range.words}")
            for item in kinds_of_test(self._context.caller, self._place.school_id)
            if not item.is_archived or item.id == held.test_type_id
        ]
        return Field(
            "test_type",
            "Kind of test",
            "select",
            "" if held.test_type_id is None else str(held.test_type_id),
            (("", "Any number from 0 to 999.99"), *kinds),
            hint="The school's kinds of test and their ranges are kept under Maintenance.",
        )

    def _on_form_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._on_cancel()
            return
        self._store(sent, EditEffect())

    def _store(self, sent: Submission, agreed: EditEffect) -> None:
        try:
            entry = _entry(sent)
            if self._present is None:
                self._create(entry)
            else:
                self._save(self._present, entry, sent, agreed)
        except InvalidEntry as error:
            self._show_form(sent)
            self._form.complain({error.field: str(error)})
        except Conflict as error:
            self._version = error.version
            self._show_form(sent)
            self._form.complain({"name": str(error)})

    def _create(self, entry: AssessmentEntry) -> None:
        number = create_assessment(
            self._context.caller,
            school_id=self._place.school_id,
            academic_year=self._place.academic_year,
            name=entry.name,
            held_on=entry.held_on,
            year_groups=entry.year_groups,
            subjects=entry.subjects,
            formative_title=entry.formative_title,
            test_title=entry.test_title,
            test_type_id=entry.test_type_id,
            has_phonics=entry.has_phonics,
        )
        self._on_done("The assessment was created and is open below.", number)

    def _save(
        self, present: AssessmentInfo, entry: AssessmentEntry, sent: Submission, agreed: EditEffect
    ) -> None:
        result = edit_assessment(
            self._context.caller,
            school_id=self._place.school_id,
            assessment_id=present.id,
            version=self._version,
            entry=entry,
            agreed=agreed,
        )
        if result.is_saved:
            self._on_done("The assessment was changed.", present.id)
            return
        self._ask(sent, result.effect)

    def _ask(self, sent: Submission, effect: EditEffect) -> None:
        """Ask before saving what hides marks; the form waits with what was entered."""
        self._asked = (sent, effect)
        question = Form(
            name="confirm-edit",
            legend=" ".join(effect_in_words(effect)),
            fields=(),
            buttons=(("back", "Back to the form"), ("agree", "Save all the same")),
        )
        question.on_submit(self._context.guarded(self._on_answer))
        question.take_focus()
        told = prose.Prose(*map(prose.text, effect_in_words(effect)))
        self.widget.children = (self._title, told, question)

    def _on_answer(self, answer: Submission) -> None:
        if self._asked is None:
            return
        sent, effect = self._asked
        if answer.button == "agree":
            self._store(sent, effect)
            return
        self._show_form(sent)
        self._form.take_focus()

    def _show_form(self, sent: Submission) -> None:
        """Show the form again with what was entered, if the question stands in its place."""
        if self._asked is None:
            return
        self._asked = None
        self._form.show([replace(item, value=sent.answers[item.key]) for item in self._fields])
        self.widget.children = (self._title, self._form)


def entry_of(assessment: AssessmentInfo) -> AssessmentEntry:
    """Return what a form is filled with to change an assessment."""
    return AssessmentEntry(
        name=assessment.name,
        held_on=assessment.held_on,
        year_groups=assessment.year_groups,
        subjects=[subject.value for subject in assessment.subjects],
        formative_title=assessment.formative_title,
        test_title=assessment.test_title,
        test_type_id=assessment.test_type_id,
        has_phonics=assessment.has_phonics,
    )


def effect_in_words(effect: EditEffect) -> Sequence[str]:
    """Return what the person must know before agreeing, a sentence or two for each effect."""
    told = []
    if effect.hidden.marks:
        told.append(
            f"Saving this takes {effect.hidden.words} out of sight. Nothing is lost: they are "
            "shown again when the subject, part or year is added again."
        )
    if effect.outside.marks:
        told.append(
            f"In the test scores, {effect.outside.words} outside the range of the kind of test "
            "chosen will stay as they are; scores entered from now on must lie within."
        )
    return told


def _entry(sent: Submission) -> AssessmentEntry:
    values = sent.answers
    test_type = str(values["test_type"])
    return AssessmentEntry(
        name=str(values["name"]),
        held_on=_day(str(values["held_on"])),
        year_groups=[int(group) for group in _ticked(values["year_groups"])],
        subjects=_ticked(values["subjects"]),
        formative_title=str(values["formative_title"]).strip() or None,
        test_title=str(values["test_title"]).strip() or None,
        test_type_id=int(test_type) if test_type else None,
        has_phonics=values["has_phonics"] is True,
    )


def _ticked(answer: Answer) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else ()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidEntry(
            "Enter the date of the assessment, for example 12/12/2025.", field="held_on"
        ) from error
