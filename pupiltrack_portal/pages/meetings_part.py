"""The progress meetings about one pupil: a list, one of them in full, and the form for one."""

from __future__ import annotations

import ipywidgets

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.meeting_entries import MeetingEntry
from pupiltrack_core.services.pupil_meetings import (
    MeetingRecord,
    PupilMeetings,
    StoredMeeting,
    add_pupil_meeting,
    bring_back_pupil_meeting,
    change_pupil_meeting,
    delete_pupil_meeting,
    meetings_of,
    pupil_meeting,
    start_meeting,
)
from pupiltrack_portal.pages.archivable_list import CHANGE
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.meeting_form import MeetingForm
from pupiltrack_portal.pages.meeting_view import MeetingView
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Form, Submission

ADD, BACK, DELETE, CLOSE = "add", "back", "delete", "close"
_COLUMNS = (TableColumn("teacher", "Teacher"), TableColumn("academic_year", "Academic year"))
_ACTS = (TableColumn(CHANGE, "Edit"), TableColumn(DELETE, "Delete"))
_FROZEN = (
    "This pupil has left the school. The meetings stay as they were, to be read; they do not go to "
    "another school."
)


class MeetingsPart:
    """Nothing until `show`; then the list, in whose place one meeting or a form for one comes."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._key = (0, 0)  # school and pupil
        self._may_change = False
        self._shown: dict[str, StoredMeeting] = {}
        self._form: MeetingForm | None = None
        self._open_id: int | None = None  # the meeting on view, for its file
        self._deleted: StoredMeeting | None = None
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self.widget = ipywidgets.VBox([])
        self.widget.add_class("pt-stack")

    @property
    def is_unsaved(self) -> bool:
        """Whether something was entered for the pupil on view that is not saved."""
        return self._form is not None and self._form.is_unsaved

    def show(self, school_id: int, pupil_id: int) -> None:
        """Show a pupil's meetings. What was entered for that pupil stays, for another goes.

        Raises what `meetings_of` raises, keeping what was on view.
        """
        held = meetings_of(self._context.caller, school_id, pupil_id)
        if self._form is not None and self._form.is_unsaved and self._key == (school_id, pupil_id):
            self._form.draw_again()
            return
        self._key, self._form, self._deleted = (school_id, pupil_id), None, None
        self._show_list(held)

    def _show_list(self, held: PupilMeetings) -> None:
        self._may_change = held.may_change
        self._shown = {str(item.id): item for item in held.meetings}
        self._table.show(
            caption="Progress meetings, in order of date",
            row_heading="Date",
            columns=(*_COLUMNS, *(_ACTS if held.may_change else ())),
            rows=[_row(key, item, held.may_change) for key, item in self._shown.items()],
            empty="No meeting is on record.",
        )
        buttons = [(ADD, "Add progress meeting")]
        if self._deleted is not None:
            buttons.insert(0, (BACK, f"Bring back {_named(self._deleted)}"))
        self._row = Form(name="meetings", legend="Progress meetings", buttons=buttons)
        self._row.on_submit(self._context.guarded(self._on_row_press))
        above: tuple[ipywidgets.Widget, ...] = (self._row,) if held.may_change else ()
        if held.is_frozen:
            above = (prose.Prose(prose.text(_FROZEN)),)
        self.widget.children = (*above, self._table)

    def _refresh(self) -> None:
        self._form = None
        self._show_list(meetings_of(self._context.caller, *self._key))

    def _show_one(self, meeting_id: int) -> None:
        """Show a meeting in place of the list, with the keyboard on the way back."""
        record = pupil_meeting(self._context.caller, *self._key, meeting_id)
        view = MeetingView(self._context)
        view.show(*self._key, record)
        acts = ((CHANGE, "Edit"),) if self._may_change else ()
        buttons = Form(
            name="meeting", legend="Meeting", buttons=((CLOSE, "Back to the meetings"), *acts)
        )
        self._form = None

        def on_submit(sent: Submission) -> None:
            if sent.button == CHANGE:
                self._open(record)
            else:
                self._refresh()
                self._row.take_focus()

        buttons.on_submit(self._context.guarded(on_submit))
        buttons.take_focus()
        self.widget.children = (buttons, view.widget)

    def _open(self, present: MeetingRecord | None) -> None:
        caller, key = self._context.caller, self._key

        def store(entry: MeetingEntry, version: int) -> int:
            if present is None:
                return add_pupil_meeting(caller, *key, entry)
            change_pupil_meeting(caller, *key, present.id, entry, version=version)
            return present.id

        start = start_meeting(caller, *key) if present is None else None
        self._deleted = None
        self._form = MeetingForm(
            self._context, start=start, present=present, store=store, on_done=self._on_done
        )
        self._form.take_focus()
        self.widget.children = (self._form.widget,)

    def _on_done(self, meeting_id: int | None) -> None:
        if meeting_id is None:
            self._refresh()
            self._row.take_focus()
            return
        self._show_one(meeting_id)
        self._context.notice.show("success", "The meeting is saved.")

    def _on_row_press(self, sent: Submission) -> None:
        if sent.button == ADD:
            self._open(None)
        elif self._deleted is not None:
            deleted, self._deleted = self._deleted, None
            bring_back_pupil_meeting(self._context.caller, *self._key, deleted.id)
            self._refresh()
            self._row.take_focus()
            self._context.notice.show("success", f"{_named(deleted).capitalize()} is back.")

    def _on_press(self, key: str, column: str) -> None:
        item = self._shown[key]
        try:
            if column == DELETE:
                delete_pupil_meeting(
                    self._context.caller, *self._key, item.id, version=item.version
                )
            elif column == CHANGE:
                self._open(pupil_meeting(self._context.caller, *self._key, item.id))
            else:
                self._show_one(item.id)
        except (Conflict, NotFound):
            self._refresh()  # so that they are seen as they are now
            raise
        if column == DELETE:
            self._deleted = item
            self._refresh()
            self._row.take_focus()
            self._context.notice.show("success", f"{_named(item).capitalize()} is deleted.")


def _named(item: StoredMeeting) -> str:
    return f"the meeting of {item.held_on:%d/%m/%Y}"


def _row(key: str, item: StoredMeeting, may_change: bool) -> TableRow:
    day = f"{item.held_on:%d/%m/%Y}"
    what = f"the meeting of {day} with {item.teacher}"
    acts = (TableCell("Edit", press=f"Edit {what}"), TableCell("Delete", press=f"Delete {what}"))
    return TableRow(
        key,
        TableCell(day, press=f"{day}, read the meeting"),
        (
            TableCell(item.teacher),
            TableCell(AcademicYear(item.academic_year).label),
            *(acts if may_change else ()),
        ),
    )
