"""Statutory results of the pupils of one school's academic year."""

from __future__ import annotations

from collections.abc import Collection as Members
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Enrolment, StatutoryResult


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
