"""The time people in English schools live by. Stored times are UTC; a person sees these."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def in_london(moment: datetime) -> datetime:
    """Return an aware moment as clocks in England show it; raise ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return moment.astimezone(LONDON)


def day_in_london(moment: datetime) -> date:
    """Return the day it is in England at an aware moment."""
    return in_london(moment).date()


def write_moment(moment: datetime) -> str:
    """Return "14/07/2026 at 09:05", in the time of England."""
    return f"{in_london(moment):%d/%m/%Y at %H:%M}"
