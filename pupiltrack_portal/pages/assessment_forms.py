"""Looking after assessments: a row of buttons, and the form each of them opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import ipywidgets

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.assessment_deletion import deleted_assessments
from pupiltrack_core.services.assessment_entries import AssessmentEntry
from pupiltrack_core.services.assessments import GONE, AssessmentInfo, assessments_for
from pupiltrack_portal.pages.assessment_copying import CopyPanel
from pupiltrack_portal.pages.assessment_deletion import DeletedPanel, DeletionPanel
from pupiltrack_portal.pages.assessment_entry import AssessmentEntryPanel, Place, entry_of
from pupiltrack_portal.pages.cohort_choice import CohortChoice
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.form import Field, Form, Submission

NEW, EDIT, DELETE, COPY, DELETED = "open", "edit", "delete", "copy", "deleted"
Button = tuple[str, str]


class Panel(Protocol):
    """What a button opens in place of the row."""

    widget: ipywidgets.Widget

    def take_focus(self) -> None:
        """Put the keyboard's focus into it."""


class AssessmentForms:
    """New assessment, Edit, Delete, Copy last year's set, Deleted; hidden from who may not.

    There is nothing on view before `show_for`. Edit and Delete act on its assessment, and ask which
    where it is None.
    `on_changed` is given the id of the assessment to show, or None for whichever is the latest,
    when assessments are not what they were any more.
    """

    def __init__(
        self,
        choice: CohortChoice,
        context: PageContext,
        *,
        on_changed: Callable[[int | None], None],
    ) -> None:
        self._choice = choice
        self._context = context
        self._principal = context.principal()
        self._on_changed = on_changed
        self._assessment: AssessmentInfo | None = None
        self._panel: Panel | None = None
        self._panel_place: Place | None = None
        self._buttons: tuple[Button, ...] = ()
        self.widget = ipywidgets.VBox([])

    def show_for(self, assessment: AssessmentInfo | None) -> None:
        """Offer what can be done at the school chosen, to `assessment` above all.

        A form that is open stays open while school and year do.
        """
        self._assessment = assessment
        self._draw_row()
        if self._panel is not None and self._panel_place != self._place():
            self._put_away()

    @property
    def may_manage(self) -> bool:
        """Whether to offer any of it; the services decide."""
        school = self._choice.school
        if school is None:
            return False
        scope = SchoolScope(school.school_id, school.local_authority_id)
        return may(self._principal, Action.MANAGE_ASSESSMENTS, scope)

    def _place(self) -> Place | None:
        chosen = self._choice.selection
        if chosen is None or chosen.school_id is None:
            return None
        return Place(chosen.school_id, chosen.academic_year)

    def _draw_row(self) -> None:
        self.widget.layout.display = None if self.may_manage else "none"
        buttons = self._offered()
        if buttons == self._buttons:
            return
        self._buttons = buttons
        self._row = Form(
            name="open-assessment", legend="Assessments", buttons=buttons, is_plain=True
        )
        self._row.on_submit(self._context.guarded(self._on_row_press))
        if self._panel is None:
            self.widget.children = (self._row,)

    def _offered(self) -> tuple[Button, ...]:
        buttons = [(NEW, "New assessment")]
        place = self._place()
        if self.may_manage and place is not None:
            if self._choice.assessments:
                buttons += [(EDIT, "Edit"), (DELETE, "Delete")]
            buttons.append((COPY, "Copy last year's set"))
            deleted = len(deleted_assessments(self._context.caller, place.school_id))
            if deleted:
                buttons.append((DELETED, f"Deleted ({deleted})"))
        return tuple(buttons)

    def _on_row_press(self, sent: Submission) -> None:
        place = self._place()
        if place is None:
            return
        if sent.button == NEW:
            self._open(self._entry_panel(place, None))
        elif sent.button == COPY:
            self._open(
                CopyPanel(self._context, place, on_done=self._on_done, on_cancel=self._on_cancel)
            )
        elif sent.button == DELETED:
            self._open(
                DeletedPanel(
                    self._context,
                    place.school_id,
                    on_done=self._on_done,
                    on_cancel=self._on_cancel,
                )
            )
        elif self._assessment is not None:
            self._act_on(sent.button, self._assessment)
        elif self._choice.assessments:
            assessments = self._choice.assessments
            self._open(_WhichPanel(self._context, sent.button, assessments, self._on_which))

    def _act_on(self, button: str, assessment: AssessmentInfo) -> None:
        place = self._place()
        if place is None:
            return
        if button == EDIT:
            self._open(self._entry_panel(place, self._as_stored(place, assessment)))
            return
        self._open(
            DeletionPanel(
                self._context,
                place.school_id,
                assessment,
                on_done=self._on_done,
                on_cancel=self._on_cancel,
            )
        )

    def _as_stored(self, place: Place, assessment: AssessmentInfo) -> AssessmentInfo:
        """Return the assessment as it is now; raise `NotFound` when it was deleted meanwhile."""
        found = assessments_for(self._context.caller, place.school_id, place.academic_year)
        for item in found:
            if item.id == assessment.id:
                return item
        raise NotFound(GONE)

    def _on_which(self, button: str, number: str) -> None:
        """Go on with the assessment that was chosen, if one was and it is still there."""
        chosen = next((a for a in self._choice.assessments if str(a.id) == number), None)
        if chosen is None:
            self._on_cancel()
        else:
            self._act_on(button, chosen)

    def _entry_panel(self, place: Place, present: AssessmentInfo | None) -> AssessmentEntryPanel:
        return AssessmentEntryPanel(
            self._context,
            place,
            present=present,
            start=self._blank() if present is None else entry_of(present),
            on_done=self._on_done,
            on_cancel=self._on_cancel,
        )

    def _blank(self) -> AssessmentEntry:
        selection = self._choice.selection
        year_groups = selection.year_groups if selection else ()
        return AssessmentEntry("", self._likely_day(), year_groups, ())

    def _likely_day(self) -> date:
        """Today, or the last day of the academic year chosen when today is not in it."""
        today, selection = self._context.today(), self._choice.selection
        if selection is None:
            return today
        year = AcademicYear(selection.academic_year)
        return min(max(today, year.first_day), year.last_day)

    def _open(self, panel: Panel) -> None:
        self._panel, self._panel_place = panel, self._place()
        panel.take_focus()
        self.widget.children = (panel.widget,)

    def _put_away(self) -> None:
        self._panel = self._panel_place = None
        self.widget.children = (self._row,)

    def _on_cancel(self) -> None:
        self._put_away()
        self._row.take_focus()

    def _on_done(self, words: str, assessment_id: int | None) -> None:
        self._put_away()
        self._on_changed(assessment_id)
        self._draw_row()  # also for a page that does not answer with `show_for`
        self._row.take_focus()
        self._context.notice.show("success", words)


class _WhichPanel:
    """Which of several assessments a button is meant for."""

    def __init__(
        self,
        context: PageContext,
        button: str,
        assessments: Sequence[AssessmentInfo],
        on_chosen: Callable[[str, str], None],
    ) -> None:
        self._button = button
        self._on_chosen = on_chosen
        options = [(str(item.id), f"{item.name} ({item.held_on:%d/%m/%Y})") for item in assessments]
        words = "Edit" if button == EDIT else "Delete"
        title = f"{words} which assessment?"
        self.widget = Form(
            name="which-assessment",
            legend=title,
            fields=(Field("assessment", title, "select", options[0][0], tuple(options)),),
            buttons=(("go", f"{words} ..."), ("cancel", "Cancel")),
        )
        self.widget.add_class("pt-panel")
        self.widget.on_submit(context.guarded(self._on_submit))

    def take_focus(self) -> None:
        """Put the keyboard's focus on the choice."""
        self.widget.take_focus()

    def _on_submit(self, sent: Submission) -> None:
        chosen = "" if sent.button == "cancel" else str(sent.answers["assessment"])
        self._on_chosen(self._button, chosen)
