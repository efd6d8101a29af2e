"""An assessment as an entry grid: columns, rows, cells and foot, made of what services return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from pupiltrack_core.calc.summary import FootFigure
from pupiltrack_core.domain.judgements import (
    AUTOMATIC_COLOURS,
    Judgement,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import (
    NOT_APPLICABLE,
    format_count_and_percentage,
    round_half_away,
)
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM_LABEL
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import (
    INCLUDE,
    MAX_PHONICS,
    MAX_TEXT,
    GridColumn,
    Kind,
    columns_of,
)
from pupiltrack_core.services.grid_figures import (
    FOOT_ROWS,
    ScoreFigures,
    included_pupils,
    rwm_key,
    rwm_status_at,
)
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.widgets.entry_grid import Cell, Column, FootCell, FootRow, Row

NOT_INCLUDED = "Not included in data"
Figures = Mapping[tuple[SummaryRow, str], FootFigure]
COUNTED, AVERAGE = "pupils", "average"


def grid_columns(assessments: Iterable[AssessmentInfo]) -> tuple[Column, ...]:
    """Return Include in data, then each assessment's columns under its name."""
    yes_no = (("Y", "Yes"), ("N", "No"))
    columns = [
        Column(
            INCLUDE,
            "Include in data",
            "choice",
            group="Pupil details",
            choices=yes_no,
            width=110,
            description="No leaves the pupil out of the foot, every report and every download",
        )
    ]
    for assessment in assessments:
        columns += _assessment_columns(assessment)
    return tuple(columns)


def _assessment_columns(assessment: AssessmentInfo) -> list[Column]:
    group = f"{assessment.name}, {assessment.held_on:%d/%m/%Y}"
    columns = []
    for key, entered in columns_of(assessment).items():
        columns.append(_entered_column(key, entered, assessment, group))
        if entered.kind is Kind.TRACKING and entered.subject is CORE_SUBJECTS[-1]:
            columns.append(_rwm(assessment.id, group))
    return columns


def _entered_column(
    key: str, entered: GridColumn, assessment: AssessmentInfo, group: str
) -> Column:
    subject = entered.subject
    if entered.kind is Kind.TRACKING:
        return Column(
            key,
            subject.short,
            "choice",
            group=group,
            choices=tuple((item.value, item.label) for item in Judgement),
            colours={item.value: colour for item, colour in AUTOMATIC_COLOURS.items()},
            width=122,
            description=subject.label,
        )
    if entered.kind is Kind.TEST:
        lowest, highest = entered.score_limits
        return Column(
            key,
            subject.short,
            "number",
            group=f"{assessment.test_title} ({group})",
            width=84,
            min=lowest,
            max=highest,
            description=f"{subject.label}, {assessment.test_title}",
        )
    if entered.kind is Kind.PHONICS:
        title, label, longest = "Phonics", "Phonics", MAX_PHONICS
    else:
        title, label, longest = str(assessment.formative_title), subject.short, MAX_TEXT
    return Column(
        key,
        label,
        "text",
        group=f"{title} ({group})",
        width=120,
        max_length=longest,
        description=f"{subject.label}, {title}",
    )


def _rwm(assessment_id: int, group: str) -> Column:
    return Column(
        rwm_key(assessment_id),
        "R W M on track",
        "readonly",
        group=group,
        width=104,
        description=f"{RWM_LABEL}: Yes when all three are On track or Deeper learning",
    )


def grid_rows(pupils: pd.DataFrame) -> tuple[Row, ...]:
    """Return a row per pupil of the COHORT frame, in its order, flagged when not included."""
    return tuple(_row(pupil) for pupil in pupils.to_dict("records"))


def rows_of(pupils: pd.DataFrame, pupil_ids: Iterable[int]) -> tuple[Row, ...]:
    """Return the rows of some pupils only."""
    return grid_rows(pupils[pupils[cohort.PUPIL_ID].isin(list(pupil_ids))])


def _row(pupil: Record) -> Row:
    class_name = pupil[cohort.CLASS_NAME]
    return Row(
        str(pupil[cohort.PUPIL_ID]),
        f"{pupil[cohort.SURNAME]}, {pupil[cohort.FORENAMES]}",
        sublabel=text_or_blank(class_name),
        flag="" if pupil[cohort.INCLUDE_IN_DATA] else NOT_INCLUDED,
    )


def grid_cells(data: GridData) -> dict[tuple[str, str], Cell]:
    """Return every stored cell, and the worked-out reading-writing-maths cells."""
    cells = {
        (str(pupil_id), key): Cell(value, version, colour)
        for (pupil_id, key), (value, version, colour) in data.cells.items()
    }
    for assessment in data.assessments:
        for pupil_id in data.pupils[cohort.PUPIL_ID]:
            cells |= rwm_cell(data, int(pupil_id), assessment.id)
    return cells


def rwm_cell(data: GridData, pupil_id: int, assessment_id: int) -> dict[tuple[str, str], Cell]:
    """Return the worked-out cell of one pupil; its text is Yes, No or nothing."""
    status = rwm_status_at(data, pupil_id, assessment_id)
    text = None if status is None else status.label
    return {(str(pupil_id), rwm_key(assessment_id)): Cell(text)}


def grid_foot(
    data: GridData, figures: Figures, scores: Mapping[str, ScoreFigures]
) -> tuple[FootRow, ...]:
    """Return the foot: pupils counted, figures and scores as `grid_figures` makes them."""
    cells: dict[SummaryRow, dict[str, FootCell]] = {row: {} for row in FOOT_ROWS}
    counted: dict[str, FootCell] = {}
    for (row, key), figure in figures.items():
        text = (
            NOT_APPLICABLE
            if figure.count is None
            else format_count_and_percentage(figure.count, figure.of)
        )
        cells[row][key] = FootCell(text, f"{figure.description}: {text} of {figure.of}")
        counted[key] = FootCell(str(figure.of), "Pupils that percentages are of")
    everyone = f"{len(included_pupils(data))} of {len(data.pupils)}"
    counted[INCLUDE] = FootCell(everyone, f"Pupils included in the data: {everyone}")
    rows = [FootRow(COUNTED, "Pupils included", counted)]
    rows += [FootRow(row.value, row.label, cells[row]) for row in FOOT_ROWS]
    averages = {key: _average(score) for key, score in scores.items()}
    if averages:
        rows.append(FootRow(AVERAGE, "Average score", averages))
    return tuple(rows)


def _average(scores: ScoreFigures) -> FootCell:
    mean, low, high = (
        f"{round_half_away(value, 1)}" for value in (scores.mean, scores.lowest, scores.highest)
    )
    told = (
        f"Average of {scores.count} scores: {mean}; lowest {low}, highest {high}; "
        f"{scores.without} pupils without a score"
    )
    return FootCell(f"{mean} (n={scores.count})", told)
