"""The cells of the entry grid: reading them, and compare-and-set writing in bulk.

A cell that was never filled has no row and version 0. A write names the version it was made over;
where that is no longer the stored one nothing is written and the caller is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Table, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Enrolment, JudgementRow, Pupil

_CELLS = cast(Table, JudgementRow.__table__)
_ENROLMENTS = cast(Table, Enrolment.__table__)
FEW_PUPILS = 500  # as many are named one by one in a query


class CellKey(NamedTuple):
    """Where a judgement stands within one school and academic year."""

    assessment_id: int
    pupil_id: int
    subject: str
    kind: str


@dataclass(frozen=True, slots=True)
class StoredCell:
    """What is stored; None is a blank cell, version 0 one that was never filled."""

    value: str | None
    version: int
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEnrolment:
    """What recording needs to know of a pupil's enrolment."""

    year_group: int
    include_in_data: bool
    version: int


@dataclass(frozen=True, slots=True)
class CellWrite:
    """A value to store over `version`."""

    key: CellKey
    value: str | None
    version: int


@dataclass(frozen=True, slots=True)
class InclusionWrite:
    """An include-in-data to store over the enrolment's `version`."""

    pupil_id: int
    include_in_data: bool
    version: int


def find_cells(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    assessment_ids: Collection[int],
    pupil_ids: Collection[int],
    for_update: bool = False,
) -> dict[CellKey, StoredCell]:
    """Return the stored cells of these assessments and pupils.

    `for_update` holds the rows until the transaction ends, where the database locks by row.
    """
    rows = find_cell_rows(
        session,
        school_id,
        academic_year,
        assessment_ids=assessment_ids,
        pupil_ids=pupil_ids,
        for_update=for_update,
    )
    return {
        CellKey(assessment_id, pupil_id, subject, kind): StoredCell(value, version, colour)
        for assessment_id, pupil_id, subject, kind, value, version, colour in rows
    }


def find_cell_rows(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    assessment_ids: Collection[int],
    pupil_ids: Collection[int],
    for_update: bool = False,
) -> Iterable[Any]:
    """Return what `find_cells` does, for a whole grid of thousands: rows, and no objects.

    Columns: assessment_id, pupil_id, subject, kind, value, version, colour; in no order.
    """
    wanted = set(pupil_ids)
    query = select(
        JudgementRow.assessment_id,
        JudgementRow.pupil_id,
        JudgementRow.subject,
        JudgementRow.kind,
        JudgementRow.value,
        JudgementRow.version,
        JudgementRow.colour,
    ).where(
        JudgementRow.school_id == school_id,
        JudgementRow.academic_year == academic_year,
        JudgementRow.assessment_id.in_(sorted(assessment_ids)),
    )
    is_narrowed = len(wanted) <= FEW_PUPILS
    if is_narrowed:
        query = query.where(JudgementRow.pupil_id.in_(sorted(wanted)))
    if for_update:
        # In one order for everyone, so that two batches never wait for each other in a ring.
        query = query.order_by(*_CELLS.primary_key.columns).with_for_update()
    rows = session.execute(query).all()
    return rows if is_narrowed else [row for row in rows if row.pupil_id in wanted]


def find_enrolments(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    pupil_ids: Collection[int],
    for_update: bool = False,
) -> dict[int, StoredEnrolment]:
    """Return the enrolments of those of `pupil_ids` enrolled there that year and not archived."""
    wanted = set(pupil_ids)
    query = (
        select(
            Enrolment.pupil_id,
            Enrolment.year_group,
            Enrolment.include_in_data,
            Enrolment.version,
        )
        .join(
            Pupil,
            and_(Pupil.id == Enrolment.pupil_id, Pupil.school_id == Enrolment.school_id),
        )
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Pupil.archived_at.is_(None),
        )
        .order_by(Enrolment.pupil_id)
    )
    if len(wanted) <= FEW_PUPILS:
        query = query.where(Enrolment.pupil_id.in_(sorted(wanted)))
    if for_update:
        query = query.with_for_update(of=Enrolment)
    return {
        pupil_id: StoredEnrolment(year_group, include_in_data, version)
        for pupil_id, year_group, include_in_data, version in session.execute(query)
        if pupil_id in wanted
    }


def write_cells(
    session: Session,
    school_id: int,
    academic_year: int,
    writes: Sequence[CellWrite],
    *,
    changed_by: int | None,
    changed_at: datetime,
) -> bool:
    """Store the cells, each over its version; return whether every one was still at it.

    When it returns False some may have been written: the caller must roll back.
    """
    fixed: dict[str, Any] = {
        "school_id": school_id,
        "academic_year": academic_year,
        "changed_by": changed_by,
        "changed_at": changed_at,
    }
    fresh = [
        fixed | write.key._asdict() | {"value": write.value, "version": 1}
        for write in writes
        if write.version == 0
    ]
    stored = [
        {f"at_{name}": value for name, value in write.key._asdict().items()}
        | {"new_value": write.value, "at_version": write.version, "next": write.version + 1}
        for write in writes
        if write.version > 0
    ]
    done = 0
    if fresh:
        dialect = session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        done += _rows_written(session, insert(_CELLS).on_conflict_do_nothing(), fresh)
    if stored:
        statement = (
            update(_CELLS)
            .where(
                _CELLS.c.school_id == school_id,
                _CELLS.c.academic_year == academic_year,
                *(_CELLS.c[name] == bindparam(f"at_{name}") for name in CellKey._fields),
                _CELLS.c.version == bindparam("at_version"),
            )
            .values(
                value=bindparam("new_value"),
                version=bindparam("next"),
                changed_by=changed_by,
                changed_at=changed_at,
            )
        )
        done += _rows_written(session, statement, stored)
    return done == len(writes)


def write_inclusions(
    session: Session, school_id: int, academic_year: int, writes: Sequence[InclusionWrite]
) -> bool:
    """Store include-in-data, each over its enrolment's version; return as `write_cells` does."""
    if not writes:
        return True
    table = _ENROLMENTS
    statement = (
        update(table)
        .where(
            table.c.school_id == school_id,
            table.c.academic_year == academic_year,
            table.c.pupil_id == bindparam("at_pupil_id"),
            table.c.version == bindparam("at_version"),
        )
        .values(include_in_data=bindparam("include"), version=bindparam("next"))
    )
    rows = [
        {
            "at_pupil_id": write.pupil_id,
            "at_version": write.version,
            "include": write.include_in_data,
            "next": write.version + 1,
        }
        for write in writes
    ]
    return _rows_written(session, statement, rows) == len(rows)


def _rows_written(session: Session, statement: Any, rows: list[dict[str, Any]]) -> int:
    # On the connection: the session's own bulk writing would look at the rows as objects. The count
    # of an insert is only kept when asked for.
    result: CursorResult[Any] = session.connection().execute(
        statement, rows, execution_options={"preserve_rowcount": True}
    )
    return result.rowcount
