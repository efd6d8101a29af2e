"""Assessments of a school: choosing and creating them, and the grid of their judgements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.summary import sort_by_name
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import PRIMARY
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.schemas.cohort import PUPIL_ID
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.services.grid_columns import INCLUDE, columns_of, is_plain_text
from pupiltrack_core.services.recording import CellChange, CellOutcome, record_changes
from pupiltrack_core.storage.assessments import (
    AssessmentDraft,
    AssessmentInfo,
    add_assessment,
    find_assessments,
)
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.judgements import find_cell_rows, find_enrolments

__all__ = [
    "ASSESSMENT_CREATED",
    "AssessmentInfo",
    "CellChange",
    "CellOutcome",
    "GridData",
    "assessments_for",
    "create_assessment",
    "load_grid",
    "record_changes",
]

ASSESSMENT_CREATED = "assessment created"
MAX_NAME, MAX_TITLE = 100, 60
_NOT_THERE = (
    "There is no such assessment for this school, academic year and year group, or it was deleted. "
    "Choose another assessment."
)


Cell = tuple[str | None, int, str | None]


@dataclass(frozen=True)
class GridData:
    """A grid as stored at one moment.

    `pupils` is a COHORT frame by surname and forenames, pupils not included in the data among them.
    `cells` holds (value, version, colour) by (pupil id, column key), for cells that were ever
    filled and for `include` ("Y" or "N") of every pupil; a colour of None is the automatic one.
    """

    pupils: pd.DataFrame
    assessments: tuple[AssessmentInfo, ...]
    cells: Mapping[tuple[int, str], Cell]
    may_edit: bool


def assessments_for(
    caller: Caller,
    school_id: int,
    academic_year: int,
    year_groups: Collection[int] | None = None,
) -> tuple[AssessmentInfo, ...]:
    """Return the assessments of the year, newest first, for any of `year_groups` if given.

    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that may not see them.
    """
    with caller.begin() as work:
        work.require(Action.SEE_ASSESSMENTS, school_id)
        found = find_assessments(work.session, school_id, academic_year)
    if year_groups is None:
        return found
    return tuple(item for item in found if not set(item.year_groups).isdisjoint(year_groups))


def create_assessment(
    caller: Caller,
    *,
    school_id: int,
    academic_year: int,
    name: str,
    held_on: date,
    year_groups: Collection[int],
    subjects: Collection[Subject | str],
    formative_title: str | None = None,
    test_title: str | None = None,
    has_phonics: bool = False,
) -> int:
    """Create an assessment and return its id; reading, writing and maths are always in it.

    Raise `InvalidEntry` with the field at fault, among others for a date outside the academic year
    and for an assessment that is there already; `NotFound` and `AccessDenied` as for all services.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        draft = AssessmentDraft(
            name=_required_name(name),
            held_on=_held_in(held_on, academic_year),
            year_groups=_known_year_groups(year_groups),
            subjects=_known_subjects(subjects),
            formative_title=_title(formative_title, "formative_title"),
            test_title=_title(test_title, "test_title"),
            has_phonics=has_phonics,
        )
        _refuse_repeated(work, school_id, academic_year, draft)
        number = add_assessment(
            work.session,
            school_id,
            academic_year,
            draft,
            created_by=work.user_id,
            created_at=work.now,
        )
        work.audit(
            ASSESSMENT_CREATED,
            school_id=school_id,
            assessment=number,
            academic_year=academic_year,
            year_groups=list(draft.year_groups),
            subjects=len(draft.subjects),
        )
        work.commit()
    return number


def load_grid(
    caller: Caller, selection: CohortSelection, assessment_ids: Sequence[int]
) -> GridData:
    """Return the grid of the cohort with the assessments asked for, in that order.

    Raise `NotFound` when one of them is not there for the cohort's school, academic year and year
    groups, and for a school out of reach; `AccessDenied` for a role that may not see assessments.
    """
    if selection.school_id is None:
        raise InvalidEntry("Choose one school to see its assessments.", field="school")
    school_id, academic_year = selection.school_id, selection.academic_year
    with caller.begin() as work:
        school = work.require(Action.SEE_ASSESSMENTS, school_id)
        scope = SchoolScope(school.id, school.local_authority_id)
        require_filters(work.principal, selection, scope)
        assessments = _find_in_order(work, selection, assessment_ids)
        pupils = sort_by_name(load_cohort(work.session, selection)).reset_index(drop=True)
        pupil_ids = [int(pupil_id) for pupil_id in pupils[PUPIL_ID]]
        stored = find_cell_rows(
            work.session,
            school_id,
            academic_year,
            assessment_ids=assessment_ids,
            pupil_ids=pupil_ids,
        )
        enrolments = find_enrolments(work.session, school_id, academic_year, pupil_ids=pupil_ids)
        may_edit = may(work.principal, Action.RECORD_JUDGEMENTS, scope)
    cells: dict[tuple[int, str], Cell] = {
        (pupil_id, INCLUDE): ("Y" if row.include_in_data else "N", row.version, None)
        for pupil_id, row in enrolments.items()
    }
    cells |= _shown_cells(stored, assessments)
    return GridData(pupils=pupils, assessments=assessments, cells=cells, may_edit=may_edit)


def _shown_cells(
    stored: Iterable[Any], assessments: Iterable[AssessmentInfo]
) -> dict[tuple[int, str], Cell]:
    """Return the cells of columns on show. There are thousands, few of them different.

    Equal ones are kept once, and so is the key of each column: a page holds them while it is open.
    """
    key_of = {
        (column.assessment_id, column.kind.value, column.subject.value): key
        for item in assessments
        for key, column in columns_of(item).items()
    }
    once: dict[Cell, Cell] = {}
    cells: dict[tuple[int, str], Cell] = {}
    for assessment_id, pupil_id, subject, kind, value, version, colour in stored:
        key = key_of.get((assessment_id, kind, subject))
        if key is not None:
            cell = (value, version, colour)
            cells[pupil_id, key] = once.setdefault(cell, cell)
    return cells


def _find_in_order(
    work: Work, selection: CohortSelection, assessment_ids: Sequence[int]
) -> tuple[AssessmentInfo, ...]:
    school_id = selection.school_id
    if school_id is None:
        raise InvalidEntry("Choose one school to see its assessments.", field="school")
    found = {
        item.id: item
        for item in find_assessments(
            work.session, school_id, selection.academic_year, assessment_ids=assessment_ids
        )
        if not set(item.year_groups).isdisjoint(selection.year_groups)
    }
    if not found.keys() >= set(assessment_ids):
        raise NotFound(_NOT_THERE)
    return tuple(found[number] for number in dict.fromkeys(assessment_ids))


# --- checking a new assessment ------------------------------------------------------------------


def _required_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise InvalidEntry("Give the assessment a name. Nothing was created.", field="name")
    return _short(tidy, "name", MAX_NAME)


def _title(title: str | None, field: str) -> str | None:
    tidy = " ".join((title or "").split())
    return _short(tidy, field, MAX_TITLE) if tidy else None


def _short(text: str, field: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidEntry(
            f"This is {len(text)} characters long and may have {longest}. Nothing was created.",
            field=field,
        )
    if not is_plain_text(text):
        raise InvalidEntry(
            "This holds characters that cannot be stored. Nothing was created.", field=field
        )
    return text


def _held_in(held_on: date, academic_year: int) -> date:
    if not FIRST_START <= academic_year <= LAST_START:
        raise InvalidEntry("There is no such academic year. Nothing was created.", field="held_on")
    year = AcademicYear(academic_year)
    if not year.first_day <= held_on <= year.last_day:
        raise InvalidEntry(
            f"The date must be in the academic year {year.label}: from "
            f"{year.first_day:%d/%m/%Y} to {year.last_day:%d/%m/%Y}. Nothing was created.",
            field="held_on",
        )
    return held_on


def _known_year_groups(year_groups: Collection[int]) -> tuple[int, ...]:
    if not year_groups:
        raise InvalidEntry("Choose at least one year. Nothing was created.", field="year_groups")
    if not set(PRIMARY).issuperset(year_groups):
        raise InvalidEntry("There is no such year group. Nothing was created.", field="year_groups")
    return tuple(sorted(set(year_groups)))


def _known_subjects(subjects: Collection[Subject | str]) -> tuple[Subject, ...]:
    wanted = {str(subject) for subject in subjects}
    if not wanted <= {subject.value for subject in Subject}:
        raise InvalidEntry("There is no such subject. Nothing was created.", field="subjects")
    return tuple(item for item in Subject if item in CORE_SUBJECTS or item.value in wanted)


def _refuse_repeated(
    work: Work, school_id: int, academic_year: int, draft: AssessmentDraft
) -> None:
    for item in find_assessments(work.session, school_id, academic_year):
        same = item.name.casefold() == draft.name.casefold() and item.held_on == draft.held_on
        if same and not set(item.year_groups).isdisjoint(draft.year_groups):
            raise InvalidEntry(
                f"There is an assessment of this name on {draft.held_on:%d/%m/%Y} already for one "
                "of these years. Nothing was created: open that one, or give this another name.",
                field="name",
            )
