"""What the pupils of a cohort reached before: their results at the end of Reception or of Year 2.

Of several results in a measure the newest official one counts, up to the cohort's academic year;
without one, what the school entered. The same as the filters of `storage.characteristic_filters`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.cohorts import standing_assessments
from pupiltrack_core.storage.models import Enrolment, Pupil
from pupiltrack_core.storage.tallies import join_members, join_unassessed


@dataclass(frozen=True, slots=True)
class PriorResults:
    """Results of one collection, of the pupils of a cohort in some of its year groups."""

    selection: CohortSelection
    collection: str
    measures: tuple[str, ...]
    year_groups: tuple[int, ...]


def tally_results(session: Session, wanted: PriorResults) -> pd.DataFrame:
    """Return how many pupils included in the data have each code: `measure`, `result`, `pupils`.

    Pupils without a result have no row.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for measure in wanted.measures:
        for query in _members(wanted, measure):
            counted = query.add_columns(_CODE, func.count()).group_by(_CODE)
            for code, pupils in session.execute(counted):
                if code is not None:
                    counts[measure, code] += pupils
    rows = [(*place, pupils) for place, pupils in counts.items()]
    frame = pd.DataFrame(rows, columns=["measure", "result", "pupils"])
    return frame.astype({"measure": "str", "result": "str", "pupils": "int64"})


def find_pupils_with(
    session: Session,
    wanted: PriorResults,
    *,
    measure: str,
    codes: Collection[str] | None,
    most: int,
) -> Sequence[Any]:
    """Return pupils included in the data with one of the codes in a measure, in no order.

    Columns: school_id, pupil_id, surname, forenames, year_group, class_name. Without `codes` those
    who have no result. One more than `most` at the most.
    """
    columns = (
        Enrolment.school_id,
        Enrolment.pupil_id,
        Pupil.surname,
        Pupil.forenames,
        Enrolment.year_group,
        Enrolment.class_name,
    )
    has = _CODE.is_(None) if codes is None else _CODE.in_(sorted(codes))
    found: list[Any] = []
    for query in _members(wanted, measure):
        limit = most + 1 - len(found)
        found += session.execute(query.add_columns(*columns).where(has).limit(limit))
    return found


# The code that counts of one of `_members`; null for none.
_CODE = func.coalesce(StatutoryResult.code, SchoolResult.value)


def _members(wanted: PriorResults, measure: str) -> Iterator[Select[tuple[()]]]:
    """Yield queries that have all the cohort's pupils in the year groups between them.

    With each pupil's newest official result in the measure and the one entered, where there are
    any. The outer joins make the database look results up pupil by pupil, by their key.
    """
    selection = wanted.selection
    standing = standing_assessments(selection)
    groups = sorted(set(wanted.year_groups))
    assessed = select().select_from(standing).where(standing.c.year_group.in_(groups))
    for everyone in (
        join_members(assessed, selection, standing),
        join_unassessed(select(), selection, standing),
    ):
        yield (
            everyone.outerjoin(
                StatutoryResult,
                is_newest(wanted.collection, measure, AcademicYear(selection.academic_year).ending),
            )
            .outerjoin(
                SchoolResult,
                and_(
                    SchoolResult.school_id == Enrolment.school_id,
                    SchoolResult.pupil_id == Enrolment.pupil_id,
                    SchoolResult.collection == wanted.collection,
                    SchoolResult.measure == measure,
                ),
            )
            .where(Enrolment.year_group.in_(groups))
        )


def is_newest(
    collection: str, measure: str, until: int, *, table: Any = StatutoryResult, newer: Any = None
) -> ColumnElement[bool]:
    """Return the condition that `table` has the enrolment's newest official result in a measure.

    Of those with a code, up to the year ending in `until`. A query that joins several gives each a
    `table` and a `newer` of its own, which are aliases.
    """
    later = _NEWER if newer is None else newer
    has_newer = exists().where(
        _of_measure(later, collection, measure, until),
        later.school_id == table.school_id,
        later.pupil_id == table.pupil_id,
        or_(
            later.ending_year > table.ending_year,
            and_(later.ending_year == table.ending_year, later.sitting > table.sitting),
        ),
    )
    return and_(
        table.school_id == Enrolment.school_id,
        table.pupil_id == Enrolment.pupil_id,
        _of_measure(table, collection, measure, until),
        ~has_newer,
    )


def _of_measure(table: Any, collection: str, measure: str, until: int) -> ColumnElement[bool]:
    return and_(
        table.collection == collection,
        table.measure == measure,
        table.ending_year <= until,
        table.code.is_not(None),
    )


# An alias works its columns out at first use: made once, not with each query.
_NEWER = aliased(StatutoryResult)
