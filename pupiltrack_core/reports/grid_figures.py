"""What an assessment grid shows besides its stored cells: columns, worked-out cells, the foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import pandas as pd

from pupiltrack_core.calc.summary import FootFigure, foot_rows, summarise_cohort
from pupiltrack_core.domain.judgements import (
    AUTOMATIC_COLOURS,
    Judgement,
    RwmStatus,
    rwm_status,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, Subject
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessments import AssessmentInfo, GridData
from pupiltrack_core.services.grid_columns import Kind, column_key, columns_of

# Not on track repeats Below and Towards, which stand above it.
FOOT_ROWS = tuple(row for row in SummaryRow if row is not SummaryRow.NOT_ON_TRACK)
_LONGEST_NAME = 12  # longer ones would be cut off in a column as narrow as a judgement
COUNT_FORMAT, SHARE_FORMAT, MEAN_FORMAT = "0", "0%", "0.0"


class CellKind(StrEnum):
    """How a column's cells are written."""

    JUDGEMENT = "judgement"
    STATUS = "status"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the grid: `group` is the heading above its own `name`."""

    key: str
    name: str
    group: str
    kind: CellKind
    assessment_id: int


@dataclass(frozen=True, slots=True)
class FootLine:
    """A row under the grid: exact values by column key, and how they are to be shown."""

    label: str
    number_format: str
    figures: Mapping[str, float] = field(default_factory=dict)


def included_pupils(grid: GridData) -> pd.DataFrame:
    """Return the pupils whose data are included, in the grid's order."""
    return grid.pupils[grid.pupils[cohort.INCLUDE_IN_DATA]]


def rwm_key(assessment_id: int) -> str:
    """Return the key of the worked-out column of reading, writing and maths together."""
    return column_key(assessment_id, "rwm", RWM)


def columns_shown(grid: GridData) -> tuple[ShownColumn, ...]:
    """Return every column of every assessment, the worked-out ones after maths."""
    return tuple(column for assessment in grid.assessments for column in _columns_of(assessment))


def cell_text(grid: GridData, column: ShownColumn, pupil_id: int) -> tuple[str | None, str | None]:
    """Return the text of a cell (None when blank) and the name of its colour (None for none)."""
    if column.kind is CellKind.STATUS:
        status = rwm_status(
            *(_judgement(grid, pupil_id, column.assessment_id, item) for item in CORE_SUBJECTS)
        )
        return (None if status is None else RwmStatus(status).label), None
    value, _, colour = grid.cells.get((pupil_id, column.key), (None, 0, None))
    if not value:
        return None, colour
    if column.kind is not CellKind.JUDGEMENT:
        return value, colour
    judgement = Judgement(value)
    return judgement.label, colour or AUTOMATIC_COLOURS.get(judgement)


def judged_cohort(grid: GridData, assessment: AssessmentInfo) -> pd.DataFrame:
    """Return the COHORT frame of the grid's pupils with this assessment's judgements."""
    pupils = grid.pupils.drop(columns=list(cohort.subjects_of(grid.pupils)))
    ids = [int(pupil_id) for pupil_id in pupils[cohort.PUPIL_ID]]
    judged = {}
    for subject in assessment.subjects:
        key = column_key(assessment.id, Kind.TRACKING, subject)
        values = [grid.cells.get((pupil_id, key), (None,))[0] for pupil_id in ids]
        judged[subject.value] = pd.Categorical(values, dtype=cohort.JUDGEMENT_DTYPE)
    return pupils.assign(**judged)


def foot_of(grid: GridData) -> tuple[FootLine, ...]:
    """Return the rows under the grid: the pupils counted, each outcome's count and share, means.

    A share is exact, from 0 to 1; a figure that does not apply to a column has no value there.
    """
    figures = {
        (figure.row, _figure_key(assessment, figure)): figure
        for assessment in grid.assessments
        for figure in foot_rows(
            summarise_cohort(
                judged_cohort(grid, assessment), [item.value for item in assessment.subjects]
            )
        )
    }
    lines = [FootLine("Pupils", COUNT_FORMAT, {key: f.of for (_, key), f in figures.items()})]
    for row in FOOT_ROWS:
        of_row = {key: figure for (held, key), figure in figures.items() if held is row}
        counts = {key: f.count for key, f in of_row.items() if f.count is not None}
        shares = {
            key: percentage(f.count, f.of) for key, f in of_row.items() if f.count is not None
        }
        lines.append(FootLine(f"{row.label}: number", COUNT_FORMAT, counts))
        exact = {key: float(share / 100) for key, share in shares.items() if share is not None}
        lines.append(FootLine(f"{row.label}: %", SHARE_FORMAT, exact))
    means = _means(grid)
    if means:
        lines.append(FootLine("Average score", MEAN_FORMAT, means))
    return tuple(lines)


def _figure_key(assessment: AssessmentInfo, figure: FootFigure) -> str:
    if figure.subject == RWM:
        return rwm_key(assessment.id)
    return column_key(assessment.id, Kind.TRACKING, figure.subject)


def _columns_of(assessment: AssessmentInfo) -> list[ShownColumn]:
    held = f"{assessment.name}, {assessment.held_on:%d/%m/%Y}"
    groups = {
        Kind.TRACKING: (held, CellKind.JUDGEMENT),
        Kind.FORMATIVE: (f"{assessment.formative_title} ({held})", CellKind.TEXT),
        Kind.TEST: (f"{assessment.test_title} ({held})", CellKind.NUMBER),
        Kind.PHONICS: (f"Phonics ({held})", CellKind.TEXT),
    }
    shown = []
    for key, column in columns_of(assessment).items():
        group, kind = groups[column.kind]
        label, short = column.subject.label, column.subject.short
        name = label if len(label) <= _LONGEST_NAME else short
        if column.kind is Kind.PHONICS:
            name = "Phonics"
        shown.append(ShownColumn(key, name, group, kind, assessment.id))
        if column.kind is Kind.TRACKING and column.subject is Subject.MATHS:
            key = rwm_key(assessment.id)
            shown.append(ShownColumn(key, "R W M on track", group, CellKind.STATUS, assessment.id))
    return shown


def _judgement(
    grid: GridData, pupil_id: int, assessment_id: int, subject: Subject
) -> Judgement | None:
    key = column_key(assessment_id, Kind.TRACKING, subject)
    value = grid.cells.get((pupil_id, key), (None,))[0]
    return Judgement(value) if value else None


def _means(grid: GridData) -> dict[str, float]:
    ids = [int(pupil_id) for pupil_id in included_pupils(grid)[cohort.PUPIL_ID]]
    means = {}
    for column in columns_shown(grid):
        if column.kind is not CellKind.NUMBER:
            continue
        found = (grid.cells.get((pupil_id, column.key), (None,))[0] for pupil_id in ids)
        scores = [Fraction(value) for value in found if value]
        if scores:
            means[column.key] = float(sum(scores) / len(scores))
    return means
