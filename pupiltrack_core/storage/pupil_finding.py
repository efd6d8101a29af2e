"""Every pupil a school has a record of, in whatever year, archived or not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Enrolment, Pupil


@dataclass(frozen=True, slots=True)
class HeldPupil:
    """A record; `last_year` is the academic year of the newest enrolment, None without one."""

    school_id: int
    pupil_id: int
    surname: str = field(repr=False)
    forenames: str = field(repr=False)
    upn: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    last_year: int | None
    is_archived: bool


def find_held_pupils(session: Session, school_id: int) -> Sequence[HeldPupil]:
    """Return all records of a school, in no order."""
    return _held(session, Pupil.school_id == school_id)


def find_held_pupil(session: Session, school_id: int, pupil_id: int) -> HeldPupil | None:
    """Return one record of a school, None where there is none with this number."""
    found = _held(session, Pupil.school_id == school_id, Pupil.id == pupil_id)
    return found[0] if found else None


def find_pupil_names(session: Session, pupil_ids: Collection[int]) -> dict[tuple[int, int], str]:
    """Return "Surname, Forenames" by school and number; who was erased is not there."""
    rows = session.execute(
        select(Pupil.school_id, Pupil.id, Pupil.surname, Pupil.forenames).where(
            Pupil.id.in_(pupil_ids)
        )
    )
    return {(school, number): f"{surname}, {names}" for school, number, surname, names in rows}


def _held(session: Session, *where: object) -> list[HeldPupil]:
    last = (
        select(func.max(Enrolment.academic_year))
        .where(Enrolment.school_id == Pupil.school_id, Enrolment.pupil_id == Pupil.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Pupil.school_id,
            Pupil.id,
            Pupil.surname,
            Pupil.forenames,
            Pupil.upn,
            Pupil.date_of_birth,
            last,
            Pupil.archived_from.is_not(None),
        ).where(*where)  # type: ignore[arg-type]  # conditions of columns, as above
    )
    return [HeldPupil(*row) for row in rows]
