"""Recording judgements: every cell is checked by itself, and the good ones are saved together.

A batch is one transaction. What a cell names (pupil, column, value, version) comes from a browser
and is believed in nothing: it is looked up among what the school has, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pupiltrack_core.access import Action
from pupiltrack_core.errors import InvalidEntry, StorageUnavailable
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.grid_columns import INCLUDE, GridColumn, columns_of, read_value
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments
from pupiltrack_core.storage.judgements import (
    CellKey,
    CellWrite,
    InclusionWrite,
    StoredCell,
    StoredEnrolment,
    find_cells,
    find_enrolments,
    write_cells,
    write_inclusions,
)

JUDGEMENTS_RECORDED = "judgements recorded"
MAX_CHANGES = 20_000
_ATTEMPTS = 5
_BLANK = StoredCell(value=None, version=0)
_NO_PUPIL = "This pupil is not on this school's roll for the academic year. Nothing was changed."
_NO_COLUMN = (
    "This column is not there: the assessment may have been deleted or changed. Nothing was "
    "changed. Open the page again."
)
_NOT_FOR_YEAR = "This assessment is not for the pupil's year group. Nothing was changed."
_YES_OR_NO = "Choose Yes or No."
_CONFLICT = "Someone else changed this first. Choose which of the two to keep."

Status = Literal["saved", "refused", "conflict"]


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value entered over `version` of a cell (0: never filled); None clears it."""

    pupil_id: int
    column_key: str
    value: str | None
    version: int


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """What became of one change.

    saved: `value` and `version` are what is stored now. refused: `reason` says why, and both are
    still the stored ones. conflict: `value` is the one sent, `theirs` and `version` are stored.
    """

    pupil_id: int
    column_key: str
    status: Status
    value: str | None
    version: int
    reason: str = ""
    theirs: str | None = None


@dataclass(slots=True)
class _Plan:
    """What a batch would do to what was read; `cells` and `enrolments` follow as it is planned."""

    cells: dict[CellKey, StoredCell]
    enrolments: dict[int, StoredEnrolment]
    cell_writes: list[CellWrite] = field(default_factory=list)
    inclusion_writes: list[InclusionWrite] = field(default_factory=list)
    outcomes: list[CellOutcome] = field(default_factory=list)


def record_changes(
    caller: Caller, school_id: int, academic_year: int, changes: Sequence[CellChange]
) -> tuple[CellOutcome, ...]:
    """Save the changes that may be saved, in one transaction, and return what became of each.

    Outcomes stand in the order of `changes`. A value that is already stored counts as saved, so
    sending a batch again does no harm. Raise `InvalidEntry` for more than 20,000 changes,
    `StorageUnavailable` when nothing could be saved now, `NotFound` or `AccessDenied` for a school
    out of reach or a role that may not record; none of these changes anything.
    """
    if len(changes) > MAX_CHANGES:
        raise InvalidEntry(
            f"At most {MAX_CHANGES:,} cells can be saved at once. Nothing was changed: paste a "
            "smaller block.",
            field="changes",
        )
    with caller.begin(write=True, act=True) as work:
        work.require(Action.RECORD_JUDGEMENTS, school_id)
        assessments = find_assessments(work.session, school_id, academic_year)
        for _ in range(_ATTEMPTS):
            plan = _plan(work, school_id, academic_year, changes=changes, assessments=assessments)
            if _write(work, school_id, academic_year, plan):
                break
        else:
            raise StorageUnavailable(
                "Others are changing the same cells at this moment. Nothing was changed by what "
                "you just did. Try again."
            )
        if plan.outcomes:
            _audit(work, school_id, academic_year, plan)
            work.commit()
    return tuple(plan.outcomes)


def _plan(
    work: Work,
    school_id: int,
    academic_year: int,
    *,
    changes: Sequence[CellChange],
    assessments: Sequence[AssessmentInfo],
) -> _Plan:
    columns = {key: column for item in assessments for key, column in columns_of(item).items()}
    year_groups = {item.id: item.year_groups for item in assessments}
    touched = {columns[change.column_key] for change in changes if change.column_key in columns}
    pupil_ids = {change.pupil_id for change in changes if _is_id(change.pupil_id)}
    include = any(change.column_key == INCLUDE for change in changes)
    plan = _Plan(
        enrolments=find_enrolments(
            work.session, school_id, academic_year, pupil_ids=pupil_ids, for_update=include
        ),
        cells=find_cells(
            work.session,
            school_id,
            academic_year,
            assessment_ids={column.assessment_id for column in touched},
            pupil_ids=pupil_ids,
            for_update=True,
        ),
    )
    for change in changes:
        enrolment = plan.enrolments.get(change.pupil_id) if _is_id(change.pupil_id) else None
        if enrolment is None:
            _refuse(plan, change, _BLANK, _NO_PUPIL)
        elif change.column_key == INCLUDE:
            _plan_inclusion(plan, change, enrolment)
        elif (column := columns.get(change.column_key)) is None:
            _refuse(plan, change, _BLANK, _NO_COLUMN)
        elif enrolment.year_group not in year_groups[column.assessment_id]:
            _refuse(plan, change, _BLANK, _NOT_FOR_YEAR)
        else:
            _plan_cell(plan, change, column)
    return plan


def _plan_cell(plan: _Plan, change: CellChange, column: GridColumn) -> None:
    key = CellKey(column.assessment_id, change.pupil_id, column.subject.value, column.kind.value)
    stored = plan.cells.get(key, _BLANK)
    try:
        value = read_value(column, change.value)
    except ValueError as error:
        _refuse(plan, change, stored, str(error))
        return
    if value != stored.value and change.version == stored.version:
        plan.cell_writes.append(CellWrite(key, value, stored.version))
        stored = plan.cells[key] = StoredCell(value, stored.version + 1, stored.colour)
    _settle(plan, change, stored, value)


def _plan_inclusion(plan: _Plan, change: CellChange, enrolment: StoredEnrolment) -> None:
    stored = StoredCell("Y" if enrolment.include_in_data else "N", enrolment.version)
    if change.value not in ("Y", "N"):
        _refuse(plan, change, stored, _YES_OR_NO)
        return
    if change.value != stored.value and change.version == stored.version:
        included = change.value == "Y"
        plan.inclusion_writes.append(InclusionWrite(change.pupil_id, included, stored.version))
        stored = StoredCell(change.value, stored.version + 1)
        plan.enrolments[change.pupil_id] = StoredEnrolment(
            enrolment.year_group, included, stored.version
        )
    _settle(plan, change, stored, change.value)


def _settle(plan: _Plan, change: CellChange, stored: StoredCell, value: str | None) -> None:
    """Note the change as saved if `value` is what is stored (now, or already), else as a conflict.

    The value and not the version decides, so that a batch sent twice is saved twice over.
    """
    if value == stored.value:
        outcome = CellOutcome(
            change.pupil_id, change.column_key, "saved", stored.value, stored.version
        )
    else:
        outcome = CellOutcome(
            change.pupil_id,
            change.column_key,
            "conflict",
            value,
            stored.version,
            reason=_CONFLICT,
            theirs=stored.value,
        )
    plan.outcomes.append(outcome)


def _refuse(plan: _Plan, change: CellChange, stored: StoredCell, reason: str) -> None:
    plan.outcomes.append(
        CellOutcome(
            change.pupil_id,
            change.column_key,
            "refused",
            stored.value,
            stored.version,
            reason=reason,
        )
    )


def _write(work: Work, school_id: int, academic_year: int, plan: _Plan) -> bool:
    """Write what was planned, all of it or nothing; return whether it is written."""
    with work.session.begin_nested() as savepoint:
        written = write_inclusions(
            work.session, school_id, academic_year, plan.inclusion_writes
        ) and write_cells(
            work.session,
            school_id,
            academic_year,
            plan.cell_writes,
            changed_by=work.user_id,
            changed_at=work.now,
        )
        if not written:
            savepoint.rollback()
    return written


def _audit(work: Work, school_id: int, academic_year: int, plan: _Plan) -> None:
    counts: Mapping[str, int] = {
        status: sum(outcome.status == status for outcome in plan.outcomes)
        for status in ("saved", "refused", "conflict")
    }
    work.audit(
        JUDGEMENTS_RECORDED,
        school_id=school_id,
        academic_year=academic_year,
        assessments=sorted({write.key.assessment_id for write in plan.cell_writes}),
        changed=len(plan.cell_writes),
        inclusion_changed=len(plan.inclusion_writes),
        saved=counts["saved"],
        refused=counts["refused"],
        conflicts=counts["conflict"],
    )


def _is_id(value: object) -> bool:
    # Larger numbers do not fit the column, and the driver would fail on them.
    return isinstance(value, int) and 0 < value < 2**31
