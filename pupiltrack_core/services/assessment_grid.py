"""The grid of an assessment, or of several side by side: pupils, cells, and what may be entered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.calc.summary import sort_by_name
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import (
    STANDARD_WORDING,
    JudgementWording,
    wording_of,
)
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.schemas.cohort import PUPIL_ID
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_filters import offered_filters, require_filters
from pupiltrack_core.services.grid_characteristics import (
    CharacteristicColumn,
    characteristic_cells,
    characteristic_columns,
)
from pupiltrack_core.services.grid_columns import INCLUDE, columns_of
from pupiltrack_core.services.grid_results import (
    ResultCell,
    ResultColumn,
    result_cells,
    result_columns,
)
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments
from pupiltrack_core.storage.cell_changes import find_newest_mark
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.judgements import find_cell_rows, find_enrolments
from pupiltrack_core.storage.school_results import find_entered_results
from pupiltrack_core.storage.statutory_results import find_results_of_pupils

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
    `results` and `characteristics` are the columns of those, `locked` the cells of them that are
    for reading only though others of the column are not. `mark` is what `changes_since` goes on
    from. `wording` is what the school calls the judgements.
    """

    pupils: pd.DataFrame
    assessments: tuple[AssessmentInfo, ...]
    cells: Mapping[tuple[int, str], Cell]
    may_edit: bool
    results: tuple[ResultColumn, ...] = ()
    characteristics: tuple[CharacteristicColumn, ...] = ()
    locked: frozenset[tuple[int, str]] = frozenset()
    mark: int = 0
    wording: JudgementWording = STANDARD_WORDING


def load_grid(
    caller: Caller,
    selection: CohortSelection,
    assessment_ids: Sequence[int],
    *,
    sections: Collection[Section] = (),
) -> GridData:
    """Return the grid of the cohort with the assessments asked for, in that order.

    Of `sections` those that lie beside the assessments are read when asked for: statutory results
    (for one year group), characteristics and custom fields.
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
        beside = _read_beside(work, selection, sections, pupil_ids=pupil_ids)
        offered = offered_filters(work.principal, scope)
        mark = find_newest_mark(work.session, school_id, academic_year)
    shown = _shown_characteristics(sections, offered, school.custom_filter_names)
    cells: dict[tuple[int, str], Cell] = {
        (pupil_id, INCLUDE): ("Y" if row.include_in_data else "N", row.version, None)
        for pupil_id, row in enrolments.items()
    }
    cells |= cells_of_columns(stored, assessments)
    cells |= {place: (cell.value, cell.version, None) for place, cell in beside.items()}
    cells |= {
        place: (words, 0, None) for place, words in characteristic_cells(pupils, shown).items()
    }
    return GridData(
        pupils=pupils,
        assessments=assessments,
        cells=cells,
        may_edit=may_edit,
        results=_result_columns(selection) if Section.STATUTORY in sections else (),
        characteristics=shown,
        locked=frozenset(place for place, cell in beside.items() if cell.is_locked),
        mark=mark,
        wording=wording_of(school.judgement_wording),
    )


def _read_beside(
    work: Work,
    selection: CohortSelection,
    sections: Collection[Section],
    *,
    pupil_ids: Sequence[int],
) -> dict[tuple[int, str], ResultCell]:
    if Section.STATUTORY not in sections or selection.school_id is None:
        return {}
    keys = {column.key for column in _result_columns(selection)}
    found = result_cells(
        find_results_of_pupils(
            work.session,
            selection.school_id,
            pupil_ids,
            until=AcademicYear(selection.academic_year).ending,
        ),
        find_entered_results(work.session, selection.school_id, pupil_ids=pupil_ids),
    )
    return {place: cell for place, cell in found.items() if place[1] in keys}


def _result_columns(selection: CohortSelection) -> tuple[ResultColumn, ...]:
    if isinstance(selection.years, YearRange):
        return ()
    return result_columns(selection.years, selection.academic_year)


def _shown_characteristics(
    sections: Collection[Section],
    offered: Collection[Characteristic],
    custom_names: Sequence[str],
) -> tuple[CharacteristicColumn, ...]:
    return tuple(
        column
        for column in characteristic_columns(offered, custom_names)
        if column.section in sections
    )


def cells_of_columns(
    stored: Iterable[Any], assessments: Iterable[AssessmentInfo]
) -> dict[tuple[int, str], Cell]:
    """Return the cells, as `GridData` holds them, of rows as `find_cell_rows` returns them.

    Cells of no column of these assessments are left out. There are thousands, few of them
    different: equal ones are kept once, and so is each key, as a page holds them while it is open.
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
