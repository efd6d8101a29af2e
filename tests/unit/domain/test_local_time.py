"""Stored moments are UTC; people see the time of England, summer time included."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pupiltrack_core.domain.local_time import day_in_london, in_london, write_moment


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        (datetime(2026, 1, 14, 8, 5, tzinfo=UTC), "14/01/2026 at 08:05"),
        (datetime(2026, 7, 14, 8, 5, tzinfo=UTC), "14/07/2026 at 09:05"),  # summer time
        (datetime(2026, 7, 14, 23, 30, tzinfo=UTC), "15/07/2026 at 00:30"),
    ],
)
def test_write_moment_in_winter_and_summer(utc: datetime, shown: str) -> None:
    assert write_moment(utc) == shown


def test_day_in_london_is_the_next_before_midnight_utc_in_summer() -> None:
    assert day_in_london(datetime(2026, 8, 31, 23, 30, tzinfo=UTC)) == date(2026, 9, 1)


def test_in_london_without_a_zone_raises() -> None:
    with pytest.raises(ValueError, match="time zone"):
        in_london(datetime(2026, 7, 14, 8, 5))
