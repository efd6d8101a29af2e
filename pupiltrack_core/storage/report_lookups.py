"""Small reads that reports need beside the cohort: names, latest years, news."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.cohorts import in_place
from pupiltrack_core.storage.models import Enrolment, NewsItem, School


def find_assessment_names(
    session: Session, school_id: int, assessment_ids: Collection[int]
) -> dict[int, str]:
    """Return the name of each of the school's assessments asked for, by id."""
    if not assessment_ids:
        return {}
    rows = session.execute(
        select(Assessment.id, Assessment.name).where(
            Assessment.school_id == school_id, Assessment.id.in_(sorted(assessment_ids))
        )
    )
    return {int(number): str(name) for number, name in rows}


def find_schools_of_authority(
    session: Session, local_authority_id: int
) -> list[tuple[int, str, str]]:
    """Return (id, LAESTAB, name) of each school of the authority, by name."""
    rows = session.execute(
        select(School.id, School.laestab, School.name)
        .where(School.local_authority_id == local_authority_id)
        .order_by(School.name, School.laestab)
    )
    return [(int(number), str(laestab), str(name)) for number, laestab, name in rows]


def find_schools_of_cohort(session: Session, selection: CohortSelection) -> dict[int, str]:
    """Return the name of each school a cohort is of, by id, in the order of their names."""
    rows = session.execute(
        select(School.id, School.name)
        .where(in_place(selection, School.id))
        .order_by(School.name, School.laestab)
    )
    return {int(number): str(name) for number, name in rows}


def find_latest_year_of_school(session: Session, school_id: int) -> int | None:
    """Return the latest academic year with enrolments at the school; None without any."""
    return session.scalar(
        select(func.max(Enrolment.academic_year)).where(Enrolment.school_id == school_id)
    )


def find_latest_year_of_authority(session: Session, local_authority_id: int) -> int | None:
    """Return the latest academic year with enrolments at any school of the authority."""
    # Of each school its latest, by the key, and of those the latest: no enrolment is read.
    latest = (
        select(func.max(Enrolment.academic_year))
        .where(Enrolment.school_id == School.id)
        .scalar_subquery()
    )
    found: int | None = session.scalar(
        select(func.max(latest)).where(School.local_authority_id == local_authority_id)
    )
    return found


def find_news(
    session: Session, local_authority_ids: Collection[int], *, on: date
) -> Sequence[NewsItem]:
    """Return the authorities' news shown on a day, newest first."""
    return session.scalars(
        select(NewsItem)
        .where(
            NewsItem.local_authority_id.in_(sorted(local_authority_ids)),
            NewsItem.starts_on <= on,
            or_(NewsItem.ends_on.is_(None), NewsItem.ends_on >= on),
        )
        .order_by(NewsItem.starts_on.desc(), NewsItem.id.desc())
    ).all()
