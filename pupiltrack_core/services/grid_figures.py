"""What an assessment grid says besides its stored cells: worked-out cells and the foot's figures.

Made of the cells held, so that a figure under the grid needs no query; the page's foot and the
workbook's are both made of what stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from pupiltrack_core.calc.summary import FootFigure, foot_rows, summarise_cohort
from pupiltrack_core.domain.judgements import Judgement, RwmStatus, rwm_status
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, AnySubject, Subject
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import Kind, column_key, columns_of

# Not on track repeats Below and Towards, which stand above it.
FOOT_ROWS = tuple(row for row in SummaryRow if row is not SummaryRow.NOT_ON_TRACK)


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """The test scores under one column, of pupils included in the data; `mean` is exact."""

    mean: Fraction
    count: int
    lowest: Fraction
    highest: Fraction
    without: int


def rwm_key(assessment_id: int) -> str:
    """Return the key of the worked-out column of reading, writing and maths together."""
    return column_key(assessment_id, "rwm", RWM)


def included_pupils(grid: GridData) -> pd.DataFrame:
    """Return the pupils whose data are included, in the grid's order."""
    return grid.pupils[grid.pupils[cohort.INCLUDE_IN_DATA]]


def judged_cohort(
    grid: GridData, assessment: AssessmentInfo, subjects: Iterable[AnySubject] | None = None
) -> pd.DataFrame:
    """Return what a figure is made of: pupil_id, include_in_data, this assessment's judgements.

    One row for each of the grid's pupils, judgements as in a COHORT frame, of `subjects` only if
    given.
    """
    ids = [int(pupil_id) for pupil_id in grid.pupils[cohort.PUPIL_ID]]
    judged = {}
    for subject in assessment.subjects if subjects is None else subjects:
        key = column_key(assessment.id, Kind.TRACKING, subject.value)
        values = [grid.cells.get((pupil_id, key), (None,))[0] for pupil_id in ids]
        judged[subject.value] = pd.Categorical(values, dtype=cohort.JUDGEMENT_DTYPE)
    kept = {name: grid.pupils[name] for name in (cohort.PUPIL_ID, cohort.INCLUDE_IN_DATA)}
    return pd.DataFrame({**kept, **judged}, index=grid.pupils.index)


def rwm_status_at(grid: GridData, pupil_id: int, assessment_id: int) -> RwmStatus | None:
    """Return whether the pupil is on track in all three at the assessment; None leaves a blank."""
    return rwm_status(
        *(_judgement(grid, pupil_id, assessment_id, subject) for subject in CORE_SUBJECTS)
    )


def foot_figures(
    grid: GridData, *, touched: Collection[str] | None = None
) -> Mapping[tuple[SummaryRow, str], FootFigure]:
    """Return the figures of judgement columns and worked-out columns, by row and column key.

    With `touched`, keys of columns in which cells changed, only the figures that can have changed
    with them: an entry then costs one column, not the whole grid.
    """
    figures: dict[tuple[SummaryRow, str], FootFigure] = {}
    for assessment in grid.assessments:
        subjects = _subjects_touched(assessment, touched)
        if not subjects:
            continue
        judged = judged_cohort(grid, assessment, subjects)
        for figure in foot_rows(summarise_cohort(judged, [item.value for item in subjects])):
            if figure.row in FOOT_ROWS:
                figures[figure.row, _key_of(assessment, figure)] = figure
    return figures


def _subjects_touched(
    assessment: AssessmentInfo, touched: Collection[str] | None
) -> tuple[AnySubject, ...]:
    if touched is None:
        return assessment.subjects
    own = columns_of(assessment)
    judged = {own[key].subject for key in touched if key in own and own[key].kind is Kind.TRACKING}
    if judged & set(CORE_SUBJECTS):
        judged |= set(CORE_SUBJECTS)  # the worked-out column needs all three
    return tuple(subject for subject in assessment.subjects if subject in judged)


def score_figures(grid: GridData) -> Mapping[str, ScoreFigures]:
    """Return the figures of every test score column that has a score, by column key."""
    ids = [int(pupil_id) for pupil_id in included_pupils(grid)[cohort.PUPIL_ID]]
    figures = {}
    for assessment in grid.assessments:
        for key, column in columns_of(assessment).items():
            if column.kind is not Kind.TEST:
                continue
            found = Counter(grid.cells.get((pupil_id, key), (None,))[0] for pupil_id in ids)
            # Few scores differ, and exact numbers are slow to make: each is made once.
            pupils_at: Counter[Fraction] = Counter()
            for value, pupils in found.items():
                if value:
                    pupils_at[Fraction(value)] += pupils
            if pupils_at:
                count = sum(pupils_at.values())
                figures[key] = ScoreFigures(
                    mean=Fraction(sum(score * n for score, n in pupils_at.items()), count),
                    count=count,
                    lowest=min(pupils_at),
                    highest=max(pupils_at),
                    without=len(ids) - count,
                )
    return figures


def _key_of(assessment: AssessmentInfo, figure: FootFigure) -> str:
    if figure.subject == RWM:
        return rwm_key(assessment.id)
    return column_key(assessment.id, Kind.TRACKING, figure.subject)


def _judgement(
    grid: GridData, pupil_id: int, assessment_id: int, subject: Subject
) -> Judgement | None:
    key = column_key(assessment_id, Kind.TRACKING, subject)
    value = grid.cells.get((pupil_id, key), (None,))[0]
    return Judgement(value) if value else None
