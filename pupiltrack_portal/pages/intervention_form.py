"""The form for a new intervention of a pupil, or for one that is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.intervention_entries import (
    MAX_DETAILS,
    MAX_GROUP,
    MAX_RUN_BY,
    MAX_TITLE,
    InterventionChoices,
    InterventionEntry,
)
from pupiltrack_core.services.interventions import InterventionRecord
from pupiltrack_portal.pages.archivable_list import CANCEL, try_to_store
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.entered_days import read_day, write_day
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Field, Form, Submission

Store = Callable[[InterventionEntry, int], None]  # the entry, over the version shown
_NONE = ("", "None")


class InterventionForm:
    """Asks for one intervention, hands it to `store`, and stays open while that refuses it."""

    def __init__(
        self,
        context: PageContext,
        choices: InterventionChoices,
        *,
        present: InterventionRecord | None,
        store: Store,
        on_done: Callable[[bool], None],
    ) -> None:
        """`on_done` is told whether it was saved, or put away."""
        self._choices = choices
        self._present = present
        self._version = 0 if present is None else present.stored.version
        self._store, self._on_done = store, on_done
        title = "Add an intervention" if present is None else f"Change {present.stored.title}"
        self._heading = prose.subheading(title)
        self._about = prose.Prose(self._heading)
        self._first = self._blank() if present is None else _answers_of(present)
        self._told: Mapping[str, Answer] = self._first
        self._form = Form(
            name="intervention",
            legend=title,
            layout="grid",
            fields=self._fields(self._first),
            buttons=(("save", "Save intervention"), (CANCEL, "Cancel")),
            asks_on_leaving=True,
        )
        self._form.on_change(context.guarded(self._on_change))
        self._form.on_submit(context.guarded(self._on_submit))
        self.widget = ipywidgets.VBox([self._about, self._form])
        self.widget.add_class("pt-panel")

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first field."""
        self._form.take_focus()

    @property
    def is_unsaved(self) -> bool:
        """Whether something was entered that is not saved."""
        return any(answer != self._first.get(key, "") for key, answer in self._told.items())

    def draw_again(self) -> None:
        """Draw the form with what was entered, which a browser forgets once it is out of sight."""
        self._form.show(self._fields(self._told))

    def _blank(self) -> dict[str, Answer]:
        years = self._choices.academic_years
        return {"academic_year": str(years[0]) if years else ""}

    def _fields(self, held: Mapping[str, Answer]) -> tuple[Field, ...]:
        def value(key: str) -> str:
            return str(held.get(key, ""))

        fields = (
            Field("title", "Intervention", "text", value("title"), max_length=MAX_TITLE),
            Field(
                "academic_year",
                "Academic year",
                "select",
                value("academic_year"),
                self._years(),
                clears=("assessment_id",),
            ),
            Field(
                "assessment_id",
                "Assessment",
                "select",
                value("assessment_id"),
                self._assessments(value("academic_year")),
            ),
            Field(
                "subject",
                "Subject",
                "select",
                value("subject"),
                self._subjects(),
                hint="To see the judgements around it.",
            ),
            Field("starts_on", "Start", "date", value("starts_on")),
            Field("ends_on", "End", "date", value("ends_on")),
            Field("group_name", "Group", "text", value("group_name"), max_length=MAX_GROUP),
            Field("run_by", "Run by", "text", value("run_by"), max_length=MAX_RUN_BY),
            Field(
                "cost",
                "Cost in pounds",
                "text",
                value("cost"),
                hint="Such as 12.50; blank if not known.",
                max_length=12,
            ),
            Field("details", "Details", "textarea", value("details"), max_length=MAX_DETAILS),
        )
        return tuple(replace(field, tells=True) for field in fields)

    def _years(self) -> tuple[tuple[str, str], ...]:
        years = set(self._choices.academic_years)
        if self._present is not None:
            years.add(self._present.stored.academic_year)
        return tuple((str(year), AcademicYear(year).label) for year in sorted(years, reverse=True))

    def _assessments(self, academic_year: str) -> tuple[tuple[str, str], ...]:
        offered = {
            str(item.id): f"{item.name}, {item.held_on:%d/%m/%Y}"
            for item in self._choices.assessments
            if str(item.academic_year) == academic_year
        }
        if self._present is not None and self._present.stored.assessment_id is not None:
            stored = self._present.stored
            if str(stored.academic_year) == academic_year:  # it may have been deleted since
                offered.setdefault(str(stored.assessment_id), self._present.assessment)
        return (_NONE, *offered.items())

    def _subjects(self) -> tuple[tuple[str, str], ...]:
        offered = {item.value: item.label for item in self._choices.subjects}
        if self._present is not None and self._present.stored.subject is not None:
            offered.setdefault(self._present.stored.subject, self._present.subject)
        return (_NONE, *offered.items())

    def _on_change(self, field: str, answers: Mapping[str, Answer]) -> None:
        self._told = dict(answers)
        if field == "academic_year":
            self.draw_again()  # with the assessments of that year

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._on_done(False)
            return
        self._told = dict(sent.answers)
        error = try_to_store(
            self._form,
            lambda: self._store(_read(sent.answers), self._version),
            conflict="title",
        )
        if isinstance(error, Conflict):
            self._version = error.version  # theirs is seen now
            self._about.show(self._heading, *theirs_in_words(error))
        if error is None:
            self._on_done(True)


def theirs_in_words(error: Conflict) -> tuple[dict[str, Any], ...]:
    """Return what someone else has stored, for whoever is to choose between the two."""
    lines = (error.theirs or "").splitlines()
    return (prose.text("What is stored now, where it differs:"), prose.bullets(lines))


def _read(answers: Mapping[str, Answer]) -> InterventionEntry:
    texts = {key: str(answer) for key, answer in answers.items()}
    year, assessment = texts["academic_year"], texts["assessment_id"]
    return InterventionEntry(
        title=texts["title"],
        academic_year=int(year) if year else 0,
        assessment_id=int(assessment) if assessment else None,
        subject=texts["subject"],
        details=texts["details"],
        starts_on=read_day(texts["starts_on"], "starts_on"),
        ends_on=read_day(texts["ends_on"], "ends_on"),
        group_name=texts["group_name"],
        run_by=texts["run_by"],
        cost=texts["cost"],
    )


def _answers_of(record: InterventionRecord) -> dict[str, Answer]:
    held = record.stored
    return {
        "title": held.title,
        "academic_year": str(held.academic_year),
        "assessment_id": "" if held.assessment_id is None else str(held.assessment_id),
        "subject": held.subject or "",
        "starts_on": write_day(held.starts_on),
        "ends_on": write_day(held.ends_on),
        "group_name": held.group_name or "",
        "run_by": held.run_by or "",
        "cost": record.cost.removeprefix("£"),
        "details": held.details,
    }
