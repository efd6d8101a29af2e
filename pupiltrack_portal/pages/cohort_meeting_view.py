"""One meeting about a cohort to be read: as it stands or as it stood, and to be saved as a PDF."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from pupiltrack_core.domain.local_time import write_moment
from pupiltrack_core.reports.cohort_meeting import meeting_blocks, title_of
from pupiltrack_core.reports.pdf import cohort_meeting_pdf
from pupiltrack_core.services.cohort_meeting_records import CohortMeetingRecord
from pupiltrack_core.services.cohort_meetings import VersionLine, cohort_meeting, meeting_versions
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.document_blocks import widgets_of
from pupiltrack_portal.pages.files import PDF, Made, file_maker
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading

FILE_NAME = "cohort-meeting.pdf"  # no name of a child, class or teacher in it
BACK, EDIT, NOW = "back", "edit", "now"
UNKNOWN = "Not known"


class CohortMeetingView:
    """A meeting and its versions; `on_step` is told to go back to the list, or to edit."""

    def __init__(
        self,
        context: PageContext,
        school_id: int,
        meeting_id: int,
        *,
        on_step: Callable[[CohortMeetingRecord | None], None],
    ) -> None:
        """`on_step` is given the meeting to edit; None to go back.

        Raises what `services.cohort_meetings.cohort_meeting` raises.
        """
        self._context = context
        self._key = (school_id, meeting_id)
        self._on_step = on_step
        self._heading = StepHeading()
        self._heading.on_step(context.guarded(self._on_heading_step))
        self._save = FileButton("Save as PDF")
        self._save.on_make(file_maker(context, self._file, school_id=lambda: school_id))
        self._body = ipywidgets.VBox([])
        self._body.add_class("pt-stack")
        self._versions = FiguresTable()
        self._versions.on_press(context.guarded(self._on_version_press))
        self.widget = ipywidgets.VBox([self._heading, self._save, self._body, self._versions])
        self.widget.add_class("pt-stack")
        self._show(None)

    def take_focus(self) -> None:
        """Put the keyboard's focus on the heading."""
        self._heading.take_focus()

    def _show(self, version: int | None) -> None:
        record = cohort_meeting(self._context.caller, *self._key, version=version)
        lines = meeting_versions(self._context.caller, *self._key)
        self._record = record
        self._version = None if record.version == lines[0].version else record.version
        saved = f"Saved on {write_moment(record.saved_at)} by {record.saved_by or UNKNOWN.lower()}"
        steps = [HeadingStep(BACK, "Back to the meetings")]
        if self._version is not None:
            steps.append(HeadingStep(NOW, "As it is now"))
        elif record.may_change:
            steps.append(HeadingStep(EDIT, "Edit"))
        self._heading.show(
            title_of(record), line=f"{record.cohort}. {saved}.", position="", steps=steps
        )
        told = []
        if self._version is not None:
            told.append(
                prose.Prose(
                    prose.subheading("An earlier version"),
                    prose.text("This is how the meeting stood then, not how it is now."),
                )
            )
        self._body.children = (*told, *widgets_of(meeting_blocks(record)))
        self._versions.show(
            caption="Versions, the last first",
            row_heading="Saved",
            columns=(TableColumn("who", "By"),),
            rows=[_row(line, is_shown=line.version == record.version) for line in lines],
        )

    def _on_heading_step(self, step: str) -> None:
        if step == NOW:
            self._show(None)
            self._heading.take_focus()
            return
        self._on_step(self._record if step == EDIT else None)

    def _on_version_press(self, row: str, _column: str) -> None:
        self._show(int(row))
        self._heading.take_focus()

    def _file(self) -> Made:
        content = cohort_meeting_pdf(self._context.caller, *self._key, version=self._version)
        return FILE_NAME, PDF, content


def _row(line: VersionLine, *, is_shown: bool) -> TableRow:
    moment = write_moment(line.saved_at)
    head = (
        TableCell(f"{moment} (shown)")
        if is_shown
        else TableCell(moment, press=f"Read the version saved on {moment}")
    )
    return TableRow(str(line.version), head, (TableCell(line.saved_by or UNKNOWN),))
