"""The changes of the grid's cells: the history of each, and what other open pages look for.

Rows are only ever added, with the lock of the audit held, so that ids grow in the order in which
changes become visible: whoever has seen an id has seen all below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, func, insert, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.assessment_models import CellChange
from pupiltrack_core.storage.cells import INCLUDE, RESULT, CellKey, StoredCell
from pupiltrack_core.storage.models import UserAccount

_CHANGES = cast(Table, CellChange.__table__)
# In the order of a CellKey, then of a StoredCell.
_STATE = (
    CellChange.assessment_id,
    CellChange.pupil_id,
    CellChange.subject,
    CellChange.kind,
    CellChange.value,
    CellChange.version,
    CellChange.colour,
    CellChange.changed_at,
    CellChange.changed_by,
)


class PastState(NamedTuple):
    """What a cell held from `changed_at` on; `name` is the display name of who set it."""

    state: StoredCell
    name: str | None


def add_cell_changes(
    session: Session,
    school_id: int,
    academic_year: int,
    states: Iterable[tuple[CellKey, StoredCell]],
) -> None:
    """Note what cells hold from now on, in the order given. Call it with the audit's lock held."""
    rows: list[dict[str, Any]] = [
        {
            "school_id": school_id,
            "academic_year": academic_year,
            **key._asdict(),
            "value": state.value,
            "colour": state.colour,
            "version": state.version,
            "changed_at": state.changed_at,
            "changed_by": state.changed_by,
        }
        for key, state in states
    ]
    if rows:
        session.connection().execute(insert(_CHANGES), rows)


def find_newest_mark(session: Session, school_id: int, academic_year: int) -> int:
    """Return the highest id of a change in the school's year; 0 where there is none."""
    table = CellChange
    newest = session.scalar(
        select(func.max(table.id)).where(
            table.school_id == school_id, table.academic_year == academic_year
        )
    )
    return newest or 0


def find_changes_after(
    session: Session, school_id: int, academic_year: int, *, mark: int, at_most: int
) -> list[tuple[int, CellKey, StoredCell]]:
    """Return the changes of the school's year with an id above `mark`, oldest first."""
    table = CellChange
    rows = session.execute(
        select(table.id, *_STATE)
        .where(
            table.school_id == school_id,
            table.academic_year == academic_year,
            table.id > mark,
        )
        .order_by(table.id)
        .limit(at_most)
    )
    return [(number, CellKey(*state[:4]), StoredCell(*state[4:])) for number, *state in rows]


def find_noted(
    session: Session, school_id: int, academic_year: int, stored: Mapping[CellKey, StoredCell]
) -> set[CellKey]:
    """Return those of the cells whose history ends with what is `stored` of them."""
    of_assessments = {key: state for key, state in stored.items() if key.assessment_id is not None}
    others = {key: state for key, state in stored.items() if key.assessment_id is None}
    noted: set[CellKey] = set()
    for some in (of_assessments, others):
        if some:
            last = _find_last(session, school_id, academic_year, some)
            noted |= {
                key for key, state in some.items() if last.get(key) == (state.value, state.colour)
            }
    return noted


def find_history(
    session: Session, school_id: int, academic_year: int, key: CellKey, *, at_most: int
) -> list[PastState]:
    """Return what the cell has held, newest first."""
    table = CellChange
    rows = session.execute(
        select(*_STATE[4:], UserAccount.display_name)
        .join(UserAccount, UserAccount.id == table.changed_by, isouter=True)
        .where(
            table.school_id == school_id,
            table.pupil_id == key.pupil_id,
            table.assessment_id.is_(None)
            if key.assessment_id is None
            else table.assessment_id == key.assessment_id,
            table.subject == key.subject,
            table.kind == key.kind,
            _is_of_year(academic_year),
        )
        .order_by(table.id.desc())
        .limit(at_most)
    )
    return [PastState(StoredCell(*state), name) for *state, name in rows]


def find_display_name(session: Session, user_id: int | None) -> str | None:
    """Return the name an account is shown by; None for no account."""
    return session.scalar(select(UserAccount.display_name).where(UserAccount.id == user_id))


def _find_last(
    session: Session, school_id: int, academic_year: int, stored: Mapping[CellKey, StoredCell]
) -> dict[CellKey, tuple[str | None, str | None]]:
    """Return value and colour of the last row of each cell at its stored version."""
    table = CellChange
    assessments = {key.assessment_id for key in stored if key.assessment_id is not None}
    rows = session.execute(
        select(table.id, *_STATE[:4], table.value, table.colour).where(
            table.school_id == school_id,
            table.pupil_id.in_(sorted({key.pupil_id for key in stored})),
            table.assessment_id.in_(sorted(assessments))
            if assessments
            else table.assessment_id.is_(None),
            table.subject.in_(sorted({key.subject for key in stored})),
            table.kind.in_(sorted({key.kind for key in stored})),
            # Of each cell one row and not its whole history; but the version of an enrolment, which
            # include-in-data has, counts other changes too.
            or_(
                table.version.in_(sorted({state.version for state in stored.values()})),
                table.kind == INCLUDE,
            ),
            _is_of_year(academic_year),
        )
    )
    newest: dict[CellKey, tuple[int, str | None, str | None]] = {}
    for number, assessment_id, pupil_id, subject, kind, value, colour in rows:
        key = CellKey(assessment_id, pupil_id, subject, kind)
        if key not in newest or number > newest[key][0]:
            newest[key] = (number, value, colour)
    return {key: (value, colour) for key, (_, value, colour) in newest.items()}


def _is_of_year(academic_year: int) -> ColumnElement[bool]:
    # A result is a child's, whatever the year whose grid it was entered in.
    return or_(CellChange.academic_year == academic_year, CellChange.kind == RESULT)
