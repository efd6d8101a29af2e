"""The records of a school's pupils: for lists, and for imports to compare with and write to."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.models import Enrolment, ImportBatch, Pupil

PUPIL_IMPORT = "pupils"


def find_pupils_of_year(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    class_name: str | None = None,
    year_group: int | None = None,
) -> Sequence[Any]:
    """Return the pupils enrolled in a year, those archived in it left out, in no order.

    Columns: pupil_id, upn, surname, forenames, sex, date_of_birth, year_group, class_name,
    include_in_data.
    """
    query = (
        select(
            Pupil.id.label("pupil_id"),
            Pupil.upn,
            Pupil.surname,
            Pupil.forenames,
            Pupil.sex,
            Pupil.date_of_birth,
            Enrolment.year_group,
            Enrolment.class_name,
            Enrolment.include_in_data,
        )
        .join(
            Enrolment, (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id)
        )
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            is_there(academic_year),
        )
    )
    if class_name is not None:
        query = query.where(Enrolment.class_name == class_name)
    if year_group is not None:
        query = query.where(Enrolment.year_group == year_group)
    return session.execute(query).all()


def find_all_pupils(session: Session, school_id: int, *, lock: bool = False) -> Sequence[Pupil]:
    """Return every pupil the school has ever had, archived ones too, by id."""
    query = select(Pupil).where(Pupil.school_id == school_id).order_by(Pupil.id)
    return session.scalars(query.with_for_update() if lock else query).all()


def find_enrolments(
    session: Session, school_id: int, academic_years: Collection[int], *, lock: bool = False
) -> Sequence[Enrolment]:
    """Return the school's enrolments of these years, by pupil and year."""
    query = (
        select(Enrolment)
        .where(
            Enrolment.school_id == school_id, Enrolment.academic_year.in_(sorted(academic_years))
        )
        .order_by(Enrolment.pupil_id, Enrolment.academic_year)
    )
    if lock:
        # Not against rows that refer to it: the history of cells is added to with the lock of the
        # audit held, for which whoever holds enrolments goes on to wait.
        query = query.with_for_update(key_share=True)
    return session.scalars(query).all()


def find_pupils_before(session: Session, school_id: int, academic_year: int) -> frozenset[int]:
    """Return the pupils the school has enrolled in any year before this one."""
    return frozenset(
        session.scalars(
            select(Enrolment.pupil_id)
            .where(Enrolment.school_id == school_id, Enrolment.academic_year < academic_year)
            .distinct()
        )
    )


def add_pupils(session: Session, school_id: int, pupils: Sequence[dict[str, Any]]) -> list[int]:
    """Add pupils, each a new person, and return their ids in the same order."""
    rows = [Pupil(school_id=school_id, person_key=str(uuid.uuid4()), **pupil) for pupil in pupils]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def add_enrolments(
    session: Session, school_id: int, academic_year: int, enrolments: Sequence[dict[str, Any]]
) -> None:
    """Add enrolments in a year; each names its `pupil_id` and `year_group`."""
    session.add_all(
        Enrolment(school_id=school_id, academic_year=academic_year, **enrolment)
        for enrolment in enrolments
    )
    session.flush()


def update_pupil(session: Session, school_id: int, pupil_id: int, values: dict[str, Any]) -> None:
    """Set columns of one pupil; count a version."""
    session.execute(
        update(Pupil)
        .where(Pupil.school_id == school_id, Pupil.id == pupil_id)
        .values(**values, version=Pupil.version + 1),
        execution_options={"synchronize_session": False},
    )


def update_enrolment(session: Session, key: tuple[int, int, int], values: dict[str, Any]) -> None:
    """Set columns of one enrolment, `key` being (school, academic year, pupil); count a version."""
    school_id, academic_year, pupil_id = key
    session.execute(
        update(Enrolment)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Enrolment.pupil_id == pupil_id,
        )
        .values(**values, version=Enrolment.version + 1),
        execution_options={"synchronize_session": False},
    )


def find_import_batch(
    session: Session, school_id: int, academic_year: int, digest: str
) -> ImportBatch | None:
    """Return the latest acceptance of this very file for this school and year, if there is one."""
    return session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.school_id == school_id,
            ImportBatch.academic_year == academic_year,
            ImportBatch.kind == PUPIL_IMPORT,
            ImportBatch.digest == digest,
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    ).first()


def add_import_batch(session: Session, **values: Any) -> int:
    """Add the record of an acceptance and return its id."""
    batch = ImportBatch(kind=PUPIL_IMPORT, **values)
    session.add(batch)
    session.flush()
    return batch.id
