"""The records of many pupils side by side in one academic year: found, read, locked and written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.cells import write_rows
from pupiltrack_core.storage.characteristic_filters import has
from pupiltrack_core.storage.judgements import FEW_PUPILS
from pupiltrack_core.storage.models import Enrolment, Pupil

_PUPILS, _ENROLMENTS = cast(Table, Pupil.__table__), cast(Table, Enrolment.__table__)
_TOGETHER = (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id)
_COLUMNS = (
    Pupil.id.label("pupil_id"),
    Pupil.version.label("pupil_version"),
    Enrolment.version.label("enrolment_version"),
    Enrolment.year_override,
    Enrolment.include_in_data,
    *(getattr(Pupil if name.is_of_pupil else Enrolment, name.value) for name in PupilField),
)


def find_pupils_under(
    session: Session,
    school_id: int,
    academic_year: int,
    characteristics: Iterable[tuple[Characteristic, str]],
) -> set[int]:
    """Return the ids of the pupils of a school's year that fall under every filter."""
    query = (
        select(Pupil.id)
        .join(Enrolment, _TOGETHER)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            is_there(academic_year),
            *(has(item, value) for item, value in characteristics),
        )
    )
    return set(session.scalars(query))


def find_records(
    session: Session,
    school_id: int,
    academic_year: int,
    pupil_ids: Collection[int],
    *,
    lock: bool = False,
) -> dict[int, Any]:
    """Return the records of those of the pupils that are there in the year, by pupil id.

    Each has the columns of `PupilField`, and pupil_id, pupil_version, enrolment_version,
    year_override and include_in_data. `lock` keeps others from changing them until the transaction
    ends.
    """
    wanted = set(pupil_ids)
    query = (
        select(*_COLUMNS)
        .join(Enrolment, _TOGETHER)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            is_there(academic_year),
        )
        .order_by(Pupil.id)
    )
    if len(wanted) <= FEW_PUPILS:
        query = query.where(Pupil.id.in_(sorted(wanted)))
    if lock:
        _lock(session, school_id, academic_year, sorted(wanted))
    return {row.pupil_id: row for row in session.execute(query) if row.pupil_id in wanted}


def update_pupils(
    session: Session, school_id: int, changes: Iterable[tuple[int, Mapping[str, object]]]
) -> None:
    """Set columns of pupils, each with its id; count a version of each."""
    place = {_PUPILS.c.school_id: school_id}
    _update(session, _PUPILS, "id", place, changes)


def update_enrolments(
    session: Session,
    school_id: int,
    academic_year: int,
    changes: Iterable[tuple[int, Mapping[str, object]]],
) -> None:
    """Set columns of enrolments of a year, each with its pupil's id; count a version of each."""
    place = {_ENROLMENTS.c.school_id: school_id, _ENROLMENTS.c.academic_year: academic_year}
    _update(session, _ENROLMENTS, "pupil_id", place, changes)


def find_state(session: Session, school_id: int, academic_year: int) -> tuple[int, int, int]:
    """Return what differs once any record of the year has: pupils, and versions of both tables."""
    pupils, of_pupils, of_enrolments = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Pupil.version), 0),
            func.coalesce(func.sum(Enrolment.version), 0),
        )
        .join(Enrolment, _TOGETHER)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            is_there(academic_year),
        )
    ).one()
    return int(pupils), int(of_pupils), int(of_enrolments)


def _lock(session: Session, school_id: int, academic_year: int, pupil_ids: Sequence[int]) -> None:
    # As the form of one pupil does: first the pupils and then the enrolments, not against rows
    # that refer to them, which are added with the audit's lock held.
    for query in (
        select(Pupil.id)
        .where(Pupil.school_id == school_id, Pupil.id.in_(pupil_ids))
        .order_by(Pupil.id),
        select(Enrolment.pupil_id)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Enrolment.pupil_id.in_(pupil_ids),
        )
        .order_by(Enrolment.pupil_id),
    ):
        session.execute(query.with_for_update(key_share=True)).all()


def _update(
    session: Session,
    table: Table,
    key: str,
    place: Mapping[Any, int],
    changes: Iterable[tuple[int, Mapping[str, object]]],
) -> None:
    """Write the changes of the same columns together: a filled column is one statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for number, values in changes:
        row = {f"new_{name}": value for name, value in values.items()}
        alike[tuple(sorted(values))].append({"at_key": number, **row})
    for names, rows in alike.items():
        statement = (
            update(table)
            .where(
                *(column == value for column, value in place.items()),
                table.c[key] == bindparam("at_key"),
            )
            .values(
                **{name: bindparam(f"new_{name}") for name in names},
                version=table.c.version + 1,
            )
        )
        write_rows(session, statement, rows)
