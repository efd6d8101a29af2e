"""The pupils behind the numbers of a pupil matrix, read when somebody asks for them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pupiltrack_core.access import Action, SchoolScope
from pupiltrack_core.calc import result_figures as results
from pupiltrack_core.calc.summary import pupils_behind, sort_by_name
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import NO_DATA, SummaryRow
from pupiltrack_core.domain.prior_results import SUMS
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.group_names import MOST_NAMES, SCHOOL_NAME, group_names_behind
from pupiltrack_core.services.pupil_matrix import DataSet, ResultTable
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.prior_results import PriorResults, find_pupils_with

_PERSON = (columns.SURNAME, columns.FORENAMES, columns.YEAR_GROUP, columns.CLASS_NAME)
_CORE = tuple(subject.value for subject in CORE_SUBJECTS)
_NO_SUCH_FIGURE = "There is no such figure in this matrix. Press one of those on the page."


def names_behind_set(
    caller: Caller, one: DataSet, subject: str, row: SummaryRow | str
) -> pd.DataFrame:
    """Return the pupils a figure of a data set counts now, alphabetically, a row each.

    Columns: surname, forenames, year_group, class_name, and the judgements in reading, writing and
    maths, missing for no data; of several schools `school_name` before them. Raises `AccessDenied`
    where the reader has no right to names, `InvalidEntry` for a figure the set does not have and,
    of several schools, for more pupils than can be listed.
    """
    if subject not in set(one.summary[tallies.SUBJECT]) or row not in set(SummaryRow):
        raise InvalidEntry(_NO_SUCH_FIGURE, field="figure")
    with caller.begin() as work:
        if one.selection.school_id is None:
            inside = group_names_behind(work, one.selection, subject=subject, row=SummaryRow(row))
        else:
            _require_names_of_school(work, one.selection, one.selection.school_id)
            cohort = load_cohort(work.session, one.selection)
            inside = pupils_behind(cohort, subject, SummaryRow(row))
    wanted = (SCHOOL_NAME, *_PERSON, *_CORE)
    return inside[[name for name in wanted if name in inside.columns]].reset_index(drop=True)


def names_behind_result(
    caller: Caller, primary: DataSet, table: ResultTable, *, measure: str, result: str
) -> pd.DataFrame:
    """Return the pupils an earlier result counts now: as in `names_behind_set`, no judgements."""
    figures = table.figures
    known = set(figures[[results.MEASURE, results.RESULT]].itertuples(index=False, name=None))
    if (measure, result) not in known:
        raise InvalidEntry(_NO_SUCH_FIGURE, field="figure")
    selection = primary.selection
    wanted = PriorResults(selection, table.collection, (measure,), table.year_groups)
    with caller.begin() as work:
        schools = _schools_with_names(work, selection)
        rows = find_pupils_with(
            work.session,
            wanted,
            measure=measure,
            codes=None if result == NO_DATA else SUMS.get(result, (result,)),
            most=MOST_NAMES,
        )
    if len(rows) > MOST_NAMES:
        raise InvalidEntry(
            f"These are more than {MOST_NAMES} pupils, which is the most that are listed. Choose "
            "fewer schools, one year group or a filter, and press the figure again.",
            field="figure",
        )
    return _by_name(rows, schools)


def _require_names_of_school(work: Work, selection: CohortSelection, school_id: int) -> None:
    school = work.require(Action.SEE_PUPILS, school_id)
    scope = SchoolScope(school.id, school.local_authority_id)
    require_filters(work.principal, selection, scope)


def _schools_with_names(work: Work, selection: CohortSelection) -> dict[int, str]:
    """Return the names of the schools to stand beside the pupils; none for a cohort of one."""
    if selection.school_id is not None:
        _require_names_of_school(work, selection, selection.school_id)
        return {}
    group = require_group(work, selection)
    if not group.may_see_names:
        raise AccessDenied("Your role does not let you see the pupils behind these figures.")
    return dict(group.schools)


def _by_name(rows: Any, schools: dict[int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [tuple(row) for row in rows],
        columns=[columns.SCHOOL_ID, columns.PUPIL_ID, *_PERSON],
    )
    frame = sort_by_name(frame)
    if schools:
        frame.insert(0, SCHOOL_NAME, [schools[number] for number in frame[columns.SCHOOL_ID]])
    return frame.drop(columns=[columns.SCHOOL_ID, columns.PUPIL_ID]).reset_index(drop=True)
