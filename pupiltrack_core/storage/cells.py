"""What all cells of the entry grid have in common, whichever table holds them.

A cell that was never filled has version 0. A write names the version it was made over; where that
is no longer the stored one nothing is written and the caller is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

INCLUDE, RESULT = "include", "result"  # kinds of cell beside those of judgements


class CellKey(NamedTuple):
    """Where a cell stands within one school and academic year.

    Cells of no assessment: `include` has no subject either; the subject of a `result` is its
    collection and measure, "KS1:READ_SCORE".
    """

    assessment_id: int | None
    pupil_id: int
    subject: str
    kind: str


@dataclass(frozen=True, slots=True)
class StoredCell:
    """What is stored; None is a blank cell, version 0 one that was never filled.

    A `colour` of None is the automatic one. `changed_at` and `changed_by` are None where they are
    not known.
    """

    value: str | None
    version: int
    colour: str | None = None
    changed_at: datetime | None = None
    changed_by: int | None = None


@dataclass(frozen=True, slots=True)
class CellWrite:
    """A value and a colour to store over `version`."""

    key: CellKey
    value: str | None
    version: int
    colour: str | None = None


def include_cell(pupil_id: int) -> CellKey:
    """Return where a pupil's include-in-data stands."""
    return CellKey(None, pupil_id, "", INCLUDE)


def result_cell(pupil_id: int, collection: str, measure: str) -> CellKey:
    """Return where a result that a school enters stands."""
    return CellKey(None, pupil_id, f"{collection}:{measure}", RESULT)


def write_rows(session: Session, statement: Any, rows: list[dict[str, Any]]) -> int:
    """Run an insert or update for each of `rows`, and return how many rows it wrote."""
    # On the connection: the session's own bulk writing would look at the rows as objects. The count
    # of an insert is only kept when asked for.
    result: CursorResult[Any] = session.connection().execute(
        statement, rows, execution_options={"preserve_rowcount": True}
    )
    return result.rowcount
