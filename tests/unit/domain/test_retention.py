"""How long a record is kept: the ages, the leap day, and a slow count of days beside it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.retention import birthday, kept_until


@pytest.mark.parametrize(
    ("born", "needs", "cared", "until"),
    [
        (date(2000, 9, 1), False, False, date(2025, 9, 1)),  # 2000 + 25
        (date(2000, 9, 1), True, False, date(2031, 9, 1)),  # 2000 + 31
        (date(2000, 9, 1), False, True, date(2031, 9, 1)),
        (date(2000, 9, 1), True, True, date(2031, 9, 1)),
        (date(2000, 2, 29), False, False, date(2025, 3, 1)),  # 2025 has no 29 February
    ],
)
def test_kept_until(born: date, needs: bool, cared: bool, until: date) -> None:
    assert kept_until(born, had_needs=needs, was_looked_after=cared) == until


def test_birthday_on_a_leap_day_in_a_leap_year() -> None:
    assert birthday(date(2000, 2, 29), 24) == date(2024, 2, 29)


@given(st.dates(date(1980, 1, 1), date(2030, 12, 31)), st.integers(0, 40))
def test_birthday_is_the_day_after_that_many_whole_years(born: date, age: int) -> None:
    day = birthday(born, age)
    # By the calendar: on the day before, one year less has passed.
    before = day - timedelta(days=1)
    assert day.year - born.year - ((day.month, day.day) < (born.month, born.day)) == age
    assert before.year - born.year - ((before.month, before.day) < (born.month, born.day)) < age
