"""How long a name stays closed after failures: the rule by itself, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.rate_limits import attempt_keys, wait_after
from pupiltrack_core.services.sign_in_policy import SignInPolicy

START = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def every(number: int, **gap: float) -> list[datetime]:
    return [START + timedelta(**gap) * index for index in range(number)]


@pytest.mark.parametrize(
    ("number", "minutes"),
    [(0, 0), (1, 0), (9, 0), (10, 1), (11, 2), (12, 4), (13, 8), (14, 15), (15, 15), (500, 15)],
)
def test_wait_after_failures_in_a_row(number: int, minutes: int) -> None:
    # the tenth closes the name for 1 minute, then 2, 4, 8, 16 -> held at 15
    assert wait_after(every(number, seconds=1)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("gap", "closed"),
    [
        (100, True),  # 10 failures span 9 gaps of 100 s = 900 s: within 15 minutes
        (101, False),  # 909 s: not within
    ],
)
def test_wait_after_ten_failures_at_the_edge_of_the_window(gap: int, closed: bool) -> None:
    assert (wait_after(every(10, seconds=gap)) > timedelta(0)) is closed


def test_wait_after_stays_closed_once_the_tries_come_slowly() -> None:
    quick = every(10, seconds=1)
    slow = [quick[-1] + timedelta(minutes=20) * (index + 1) for index in range(3)]
    assert wait_after(quick + slow) == timedelta(minutes=8)  # 1, then 2, 4, 8


@pytest.mark.parametrize(("number", "minutes"), [(29, 0), (30, 1), (31, 2)])
def test_wait_after_slow_guessing_all_day(number: int, minutes: int) -> None:
    assert wait_after(every(number, minutes=40)) == timedelta(minutes=minutes)


def test_wait_after_bounds_guesses_in_a_day() -> None:
    failures: list[datetime] = []
    moment = START
    while moment < START + timedelta(hours=24):
        failures.append(moment)
        moment += max(wait_after(failures), timedelta(seconds=1))
    # 10 at once, then after 1, 2, 4, 8 and every 15 minutes: 9 + 4 + 1425 / 15 = 108 or so
    assert len(failures) <= 110


def test_attempt_keys_hide_name_and_address() -> None:
    policy = SignInPolicy(rate_limit_key=b"k" * 32)
    keys = attempt_keys(user_name="j.example", address="192.0.2.7", policy=policy)
    other = attempt_keys(
        user_name="j.example", address="192.0.2.7", policy=SignInPolicy(rate_limit_key=b"o" * 32)
    )
    assert keys == attempt_keys(user_name="j.example", address="192.0.2.7", policy=policy)
    assert keys.name_hash != other.name_hash
    assert (
        keys.name_hash
        != attempt_keys(user_name="", address="j.example", policy=policy).address_hash
    )
    assert "j.example" not in repr(keys)


def test_attempt_keys_without_a_secret() -> None:
    with pytest.raises(ConfigurationError, match="policy_for_server"):
        attempt_keys(user_name="j.example", address="192.0.2.7", policy=SignInPolicy())
