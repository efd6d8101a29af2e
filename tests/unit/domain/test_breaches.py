"""The 72 hours of a breach, at their edges (statement 41)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pupiltrack_core.domain.breaches import Risk, breach_clock, clock_in_words

AWARE = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "left", "is_over", "words"),
    [
        (0, 72, False, "72 hours left"),
        (0.5, 71, False, "71 hours left"),  # 72 - 0.5, rounded down
        (70.5, 1, False, "1 hour left"),
        (71.5, 0, False, "Less than an hour left"),
        (72, 0, True, "Overdue: 72 hours have passed"),
        (400, 0, True, "Overdue: 72 hours have passed"),
    ],
)
def test_breach_clock_of_a_risk(hours: float, left: int, is_over: bool, words: str) -> None:
    now = AWARE + timedelta(hours=hours)
    clock = breach_clock(AWARE, now, risk=Risk.SOME, reported_at=None)
    assert (clock.hours_left, clock.is_over, clock.is_running) == (left, is_over, True)
    assert clock.due_at == datetime(2025, 11, 23, 9, 0, tzinfo=UTC)
    assert clock_in_words(clock) == words


@pytest.mark.parametrize(("risk", "reported"), [(Risk.NONE, None), (Risk.HIGH, AWARE)])
def test_breach_clock_stops(risk: Risk, reported: datetime | None) -> None:
    clock = breach_clock(AWARE, AWARE + timedelta(hours=1), risk=risk, reported_at=reported)
    assert not clock.is_running
    assert clock_in_words(clock) == ""


def test_risk_says_who_must_be_told() -> None:
    assert [risk.must_be_reported for risk in Risk] == [False, True, True]
    assert [risk.people_must_be_told for risk in Risk] == [False, False, True]
    assert len({risk.label for risk in Risk}) == 3
