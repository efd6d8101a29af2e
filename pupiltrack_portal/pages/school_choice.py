"""Choosing one of the person's schools and an academic year: what several pages' forms share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.schools import SchoolChoice
from pupiltrack_portal.widgets.form import Field


def find_school(schools: Iterable[SchoolChoice], laestab: str) -> SchoolChoice:
    """Return the school written "9992001" or "999/2001"; raise `NotFound` for any other."""
    wanted = laestab.strip().replace("/", "")
    for school in schools:
        if school.laestab == wanted:
            return school
    raise NotFound("There is no such school, or it is not one of yours.")


def school_options(schools: Iterable[SchoolChoice]) -> tuple[tuple[str, str], ...]:
    """Return what a field of schools offers: number, then name and number."""
    return tuple((item.laestab, f"{item.name} ({item.laestab})") for item in schools)


def school_and_year_fields(
    schools: Sequence[SchoolChoice],
    school: SchoolChoice | None,
    *,
    academic_years: Iterable[int],
    academic_year: int,
) -> tuple[Field, ...]:
    """Return the fields of school (only where there are several) and academic year."""
    year = Field(
        "year",
        "Academic year",
        "select",
        str(academic_year),
        tuple((str(start), AcademicYear(start).label) for start in academic_years),
    )
    if school is None or len(schools) < 2:
        return (year,)
    return (Field("school", "School", "select", school.laestab, school_options(schools)), year)
