"""The form for a new assessment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.assessments import create_assessment
from pupiltrack_portal.pages.cohort_choice import ENTRY_YEAR_GROUPS, CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.form import Field, Form, Submission

CANCEL = "cancel"


class NewAssessment:
    """A button, and the form it opens; `on_created` is given the new assessment's id."""

    def __init__(
        self, choice: CohortChoice, context: PageContext, *, on_created: Callable[[int], None]
    ) -> None:
        self._choice = choice
        self._context = context
        self._on_created = on_created
        self._open = Form(
            name="open-assessment", legend="New assessment", buttons=(("open", "New assessment"),)
        )
        self._open.on_submit(context.guarded(self._on_open))
        self._form: Form | None = None
        self.widget = ipywidgets.VBox([self._open])

    def _on_open(self, _sent: Submission) -> None:
        self._form = Form(
            name="new-assessment",
            legend="New assessment",
            layout="column",
            fields=self._fields(),
            buttons=(("create", "Create assessment"), (CANCEL, "Cancel")),
        )
        self._form.add_class("pt-panel")
        self._form.on_submit(self._context.guarded(self._on_form_submit))
        self._form.take_focus()
        self.widget.children = (self._form,)

    def _fields(self) -> tuple[Field, ...]:
        selection = self._choice.selection
        year_groups = selection.year_groups if selection else ()
        fixed = tuple((s.value, s.label, "fixed") for s in CORE_SUBJECTS)
        others = tuple((s.value, s.label) for s in Subject if s not in CORE_SUBJECTS)
        return (
            Field("name", "Assessment name", "text", hint="Such as Autumn term", max_length=100),
            Field("held_on", "Assessment date", "date", self._likely_day().isoformat()),
            Field(
                "year_groups",
                "Years",
                "checks",
                tuple(str(group) for group in year_groups),
                tuple((str(group), LABELS[group]) for group in ENTRY_YEAR_GROUPS),
            ),
            Field(
                "subjects",
                "Subjects",
                "checks",
                (),
                fixed + others,
                hint="Reading, writing and maths are always there.",
            ),
            Field(
                "formative_title",
                "Formative curriculum title",
                "text",
                hint="Leave blank for no formative columns.",
                max_length=60,
            ),
            Field(
                "test_title",
                "Test scores title",
                "text",
                hint="Leave blank for no test score columns.",
                max_length=60,
            ),
            Field("has_phonics", "Show a phonics column", "check", value=False),
        )

    def _likely_day(self) -> date:
        """Today, or the last day of the academic year chosen when today is not in it."""
        today, selection = self._context.today(), self._choice.selection
        if selection is None:
            return today
        year = AcademicYear(selection.academic_year)
        return min(max(today, year.first_day), year.last_day)

    def _on_form_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self.close()
            self._open.take_focus()
            return
        try:
            created = self._create(sent)
        except InvalidEntry as error:
            if self._form is not None:
                self._form.complain({error.field: str(error)})
            return
        self.close()
        self._on_created(created)

    def close(self) -> None:
        """Put the form away."""
        self.widget.children = (self._open,)
        self._form = None

    def _create(self, sent: Submission) -> int:
        selection = self._choice.selection
        if selection is None or selection.school_id is None:
            raise InvalidEntry("Choose a school first; nothing was created.", field="name")
        values = sent.answers
        return create_assessment(
            self._context.caller,
            school_id=selection.school_id,
            academic_year=selection.academic_year,
            name=str(values["name"]),
            held_on=_day(str(values["held_on"])),
            year_groups=[int(group) for group in _ticked(values["year_groups"])],
            subjects=[Subject(code) for code in _ticked(values["subjects"])],
            formative_title=str(values["formative_title"]).strip() or None,
            test_title=str(values["test_title"]).strip() or None,
            has_phonics=values["has_phonics"] is True,
        )


def _ticked(answer: object) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else ()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidEntry(
            "Enter the date of the assessment, for example 12/12/2025.", field="held_on"
        ) from error
