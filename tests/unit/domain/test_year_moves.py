from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.year_moves import move_date, move_name

LAST_YEAR = AcademicYear(2024)


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2024, 12, 13), date(2025, 12, 13)),
        (date(2024, 2, 28), date(2025, 2, 28)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2023, 2, 28), date(2024, 2, 28)),
        (date(2024, 3, 1), date(2025, 3, 1)),
        (date(2024, 9, 1), date(2025, 9, 1)),
        (date(2025, 8, 31), date(2026, 8, 31)),
    ],
)
def test_move_date(day: date, moved: date) -> None:
    assert move_date(day) == moved


@given(st.dates(date(2000, 9, 1), date(2100, 8, 31)))
def test_move_date_stays_in_its_place_of_the_academic_year(day: date) -> None:
    moved = move_date(day)
    assert AcademicYear.containing(moved).start == AcademicYear.containing(day).start + 1
    assert 365 <= (moved - day).days <= 366
    # Slowly: the next day of that number and month, the day before where there is none.
    later = day + timedelta(days=1)
    while (later.month, later.day) != (day.month, day.day) and (later - day).days < 367:
        later += timedelta(days=1)
    if (later.month, later.day) == (day.month, day.day):
        assert moved == later
    else:
        assert (moved.month, moved.day) == (2, 28)


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("Autumn 2024", "Autumn 2025"),
        ("Spring 2025", "Spring 2026"),
        ("2024/25", "2025/26"),
        ("2024/2025 end of year", "2025/2026 end of year"),
        ("End of year 2024-25", "End of year 2025-26"),
        ("End of year 2024\u201325", "End of year 2025\u201326"),
        ("Baseline 24/25", "Baseline 25/26"),
        ("Autumn 2024 (2024/25)", "Autumn 2025 (2025/26)"),
        ("Autumn term", "Autumn term"),
        ("2019 paper, autumn 2024", "2019 paper, autumn 2025"),
        ("Week 24", "Week 24"),
        ("Set 12024", "Set 12024"),
        ("13/12/24", "13/12/24"),
        ("24/25/26", "24/25/26"),
        ("2024/26", "2025/26"),  # not an academic year: the year alone is moved
        ("", ""),
    ],
)
def test_move_name(name: str, moved: str) -> None:
    assert move_name(name, LAST_YEAR) == moved


def test_move_name_over_the_turn_of_a_century() -> None:
    assert move_name("2098/99", AcademicYear(2098)) == "2099/00"
    assert move_name("98/99", AcademicYear(2098)) == "99/00"
    assert move_name("2009/10", AcademicYear(2009)) == "2010/11"


_words = st.text(alphabet="AaBb ().,", max_size=6)


@given(st.integers(2000, 2098), st.lists(st.tuples(_words, st.integers(0, 4)), max_size=5))
def test_move_name_moves_what_a_name_is_made_of(start: int, parts: list[tuple[str, int]]) -> None:
    def written(year: int, form: int) -> str:
        first, second = f"{year % 100:02d}", f"{(year + 1) % 100:02d}"
        forms = (f"{year}", f"{year + 1}", f"{year}/{second}", f"{year}-{year + 1}")
        return (*forms, f"{first}/{second}")[form]

    def name(year: int) -> str:
        return "".join(f"{words} {written(year, form)} " for words, form in parts)

    assert move_name(name(start), AcademicYear(start)) == name(start + 1)


@given(st.integers(2000, 2099), st.text(alphabet="Autumn0123456789/- ", max_size=30))
def test_move_name_keeps_the_length_and_all_but_digits(start: int, name: str) -> None:
    moved = move_name(name, AcademicYear(start))
    assert len(moved) == len(name)
    assert [a for a in moved if not a.isdigit()] == [b for b in name if not b.isdigit()]
