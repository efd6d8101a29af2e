"""One pupil's record as it is looked at and changed, and what was changed of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.models import Enrolment, Pupil, PupilFieldChange, UserAccount


class FieldChange(NamedTuple):
    """A field and what it was changed from and to; the year is None for a field of the pupil."""

    field: str
    before: str | None
    after: str | None
    academic_year: int | None


class PastChange(NamedTuple):
    """A change with when it was made and the display name of who made it."""

    change: FieldChange
    changed_at: datetime
    changed_by: int | None
    name: str | None


def find_record(
    session: Session, school_id: int, academic_year: int, pupil_id: int, *, lock: bool = False
) -> tuple[Pupil, Enrolment] | None:
    """Return a pupil and the enrolment of the year; None for an unknown pupil.

    A pupil archived in that year is unknown in it.

    `lock` keeps others from changing either until the transaction ends.
    """
    pupils = select(Pupil).where(
        Pupil.school_id == school_id, Pupil.id == pupil_id, is_there(academic_year)
    )
    enrolments = select(Enrolment).where(
        Enrolment.school_id == school_id,
        Enrolment.academic_year == academic_year,
        Enrolment.pupil_id == pupil_id,
    )
    if lock:
        # Not against rows that refer to them, which are added with the audit's lock held.
        pupils = pupils.with_for_update(key_share=True)
        enrolments = enrolments.with_for_update(key_share=True)
    pupil = session.scalars(pupils).one_or_none()
    enrolment = session.scalars(enrolments).one_or_none()
    return None if pupil is None or enrolment is None else (pupil, enrolment)


def find_by_upn(session: Session, school_id: int, upn: str) -> Sequence[Any]:
    """Return the school's pupils who have or had this number, archived ones too.

    Columns: id, upn, surname, forenames, date_of_birth, archived_from.
    """
    return session.execute(
        select(
            Pupil.id,
            Pupil.upn,
            Pupil.surname,
            Pupil.forenames,
            Pupil.date_of_birth,
            Pupil.archived_from,
        ).where(Pupil.school_id == school_id, or_(Pupil.upn == upn, Pupil.former_upn == upn))
    ).all()


def find_born_on(
    session: Session, school_id: int, academic_year: int, date_of_birth: date
) -> Sequence[Any]:
    """Return the school's pupils born on a day: id, surname, forenames.

    Those archived in the academic year are left out.
    """
    return session.execute(
        select(Pupil.id, Pupil.surname, Pupil.forenames).where(
            Pupil.school_id == school_id,
            Pupil.date_of_birth == date_of_birth,
            is_there(academic_year),
        )
    ).all()


def find_numbers(session: Session, school_id: int) -> set[str]:
    """Return every number any pupil of the school has or had."""
    rows = session.execute(
        select(Pupil.upn, Pupil.former_upn).where(Pupil.school_id == school_id)
    ).all()
    return {number for row in rows for number in row if number}


def find_latest_enrolment(session: Session, school_id: int, pupil_id: int) -> int | None:
    """Return the latest academic year the school has the pupil in, not archived by then."""
    return session.scalar(
        select(func.max(Enrolment.academic_year))
        .join(Pupil, (Pupil.school_id == Enrolment.school_id) & (Pupil.id == Enrolment.pupil_id))
        .where(
            Enrolment.school_id == school_id,
            Enrolment.pupil_id == pupil_id,
            is_there(Enrolment.academic_year),
        )
    )


def has_year_groups_below(
    session: Session, school_id: int, academic_years: Sequence[int], year_group: int
) -> bool:
    """Whether the school had pupils below a year group in any of the academic years."""
    found = session.scalar(
        select(Enrolment.pupil_id)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year.in_(academic_years),
            Enrolment.year_group < year_group,
        )
        .limit(1)
    )
    return found is not None


def add_field_changes(
    session: Session,
    school_id: int,
    changes: Sequence[tuple[int, FieldChange]],
    *,
    changed_at: datetime,
    changed_by: int | None,
) -> None:
    """Note for the record what was changed, each with the pupil's id, and by whom."""
    rows = [
        {
            "school_id": school_id,
            "pupil_id": pupil_id,
            **change._asdict(),
            "changed_at": changed_at,
            "changed_by": changed_by,
        }
        for pupil_id, change in changes
    ]
    if rows:
        session.execute(insert(PupilFieldChange), rows)


def find_field_changes(
    session: Session, school_id: int, pupil_id: int, *, at_most: int
) -> list[PastChange]:
    """Return what was changed of a pupil, newest first."""
    table = PupilFieldChange
    rows = session.execute(
        select(
            table.field,
            table.before,
            table.after,
            table.academic_year,
            table.changed_at,
            table.changed_by,
            UserAccount.display_name,
        )
        .join(UserAccount, UserAccount.id == table.changed_by, isouter=True)
        .where(table.school_id == school_id, table.pupil_id == pupil_id)
        .order_by(table.id.desc())
        .limit(at_most)
    )
    return [PastChange(FieldChange(*row[:4]), *row[4:]) for row in rows]
