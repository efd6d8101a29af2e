"""Subjects of a school's own: rows that are never removed, because judgements name their codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.domain.subjects import OwnSubject
from pupiltrack_core.storage.assessment_models import SchoolSubject


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """A subject as the school keeps it; an archived one is offered to no new assessment."""

    subject: OwnSubject
    is_archived: bool


def find_school_subjects(session: Session, school_id: int) -> tuple[StoredSubject, ...]:
    """Return the school's own subjects by code, archived ones among them."""
    table = SchoolSubject
    rows = session.execute(
        select(table.code, table.label, table.short, table.archived_at)
        .where(table.school_id == school_id)
        .order_by(table.code)
    )
    return tuple(
        StoredSubject(OwnSubject(code, label, short), archived_at is not None)
        for code, label, short, archived_at in rows
    )


def find_own_subjects(session: Session, school_id: int) -> dict[str, OwnSubject]:
    """Return the school's own subjects, archived ones too, by code."""
    stored = find_school_subjects(session, school_id)
    return {item.subject.value: item.subject for item in stored}


def add_school_subject(session: Session, school_id: int, subject: OwnSubject) -> None:
    """Add a subject under a code the school has not used."""
    session.execute(
        insert(SchoolSubject).values(
            school_id=school_id, code=subject.value, label=subject.label, short=subject.short
        )
    )


def update_school_subject(
    session: Session, school_id: int, subject: OwnSubject, *, archived_at: datetime | None
) -> None:
    """Store the names of a subject the school has, and since when it is archived, if it is."""
    session.execute(
        update(SchoolSubject)
        .where(SchoolSubject.school_id == school_id, SchoolSubject.code == subject.value)
        .values(label=subject.label, short=subject.short, archived_at=archived_at),
        execution_options={"synchronize_session": False},
    )
