"""Everything a school assessed in an academic year, year group by year group.

Whose it is: the pupils of Years 1 to 6 as every figure of "All years" counts them, each year group
as it stood at its latest assessment. These are the pupils shares are of, whichever year group an
assessment was for. Pupils of Nursery and Reception are added where an assessment was for their
year group, as there would be columns without pupils otherwise; they are outside the six year
groups, so no share of these counts them.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.summary import sort_by_name
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.judgement_wording import wording_of
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.schemas.cohort import INCLUDE_IN_DATA, PUPIL_ID, YEAR_GROUP
from pupiltrack_core.services.assessment_grid import GridData, cells_of_columns
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.judgements import find_cell_rows

SIX_YEARS = YearRange.ALL_YEARS


@dataclass(frozen=True, slots=True)
class YearGrid:
    """The pupils of one year group with every assessment that was for it, oldest first."""

    year_group: int
    grid: GridData

    @property
    def is_counted(self) -> bool:
        """Whether it is one of the six year groups that shares are of."""
        return self.year_group in SIX_YEARS.year_groups


@dataclass(frozen=True)
class AllData:
    """What a school assessed: `years` from the youngest year group to the oldest.

    A year group without pupils is not in it, one without an assessment has a grid without columns.
    """

    selection: CohortSelection
    school_name: str
    years: tuple[YearGrid, ...]

    @property
    def of_six_years(self) -> int:
        """How many pupils of the six year groups are included in the data."""
        return sum(
            int(year.grid.pupils[INCLUDE_IN_DATA].sum()) for year in self.years if year.is_counted
        )


def load_all_data(caller: Caller, school_id: int, academic_year: int) -> AllData:
    """Return all assessments of a school's academic year with their pupils.

    An assessment for several year groups stands in each of them. The number of queries is fixed.
    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that may not export or
    not see assessments.
    """
    selection = CohortSelection(academic_year, school_id=school_id, years=SIX_YEARS)
    with caller.begin() as work:
        school = work.require(Action.EXPORT, school_id)
        work.require(Action.SEE_ASSESSMENTS, school_id)
        newest_first = find_assessments(work.session, school_id, academic_year)
        assessments = tuple(reversed(newest_first))
        pupils = _read_pupils(work, selection, assessments)
        stored = find_cell_rows(
            work.session,
            school_id,
            academic_year,
            assessment_ids=[item.id for item in assessments],
            pupil_ids=[int(pupil_id) for frame in pupils for pupil_id in frame[PUPIL_ID]],
        )
        cells = cells_of_columns(stored, assessments)
        school_name = school.name
        wording = wording_of(school.judgement_wording)
    years = tuple(
        YearGrid(
            int(str(year_group)),
            GridData(
                pupils=sort_by_name(own).reset_index(drop=True),
                assessments=tuple(item for item in assessments if year_group in item.year_groups),
                cells=cells,
                may_edit=False,
                wording=wording,
            ),
        )
        for frame in pupils
        for year_group, own in frame.groupby(YEAR_GROUP, sort=True)
    )
    return AllData(selection, school_name, years)


def _read_pupils(
    work: Work, selection: CohortSelection, assessments: tuple[AssessmentInfo, ...]
) -> tuple[pd.DataFrame, ...]:
    """Return COHORT frames: of the early years an assessment was for, then of the six years."""
    pupils = load_cohort(work.session, selection)
    assessed = {year_group for item in assessments for year_group in item.year_groups}
    if assessed.isdisjoint(YearRange.EARLY_YEARS.year_groups):
        return (pupils,)
    early = load_cohort(
        work.session,
        CohortSelection(
            selection.academic_year, school_id=selection.school_id, years=YearRange.EARLY_YEARS
        ),
    )
    return early[early[YEAR_GROUP].isin(assessed)], pupils
