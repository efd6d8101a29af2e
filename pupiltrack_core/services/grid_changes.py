"""What others changed in a grid since it was read, for pages that stay open.

A page keeps the mark of what it has seen. `has_news` says whether there is anything beyond it: one
look at the end of an index, which may be taken every second. `changes_since` says what it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pupiltrack_core.access import Action
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.entry_columns import key_of
from pupiltrack_core.storage.cell_changes import (
    find_changes_after,
    find_newest_mark,
)
from pupiltrack_core.storage.cells import CellKey, StoredCell
from pupiltrack_core.storage.row_level_security import RowScope

MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A cell as it was stored last; a colour of None is the automatic one."""

    pupil_id: int
    column_key: str
    value: str | None
    version: int
    colour: str | None


@dataclass(frozen=True, slots=True)
class GridChanges:
    """The cells changed, each once, and the mark to ask from next time.

    With `too_many` there are no cells and the mark has not moved: read the grid afresh. So it is
    when the mark is beyond all there is, because a backup was put in the database's place.
    """

    mark: int
    cells: tuple[ChangedCell, ...]
    too_many: bool = False


def has_news(caller: Caller, school_id: int, academic_year: int, mark: int) -> bool:
    """Whether `changes_since` has anything to say: something changed in the school's year.

    Tells no more than that, and nothing of whoever asks is looked up: `changes_since` does that.
    Raise `StorageUnavailable` when the database cannot be asked.
    """
    with caller.database.unit_of_work(scope=RowScope((school_id,))) as unit:
        return find_newest_mark(unit.session, school_id, academic_year) != mark


def changes_since(
    caller: Caller,
    school_id: int,
    academic_year: int,
    mark: int,
    *,
    pupil_ids: Collection[int] | None = None,
) -> GridChanges:
    """Return the cells of the school's year changed after `mark`, of `pupil_ids` or of everyone.

    The caller's own changes are among them. Asking is no act of the person: the idle clock goes on.
    Raise `NotFound` or `AccessDenied` for people who may not see the school's assessments.
    """
    with caller.begin() as work:
        work.require(Action.SEE_ASSESSMENTS, school_id)
        rows = find_changes_after(
            work.session, school_id, academic_year, mark=mark, at_most=MOST_CHANGES + 1
        )
        is_beyond = not rows and mark > find_newest_mark(work.session, school_id, academic_year)
    if is_beyond or len(rows) > MOST_CHANGES:
        return GridChanges(mark, (), too_many=True)
    if not rows:
        return GridChanges(mark, ())
    newest: dict[CellKey, StoredCell] = {}
    for _, key, state in rows:
        newest[key] = state
    return GridChanges(
        rows[-1][0],
        tuple(
            ChangedCell(key.pupil_id, key_of(key), state.value, state.version, state.colour)
            for key, state in newest.items()
            if pupil_ids is None or key.pupil_id in pupil_ids
        ),
    )
