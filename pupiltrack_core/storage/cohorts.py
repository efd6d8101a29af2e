"""Who belongs to a cohort and at which assessment they stand, as conditions of a query.

The one place for these rules; the frame of one school and the counts of a whole local authority
are both read by them.

* A cohort is the enrolments of its academic year in its year groups.
* A year group stands at its latest assessment of that year: the one for that year group with the
  greatest `held_on` (then the greatest id) that is not deleted; or at the chosen assessment.
* A pupil who left before the day of that assessment is out, one who left on the day is in. Where
  no assessment applies the day is the last of the academic year, and the pupil counts, as No data.
* A pupil archived from an academic year on is out of the cohorts of that year and of later ones,
  and stays in those of earlier years. A leaver has `left_on` besides, and so stays in the reports
  of when they were there.
* Pupils not included in the data are in the cohort; who counts is decided by the calculation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, func, or_, select

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.assessment_models import Assessment, AssessmentYearGroup
from pupiltrack_core.storage.characteristic_filters import has
from pupiltrack_core.storage.models import Enrolment, School


def standing_assessments(selection: CohortSelection) -> CTE:
    """Return a table of (school_id, year_group, assessment_id, held_on), one row for each pair.

    Pairs of school and year group without an assessment have no row.
    """
    wanted: list[ColumnElement[bool]] = [AssessmentYearGroup.year_group.in_(selection.year_groups)]
    if selection.assessment_id is not None:
        wanted.append(Assessment.id == selection.assessment_id)
    return _latest(selection, selection.academic_year, wanted, name="standing")


def latest_assessments(
    selection: CohortSelection,
    academic_year: int,
    *,
    name: str,
    between: tuple[date, date] | None = None,
) -> CTE:
    """Return the same table of any academic year, for every year group of the cohort's schools.

    With `between` the latest of those held from the one day to the other.
    """
    wanted = [] if between is None else [Assessment.held_on.between(*between)]
    return _latest(selection, academic_year, wanted, name=name)


def _latest(
    selection: CohortSelection,
    academic_year: int,
    wanted: Sequence[ColumnElement[bool]],
    *,
    name: str,
) -> CTE:
    newest_first = func.row_number().over(
        partition_by=(AssessmentYearGroup.school_id, AssessmentYearGroup.year_group),
        order_by=(Assessment.held_on.desc(), Assessment.id.desc()),
    )
    ranked = (
        select(
            AssessmentYearGroup.school_id,
            AssessmentYearGroup.year_group,
            AssessmentYearGroup.assessment_id,
            Assessment.held_on,
            newest_first.label("place"),
        )
        .join(Assessment, Assessment.id == AssessmentYearGroup.assessment_id)
        .where(
            AssessmentYearGroup.academic_year == academic_year,
            in_place(selection, AssessmentYearGroup.school_id),
            Assessment.deleted_at.is_(None),
            *wanted,
        )
        .subquery()
    )
    return (
        select(ranked.c.school_id, ranked.c.year_group, ranked.c.assessment_id, ranked.c.held_on)
        .where(ranked.c.place == 1)
        .cte(name)
    )


def in_place(selection: CohortSelection, school_id: Any) -> ColumnElement[bool]:
    """Return the condition that `school_id` is the school, or one of those chosen of an authority.

    A school of another authority is outside, even if it is named.
    """
    if selection.school_id is not None:
        condition: ColumnElement[bool] = school_id == selection.school_id
        return condition
    schools = select(School.id).where(School.local_authority_id == selection.local_authority_id)
    if selection.school_ids:
        schools = schools.where(School.id.in_(selection.school_ids))
    if selection.district is not None:
        schools = schools.where(School.district == selection.district)
    if selection.phase is not None:
        schools = schools.where(School.phase == selection.phase)
    inside: ColumnElement[bool] = school_id.in_(schools)
    return inside


def on_roll(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the condition that the enrolment had not ended before `day`."""
    return or_(Enrolment.left_on.is_(None), Enrolment.left_on >= day)


def belongs(selection: CohortSelection) -> ColumnElement[bool]:
    """Return the conditions on enrolment and pupil, but for place, year group and `on_roll`."""
    conditions = [
        Enrolment.academic_year == selection.academic_year,
        is_there(selection.academic_year),
    ]
    if selection.class_name is not None:
        conditions.append(Enrolment.class_name == selection.class_name)
    conditions += [
        has(characteristic, value) for characteristic, value in selection.characteristics
    ]
    return and_(*conditions)
