"""Which pupils are there in an academic year, and the records a school has put away.

A pupil is archived from an academic year on: out of lists, grids, choices and figures of that year
and of later ones, and still in those of every earlier year. This is the one place for the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.storage.models import Enrolment, Pupil, PupilFieldChange, UserAccount

EVERY_YEAR = 0  # archived from before any academic year: gone from them all
NOT_ARCHIVED: Final[dict[str, None]] = {
    "archived_from": None,
    "archived_at": None,
    "archived_by": None,
    "archive_reason": None,
}
LAST_DAY = "left_on"  # the column, and the field noted on the record


def is_there(academic_year: int | ColumnElement[int] | Any) -> ColumnElement[bool]:
    """Return the condition on `Pupil` that the pupil is not archived in the academic year."""
    return or_(Pupil.archived_from.is_(None), Pupil.archived_from > academic_year)


def was_ever_there() -> ColumnElement[bool]:
    """Return the condition on `Pupil` that some academic year still has the pupil.

    A pupil without any enrolment is there until archived.
    """
    kept = select(Enrolment.pupil_id).where(
        Enrolment.school_id == Pupil.school_id,
        Enrolment.pupil_id == Pupil.id,
        is_there(Enrolment.academic_year),
    )
    return or_(Pupil.archived_from.is_(None), kept.exists())


def is_archived_in(archived_from: int | None, academic_year: int) -> bool:
    """Whether a pupil with this first year of being archived is archived in the academic year."""
    return archived_from is not None and archived_from <= academic_year


def has_left(session: Session, school_id: int, pupil_id: int, *, on: date) -> bool:
    """Whether by a day the pupil had left the school: archived, or past the last day noted.

    The last day that counts is that of the latest enrolment the pupil still has.
    """
    archived_from = session.scalar(
        select(Pupil.archived_from).where(Pupil.school_id == school_id, Pupil.id == pupil_id)
    )
    if is_archived_in(archived_from, AcademicYear.containing(on).start):
        return True
    last = next(iter(find_last_enrolments(session, school_id, pupil_id)), None)
    return last is not None and last.left_on is not None and bool(last.left_on < on)


def lock_pupils(session: Session, school_id: int, pupil_ids: Collection[int]) -> Sequence[Pupil]:
    """Return those of the pupils that are the school's, as they are now, kept from others."""
    return session.scalars(
        select(Pupil)
        .where(Pupil.school_id == school_id, Pupil.id.in_(sorted(pupil_ids)))
        .order_by(Pupil.id)
        # Not against rows that refer to them, which are added with the audit's lock held.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def find_archived_pupils(session: Session, school_id: int) -> Sequence[Any]:
    """Return the pupils of a school archived from some year on, in no order.

    Columns: id, upn, surname, forenames, date_of_birth, archived_from, archived_at,
    archive_reason, archived_by, name (of who did it, None where nobody is known).
    """
    return session.execute(
        select(
            Pupil.id,
            Pupil.upn,
            Pupil.surname,
            Pupil.forenames,
            Pupil.date_of_birth,
            Pupil.archived_from,
            Pupil.archived_at,
            Pupil.archive_reason,
            Pupil.archived_by,
            UserAccount.display_name.label("name"),
        )
        .outerjoin(UserAccount, UserAccount.id == Pupil.archived_by)
        .where(Pupil.school_id == school_id, Pupil.archived_from.is_not(None))
    ).all()


def find_places_of_archived(session: Session, school_id: int) -> Sequence[Any]:
    """Return every enrolment of the archived pupils of a school, the latest of each pupil last.

    Columns: pupil_id, academic_year, year_group, class_name.
    """
    return session.execute(
        select(
            Enrolment.pupil_id,
            Enrolment.academic_year,
            Enrolment.year_group,
            Enrolment.class_name,
        )
        .join(Pupil, and_(Pupil.school_id == Enrolment.school_id, Pupil.id == Enrolment.pupil_id))
        .where(Enrolment.school_id == school_id, Pupil.archived_from.is_not(None))
        .order_by(Enrolment.academic_year)
    ).all()


def lock_enrolments_of(
    session: Session, school_id: int, pupil_ids: Collection[int]
) -> Sequence[Enrolment]:
    """Return every enrolment of these pupils at the school, kept from others, by pupil and year."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.school_id == school_id, Enrolment.pupil_id.in_(sorted(pupil_ids)))
        .order_by(Enrolment.pupil_id, Enrolment.academic_year)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def find_last_enrolments(session: Session, school_id: int, pupil_id: int) -> Sequence[Any]:
    """Return the pupil's enrolments at the school that archiving has left, the latest first.

    Columns: academic_year, year_group, class_name, left_on.
    """
    return session.execute(
        select(
            Enrolment.academic_year, Enrolment.year_group, Enrolment.class_name, Enrolment.left_on
        )
        .join(Pupil, and_(Pupil.school_id == Enrolment.school_id, Pupil.id == Enrolment.pupil_id))
        .where(
            Enrolment.school_id == school_id,
            Enrolment.pupil_id == pupil_id,
            is_there(Enrolment.academic_year),
        )
        .order_by(Enrolment.academic_year.desc())
    ).all()


def find_last_days_noted(
    session: Session, school_id: int, pupil_id: int, *, at: datetime
) -> Sequence[Any]:
    """Return what was noted of a pupil's last day at one moment: academic_year, before, after."""
    table = PupilFieldChange
    return session.execute(
        select(table.academic_year, table.before, table.after).where(
            table.school_id == school_id,
            table.pupil_id == pupil_id,
            table.field == LAST_DAY,
            table.changed_at == at,
        )
    ).all()
