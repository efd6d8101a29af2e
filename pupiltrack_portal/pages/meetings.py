"""Progress meetings: those about the year groups and classes of a school, in one academic year."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import ipywidgets
import traitlets

from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord, describe_cohort
from pupiltrack_core.services.cohort_meetings import (
    CohortMeetings,
    MeetingLine,
    bring_back_cohort_meeting,
    cohort_meeting,
    cohort_meetings,
    delete_cohort_meeting,
)
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_portal.pages.cohort_meeting_editor import CohortMeetingEditor
from pupiltrack_portal.pages.cohort_meeting_start import CohortMeetingStart
from pupiltrack_portal.pages.cohort_meeting_view import CohortMeetingView
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import find_school, school_and_year_fields
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.form import Field, Form, Submission

ADD, BACK, EDIT, DELETE = "add", "back", "edit", "delete"
_COLUMNS = (
    TableColumn("cohort", "Year group and class"),
    TableColumn("assessment", "Assessment"),
    TableColumn("teacher", "Teacher"),
    TableColumn("saved", "Last saved"),
)
_ACTS = (TableColumn(EDIT, "Edit"), TableColumn(DELETE, "Delete"))
_NO_SCHOOL = "There is no school whose meetings you may see yet."


class MeetingsModel(traitlets.HasTraits):
    """The school and year chosen, and the meetings of it."""

    school = traitlets.Instance(SchoolChoice, allow_none=True)
    academic_year = traitlets.Int(0)
    held = traitlets.Instance(CohortMeetings, allow_none=True)

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self.academic_years: tuple[int, ...] = ()
        self.schools = schools_for(context.caller)
        if self.schools:
            try:
                self.choose(context.query)
            except (NotFound, InvalidEntry) as error:
                context.notice.show("warning", f"{error} The usual school is shown instead.")
                self.choose({})

    def choose(self, values: Mapping[str, object]) -> None:
        """Take school and year; what is not offered falls to the first."""
        asked = {key: str(value) for key, value in values.items()}
        laestab = asked.get("school", "")
        usual = self.school or self.schools[0]
        self.school = find_school(self.schools, laestab) if laestab else usual
        self.academic_years = self.school.academic_years or (self._context.academic_year_now(),)
        years = {str(year): year for year in self.academic_years}
        self.academic_year = years.get(asked.get("year", ""), self.academic_years[0])
        self.refresh()

    def refresh(self) -> None:
        """Read the meetings of the school and year chosen."""
        self.held = cohort_meetings(self._context.caller, self.school_id, self.academic_year)

    @property
    def school_id(self) -> int:
        """The key of the school chosen; raise `InvalidEntry` where there is none."""
        if self.school is None:
            raise InvalidEntry(_NO_SCHOOL, field="school")
        return self.school.school_id

    def fields(self) -> tuple[Field, ...]:
        """Return the form's fields with the present choice in them."""
        return school_and_year_fields(
            self.schools,
            self.school,
            academic_years=self.academic_years,
            academic_year=self.academic_year,
        )

    def to_address(self) -> str:
        """Return the query of a bookmark; it holds no personal data."""
        if self.school is None:
            return ""
        return urlencode({"school": self.school.laestab, "year": str(self.academic_year)})


def open_model(context: PageContext) -> MeetingsModel:
    """Return the state of the page for the school and year in its address."""
    return MeetingsModel(context)


class View:
    """The list; in its place one meeting to be read, or to be written in."""

    def __init__(self, model: MeetingsModel, context: PageContext) -> None:
        self.model = model
        self._context = context
        self._deleted: MeetingLine | None = None
        self._shown: dict[str, MeetingLine] = {}
        self._choice = Form(name="meetings", legend="Choose the school and the academic year")
        self._choice.on_submit(context.guarded(self._on_choice))
        self._table = FiguresTable()
        self._table.on_press(context.guarded(self._on_press))
        self._place = ipywidgets.VBox([])
        self._place.add_class("pt-stack")
        self.widget = ipywidgets.VBox([context.notice, self._place])
        self.widget.add_class("pt-stack")
        self._show_list()

    def _show_list(self) -> None:
        model = self.model
        self._choice.show(model.fields())
        self._choice.put_in_address(model.to_address())
        if model.held is None:
            self._place.children = (self._choice, prose.Prose(prose.text(_NO_SCHOOL)))
            return
        may_change = model.held.may_change
        self._shown = {str(item.id): item for item in model.held.meetings}
        self._table.show(
            caption="Progress meetings about year groups and classes, the newest first",
            row_heading="Date",
            columns=(*_COLUMNS, *(_ACTS if may_change else ())),
            rows=[_row(key, item, may_change) for key, item in self._shown.items()],
            empty="No meeting is on record for this year.",
        )
        buttons = [(ADD, "Add progress meeting")]
        if self._deleted is not None:
            buttons.insert(0, (BACK, f"Bring back {_named(self._deleted)}"))
        self._acts = Form(name="meetings-acts", legend="Progress meetings", buttons=buttons)
        self._acts.on_submit(self._context.guarded(self._on_act))
        acts = (self._acts,) if may_change else ()
        self._place.children = (self._choice, *acts, self._table)

    def _refresh(self) -> None:
        self.model.refresh()
        self._show_list()

    def _go_back(self) -> None:
        self._refresh()
        may_change = self.model.held is not None and self.model.held.may_change
        (self._acts if may_change else self._choice).take_focus()

    def _on_choice(self, sent: Submission) -> None:
        self.model.choose(sent.answers)
        self._deleted = None
        self._show_list()

    def _on_act(self, sent: Submission) -> None:
        if sent.button == ADD:
            start = CohortMeetingStart(
                self._context,
                self.model.school_id,
                self.model.academic_year,
                on_done=self._on_started,
            )
            start.take_focus()
            self._place.children = (start.widget,)
        elif self._deleted is not None:
            deleted, self._deleted = self._deleted, None
            bring_back_cohort_meeting(self._context.caller, self.model.school_id, deleted.id)
            self._go_back()
            self._context.notice.show("success", f"{_named(deleted).capitalize()} is back.")

    def _on_started(self, meeting_id: int | None) -> None:
        if meeting_id is None:
            self._go_back()
            return
        self._edit(cohort_meeting(self._context.caller, self.model.school_id, meeting_id))

    def _on_press(self, key: str, column: str) -> None:
        item = self._shown[key]
        caller, school_id = self._context.caller, self.model.school_id
        try:
            if column == DELETE:
                delete_cohort_meeting(caller, school_id, item.id, seen=item.saved_at)
            elif column == EDIT:
                self._edit(cohort_meeting(caller, school_id, item.id))
            else:
                self._read(item.id)
        except (Conflict, NotFound):
            self._refresh()  # so that they are seen as they are now
            raise
        if column == DELETE:
            self._deleted = item
            self._go_back()
            self._context.notice.show("success", f"{_named(item).capitalize()} is deleted.")

    def _read(self, meeting_id: int) -> None:
        def on_step(record: CohortMeetingRecord | None) -> None:
            if record is None:
                self._go_back()
            else:
                self._edit(cohort_meeting(self._context.caller, self.model.school_id, record.id))

        view = CohortMeetingView(self._context, self.model.school_id, meeting_id, on_step=on_step)
        view.take_focus()
        self._place.children = (view.widget,)

    def _edit(self, record: CohortMeetingRecord) -> None:
        def on_done(is_to_read: bool) -> None:
            if is_to_read:
                self._read(record.id)
            else:
                self._go_back()

        self._deleted = None
        editor = CohortMeetingEditor(self._context, self.model.school_id, record, on_done=on_done)
        editor.take_focus()
        self._place.children = (editor.widget,)


def _named(item: MeetingLine) -> str:
    return f"the meeting of {item.held_on:%d/%m/%Y}"


def _row(key: str, item: MeetingLine, may_change: bool) -> TableRow:
    day = f"{item.held_on:%d/%m/%Y}"
    cohort = describe_cohort(item.year_group, item.class_name, item.academic_year)
    what = f"the meeting of {day} about {cohort}"
    saved = write_moment(item.saved_at) + (f" by {item.saved_by}" if item.saved_by else "")
    acts = (TableCell("Edit", press=f"Edit {what}"), TableCell("Delete", press=f"Delete {what}"))
    return TableRow(
        key,
        TableCell(day, press=f"{day}, read the meeting about {cohort}"),
        (
            TableCell(cohort),
            TableCell(item.assessment or "None"),
            TableCell(item.teacher),
            TableCell(saved),
            *(acts if may_change else ()),
        ),
    )
