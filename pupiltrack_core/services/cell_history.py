"""The history of a cell of the grid: who set it, when, and what it was before.

Putting an old value back is recording it again, over the version that is stored now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pupiltrack_core.access import Action
from pupiltrack_core.domain.judgement_wording import wording_of
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.entry_columns import EntryColumn, EntryColumns, is_pupil_id
from pupiltrack_core.storage.assessments import find_assessments
from pupiltrack_core.storage.cell_changes import PastState, find_display_name, find_history
from pupiltrack_core.storage.cells import INCLUDE, CellKey, StoredCell
from pupiltrack_core.storage.judgements import StoredEnrolment, find_cells, find_enrolments
from pupiltrack_core.storage.school_results import find_entered_results

MOST_VALUES = 100
NOBODY = "Not on record: imported, or from before changes were kept"
SOMEONE = "Someone"
_NOT_THERE = (
    "There is no such cell: the pupil may have been archived, or the assessment deleted. Open the "
    "page again."
)


@dataclass(frozen=True, slots=True)
class PastValue:
    """What a cell held from `at` on, None where that is not known; `text` is what people see.

    `who` is a display name, or says that no person is on record.
    """

    value: str | None
    text: str
    colour: str | None
    version: int
    who: str
    at: datetime | None


def history_of(
    caller: Caller, school_id: int, academic_year: int, pupil_id: int, column_key: str
) -> tuple[PastValue, ...]:
    """Return what a cell holds and held, newest first, 100 values at most.

    Empty for a cell never filled, and for an include-in-data never changed. Raise `NotFound` for a
    pupil or a column that is not there, and for a school out of reach; `AccessDenied` for a role
    that may not see assessments.
    """
    with caller.begin() as work:
        school = work.require(Action.SEE_ASSESSMENTS, school_id)
        enrolment = find_enrolments(
            work.session,
            school_id,
            academic_year,
            pupil_ids=[pupil_id] if is_pupil_id(pupil_id) else [],
        ).get(pupil_id)
        assessments = find_assessments(work.session, school_id, academic_year)
        column = EntryColumns(
            academic_year, assessments, wording_of(school.judgement_wording)
        ).find(column_key)
        if enrolment is None or column is None or enrolment.year_group not in column.year_groups:
            raise NotFound(_NOT_THERE)
        key = column.cell(pupil_id)
        past = find_history(work.session, school_id, academic_year, key, at_most=MOST_VALUES)
        stored = _find_stored(work, school_id, academic_year, key=key, enrolment=enrolment)
        if _is_missing(stored, past[0].state if past else None, key):
            name = find_display_name(work.session, stored.changed_by)
            past.insert(0, PastState(stored, name))
    return tuple(_past_value(column, state, name) for state, name in past)


def _find_stored(
    work: Work, school_id: int, academic_year: int, *, key: CellKey, enrolment: StoredEnrolment
) -> StoredCell:
    if key.kind == INCLUDE:
        return StoredCell("Y" if enrolment.include_in_data else "N", enrolment.version)
    if key.assessment_id is None:
        found = find_entered_results(work.session, school_id, pupil_ids=[key.pupil_id])
    else:
        found = find_cells(
            work.session,
            school_id,
            academic_year,
            assessment_ids=[key.assessment_id],
            pupil_ids=[key.pupil_id],
        )
    return found.get(key, StoredCell(None, 0))


def who_did(name: str | None, user_id: int | None) -> str:
    """Return who is said to have done something: a name, or that none is on record."""
    return name or (NOBODY if user_id is None else SOMEONE)


def _is_missing(stored: StoredCell, last: StoredCell | None, key: CellKey) -> bool:
    """Whether the history does not end with what is stored: something was filled past it."""
    if last is None:
        return stored.version > 0 and key.kind != INCLUDE
    return (last.value, last.colour) != (stored.value, stored.colour)


def _past_value(column: EntryColumn, state: StoredCell, name: str | None) -> PastValue:
    return PastValue(
        state.value,
        column.text(state.value),
        state.colour,
        state.version,
        who_did(name, state.changed_by),
        state.changed_at,
    )
