"""Judgements and include-in-data: reading them, and compare-and-set writing in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.assessment_models import JudgementRow
from pupiltrack_core.storage.cells import CellKey, CellWrite, StoredCell, write_rows
from pupiltrack_core.storage.models import Enrolment, Pupil

_CELLS = cast(Table, JudgementRow.__table__)
_ENROLMENTS = cast(Table, Enrolment.__table__)
FEW_PUPILS = 500  # as many are named one by one in a query
_CELL_COLUMNS = (
    JudgementRow.assessment_id,
    JudgementRow.pupil_id,
    JudgementRow.subject,
    JudgementRow.kind,
    JudgementRow.value,
    JudgementRow.version,
    JudgementRow.colour,
)


@dataclass(frozen=True, slots=True)
class StoredEnrolment:
    """What recording needs to know of a pupil's enrolment."""

    year_group: int
    include_in_data: bool
    version: int


def find_cells(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    assessment_ids: Collection[int],
    pupil_ids: Collection[int],
    subjects: Collection[str] = (),
    kinds: Collection[str] = (),
    for_update: bool = False,
) -> dict[CellKey, StoredCell]:
    """Return the stored cells of these assessments and pupils, if given of these columns only.

    `for_update` holds the rows until the transaction ends, where the database locks by row.
    """
    table, wanted = JudgementRow, set(pupil_ids)
    query = _cells_query(
        (*_CELL_COLUMNS, table.changed_at, table.changed_by),
        school_id,
        academic_year,
        assessment_ids=assessment_ids,
        wanted=wanted,
    )
    if subjects:
        query = query.where(table.subject.in_(sorted(subjects)))
    if kinds:
        query = query.where(table.kind.in_(sorted(kinds)))
    if for_update:
        # In one order for everyone, so that two batches never wait for each other in a ring.
        query = query.order_by(*_CELLS.primary_key.columns).with_for_update()
    return {
        CellKey(assessment_id, pupil_id, subject, kind): StoredCell(*stored)
        for assessment_id, pupil_id, subject, kind, *stored in session.execute(query)
        if pupil_id in wanted
    }


def find_cell_rows(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    assessment_ids: Collection[int],
    pupil_ids: Collection[int],
) -> Iterable[Any]:
    """Return what `find_cells` does, for a whole grid of thousands: rows, and no objects.

    Columns: assessment_id, pupil_id, subject, kind, value, version, colour; in no order.
    """
    wanted = set(pupil_ids)
    query = _cells_query(
        _CELL_COLUMNS, school_id, academic_year, assessment_ids=assessment_ids, wanted=wanted
    )
    rows = session.execute(query).all()
    return rows if len(wanted) <= FEW_PUPILS else [row for row in rows if row.pupil_id in wanted]


def find_enrolments(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    pupil_ids: Collection[int],
    for_update: bool = False,
) -> dict[int, StoredEnrolment]:
    """Return the enrolments of those of `pupil_ids` enrolled there that year, not archived."""
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
            is_there(academic_year),
        )
        .order_by(Enrolment.pupil_id)
    )
    if len(wanted) <= FEW_PUPILS:
        query = query.where(Enrolment.pupil_id.in_(sorted(wanted)))
    if for_update:
        # Not against rows that refer to it: those are added with the lock of the audit held, for
        # which whoever holds an enrolment goes on to wait.
        query = query.with_for_update(of=Enrolment, key_share=True)
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
        fixed | write.key._asdict() | {"value": write.value, "colour": write.colour, "version": 1}
        # In one order for everyone: the second to insert a cell waits for the first.
        for write in sorted(writes, key=lambda write: write.key)
        if write.version == 0
    ]
    stored = [
        {f"at_{name}": value for name, value in write.key._asdict().items()}
        | {"at_version": write.version, "next": write.version + 1}
        | {"new_value": write.value, "new_colour": write.colour}
        for write in writes
        if write.version > 0
    ]
    done = 0
    if fresh:
        dialect = session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        done += write_rows(session, insert(_CELLS).on_conflict_do_nothing(), fresh)
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
                colour=bindparam("new_colour"),
                version=bindparam("next"),
                changed_by=changed_by,
                changed_at=changed_at,
            )
        )
        done += write_rows(session, statement, stored)
    return done == len(writes)


def write_inclusions(
    session: Session, school_id: int, academic_year: int, writes: Sequence[CellWrite]
) -> bool:
    """Store include-in-data ("Y" or "N"), each over its enrolment's version.

    Return as `write_cells` does.
    """
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
            "at_pupil_id": write.key.pupil_id,
            "at_version": write.version,
            "include": write.value == "Y",
            "next": write.version + 1,
        }
        for write in writes
    ]
    return write_rows(session, statement, rows) == len(rows)


def _cells_query(
    columns: tuple[Any, ...],
    school_id: int,
    academic_year: int,
    *,
    assessment_ids: Collection[int],
    wanted: set[int],
) -> Select[*tuple[Any, ...]]:
    table = JudgementRow
    query = select(*columns).where(
        table.school_id == school_id,
        table.academic_year == academic_year,
        table.assessment_id.in_(sorted(assessment_ids)),
    )
    if len(wanted) <= FEW_PUPILS:
        query = query.where(table.pupil_id.in_(sorted(wanted)))
    return query
