"""The time a personal data breach leaves: 72 hours from when it was known (UK GDPR article 33)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TIME_TO_REPORT = timedelta(hours=72)
_HOUR = timedelta(hours=1)


class Risk(StrEnum):
    """How likely people come to harm; it decides who must be told."""

    NONE = "none"
    SOME = "risk"
    HIGH = "high"

    @property
    def label(self) -> str:
        """As offered in a form."""
        return _LABELS[self]

    @property
    def must_be_reported(self) -> bool:
        """Whether the regulator must be told within 72 hours."""
        return self is not Risk.NONE

    @property
    def people_must_be_told(self) -> bool:
        """Whether those affected must be told without undue delay (article 34)."""
        return self is Risk.HIGH


_LABELS = {
    Risk.NONE: "Unlikely to harm anyone: kept on record only",
    Risk.SOME: "A risk to people: report to the Information Commissioner",
    Risk.HIGH: "A high risk: report, and tell the people affected",
}


@dataclass(frozen=True, slots=True)
class BreachClock:
    """What the clock shows. `hours_left` is whole hours rounded down, 0 once they are over."""

    due_at: datetime
    hours_left: int
    is_over: bool
    is_running: bool


def breach_clock(
    aware_at: datetime, now: datetime, *, risk: Risk, reported_at: datetime | None
) -> BreachClock:
    """Return how long there is to report; the clock stops when it was, or need not be."""
    due = aware_at + TIME_TO_REPORT
    left = max(due - now, timedelta())
    return BreachClock(
        due_at=due,
        hours_left=left // _HOUR,
        is_over=now >= due,
        is_running=risk.must_be_reported and reported_at is None,
    )


def clock_in_words(clock: BreachClock) -> str:
    """Return what is shown of a clock: "41 hours left", "Overdue", or "" when it has stopped."""
    if not clock.is_running:
        return ""
    if clock.is_over:
        return "Overdue: 72 hours have passed"
    if clock.hours_left < 1:
        return "Less than an hour left"
    return f"{clock.hours_left} {'hour' if clock.hours_left == 1 else 'hours'} left"
