"""Results a school enters itself: reading them for a change, and compare-and-set writing."""

from __future__ import annotations

from collections.abc import Collection as Members
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.cells import (
    CellKey,
    CellWrite,
    StoredCell,
    result_cell,
    write_rows,
)

_RESULTS = cast(Table, SchoolResult.__table__)


def find_entered_results(
    session: Session, school_id: int, *, pupil_ids: Members[int], for_update: bool = False
) -> dict[CellKey, StoredCell]:
    """Return what the school entered for these pupils.

    `for_update` holds the rows until the transaction ends, where the database locks by row.
    """
    table = SchoolResult
    query = select(
        table.pupil_id,
        table.collection,
        table.measure,
        table.value,
        table.version,
        table.changed_at,
        table.changed_by,
    ).where(table.school_id == school_id, table.pupil_id.in_(sorted(pupil_ids)))
    if for_update:
        query = query.order_by(*_RESULTS.primary_key.columns).with_for_update()
    return {
        result_cell(row.pupil_id, row.collection, row.measure): StoredCell(
            row.value, row.version, changed_at=row.changed_at, changed_by=row.changed_by
        )
        for row in session.execute(query)
    }


def find_officially_held(
    session: Session,
    school_id: int,
    *,
    pupil_ids: Members[int],
    collection: str,
    measure: str,
    until: int,
) -> set[int]:
    """Return those of the pupils with an official result in the measure, of `until` or before."""
    table = StatutoryResult
    return set(
        session.scalars(
            select(table.pupil_id).where(
                table.school_id == school_id,
                table.pupil_id.in_(sorted(pupil_ids)),
                table.collection == collection,
                table.measure == measure,
                table.ending_year <= until,
            )
        )
    )


def write_results(
    session: Session,
    school_id: int,
    writes: Sequence[CellWrite],
    *,
    changed_by: int | None,
    changed_at: datetime,
) -> bool:
    """Store the results, each over its version; return whether every one was still at it.

    When it returns False some may have been written: the caller must roll back.
    """
    by_whom: dict[str, Any] = {"changed_by": changed_by, "changed_at": changed_at}
    fresh = [
        by_whom | _names(write) | {"school_id": school_id, "value": write.value, "version": 1}
        # In one order for everyone: the second to insert a result waits for the first.
        for write in sorted(writes, key=lambda write: (write.key.pupil_id, write.key.subject))
        if write.version == 0
    ]
    stored = [
        {f"at_{name}": value for name, value in _names(write).items()}
        | {"new_value": write.value, "at_version": write.version, "next": write.version + 1}
        for write in writes
        if write.version > 0
    ]
    done = 0
    if fresh:
        dialect = session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        done += write_rows(session, insert(_RESULTS).on_conflict_do_nothing(), fresh)
    if stored:
        columns = _RESULTS.c
        statement = (
            update(_RESULTS)
            .where(
                columns.school_id == school_id,
                columns.pupil_id == bindparam("at_pupil_id"),
                columns.collection == bindparam("at_collection"),
                columns.measure == bindparam("at_measure"),
                columns.version == bindparam("at_version"),
            )
            .values(value=bindparam("new_value"), version=bindparam("next"), **by_whom)
        )
        done += write_rows(session, statement, stored)
    return done == len(writes)


def _names(write: CellWrite) -> dict[str, Any]:
    collection, measure = write.key.subject.split(":")
    return {"pupil_id": write.key.pupil_id, "collection": collection, "measure": measure}
