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


def year_group_by_age(date_of_birth: date, academic_year: AcademicYear) -> int:
    """Return the year group a child born on `date_of_birth` is in by age.

    Completed years on 31 August before the academic year starts, less four: a child born on
    31 August is the youngest of the older year. Source: DfE, common basic data set ("Reception is
    age 4 at the previous 31 August"). The answer may lie outside `PRIMARY`.
    """
    born = date_of_birth
    completed = academic_year.start - born.year - ((born.month, born.day) > (8, 31))
    return completed - 4
