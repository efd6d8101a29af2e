"""What the pupils of a cohort reached before: their results at the end of Reception or of Year 2.

Of several results in a measure the newest official one counts, up to the cohort's academic year;
without one, what the school entered. The same as the filters of `storage.characteristic_filters`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.storage.assessment_models import SchoolResult, StatutoryResult
from pupiltrack_core.storage.cohorts import belongs, in_place, on_roll, standing_assessments
from pupiltrack_core.storage.models import Enrolment, Pupil


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
    held = _newest(wanted)
    query = (
        _members(wanted, select(held.c.measure, held.c.code, func.count()))
        .join(held, _is_of_member(held))
        .group_by(held.c.measure, held.c.code)
    )
    rows = [tuple(row) for row in session.execute(query)]
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
    held = _newest(wanted)
    columns = (
        Enrolment.school_id,
        Enrolment.pupil_id,
        Pupil.surname,
        Pupil.forenames,
        Enrolment.year_group,
        Enrolment.class_name,
    )
    query = _members(wanted, select(*columns)).outerjoin(
        held, and_(_is_of_member(held), held.c.measure == measure)
    )
    has = held.c.code.is_(None) if codes is None else held.c.code.in_(sorted(codes))
    return session.execute(query.where(has).limit(most + 1)).all()


def _newest(wanted: PriorResults) -> Subquery:
    """Return (school_id, pupil_id, measure, code) of the result that counts, one of each."""
    official = select(
        StatutoryResult.school_id,
        StatutoryResult.pupil_id,
        StatutoryResult.measure,
        StatutoryResult.code,
        literal(0).label("source"),
        StatutoryResult.ending_year,
        StatutoryResult.sitting,
    ).where(
        in_place(wanted.selection, StatutoryResult.school_id),
        StatutoryResult.collection == wanted.collection,
        StatutoryResult.measure.in_(wanted.measures),
        StatutoryResult.ending_year <= AcademicYear(wanted.selection.academic_year).ending,
        StatutoryResult.code.is_not(None),
    )
    entered = select(
        SchoolResult.school_id,
        SchoolResult.pupil_id,
        SchoolResult.measure,
        SchoolResult.value,
        literal(1),
        literal(0),
        literal(""),
    ).where(
        in_place(wanted.selection, SchoolResult.school_id),
        SchoolResult.collection == wanted.collection,
        SchoolResult.measure.in_(wanted.measures),
        SchoolResult.value.is_not(None),
    )
    every = union_all(official, entered).subquery()
    place = func.row_number().over(
        partition_by=(every.c.school_id, every.c.pupil_id, every.c.measure),
        order_by=(every.c.source, every.c.ending_year.desc(), every.c.sitting.desc()),
    )
    ranked = select(
        every.c.school_id, every.c.pupil_id, every.c.measure, every.c.code, place.label("place")
    ).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()


def _is_of_member(held: Subquery) -> ColumnElement[bool]:
    return and_(held.c.school_id == Enrolment.school_id, held.c.pupil_id == Enrolment.pupil_id)


def _members(wanted: PriorResults, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return the query over the cohort's pupils in the year groups, of those included in the data.

    Who was there on the day of the assessment, or on the last of the year where there is none.
    """
    selection = wanted.selection
    standing = standing_assessments(selection)
    last_day = AcademicYear(selection.academic_year).last_day
    return (
        query.select_from(Enrolment)
        .join(Pupil, and_(Pupil.school_id == Enrolment.school_id, Pupil.id == Enrolment.pupil_id))
        .outerjoin(
            standing,
            and_(
                standing.c.school_id == Enrolment.school_id,
                standing.c.year_group == Enrolment.year_group,
            ),
        )
        .where(
            belongs(selection),
            in_place(selection, Enrolment.school_id),
            Enrolment.year_group.in_(sorted(set(wanted.year_groups))),
            Enrolment.include_in_data,
            or_(
                and_(standing.c.held_on.is_not(None), on_roll(standing.c.held_on)),
                and_(standing.c.held_on.is_(None), on_roll(last_day)),
            ),
        )
    )
