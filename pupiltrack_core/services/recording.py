"""Recording what is entered in a grid: every cell is checked by itself, the good ones are saved.

A batch is one transaction. What a cell names (pupil, column, value, colour, version) comes from a
browser and is believed in nothing: it is looked up among what the school has, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pupiltrack_core.access import Action
from pupiltrack_core.domain.judgements import PALETTE
from pupiltrack_core.errors import InvalidEntry, StorageUnavailable
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cell_plan import CellPlan, read_plan
from pupiltrack_core.services.entry_columns import EntryColumn, EntryColumns, is_pupil_id
from pupiltrack_core.services.grid_results import READ_ONLY, is_result
from pupiltrack_core.storage.assessments import find_assessments
from pupiltrack_core.storage.cells import StoredCell

JUDGEMENTS_RECORDED = "judgements recorded"
MAX_CHANGES = 20_000
_ATTEMPTS = 5
_BLANK = StoredCell(value=None, version=0)
_NO_PUPIL = "This pupil is not on this school's roll for the academic year. Nothing was changed."
_NO_COLUMN = (
    "This column is not there, or it is for reading only: the assessment may have been deleted or "
    "changed. Nothing was changed. Open the page again."
)
_NOT_FOR_YEAR = "This column is not for the pupil's year group. Nothing was changed."
_NO_COLOURS = "Cells of this column cannot be coloured. Nothing was changed."
_NO_SUCH_COLOUR = f"Choose one of the colours {', '.join(PALETTE)}, or the automatic one."
_CONFLICT = "Someone else changed this first. Choose which of the two to keep."

Status = Literal["saved", "refused", "conflict"]


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value entered over `version` of a cell (0: never filled); None clears it.

    With `recolour` the cell takes `colour` too, None being the automatic one; without it the stored
    colour stays.
    """

    pupil_id: int
    column_key: str
    value: str | None
    version: int
    colour: str | None = None
    recolour: bool = False


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What became of one change.

    saved: `value` and `version` are what is stored now. refused: `reason` says why, and both are
    still the stored ones. conflict: `value` is the one sent, `theirs` and `version` are stored.
    `colour` is always the stored one.
    """

    pupil_id: int
    column_key: str
    status: Status
    value: str | None
    version: int
    reason: str = ""
    theirs: str | None = None
    colour: str | None = None


def require_batch(changes: Sequence[object]) -> None:
    """Raise `InvalidEntry` for more cells than are saved in one go."""
    if len(changes) > MAX_CHANGES:
        raise InvalidEntry(
            f"At most {MAX_CHANGES:,} cells can be saved at once. Nothing was changed: paste a "
            "smaller block.",
            field="changes",
        )


def record_changes(
    caller: Caller, school_id: int, academic_year: int, changes: Sequence[CellChange]
) -> tuple[CellOutcome, ...]:
    """Save the changes that may be saved, in one transaction, and return what became of each.

    Outcomes stand in the order of `changes`. What is already stored counts as saved, so sending a
    batch again does no harm. Raise `InvalidEntry` for more than 20,000 changes,
    `StorageUnavailable` when nothing could be saved now, `NotFound` or `AccessDenied` for a school
    out of reach or a role that may not record; none of these changes anything.
    """
    require_batch(changes)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.RECORD_JUDGEMENTS, school_id)
        columns = _find_columns(work, school_id, academic_year, changes)
        for _ in range(_ATTEMPTS):
            plan = read_plan(
                work,
                school_id,
                academic_year,
                cells=[
                    columns[change.column_key].cell(change.pupil_id)
                    for change in changes
                    if change.column_key in columns and is_pupil_id(change.pupil_id)
                ],
                pupil_ids={change.pupil_id for change in changes if is_pupil_id(change.pupil_id)},
            )
            outcomes = tuple(_decide(plan, change, columns) for change in changes)
            if plan.write():
                break
        else:
            raise StorageUnavailable(
                "Others are changing the same cells at this moment. Nothing was changed by what "
                "you just did. Try again."
            )
        if outcomes:
            _audit(work, plan, outcomes)
            plan.note_changes()
            work.commit()
    return outcomes


def _find_columns(
    work: Work, school_id: int, academic_year: int, changes: Sequence[CellChange]
) -> dict[str, EntryColumn]:
    """Return those of the columns named that can be entered."""
    columns = EntryColumns(academic_year, find_assessments(work.session, school_id, academic_year))
    found = {key: columns.find(key) for key in {change.column_key for change in changes}}
    return {key: column for key, column in found.items() if column is not None}


def _decide(plan: CellPlan, change: CellChange, columns: Mapping[str, EntryColumn]) -> CellOutcome:
    """Plan one change if it may be saved, and return what will have become of it."""
    year_group = plan.year_groups.get(change.pupil_id) if is_pupil_id(change.pupil_id) else None
    if year_group is None:
        return _refused(change, _BLANK, _NO_PUPIL)
    column = columns.get(change.column_key)
    if column is None:
        return _refused(change, _BLANK, READ_ONLY if is_result(change.column_key) else _NO_COLUMN)
    if year_group not in column.year_groups:
        return _refused(change, _BLANK, _NOT_FOR_YEAR)
    key = column.cell(change.pupil_id)
    stored = plan.stored.get(key, _BLANK)
    if key in plan.official:
        return _refused(change, stored, READ_ONLY)
    try:
        value = column.read(change.value)
        colour = _colour(change, column) if change.recolour else stored.colour
    except ValueError as error:
        return _refused(change, stored, str(error))
    if (value, colour) != (stored.value, stored.colour):
        if change.version != stored.version:
            return _conflict(change, stored, value)
        stored = plan.add(key, value=value, colour=colour, over=stored)
    return CellOutcome(
        change.pupil_id,
        change.column_key,
        "saved",
        stored.value,
        stored.version,
        colour=stored.colour,
    )


def _colour(change: CellChange, column: EntryColumn) -> str | None:
    """Return the colour to store; raise ValueError for one that a cell cannot have."""
    if change.colour is None:
        return None
    if not column.can_be_coloured:
        raise ValueError(_NO_COLOURS)
    if change.colour not in PALETTE:
        raise ValueError(_NO_SUCH_COLOUR)
    return change.colour


def _refused(change: CellChange, stored: StoredCell, reason: str) -> CellOutcome:
    return CellOutcome(
        change.pupil_id,
        change.column_key,
        "refused",
        stored.value,
        stored.version,
        reason=reason,
        colour=stored.colour,
    )


def _conflict(change: CellChange, stored: StoredCell, value: str | None) -> CellOutcome:
    return CellOutcome(
        change.pupil_id,
        change.column_key,
        "conflict",
        value,
        stored.version,
        reason=_CONFLICT,
        theirs=stored.value,
        colour=stored.colour,
    )


def _audit(work: Work, plan: CellPlan, outcomes: Sequence[CellOutcome]) -> None:
    counts: Mapping[str, int] = {
        status: sum(outcome.status == status for outcome in outcomes)
        for status in ("saved", "refused", "conflict")
    }
    work.audit(
        JUDGEMENTS_RECORDED,
        school_id=plan.school_id,
        academic_year=plan.academic_year,
        assessments=plan.assessment_ids,
        changed=len(plan.judgements),
        inclusion_changed=len(plan.inclusions),
        results_changed=len(plan.results),
        saved=counts["saved"],
        refused=counts["refused"],
        conflicts=counts["conflict"],
    )
