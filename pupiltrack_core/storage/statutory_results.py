"""Statutory results of pupils, the official ones and those their school entered."""

from __future__ import annotations

from collections.abc import Collection as Members
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.assessment_models import StatutoryResult
from pupiltrack_core.storage.judgements import FEW_PUPILS
from pupiltrack_core.storage.models import Enrolment


def find_results(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    collection: str,
    year_groups: Members[int],
) -> Sequence[Any]:
    """Return the results in a collection, of whatever year, of the pupils in these year groups.

    Columns: pupil_id, ending_year, sitting, measure, value, code, data_status; in no order.
    """
    return session.execute(
        select(
            StatutoryResult.pupil_id,
            StatutoryResult.ending_year,
            StatutoryResult.sitting,
            StatutoryResult.measure,
            StatutoryResult.value,
            StatutoryResult.code,
            StatutoryResult.data_status,
        )
        .join(
            Enrolment,
            and_(
                Enrolment.school_id == StatutoryResult.school_id,
                Enrolment.pupil_id == StatutoryResult.pupil_id,
            ),
        )
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Enrolment.year_group.in_(sorted(year_groups)),
            StatutoryResult.collection == collection,
        )
    ).all()


def find_results_of_pupils(
    session: Session, school_id: int, pupil_ids: Members[int], *, until: int
) -> Sequence[Any]:
    """Return all results these pupils have of the years up to the one ending in `until`.

    Columns: pupil_id, collection, ending_year, sitting, measure, value, code; in no order.
    """
    table = StatutoryResult
    query = select(
        table.pupil_id,
        table.collection,
        table.ending_year,
        table.sitting,
        table.measure,
        table.value,
        table.code,
    ).where(table.school_id == school_id, table.ending_year <= until)
    return _of_pupils(session, query, table.pupil_id, set(pupil_ids))


def _of_pupils(
    session: Session, query: Select[*tuple[Any, ...]], column: Any, wanted: set[int]
) -> list[Any]:
    if len(wanted) <= FEW_PUPILS:
        return list(session.execute(query.where(column.in_(sorted(wanted)))))
    return [row for row in session.execute(query) if row.pupil_id in wanted]
