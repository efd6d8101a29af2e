"""National Curriculum year groups, and the groups of years that reports are drawn for.

A year group is an int: Reception 0, Year 1 to Year 6 are 1 to 6, Nursery 2 is -1, Nursery 1 is -2.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pupiltrack_core.domain.academic_years import AcademicYear

RECEPTION = 0
LABELS: dict[int, str] = {
    -2: "Nursery 1",
    -1: "Nursery 2",
    0: "Reception",
    1: "Year 1",
    2: "Year 2",
    3: "Year 3",
    4: "Year 4",
    5: "Year 5",
    6: "Year 6",
}
PRIMARY = tuple(LABELS)
_BY_LABEL = {label.casefold(): group for group, label in LABELS.items()}
_SHORT = {"r": 0, "n2": -1, "n1": -2}
# How people write years in words, as on the command line; `reports.choosing` reads them.
YEARS_HELP = "all, ks1, ks2, eyfs, or a year group: 4, R (Reception), N1 or N2 (Nursery)"


class YearRange(StrEnum):
    """Groups of year groups that a cohort can be chosen by."""

    ALL_YEARS = "all"
    KEY_STAGE_1 = "ks1"
    KEY_STAGE_2 = "ks2"
    EARLY_YEARS = "eyfs"

    @property
    def label(self) -> str:
        """As shown in the cohort selection."""
        return _RANGE_LABELS[self]

    @property
    def year_groups(self) -> tuple[int, ...]:
        """The year groups it holds, in order. All years means the six of key stages 1 and 2."""
        return _RANGES[self]


_RANGE_LABELS = {
    YearRange.ALL_YEARS: "All years (Years 1 to 6)",
    YearRange.KEY_STAGE_1: "Key stage 1",
    YearRange.KEY_STAGE_2: "Key stage 2",
    YearRange.EARLY_YEARS: "Early years",
}
_RANGES = {
    YearRange.ALL_YEARS: (1, 2, 3, 4, 5, 6),
    YearRange.KEY_STAGE_1: (1, 2),
    YearRange.KEY_STAGE_2: (3, 4, 5, 6),
    YearRange.EARLY_YEARS: (-2, -1, 0),
}


def year_group_of(text: str) -> int | None:
    """Return the year group that "4", "R", "N1" or a label such as "Year 4" stands for, or None."""
    word = text.strip().casefold()
    if word.isdecimal():
        return int(word) if int(word) in LABELS else None
    return _SHORT.get(word, _BY_LABEL.get(word))


def year_group_by_age(date_of_birth: date, academic_year: AcademicYear) -> int:
    """Return the year group a child born on `date_of_birth` is in by age.

    Completed years on 31 August before the academic year starts, less four: a child born on
    31 August is the youngest of the older year. Source: DfE, common basic data set ("Reception is
    age 4 at the previous 31 August"). The answer may lie outside `PRIMARY`.
    """
    born = date_of_birth
    completed = academic_year.start - born.year - ((born.month, born.day) > (8, 31))
    return completed - 4


# The furthest a child is placed from the year group of its age: kept down, or put up, twice.
MOST_YEARS_OUT = 2


def why_not_primary(
    date_of_birth: date, year_group: int, academic_year: AcademicYear
) -> str | None:
    """Return why a child of `year_group` by age cannot be in a primary school; None if it can."""
    if year_group in PRIMARY:
        return None
    if date_of_birth > academic_year.first_day:
        return f"The pupil was born after {academic_year.label} began. Check the year."
    too = "young for a nursery class" if year_group < min(PRIMARY) else "old for Year 6"
    return (
        f"The pupil is {year_group + 4} years old when {academic_year.label} begins: too {too}. "
        "Check the year of birth, and the academic year."
    )


def why_not_placed(date_of_birth: date, year_group: int, academic_year: AcademicYear) -> str | None:
    """Return why a child cannot be put in `year_group` against its age; None if it can."""
    by_age = year_group_by_age(date_of_birth, academic_year)
    if abs(by_age - year_group) <= MOST_YEARS_OUT:
        return None
    return (
        f"By this date of birth the pupil is {by_age + 4} years old when {academic_year.label} "
        f"begins, which is too far from {LABELS[year_group]}. Check the year of birth."
    )


def why_not_reception(date_of_birth: date, academic_year: AcademicYear) -> str | None:
    """Return why a child cannot begin Reception in the academic year; None if it can.

    A child is four on 31 August before, or five: whoever was born in the summer may begin a year
    late. Source: DfE, admission of summer-born children.
    """
    by_age = year_group_by_age(date_of_birth, academic_year)
    if by_age in (RECEPTION, RECEPTION + 1):
        return None
    if date_of_birth > academic_year.first_day:
        return f"The pupil was born after {academic_year.label} began. Check the year."
    return (
        f"The pupil is {by_age + 4} years old when {academic_year.label} begins, and Reception "
        "takes children of four. Check the year of birth, and the academic year."
    )


def first_of_nursery(year_group: int) -> str:
    """Return what is to be asked about the first child of a nursery year at a school."""
    return (
        f"By this date of birth the pupil is in {LABELS[year_group]}, and the school has had no "
        "nursery pupils so far. Check the year."
    )
