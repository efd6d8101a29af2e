"""One progress meeting, to be read and to be saved as a PDF."""

from __future__ import annotations

from typing import Any

import ipywidgets

from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.pdf import pupil_meeting_pdf
from pupiltrack_core.reports.pupil_meeting import (
    NEXT_STEPS,
    STANDARDS_CAPTION,
    lines_of,
    standard_rows,
)
from pupiltrack_core.services.pupil_meetings import MeetingRecord
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.files import PDF, file_maker
from pupiltrack_portal.widgets import prose
from pupiltrack_portal.widgets.figures_table import FiguresTable, TableCell, TableColumn, TableRow
from pupiltrack_portal.widgets.file_button import FileButton

FILE_NAME = "pupil-meeting.pdf"  # no name of a child in it


class MeetingView:
    """Nothing until `show`."""

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._key: tuple[int, int, int] | None = None
        self._head, self._said = prose.Prose(), prose.Prose()
        self._standards = FiguresTable()
        self._save = FileButton("Save as PDF")
        self._save.on_make(file_maker(context, self._file, school_id=self._school_id))
        self.widget = ipywidgets.VBox([self._head, self._standards, self._said, self._save])
        self.widget.add_class("pt-stack")

    def show(self, school_id: int, pupil_id: int, record: MeetingRecord) -> None:
        """Show a meeting about the pupil."""
        held = record.meeting
        self._key = (school_id, pupil_id, record.id)
        self._head.show(
            prose.subheading(f"Meeting on {held.held_on:%d/%m/%Y}"),
            prose.text(f"With {held.teacher}. {record.place}."),
        )
        self._standards.show(
            caption=STANDARDS_CAPTION,
            row_heading="When",
            columns=[TableColumn(subject.value, subject.label) for subject in CORE_SUBJECTS],
            rows=[
                TableRow(first, TableCell(first), tuple(TableCell(words) for words in others))
                for first, *others in standard_rows(record)
            ],
        )
        said: list[dict[str, Any]] = []
        for at, answer in enumerate(held.answers, start=1):
            said.append(prose.subheading(f"{at}. {answer.question}"))
            said += [prose.text(line) for line in lines_of(answer.notes)]
            if answer.next_steps:
                first, *others = lines_of(answer.next_steps)
                said.append(prose.text(f"{NEXT_STEPS}: {first}"))
                said += [prose.text(line) for line in others]
        said.append(prose.subheading("Comments"))
        said += [prose.text(line) for line in lines_of(held.comments)]
        self._said.show(*said)

    def _school_id(self) -> int | None:
        return None if self._key is None else self._key[0]

    def _file(self) -> tuple[str, str, bytes]:
        if self._key is None:
            raise InvalidEntry("There is no meeting on view to save.", field="meeting")
        return FILE_NAME, PDF, pupil_meeting_pdf(self._context.caller, *self._key)
