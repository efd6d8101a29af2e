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
                head=("When", *(subject.label for subject in CORE_SUBJECTS)),
                rows=standard_rows(record),
                weights=(1.0, 1.0, 1.0, 1.0),
                is_numeric=False,
            ),
            *([Paragraph(record.wording.legend)] if record.wording.legend else []),
            *_answered(held.answers),
            Heading("Comments"),
            *map(Paragraph, lines_of(held.comments)),
        ),
        contains_names=True,
    )


def standard_rows(record: MeetingRecord) -> tuple[tuple[str, ...], ...]:
    """Return the standards before and at the meeting in words, each row beginning with which."""
    held, wording = record.meeting, record.wording
    return (
        ("Previous", *held.previous.labels_in(wording)),
        ("Current", *held.current.labels_in(wording)),
    )


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that hold something, each a paragraph; or that there is none."""
    return [line for line in text.splitlines() if line.strip()] or [NOTHING_NOTED]


def _answered(answers: Iterable[Answer]) -> Iterable[Block]:
    for at, answer in enumerate(answers, start=1):
        if at == 1:
            yield Heading(QUESTIONS)
        yield Heading(f"{at}. {answer.question}", level=3)
        yield from map(Paragraph, lines_of(answer.notes))
        if answer.next_steps:
            first, *others = lines_of(answer.next_steps)
            yield Paragraph(f"{NEXT_STEPS}: {first}")
            yield from map(Paragraph, others)
