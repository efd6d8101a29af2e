"""Academic years, which in England run from 1 September to 31 August."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_LABEL = re.compile(r"(\d{4})/(\d{4})")
FIRST_START, LAST_START = 2000, 2100


@dataclass(frozen=True, order=True, slots=True)
class AcademicYear:
    """One academic year, named by the calendar year it starts in: 2025 is "2025/2026"."""

    start: int

    def __post_init__(self) -> None:
        if not FIRST_START <= self.start <= LAST_START:
            raise ValueError(f"An academic year starts between {FIRST_START} and {LAST_START}.")

    @classmethod
    def parse(cls, label: str) -> AcademicYear:
        """Return the year written "2025/2026"; raise ValueError for anything else."""
        match = _LABEL.fullmatch(label.strip())
        if match is None or int(match[2]) != int(match[1]) + 1:
            raise ValueError('An academic year is written like "2025/2026".')
        return cls(int(match[1]))

    @classmethod
    def containing(cls, day: date) -> AcademicYear:
        """Return the year that `day` falls in: 31 August belongs to the year that ends with it."""
        return cls(day.year if day.month >= 9 else day.year - 1)

    @property
    def label(self) -> str:
        """The year as schools write it: "2025/2026"."""
        return f"{self.start}/{self.start + 1}"

    @property
    def first_day(self) -> date:
        """1 September."""
        return date(self.start, 9, 1)

    @property
    def last_day(self) -> date:
        """31 August of the next calendar year."""
        return date(self.start + 1, 8, 31)

    @property
    def ending(self) -> int:
        """The calendar year results are filed under: statutory results of 2025/2026 are "2026"."""
        return self.start + 1

    @property
    def previous(self) -> AcademicYear:
        """The academic year before."""
        return AcademicYear(self.start - 1)

    @property
    def following(self) -> AcademicYear:
        """The academic year after."""
        return AcademicYear(self.start + 1)
