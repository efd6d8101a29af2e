"""The kinds of test scores a school has described, which are never removed: tests name them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.domain.test_ranges import TestRange
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow, TestType


@dataclass(frozen=True, slots=True)
class StoredTestType:
    """A kind of test as the school keeps it; an archived one is offered to no new assessment."""

    id: int
    range: TestRange
    is_archived: bool


def find_test_types(
    session: Session, school_id: int, *, test_type_ids: Collection[int] | None = None
) -> tuple[StoredTestType, ...]:
    """Return the school's kinds of test by name, archived ones among them."""
    query = select(TestType).where(TestType.school_id == school_id)
    if test_type_ids is not None:
        query = query.where(TestType.id.in_(sorted(test_type_ids)))
    return tuple(
        StoredTestType(
            row.id,
            TestRange(row.name, row.lowest, row.highest, row.decimals),
            row.archived_at is not None,
        )
        for row in session.scalars(query.order_by(TestType.name, TestType.id))
    )


def add_test_type(session: Session, school_id: int, test_range: TestRange) -> int:
    """Add a kind of test and return its id."""
    row = TestType(school_id=school_id, **_values(test_range))
    session.add(row)
    session.flush()
    return row.id


def update_test_type(
    session: Session,
    school_id: int,
    test_type_id: int,
    test_range: TestRange,
    *,
    archived_at: datetime | None,
) -> None:
    """Store a kind of test the school has, and since when it is archived, if it is."""
    session.execute(
        update(TestType)
        .where(TestType.school_id == school_id, TestType.id == test_type_id)
        .values(**_values(test_range), archived_at=archived_at),
        execution_options={"synchronize_session": "fetch"},
    )


def count_scores_of_type(session: Session, school_id: int, test_type_id: int) -> dict[str, int]:
    """Return how often each score stands under tests of this kind, of any year, by score.

    Scores of deleted assessments are left out.
    """
    of_kind = session.execute(
        select(Assessment.academic_year, Assessment.id).where(
            Assessment.school_id == school_id,
            Assessment.test_type_id == test_type_id,
            Assessment.test_title.is_not(None),
            Assessment.deleted_at.is_(None),
        )
    ).all()
    # Years and ids by name: a join would go through every cell the school has.
    cell = JudgementRow
    rows = session.execute(
        select(cell.value, func.count())
        .where(
            cell.school_id == school_id,
            cell.academic_year.in_(sorted({year for year, _ in of_kind})),
            cell.assessment_id.in_(sorted(number for _, number in of_kind)),
            cell.kind == "test",
            cell.value.is_not(None),
        )
        .group_by(cell.value)
    )
    return {str(value): number for value, number in rows}


def _values(test_range: TestRange) -> dict[str, str | int]:
    return {
        "name": test_range.name,
        "lowest": test_range.lowest,
        "highest": test_range.highest,
        "decimals": test_range.decimals,
    }
