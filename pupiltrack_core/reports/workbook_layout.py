"""How an assessment grid is laid out on a sheet: columns, the text of cells, the foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pupiltrack_core.domain.judgements import AUTOMATIC_COLOURS, Judgement
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import Kind, columns_of
from pupiltrack_core.services.grid_figures import (
    FOOT_ROWS,
    foot_figures,
    rwm_key,
    rwm_status_at,
    score_figures,
)

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


def columns_shown(grid: GridData) -> tuple[ShownColumn, ...]:
    """Return every column of every assessment, the worked-out ones after maths."""
    return tuple(column for assessment in grid.assessments for column in _columns_of(assessment))


def cell_text(grid: GridData, column: ShownColumn, pupil_id: int) -> tuple[str | None, str | None]:
    """Return the text of a cell (None when blank) and the name of its colour (None for none)."""
    if column.kind is CellKind.STATUS:
        status = rwm_status_at(grid, pupil_id, column.assessment_id)
        return (None if status is None else status.label), None
    value, _, colour = grid.cells.get((pupil_id, column.key), (None, 0, None))
    if not value:
        return None, colour
    if column.kind is not CellKind.JUDGEMENT:
        return value, colour
    judgement = Judgement(value)
    return judgement.label, colour or AUTOMATIC_COLOURS.get(judgement)


def foot_of(grid: GridData) -> tuple[FootLine, ...]:
    """Return the rows under the grid: the pupils counted, each outcome's count and share, means.

    A share is exact, from 0 to 1; a figure that does not apply to a column has no value there.
    """
    figures = foot_figures(grid)
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
    means = {key: float(scores.mean) for key, scores in score_figures(grid).items()}
    if means:
        lines.append(FootLine("Average score", MEAN_FORMAT, means))
    return tuple(lines)


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
