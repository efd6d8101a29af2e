"""Days as a form's date fields send them."""

from __future__ import annotations

from datetime import date

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_portal.widgets.form import Answer


def read_day(answer: Answer, field: str) -> date | None:
    """Return the day of a date field, None for a blank one; raise `InvalidEntry` for no day."""
    text = str(answer).strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidEntry(
            "Enter a date, for example 12/12/2025. Nothing was saved.", field=field
        ) from error


def write_day(day: date | None) -> str:
    """Return the day as a date field takes it, "" for none."""
    return "" if day is None else day.isoformat()
