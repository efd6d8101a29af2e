"""Schools, and what is on record of them: academic years and classes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.models import Enrolment, Pupil, School


def find_schools(
    session: Session, *, local_authority_ids: Collection[int], school_ids: Collection[int]
) -> Sequence[School]:
    """Return the schools of these local authorities and these schools, by name."""
    return session.scalars(
        select(School)
        .where(
            or_(
                School.local_authority_id.in_(sorted(local_authority_ids)),
                School.id.in_(sorted(school_ids)),
            )
        )
        .order_by(School.name, School.laestab)
    ).all()


def find_academic_years(
    session: Session, school_ids: Collection[int]
) -> dict[int, tuple[int, ...]]:
    """Return the academic years with enrolments of each school that has any, newest first."""
    # From one year to the one before it by the key, so that no enrolment is read twice over: there
    # are hundreds for each year and school, and every page asks.
    latest = _latest_year(Enrolment.school_id == School.id)
    step = (
        select(School.id.label("school_id"), latest.label("academic_year"))
        .where(School.id.in_(sorted(school_ids)))
        .cte("step", recursive=True)
    )
    earlier = _latest_year(
        Enrolment.school_id == step.c.school_id, Enrolment.academic_year < step.c.academic_year
    )
    step = step.union_all(
        select(step.c.school_id, earlier).where(step.c.academic_year.is_not(None))
    )
    years: dict[int, list[int]] = defaultdict(list)
    for school_id, academic_year in session.execute(
        select(step.c.school_id, step.c.academic_year).where(step.c.academic_year.is_not(None))
    ):
        years[school_id].append(academic_year)
    return {number: tuple(sorted(found, reverse=True)) for number, found in years.items()}


def find_classes(
    session: Session, school_id: int, academic_year: int
) -> dict[str, tuple[int, ...]]:
    """Return the year groups of each class that has a pupil not archived by then, by name."""
    rows = session.execute(
        select(Enrolment.class_name, Enrolment.year_group)
        .join(Pupil, Pupil.id == Enrolment.pupil_id)
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year == academic_year,
            Enrolment.class_name.is_not(None),
            is_there(academic_year),
        )
        .distinct()
    )
    year_groups: dict[str, list[int]] = defaultdict(list)
    for class_name, year_group in rows:
        year_groups[str(class_name)].append(year_group)
    return {name: tuple(sorted(found)) for name, found in sorted(year_groups.items())}


def _latest_year(*conditions: ColumnElement[bool]) -> ScalarSelect[int | None]:
    return select(func.max(Enrolment.academic_year)).where(*conditions).scalar_subquery()
