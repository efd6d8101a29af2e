"""Beginning a meeting about a cohort: whom it is about, at which assessment, when, with whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import ipywidgets

from pupiltrack_core.domain.cohort_meetings import MeetingHead
from pupiltrack_core.services.cohort_meetings import add_cohort_meeting, start_cohort_meeting
from pupiltrack_portal.pages.archivable_list import CANCEL, try_to_store
from pupiltrack_portal.pages.cohort_meeting_fields import head_fields, read_head
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.form import Answer, Form, Submission

TITLE = "Add a progress meeting"


class CohortMeetingStart:
    """The form; `on_done` is given the id of the meeting that was begun, None for none."""

    def __init__(
        self,
        context: PageContext,
        school_id: int,
        academic_year: int,
        *,
        on_done: Callable[[int | None], None],
    ) -> None:
        """Raises what `services.cohort_meetings.start_cohort_meeting` raises."""
        self._context = context
        self._school_id = school_id
        self._on_done = on_done
        self._choices = start_cohort_meeting(context.caller, school_id, academic_year)
        self._head = self._first_head()
        self._form = Form(
            name="add-meeting",
            legend=TITLE,
            layout="grid",
            buttons=(("begin", "Begin the meeting"), (CANCEL, "Cancel")),
        )
        self._form.on_change(context.guarded(self._on_change))
        self._form.on_submit(context.guarded(self._on_submit))
        about = prose.Prose(
            prose.heading(TITLE),
            prose.text(
                "It gets the questions your school asks on its date, and the figures of the "
                "assessment beside those of the one before. All of this can be changed later."
            ),
        )
        self.widget = ipywidgets.VBox([about, self._form])
        self.widget.add_class("pt-panel")
        self._draw()

    def take_focus(self) -> None:
        """Put the keyboard's focus on the first field."""
        self._form.take_focus()

    def _first_head(self) -> MeetingHead:
        """Return what is likeliest: a teacher's first own class, else the first with pupils."""
        choices = self._choices
        own = self._context.principal().classes_at(self._school_id)
        places = [(group, name) for group, names in choices.classes.items() for name in names]
        mine = next((place for place in places if place[1] in own), None)
        group, name = mine or (places[0][0] if places else 1, None)
        latest = choices.assessments_of(group)[:1]
        return MeetingHead(
            year_group=group,
            class_name=name,
            assessment_id=latest[0].id if latest else None,
            held_on=choices.day,
            teacher=choices.teacher,
        )

    def _draw(self) -> None:
        self._form.show(
            [
                replace(field, tells=field.key == "head.year_group")
                for field in head_fields(self._choices, self._head)
            ]
        )

    def _on_change(self, _field: str, answers: Mapping[str, Answer]) -> None:
        def read() -> None:
            self._head = read_head(answers, self._head, self._choices)
            self._draw()

        try_to_store(self._form, read, conflict="head.held_on")

    def _on_submit(self, sent: Submission) -> None:
        if sent.button == CANCEL:
            self._on_done(None)
            return
        begun: list[int] = []

        def store() -> None:
            head = read_head(sent.answers, self._head, self._choices)
            begun.append(
                add_cohort_meeting(
                    self._context.caller, self._school_id, self._choices.academic_year, head
                )
            )

        try_to_store(self._form, store, conflict="head.held_on")
        if begun:
            self._on_done(begun[0])
