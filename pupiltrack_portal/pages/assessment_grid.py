"""An assessment as an entry grid: columns, rows, cells and foot, made of what services return."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import pandas as pd

from pupiltrack_core.calc.summary import foot_rows, summarise_cohort
from pupiltrack_core.domain.judgements import (
    AUTOMATIC_COLOURS,
    Judgement,
    RwmStatus,
    rwm_status,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import (
    NOT_APPLICABLE,
    format_count_and_percentage,
    round_half_away,
)
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, RWM_LABEL, Subject
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessments import AssessmentInfo, GridData
from pupiltrack_core.services.grid_columns import (
    INCLUDE,
    MAX_PHONICS,
    MAX_SCORE,
    MAX_TEXT,
    TEST_SUBJECTS,
    GridColumn,
    Kind,
    column_key,
    columns_of,
)
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.widgets.entry_grid import Cell, Column, FootCell, FootRow, Row

NOT_INCLUDED = "Not included in data"
# Not on track repeats Below and Towards, which stand above it.
FOOT = tuple(row for row in SummaryRow if row is not SummaryRow.NOT_ON_TRACK)
COUNTED, AVERAGE = "pupils", "average"


def rwm_column(assessment_id: int) -> str:
    """Return the key of the worked-out column of an assessment."""
    return f"{assessment_id}:rwm"


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
            width=128,
            description=subject.label,
        )
    if entered.kind is Kind.TEST:
        return Column(
            key,
            subject.short,
            "number",
            group=f"{assessment.test_title} ({group})",
            width=84,
            min=0,
            max=MAX_SCORE,
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
        rwm_column(assessment_id),
        "R W M on track",
        "readonly",
        group=group,
        width=112,
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
    status = rwm_status(
        *(_judgement(data, pupil_id, assessment_id, subject) for subject in CORE_SUBJECTS)
    )
    text = None if status is None else RwmStatus(status).label
    return {(str(pupil_id), rwm_column(assessment_id)): Cell(text)}


def _judgement(
    data: GridData, pupil_id: int, assessment_id: int, subject: Subject
) -> Judgement | None:
    value = data.cells.get(
        (pupil_id, column_key(assessment_id, Kind.TRACKING, subject)), (None, 0, None)
    )
    return Judgement(value[0]) if value[0] else None


def grid_foot(data: GridData) -> tuple[FootRow, ...]:
    """Return the figures under each column: the one summary, per assessment, and the averages."""
    cells: dict[SummaryRow, dict[str, FootCell]] = {row: {} for row in FOOT}
    counted: dict[str, FootCell] = {}
    for assessment in data.assessments:
        judged = judged_cohort(data, assessment)
        summary = summarise_cohort(judged, [subject.value for subject in assessment.subjects])
        for figure in foot_rows(summary):
            if figure.row not in cells:
                continue
            key = (
                rwm_column(assessment.id)
                if figure.subject == RWM
                else column_key(assessment.id, Kind.TRACKING, figure.subject)
            )
            text = (
                NOT_APPLICABLE
                if figure.count is None
                else format_count_and_percentage(figure.count, figure.of)
            )
            told = f"{figure.description}: {text} of {figure.of}"
            cells[figure.row][key] = FootCell(text, told)
            counted[key] = FootCell(str(figure.of), "Pupils that percentages are of")
    included = int(data.pupils[cohort.INCLUDE_IN_DATA].sum())
    everyone = f"{included} of {len(data.pupils)}"
    counted[INCLUDE] = FootCell(everyone, f"Pupils included in the data: {everyone}")
    rows = [FootRow(COUNTED, "Pupils included", counted)]
    rows += [FootRow(row.value, row.label, cells[row]) for row in FOOT]
    averages = _averages(data)
    if averages:
        rows.append(FootRow(AVERAGE, "Average score", averages))
    return tuple(rows)


def judged_cohort(data: GridData, assessment: AssessmentInfo) -> pd.DataFrame:
    """Return the COHORT frame of the grid's pupils with this assessment's judgements as they are.

    The frame is made of the cells held, so that a foot needs no query.
    """
    pupils = data.pupils.drop(columns=list(cohort.subjects_of(data.pupils)))
    ids = [int(pupil_id) for pupil_id in pupils[cohort.PUPIL_ID]]
    columns = {}
    for subject in assessment.subjects:
        key = column_key(assessment.id, Kind.TRACKING, subject)
        values = [data.cells.get((pupil_id, key), (None,))[0] for pupil_id in ids]
        columns[subject.value] = pd.Categorical(values, dtype=cohort.JUDGEMENT_DTYPE)
    return pupils.assign(**columns)


def _averages(data: GridData) -> dict[str, FootCell]:
    included = data.pupils[cohort.INCLUDE_IN_DATA].to_numpy()
    ids = [int(pupil_id) for pupil_id in data.pupils[cohort.PUPIL_ID][included]]
    cells = {}
    for assessment in data.assessments:
        if not assessment.test_title:
            continue
        for subject in TEST_SUBJECTS:
            key = column_key(assessment.id, Kind.TEST, subject)
            found = (data.cells.get((pupil_id, key), (None,))[0] for pupil_id in ids)
            scores = [Fraction(value) for value in found if value]
            if not scores:
                continue
            mean = round_half_away(sum(scores) / len(scores), 1)
            told = (
                f"Average of {len(scores)} scores: {mean}; lowest {float(min(scores)):g}, "
                f"highest {float(max(scores)):g}; {len(ids) - len(scores)} pupils without a score"
            )
            cells[key] = FootCell(f"{mean} (n={len(scores)})", told)
    return cells
