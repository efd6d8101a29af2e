"""Where things stand along the time of a pupil's journey: years, markers that keep apart, rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear

_QUIET_YEAR = 58.0  # the width a year has though nothing was judged in it
_RESULT = 30.0  # what a year with a statutory result has more, for the words of it
_ASSESSMENT = 24.0  # what each assessment of a year adds


@dataclass(frozen=True, slots=True)
class YearColumn:
    """One academic year of the drawing, from `left` to `right`."""

    academic_year: int
    left: float
    right: float

    def at(self, day: date) -> float:
        """Return where a day stands; one outside the year stands at the nearer end."""
        year = AcademicYear(self.academic_year)
        days = (year.last_day - year.first_day).days
        share = min(max((day - year.first_day).days / days, 0.0), 1.0)
        return self.left + share * (self.right - self.left)


def year_columns(
    years: range,
    *,
    assessments: Mapping[int, int],
    with_result: Collection[int],
    left: float,
    right: float,
) -> tuple[YearColumn, ...]:
    """Return a column for each academic year, side by side from `left` to `right`.

    A year is the wider the more `assessments` (by academic year) it has, so that many in one year
    do not crowd while years that only hold a result of the past, or nothing, stand empty.
    """
    wanted = [
        _QUIET_YEAR + _RESULT * (year in with_result) + _ASSESSMENT * assessments.get(year, 0)
        for year in years
    ]
    scale = (right - left) / sum(wanted)
    columns, x = [], left
    for year, width in zip(years, wanted, strict=True):
        columns.append(YearColumn(year, x, x + width * scale))
        x += width * scale
    return tuple(columns)


def spread(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return the places, given in order, moved so that they stand at least `gap` apart.

    They stay in order and between `low` and `high`, and a place that has room stays where it is.
    Where there is no room for all, they stand as far apart as there is.
    """
    number = len(places)
    if number < 2:
        return [min(max(place, low), high) for place in places]
    room = min(gap, (high - low) / (number - 1))
    moved: list[float] = []
    for at, place in enumerate(places):
        earliest = low if not moved else moved[-1] + room
        # Leave room for those still to come.
        latest = high - room * (number - 1 - at)
        moved.append(min(max(place, earliest), max(latest, earliest)))
    return moved


def packed_rows(spans: Sequence[tuple[float, float]], *, gap: float = 6.0) -> list[int]:
    """Return the row of each span, the first row that is free there, so that none covers another.

    The spans keep their order in what comes back; rows are filled from the left.
    """
    ends: list[float] = []
    rows = [0] * len(spans)
    for place in sorted(range(len(spans)), key=lambda at: spans[at]):
        start, end = spans[place]
        row = next((at for at, last in enumerate(ends) if last + gap <= start), len(ends))
        if row == len(ends):
            ends.append(end)
        else:
            ends[row] = end
        rows[place] = row
    return rows
