"""What was done, as a file to keep or to hand to an auditor."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pupiltrack_core.access import Place
from pupiltrack_core.domain.local_time import in_london
from pupiltrack_core.interchange.plain_tables import table_csv, table_workbook
from pupiltrack_core.services.audit_search import (
    ActivityRow,
    ActivitySearch,
    rows_to_export,
)
from pupiltrack_core.services.caller import Caller

# An address is kept as a mark only, by which the same place is known again.
_KEYS = {"from": "mark of the address"}
HEADINGS = ("Number", "Day", "Time", "Who", "What", "School", "Details")


class ActivityForm(StrEnum):
    """The forms in which it can be had; the value is the ending of the file."""

    WORKBOOK = "xlsx"
    CSV = "csv"


def export_activity(
    caller: Caller, place: Place, search: ActivitySearch, form: ActivityForm
) -> tuple[str, bytes]:
    """Return a file name and what was found, newest first, with the numbers of the audit's rows.

    Audited before it is made. Raises as `search_activity`.
    """
    rows = [_row(row) for row in rows_to_export(caller, place, search)]
    name = f"activity {caller.clock():%Y-%m-%d}.{form.value}"
    if form is ActivityForm.CSV:
        return name, table_csv(HEADINGS, rows)
    return name, table_workbook("Activity", HEADINGS, rows)


def detail_in_words(detail: Mapping[str, Any]) -> str:
    """Return what an entry holds beside who and what: "pupil 12, fields surname and postcode"."""
    parts = []
    for key, value in detail.items():
        if key == "operator" or value is None or value == []:
            continue
        words = _KEYS.get(key, key.replace("_", " "))
        if isinstance(value, list):
            shown = ", ".join(str(item).replace("_", " ") for item in value)
            parts.append(f"{words}: {shown}")
        elif isinstance(value, bool):
            parts.append(f"{words}: {'yes' if value else 'no'}")
        else:
            parts.append(f"{words}: {str(value).replace('_', ' ')}")
    return "; ".join(parts)


def _row(row: ActivityRow) -> list[str | int]:
    at = in_london(row.at)
    return [
        row.entry_id,
        f"{at:%d/%m/%Y}",
        f"{at:%H:%M:%S}",
        row.who,
        row.what,
        row.place,
        detail_in_words(row.detail),
    ]
