"""An assessment a year later: its date, and its name with the years in it."""

from __future__ import annotations

import re
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear


def move_date(day: date) -> date:
    """Return the same day of the next calendar year; 28 February for 29 February."""
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


def move_name(name: str, year: AcademicYear) -> str:
    """Return the name an assessment of `year` has a year later.

    "Autumn 2024" becomes "Autumn 2025", "2024/25" becomes "2025/26". Only the years `year` itself
    is written with are moved: the two it lies in, and both together as 2024/2025, 2024/25, 2024-25
    or 24/25. Another number says something else, such as which year's test paper was sat.
    """
    first, second = year.start, year.ending
    short = f"{first % 100:02d}", f"{second % 100:02d}"
    apart = r"[/\-\u2013]"
    alone = rf"(?<!\d)(?:{first}|{second})(?!\d)"
    pattern = re.compile(
        rf"(?<!\d){first}(?P<long>{apart}){short[1]}(?!\d)"
        rf"|(?<![\d/.\-]){short[0]}(?P<brief>{apart}){short[1]}(?![\d/.\-])"
        rf"|{alone}"
    )
    return pattern.sub(_a_year_later, name)


def _a_year_later(match: re.Match[str]) -> str:
    return re.sub(r"\d+", lambda number: _next_of(number[0]), match[0])


def _next_of(digits: str) -> str:
    return str(int(digits) + 1) if len(digits) == 4 else f"{(int(digits) + 1) % 100:02d}"
