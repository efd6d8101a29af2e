"""Points in time at which a pupil's attainment is known, and which of two comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.errors import InvalidEntry

_NO_SUCH_POINT = (
    "There is no such point to compare. Choose again from the lists on the page; nothing was "
    "changed."
)


class PointKind(StrEnum):
    """What a point is; the value begins its text in an address."""

    STANDING = "standing"  # the assessment each pupil of the cohort stands at
    ASSESSMENT = "assessment"  # one assessment of the school
    LATEST = "latest"  # the latest of another academic year, for the year group of then
    # The latest of a term of an academic year, for the year group of then, at each of many schools.
    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER = "summer"
    GLD = "gld"
    KS1 = "ks1"
    KS2 = "ks2"

    @property
    def collection(self) -> Collection | None:
        """The statutory collection it is of; None for assessments."""
        return _COLLECTIONS.get(self)

    @property
    def needs_number(self) -> bool:
        """Whether a number says which one: of an assessment, or an academic year."""
        return self is PointKind.ASSESSMENT or self.is_of_year

    @property
    def is_of_year(self) -> bool:
        """Whether the number is an academic year."""
        return self is PointKind.LATEST or self in TERMS


TERMS = (PointKind.AUTUMN, PointKind.SPRING, PointKind.SUMMER)
_COLLECTIONS = {
    PointKind.GLD: Collection.EYFSP,
    PointKind.KS1: Collection.KS1,
    PointKind.KS2: Collection.KS2,
}
STATUTORY_POINTS = tuple(_COLLECTIONS)
STATUTORY_LABELS = {
    PointKind.GLD: "Good level of development, end of Reception",
    PointKind.KS1: "End of key stage 1",
    PointKind.KS2: "End of key stage 2",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One point; `number` is the assessment's id or the academic year, else None.

    Raise `InvalidEntry` for a number that is missing or not wanted.
    """

    kind: PointKind
    number: int | None = None

    def __post_init__(self) -> None:
        if self.kind.needs_number != (self.number is not None):
            raise InvalidEntry(_NO_SUCH_POINT, field="point")
        if self.kind.is_of_year and not FIRST_START <= (self.number or 0) <= LAST_START:
            raise InvalidEntry(_NO_SUCH_POINT, field="point")

    @property
    def text(self) -> str:
        """The point in an address: "ks1", "assessment:12", "autumn:2025"."""
        return self.kind.value if self.number is None else f"{self.kind.value}:{self.number}"


STANDING = Point(PointKind.STANDING)


def parse_point(text: str) -> Point:
    """Return the point an address names; raise `InvalidEntry` for none."""
    name, _, number = text.partition(":")
    if name not in set(PointKind) or (number and not _is_number(number)):
        raise InvalidEntry(_NO_SUCH_POINT, field="point")
    return Point(PointKind(name), int(number) if number else None)


def statutory_day(kind: PointKind, academic_year: int, year_group: int) -> date | None:
    """Return about when pupils of a year group had, or will have, the results of a collection.

    The end of the summer term of the year they were in its year group, had they moved up each year;
    it only puts points in order. None while that is still to come when the academic year ends.
    """
    collection = kind.collection
    if collection is None:
        raise ValueError("Only statutory results have a day of their own.")
    years_ago = year_group - max(collection.year_groups)
    if years_ago < 0:
        return None
    return date(AcademicYear(academic_year).ending - years_ago, 7, 31)


def days_of_term(kind: PointKind, academic_year: int) -> tuple[date, date]:
    """Return the first and last day of a term; raise ValueError for what is none.

    Autumn is until December, spring until April, by when Easter is past, summer until August.
    """
    year = AcademicYear(academic_year)
    new_year, may = date(year.ending, 1, 1), date(year.ending, 5, 1)
    day = timedelta(days=1)
    if kind is PointKind.AUTUMN:
        return year.first_day, new_year - day
    if kind is PointKind.SPRING:
        return new_year, may - day
    if kind is PointKind.SUMMER:
        return may, year.last_day
    raise ValueError("Only a term has a first and a last day.")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
