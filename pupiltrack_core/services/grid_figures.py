"""What an assessment grid says besides its stored cells: worked-out cells and the foot's figures.

Made of the cells held, so that a figure under the grid needs no query; the page's foot and the
workbook's are both made of what stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import pandas as pd

from pupiltrack_core.calc.summary import FootFigure, foot_rows, summarise_cohort
from pupiltrack_core.domain.judgements import Judgement, RwmStatus, rwm_status
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import (
    NOT_APPLICABLE,
    format_count_and_percentage,
    round_half_away,
)
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, AnySubject, Subject
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import Kind, column_key, columns_of

# Not on track repeats Below and Towards, which stand above it.
FOOT_ROWS = tuple(row for row in SummaryRow if row is not SummaryRow.NOT_ON_TRACK)


class ScoreRow(StrEnum):
    """The rows under test scores, in the order shown; the value is the row's key."""

    SCORES = "scores"
    LOWEST = "lowest"
    HIGHEST = "highest"
    AVERAGE = "average"
    MEDIAN = "median"

    @property
    def label(self) -> str:
        """The row's heading."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """The test scores under one column, of pupils included in the data; every figure is exact.

    `without` pupils have no score. Where nobody has one, what is made of scores is None: it does
    not apply, and is not zero.
    """

    count: int
    without: int
    lowest: Fraction | None = None
    highest: Fraction | None = None
    mean: Fraction | None = None
    median: Fraction | None = None

    def exact(self, row: ScoreRow) -> Fraction | None:
        """Return the figure of a row; None where it does not apply."""
        return {
            ScoreRow.SCORES: Fraction(self.count),
            ScoreRow.LOWEST: self.lowest,
            ScoreRow.HIGHEST: self.highest,
            ScoreRow.AVERAGE: self.mean,
            ScoreRow.MEDIAN: self.median,
        }[row]

    def text(self, row: ScoreRow) -> str:
        """Return the figure as people read it: average and median with one decimal.

        The lowest and the highest stand as they were typed.
        """
        value = self.exact(row)
        if value is None:
            return NOT_APPLICABLE
        if row in (ScoreRow.AVERAGE, ScoreRow.MEDIAN):
            return f"{round_half_away(value, 1)}"
        return _as_typed(value)

    def describe(self, row: ScoreRow, name: str) -> str:
        """Return in words what a figure says of the scores in `name`."""
        of = self.count + self.without
        if row is ScoreRow.SCORES:
            return f"Pupils with a score in {name}: {self.count} of {of}"
        if self.count == 0:
            return f"{row.label} of the scores in {name}: there are none"
        scores = "1 score" if self.count == 1 else f"{self.count} scores"
        return f"{row.label} of {scores} in {name}: {self.text(row)}"


RWM_TITLE = "R W M on track"


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


def figure_text(figure: FootFigure) -> str:
    """Return a figure as people read it: "7 (64 %)", an en dash where it does not apply."""
    if figure.count is None:
        return NOT_APPLICABLE
    return format_count_and_percentage(figure.count, figure.of)


def score_figures(grid: GridData) -> Mapping[str, ScoreFigures]:
    """Return the figures of every test score column, by column key."""
    pupils = grid.pupils
    ids = pupils[cohort.PUPIL_ID][pupils[cohort.INCLUDE_IN_DATA]].tolist()
    figures = {}
    for assessment in grid.assessments:
        for key, column in columns_of(assessment).items():
            if column.kind is Kind.TEST:
                found = Counter(grid.cells.get((pupil_id, key), (None,))[0] for pupil_id in ids)
                figures[key] = _figures_of(found)
    return figures


def _figures_of(found: Mapping[str | None, int]) -> ScoreFigures:
    """Return the figures of what is in cells, each value with the number of pupils who have it."""
    # Few scores differ, and exact numbers are slow to make: each is made once.
    pupils_at: Counter[Fraction] = Counter()
    for value, pupils in found.items():
        if value:
            pupils_at[Fraction(value)] += pupils
    count = pupils_at.total()
    without = sum(found.values()) - count
    if not count:
        return ScoreFigures(0, without)
    ordered = sorted(pupils_at.items())
    middle = (_at(ordered, (count - 1) // 2), _at(ordered, count // 2))
    return ScoreFigures(
        count=count,
        without=without,
        lowest=ordered[0][0],
        highest=ordered[-1][0],
        mean=Fraction(sum(score * pupils for score, pupils in ordered), count),
        median=Fraction(sum(middle), 2),
    )


def _at(ordered: Iterable[tuple[Fraction, int]], place: int) -> Fraction:
    """Return the score at a place, counted from 0, of scores in order with their numbers."""
    for score, pupils in ordered:
        if place < pupils:
            return score
        place -= pupils
    raise IndexError("There are fewer scores.")


def _as_typed(value: Fraction) -> str:
    """Return a score, which has two decimals at most, without zeros that say nothing."""
    text = f"{round_half_away(value, 2)}"
    return text.rstrip("0").rstrip(".")


def _key_of(assessment: AssessmentInfo, figure: FootFigure) -> str:
    if figure.subject == RWM:
        return rwm_key(assessment.id)
    return column_key(assessment.id, Kind.TRACKING, figure.subject)


def _judgement(
    grid: GridData, pupil_id: int, assessment_id: int, subject: Subject
) -> Judgement | None:
    key = column_key(assessment_id, Kind.TRACKING, subject.value)
    value = grid.cells.get((pupil_id, key), (None,))[0]
    return Judgement(value) if value else None
