"""The foot of the assessment grid: the pupils counted, their judgements, their test scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from pupiltrack_core.calc.summary import FootFigure
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import format_percentage, percentage
from pupiltrack_core.domain.subjects import RWM
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import INCLUDE, columns_of
from pupiltrack_core.services.grid_figures import (
    FOOT_ROWS,
    ScoreFigures,
    ScoreRow,
    figure_text,
)
from pupiltrack_portal.widgets.entry_grid import FootCell, FootRow

Figures = Mapping[tuple[SummaryRow, str], FootFigure]
COUNTED = "pupils"
# Below and On track as their cells are coloured; the bars stand beside their figures.
_TONES = {
    SummaryRow.BELOW: "red",
    SummaryRow.TOWARDS: "amber",
    SummaryRow.ON_TRACK: "green",
    SummaryRow.DEEPER: "blue",
    SummaryRow.MIXED: "purple",
    SummaryRow.ON_TRACK_OR_DEEPER: "green",
    SummaryRow.NO_DATA: "grey",
}


def grid_foot(
    data: GridData,
    figures: Figures,
    scores: Mapping[str, ScoreFigures],
    *,
    on_view: Collection[str] | None = None,
) -> tuple[FootRow, ...]:
    """Return the foot: pupils counted, figures and scores as `grid_figures` makes them.

    With `on_view`, the keys of the columns on view, rows that are for none of them are left out,
    so that the foot takes no more of the screen than it must.
    """
    names = _subjects(data.assessments)
    cells: dict[SummaryRow, dict[str, FootCell]] = {row: {} for row in FOOT_ROWS}
    counted: dict[str, FootCell] = {}
    for (row, key), figure in figures.items():
        words = data.wording.describe_row(row, figure.subject)
        cells[row][key] = _figure_cell(figure, words, names.get(key, ""))
        counted[key] = FootCell(str(figure.of), "Pupils that percentages are of")
    everyone = f"{int(data.pupils[cohort.INCLUDE_IN_DATA].sum())} of {len(data.pupils)}"
    counted[INCLUDE] = FootCell(everyone, f"Pupils included in the data: {everyone}")
    rows = [FootRow(COUNTED, "Pupils included", counted)]
    rows += [
        FootRow(row.value, data.wording.row_label(row), cells[row], tone=_TONES[row])
        for row in FOOT_ROWS
    ]
    rows += [
        FootRow(
            row.value,
            row.label,
            {key: _score_cell(found, row, names.get(key, "")) for key, found in scores.items()},
        )
        for row in ScoreRow
    ]
    wanted = {key for row in rows for key in row.cells} if on_view is None else set(on_view)
    return tuple(row for row in rows if row.key == COUNTED or not wanted.isdisjoint(row.cells))


# An entry changes the figures of a column or two; the words of all others are as they were.
@lru_cache(maxsize=4096)
def _figure_cell(figure: FootFigure, words: str, name: str) -> FootCell:
    text = figure_text(figure)
    if figure.count is None:
        return FootCell(text, words)
    what = words if figure.subject == RWM else f"{words} in {name}"
    share = percentage(figure.count, figure.of)
    if share is None:
        return FootCell(text, f"{what}: there are no pupils to count")
    told = f"{figure.count} of {figure.of}, {format_percentage(figure.count, figure.of)}"
    return FootCell(text, f"{what}: {told}", share=float(share / 100))


@lru_cache(maxsize=1024)
def _score_cell(found: ScoreFigures, row: ScoreRow, name: str) -> FootCell:
    return FootCell(found.text(row), found.describe(row, name))


def _subjects(assessments: Iterable[AssessmentInfo]) -> dict[str, str]:
    """Return the name of the subject each column is of."""
    return {
        key: column.subject.label
        for assessment in assessments
        for key, column in columns_of(assessment).items()
    }
