from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.year_groups import (
    LABELS,
    PRIMARY,
    YearRange,
    first_of_nursery,
    why_not_placed,
    why_not_primary,
    why_not_reception,
    year_group_by_age,
    year_group_of,
)


@pytest.mark.parametrize(
    ("born", "start", "expected"),
    [
        (date(2015, 9, 1), 2022, 2),
        (date(2015, 8, 31), 2022, 3),  # the youngest of the older year
        (date(2016, 9, 1), 2022, 1),
        (date(2016, 2, 29), 2022, 2),  # six on 31 August 2022
        (date(2016, 2, 29), 2021, 1),
        (date(2020, 2, 29), 2024, 0),
        (date(2021, 8, 31), 2025, 0),
        (date(2021, 9, 1), 2025, -1),
        (date(2014, 9, 1), 2025, 6),
    ],
)
def test_year_group_by_age_at_boundaries(born: date, start: int, expected: int) -> None:
    assert year_group_by_age(born, AcademicYear(start)) == expected


def completed_years_on(day: date, born: date) -> int:
    """Count birthdays one by one; one on 29 February is kept on 1 March in other years."""
    years = 0
    while True:
        try:
            birthday = born.replace(year=born.year + years + 1)
        except ValueError:
            birthday = date(born.year + years + 1, 3, 1)
        if birthday > day:
            return years
        years += 1


@given(st.dates(date(2005, 1, 1), date(2025, 8, 31)), st.integers(2025, 2035))
def test_year_group_by_age_counts_birthdays(born: date, start: int) -> None:
    last_of_august = date(start, 8, 31)
    expected = completed_years_on(last_of_august, born) - 4
    assert year_group_by_age(born, AcademicYear(start)) == expected


@given(st.dates(date(2010, 1, 1), date(2022, 12, 31)))
def test_year_group_by_age_changes_on_1_september_only(born: date) -> None:
    year = AcademicYear(2025)
    next_day = born + timedelta(days=1)
    change = year_group_by_age(born, year) - year_group_by_age(next_day, year)
    assert change == ((next_day.month, next_day.day) == (9, 1))


def test_year_ranges() -> None:
    assert YearRange.ALL_YEARS.year_groups == (1, 2, 3, 4, 5, 6)
    assert YearRange.KEY_STAGE_1.year_groups == (1, 2)
    assert YearRange.KEY_STAGE_2.year_groups == (3, 4, 5, 6)
    assert YearRange.EARLY_YEARS.year_groups == (-2, -1, 0)
    assert all(item.label for item in YearRange)
    assert set(PRIMARY) == set(LABELS) == set(range(-2, 7))


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2014, 8, 31), "11 years old .*old for Year 6"),  # eleven on 31 August 2025
        (date(2014, 9, 1), ""),
        (date(2023, 8, 31), ""),  # two: Nursery 1
        (date(2023, 9, 1), "young for a nursery class"),
        (date(1995, 11, 4), "29 years old"),
        (date(2025, 9, 1), "-.*young"),  # on the first day itself, not after it
        (date(2025, 9, 2), "born after 2025/2026 began"),
    ],
)
def test_why_not_primary(born: date, words: str) -> None:
    year = AcademicYear(2025)
    reason = why_not_primary(born, year_group_by_age(born, year), year)
    assert re.search(words, reason) if words else reason is None


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.sampled_from(PRIMARY))
def test_why_not_placed_allows_two_years_either_way(born: date, year_group: int) -> None:
    year = AcademicYear(2025)
    # the groups two below and two above the child's own, one by one
    by_age = year_group_by_age(born, year)
    near = year_group in [by_age - 2, by_age - 1, by_age, by_age + 1, by_age + 2]
    assert (why_not_placed(born, year_group, year) is None) is near


def test_first_of_nursery_names_the_year() -> None:
    assert "in Nursery 2" in first_of_nursery(-1)


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2021, 9, 1), None),  # four on 31 August 2026, the oldest
        (date(2022, 8, 31), None),  # the youngest
        (date(2021, 8, 31), None),  # five: begins a year late
        (date(2020, 9, 1), None),
        (date(2020, 8, 31), "6 years old"),
        (date(2022, 9, 1), "3 years old"),
        (date(2027, 1, 1), "born after 2026/2027 began"),
    ],
)
def test_why_not_reception(born: date, words: str | None) -> None:
    reason = why_not_reception(born, AcademicYear(2026))
    assert (reason is None) if words is None else words in str(reason)


@pytest.mark.parametrize(
    ("text", "year_group"),
    [
        *((label, group) for group, label in LABELS.items()),
        *((str(group), group) for group in LABELS if group >= 0),
        *((" r ", 0), ("N1", -2), ("n2", -1), ("04", 4), ("YEAR 4", 4)),
        *((text, None) for text in ("", "7", "-1", "Year", "4B", "²", "N3")),
    ],
)
def test_year_group_of(text: str, year_group: int | None) -> None:
    assert year_group_of(text) == year_group
