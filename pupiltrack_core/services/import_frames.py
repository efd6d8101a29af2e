"""The plan of an import as tables to show."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.services.pupil_records import FieldChange, ImportPlan, RowStatus

ROW_COLUMNS = (
    "row",
    "status",
    "upn",
    "surname",
    "forenames",
    "date_of_birth",
    "year_group",
    "class_name",
    "changes",
)
CHANGE_COLUMNS = ("row", "upn", "field", "old", "new")


def rows_frame(plan: ImportPlan) -> pd.DataFrame:
    """Return one row for each row of the file, in its order.

    Columns: row (int, as in the spreadsheet), status, upn, surname, forenames (as written where
    the status is problem), date_of_birth and year_group (missing there), class_name ("" for none),
    and changes, which says what would be written to a pupil the school holds: "Postcode: LA1 4YF →
    LA1 4YG".
    """
    records = [
        (
            row.row,
            row.status.value,
            row.upn,
            row.surname,
            row.forenames,
            row.date_of_birth,
            row.year_group,
            row.class_name,
            _in_words(row.changes) if row.status is RowStatus.CHANGED else "",
        )
        for row in plan.rows
    ]
    frame = pd.DataFrame.from_records(records, columns=list(ROW_COLUMNS))
    return frame.astype({"row": "int64", "year_group": "Int64"})


def changes_frame(plan: ImportPlan) -> pd.DataFrame:
    """Return one row for each fact that would be written: row, upn, field, old, new.

    `old` is None where nothing is held yet, and says "Not recorded" where a pupil is held without
    that fact.
    """
    records = [
        (row.row, row.upn, change.field, change.old, change.new)
        for row in plan.to_write
        for change in row.changes
    ]
    frame = pd.DataFrame.from_records(records, columns=list(CHANGE_COLUMNS))
    return frame.astype({"row": "int64", "old": object})


def _in_words(changes: tuple[FieldChange, ...]) -> str:
    return "; ".join(
        f"{change.field}: {change.new}"
        if change.old is None
        else f"{change.field}: {change.old} → {change.new}"
        for change in changes
    )
