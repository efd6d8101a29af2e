"""The questions a school asks at its meetings. Meetings keep copies: nothing here changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.meetings import MeetingKind, Question
from pupiltrack_core.storage.support_models import DiscussionQuestion


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A checked question; `ends_on` None is for good."""

    description: str
    starts_on: date
    ends_on: date | None = None


def find_questions(
    session: Session, school_id: int, kind: MeetingKind | None = None
) -> tuple[Question, ...]:
    """Return the school's questions in the order asked, of one kind or of all; no deleted ones."""
    return tuple(
        Question(
            row.id, MeetingKind(row.kind), row.description, row.starts_on, row.ends_on, row.version
        )
        for row in find_question_rows(session, school_id, kind)
    )


def find_question_rows(
    session: Session, school_id: int, kind: MeetingKind | None = None
) -> Sequence[DiscussionQuestion]:
    """Return the rows of `find_questions`."""
    table = DiscussionQuestion
    query = select(table).where(table.school_id == school_id, table.deleted_at.is_(None))
    if kind is not None:
        query = query.where(table.kind == kind.value)
    return session.scalars(query.order_by(table.kind, table.sort_order, table.id)).all()


def find_question(session: Session, school_id: int, question_id: int) -> DiscussionQuestion | None:
    """Return a question of the school, deleted or not; None where it has none of this id."""
    return session.scalar(
        select(DiscussionQuestion)
        .where(DiscussionQuestion.id == question_id, DiscussionQuestion.school_id == school_id)
        .execution_options(populate_existing=True)
    )


def add_question(session: Session, school_id: int, kind: MeetingKind, draft: QuestionDraft) -> int:
    """Add a question after all others of its kind and return its id."""
    table = DiscussionQuestion
    last = session.scalar(
        select(func.max(table.sort_order)).where(
            table.school_id == school_id, table.kind == kind.value
        )
    )
    row = DiscussionQuestion(
        school_id=school_id,
        kind=kind.value,
        description=draft.description,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        sort_order=(last or 0) + 1,
    )
    session.add(row)
    session.flush()
    return row.id


def update_question(session: Session, row: DiscussionQuestion, draft: QuestionDraft) -> None:
    """Store a question anew; its version goes up, its kind stays."""
    row.description, row.starts_on, row.ends_on = draft.description, draft.starts_on, draft.ends_on
    row.version += 1
    session.flush()


def mark_question_deleted(
    session: Session, row: DiscussionQuestion, deleted_at: datetime | None
) -> None:
    """Mark a question as deleted at a moment, or as not deleted; its version goes up."""
    row.deleted_at = deleted_at
    row.version += 1
    session.flush()


def exchange_places(session: Session, one: DiscussionQuestion, other: DiscussionQuestion) -> None:
    """Let two questions of a kind stand in each other's place; their versions stay."""
    one.sort_order, other.sort_order = other.sort_order, one.sort_order
    session.flush()
