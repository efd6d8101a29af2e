"""Progress meetings about one pupil, each with its own copy of the questions that were asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.meetings import Answer, Standards
from pupiltrack_core.storage.support_models import PupilMeeting, PupilMeetingAnswer


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """A meeting as a list shows it; what was said to the questions is not read."""

    id: int
    academic_year: int
    held_on: date
    teacher: str
    comments: str
    version: int


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A checked meeting; `answers` in the order in which the questions were asked."""

    academic_year: int
    held_on: date
    teacher: str
    previous: Standards
    current: Standards
    answers: tuple[Answer, ...]
    comments: str = ""

    def changed_from(self, other: MeetingDraft) -> tuple[str, ...]:
        """Return the names of the parts in which it differs from another."""
        names = ("held_on", "teacher", "previous", "current", "answers", "comments")
        return tuple(name for name in names if getattr(self, name) != getattr(other, name))


def find_meetings_of_pupil(
    session: Session, school_id: int, pupil_id: int
) -> tuple[StoredMeeting, ...]:
    """Return the meetings about one pupil at a school, deleted ones left out, in no order."""
    rows = session.execute(
        select(
            PupilMeeting.id,
            PupilMeeting.academic_year,
            PupilMeeting.held_on,
            PupilMeeting.teacher,
            PupilMeeting.comments,
            PupilMeeting.version,
        ).where(
            PupilMeeting.school_id == school_id,
            PupilMeeting.pupil_id == pupil_id,
            PupilMeeting.deleted_at.is_(None),
        )
    )
    return tuple(StoredMeeting(*row) for row in rows)


def find_pupils_with_meetings(
    session: Session, school_id: int, academic_year: int, pupil_ids: Collection[int]
) -> frozenset[int]:
    """Return those of the pupils about whom a meeting of that year is on record."""
    wanted = set(pupil_ids)
    query = (
        select(PupilMeeting.pupil_id)
        .where(
            PupilMeeting.school_id == school_id,
            PupilMeeting.academic_year == academic_year,
            PupilMeeting.deleted_at.is_(None),
        )
        .distinct()
    )
    if len(wanted) <= _FEW_PUPILS:
        query = query.where(PupilMeeting.pupil_id.in_(sorted(wanted)))
    return frozenset(session.scalars(query)) & wanted


# Above it every meeting of the school is read: fewer than there would be numbers to send.
_FEW_PUPILS = 500


def find_meeting(
    session: Session,
    school_id: int,
    pupil_id: int,
    meeting_id: int,
    *,
    for_update: bool = False,
) -> PupilMeeting | None:
    """Return the pupil's meeting, deleted or not; None where the pupil has none of this id.

    With `for_update` it is kept from others until the transaction ends.
    """
    query = (
        select(PupilMeeting)
        .where(
            PupilMeeting.id == meeting_id,
            PupilMeeting.school_id == school_id,
            PupilMeeting.pupil_id == pupil_id,
        )
        .execution_options(populate_existing=True)
    )
    return session.scalar(query.with_for_update() if for_update else query)


def find_answers(session: Session, meeting: PupilMeeting) -> tuple[Answer, ...]:
    """Return the meeting's questions and what was said to each, in the order asked."""
    table = PupilMeetingAnswer
    rows = session.execute(
        select(table.question, table.notes, table.next_steps)
        .where(table.meeting_id == meeting.id, table.school_id == meeting.school_id)
        .order_by(table.position)
    )
    return tuple(Answer(*row) for row in rows)


def draft_of(session: Session, meeting: PupilMeeting) -> MeetingDraft:
    """Return what a person entered of the meeting."""
    return MeetingDraft(
        academic_year=meeting.academic_year,
        held_on=meeting.held_on,
        teacher=meeting.teacher,
        previous=Standards.read(meeting.previous),
        current=Standards.read(meeting.current),
        answers=find_answers(session, meeting),
        comments=meeting.comments,
    )


def add_meeting(
    session: Session,
    school_id: int,
    pupil_id: int,
    draft: MeetingDraft,
    *,
    created_by: int | None,
    created_at: datetime,
) -> int:
    """Add a meeting with its questions and return its id."""
    row = PupilMeeting(
        school_id=school_id, pupil_id=pupil_id, created_by=created_by, created_at=created_at
    )
    _set(row, draft)
    session.add(row)
    session.flush()
    _add_answers(session, row, draft.answers)
    return row.id


def update_meeting(session: Session, row: PupilMeeting, draft: MeetingDraft) -> None:
    """Store a locked meeting anew; its version goes up."""
    _set(row, draft)
    row.version += 1
    session.execute(
        delete(PupilMeetingAnswer).where(
            PupilMeetingAnswer.meeting_id == row.id, PupilMeetingAnswer.school_id == row.school_id
        ),
        execution_options={"synchronize_session": False},
    )
    _add_answers(session, row, draft.answers)


def mark_meeting_deleted(session: Session, row: PupilMeeting, deleted_at: datetime | None) -> None:
    """Mark a locked meeting as deleted at a moment, or as not deleted; its version goes up."""
    row.deleted_at = deleted_at
    row.version += 1
    session.flush()


def _set(row: PupilMeeting, draft: MeetingDraft) -> None:
    row.academic_year, row.held_on = draft.academic_year, draft.held_on
    row.teacher, row.comments = draft.teacher, draft.comments
    row.previous, row.current = draft.previous.stored, draft.current.stored


def _add_answers(session: Session, row: PupilMeeting, answers: Iterable[Answer]) -> None:
    rows = [
        {
            "meeting_id": row.id,
            "position": position,
            "school_id": row.school_id,
            "question": answer.question,
            "notes": answer.notes,
            "next_steps": answer.next_steps,
        }
        for position, answer in enumerate(answers, start=1)
    ]
    if rows:
        session.execute(insert(PupilMeetingAnswer), rows)
