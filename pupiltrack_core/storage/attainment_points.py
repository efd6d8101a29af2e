"""What pupils of one school were judged, or reached, at a point in time: values by pupil."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Members
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    JudgementRow,
    SchoolResult,
)
from pupiltrack_core.storage.cohorts import standing_assessments
from pupiltrack_core.storage.judgements import FEW_PUPILS
from pupiltrack_core.storage.models import Enrolment
from pupiltrack_core.storage.statutory_results import find_results

_ALWAYS = frozenset({"READ", "WRIT", "MATH"})  # of every assessment, listed or not


def find_judged(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    assessment_of: Mapping[int, int],
    subjects: Members[str],
) -> dict[int, dict[str, str]]:
    """Return the judgements of each pupil at the assessment `assessment_of` names for the pupil.

    By subject, those of `subjects` that the assessment has; pupils without any are left out.
    """
    used = set(assessment_of.values())
    if not used:
        return {}
    listed = session.execute(
        select(AssessmentSubject.assessment_id, AssessmentSubject.subject).where(
            AssessmentSubject.school_id == school_id,
            AssessmentSubject.academic_year == academic_year,
            AssessmentSubject.assessment_id.in_(sorted(used)),
        )
    )
    has = {(int(number), str(subject)) for number, subject in listed}
    query = select(
        JudgementRow.pupil_id,
        JudgementRow.assessment_id,
        JudgementRow.subject,
        JudgementRow.value,
    ).where(
        JudgementRow.school_id == school_id,
        JudgementRow.academic_year == academic_year,
        JudgementRow.assessment_id.in_(sorted(used)),
        JudgementRow.subject.in_(sorted(subjects)),
        JudgementRow.kind == "tracking",
        JudgementRow.value.is_not(None),
    )
    if len(assessment_of) <= FEW_PUPILS:
        query = query.where(JudgementRow.pupil_id.in_(sorted(assessment_of)))
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for pupil_id, assessment_id, subject, value in session.execute(query):
        known = subject in _ALWAYS or (assessment_id, subject) in has
        is_its_own = assessment_of.get(pupil_id) == assessment_id
        if known and is_its_own and value is not None:  # as the query asks, for the type
            found[pupil_id][subject] = value
    return dict(found)


def find_latest_of_year(
    session: Session, school_id: int, academic_year: int, pupil_ids: Members[int]
) -> dict[int, int]:
    """Return the latest assessment of the year group each of the pupils was in that year.

    Those who were not at the school then, or whose year group had none, are left out.
    """
    standing: dict[int, int] = {}
    for years in (YearRange.ALL_YEARS, YearRange.EARLY_YEARS):
        selection = CohortSelection(academic_year, school_id=school_id, years=years)
        table = standing_assessments(selection)
        rows = session.execute(select(table.c.year_group, table.c.assessment_id))
        standing |= {int(group): int(number) for group, number in rows}
    wanted = set(pupil_ids)
    query = select(Enrolment.pupil_id, Enrolment.year_group).where(
        Enrolment.school_id == school_id, Enrolment.academic_year == academic_year
    )
    if len(wanted) <= FEW_PUPILS:
        query = query.where(Enrolment.pupil_id.in_(sorted(wanted)))
    return {
        int(pupil_id): standing[group]
        for pupil_id, group in session.execute(query)
        if pupil_id in wanted and group in standing
    }


def find_year_of_assessment(session: Session, school_id: int, assessment_id: int) -> int | None:
    """Return the academic year of an assessment of the school; None for one that is not there."""
    return session.scalar(
        select(Assessment.academic_year).where(
            Assessment.school_id == school_id,
            Assessment.id == assessment_id,
            Assessment.deleted_at.is_(None),
        )
    )


def find_newest_results(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    collection: Collection,
    year_groups: Members[int],
    until: int,
) -> dict[int, dict[str, tuple[str | None, int | None]]]:
    """Return the newest result of each measure, (code, value), of pupils in these year groups.

    Of those with a code, of the years up to the one ending in `until`. A good level of development
    the school entered stands where no official one is held.
    """
    held: dict[int, dict[str, tuple[str | None, int | None]]] = defaultdict(dict)
    if collection is Collection.EYFSP:
        entered = session.execute(
            select(SchoolResult.pupil_id, SchoolResult.measure, SchoolResult.value)
            .join(
                Enrolment,
                (Enrolment.school_id == SchoolResult.school_id)
                & (Enrolment.pupil_id == SchoolResult.pupil_id),
            )
            .where(
                Enrolment.school_id == school_id,
                Enrolment.academic_year == academic_year,
                Enrolment.year_group.in_(sorted(year_groups)),
                SchoolResult.collection == collection.value,
                SchoolResult.value.is_not(None),
            )
        )
        for pupil_id, measure, value in entered:
            held[pupil_id][measure] = (value, None)
    official = find_results(
        session, school_id, academic_year, collection=collection, year_groups=year_groups
    )
    for row in sorted(official, key=lambda row: (row.ending_year, row.sitting)):
        if row.ending_year <= until and row.code is not None:
            held[row.pupil_id][row.measure] = (row.code, row.value)
    return dict(held)
