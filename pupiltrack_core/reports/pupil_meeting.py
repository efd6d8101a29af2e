"""A progress meeting about a pupil as a document, to sign, send home or file."""

from __future__ import annotations

from collections.abc import Iterable

from pupiltrack_core.domain.meetings import Answer
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.reports.documents import Block, Document, Heading, Paragraph, Printed, Table
from pupiltrack_core.services.pupil_meetings import MeetingRecord

TITLE = "Pupil progress meeting"
STANDARDS_CAPTION = "Standards at the time of the meeting"
NOTHING_NOTED = "Nothing was noted."
QUESTIONS = "What was talked about"
NEXT_STEPS = "Agreed next steps"


def meeting_document(record: MeetingRecord, *, printed: Printed) -> Document:
    """Return the document of one meeting: the standards, each question with what was said."""
    held = record.meeting
    return Document(
        title=TITLE,
        place=record.school_name,
        description=f"{record.pupil_name}. {record.place}",
        printed=printed,
        blocks=(
            Paragraph(f"Held on {held.held_on:%d/%m/%Y} with {held.teacher}."),
            Table(
                caption=STANDARDS_CAPTION,
                head=("", *(subject.label for subject in CORE_SUBJECTS)),
                rows=(("Previous", *held.previous.labels), ("Current", *held.current.labels)),
                weights=(1.0, 1.0, 1.0, 1.0),
                is_numeric=False,
            ),
            *_answered(held.answers),
            Heading("Comments"),
            *_said(held.comments),
        ),
        contains_names=True,
    )


def _answered(answers: Iterable[Answer]) -> Iterable[Block]:
    for at, answer in enumerate(answers, start=1):
        if at == 1:
            yield Heading(QUESTIONS)
        yield Heading(f"{at}. {answer.question}", level=3)
        yield from _said(answer.notes)
        if answer.next_steps:
            first, *others = _lines(answer.next_steps)
            yield Paragraph(f"{NEXT_STEPS}: {first}")
            yield from map(Paragraph, others)


def _said(text: str) -> Iterable[Block]:
    return map(Paragraph, _lines(text) or [NOTHING_NOTED])


def _lines(text: str) -> list[str]:
    """Return the lines that hold something: each is a paragraph, since a printed one has none."""
    return [line for line in text.splitlines() if line.strip()]
