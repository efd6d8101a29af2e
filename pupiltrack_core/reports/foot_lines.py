"""The rows under a grid in a workbook: exact numbers, and how a spreadsheet is to show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pupiltrack_core.calc.summary import FootFigure
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.reports.shown_columns import CellKind, ShownColumn
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.grid_figures import (
    FOOT_ROWS,
    ScoreRow,
    foot_figures,
    score_figures,
)

COUNT_FORMAT, SHARE_FORMAT, MEAN_FORMAT, SCORE_FORMAT = "0", "0%", "0.0", "General"
JUDGED = frozenset({CellKind.JUDGEMENT, CellKind.STATUS})  # what outcomes are counted of
_SCORE_FORMATS = {
    ScoreRow.SCORES: COUNT_FORMAT,
    ScoreRow.AVERAGE: MEAN_FORMAT,
    ScoreRow.MEDIAN: MEAN_FORMAT,
}


@dataclass(frozen=True, slots=True)
class FootLine:
    """A row under the grid: exact values by column key, and how they are to be shown.

    A figure that does not apply to a column has no value there.
    """

    label: str
    number_format: str
    figures: Mapping[str, float] = field(default_factory=dict)


def foot_of(grid: GridData, columns: Iterable[ShownColumn]) -> tuple[FootLine, ...]:
    """Return the pupils counted, each outcome's number and share, from 0 to 1, and the scores.

    Rows that are for none of `columns` are left out.
    """
    kinds = {column.kind for column in columns}
    lines: list[FootLine] = []
    if kinds & JUDGED:
        figures = foot_figures(grid)
        lines.append(FootLine("Pupils", COUNT_FORMAT, pupils_counted(figures)))
        for row in FOOT_ROWS:
            label = grid.wording.row_label(row)
            lines.append(FootLine(f"{label}: number", COUNT_FORMAT, numbers(figures, row)))
            lines.append(FootLine(f"{label}: %", SHARE_FORMAT, shares(figures, row)))
    if CellKind.NUMBER in kinds:
        lines += score_lines(grid)
    return tuple(lines)


def pupils_counted(figures: Mapping[tuple[SummaryRow, str], FootFigure]) -> dict[str, float]:
    """Return how many pupils stand behind each column's figures."""
    return {key: figure.of for (_, key), figure in figures.items()}


def numbers(
    figures: Mapping[tuple[SummaryRow, str], FootFigure], row: SummaryRow
) -> dict[str, float]:
    """Return the counts of a row."""
    return {
        key: figure.count
        for (held, key), figure in figures.items()
        if held is row and figure.count is not None
    }


def shares(
    figures: Mapping[tuple[SummaryRow, str], FootFigure],
    row: SummaryRow,
    *,
    of: int | None = None,
) -> dict[str, float]:
    """Return the shares of a row, from 0 to 1: of the pupils counted, or of `of` pupils."""
    exact = {
        key: percentage(int(count), figures[row, key].of if of is None else of)
        for key, count in numbers(figures, row).items()
    }
    return {key: float(share / 100) for key, share in exact.items() if share is not None}


def score_lines(grid: GridData) -> tuple[FootLine, ...]:
    """Return the rows of test scores; none for a grid without such columns."""
    scores = score_figures(grid)
    if not scores:
        return ()
    lines = []
    for row in ScoreRow:
        exact = {key: found.exact(row) for key, found in scores.items()}
        values = {key: float(value) for key, value in exact.items() if value is not None}
        lines.append(FootLine(row.label, _SCORE_FORMATS.get(row, SCORE_FORMAT), values))
    return tuple(lines)
