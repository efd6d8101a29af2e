"""An assessment as an entry grid: its rows and cells, made of what services return.

And what the grid of many pupils' records says in the same way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from pupiltrack_core.domain.local_time import in_london
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.cell_history import PastValue
from pupiltrack_core.services.grid_figures import rwm_key, rwm_status_at
from pupiltrack_core.services.recording import CellOutcome
from pupiltrack_portal.pages.cell_text import Record, text_or_blank
from pupiltrack_portal.widgets.entry_grid import Cell, Outcome, PastEntry, Row, RowMark

NOT_INCLUDED = "Not included in data"
MEETING_HELD = RowMark(
    is_filled=True, text="Meeting", description="Progress meeting held this year"
)
NO_MEETING = RowMark(is_filled=False, text="", description="No progress meeting yet this year")
MEETINGS_OF_ROW = "Progress meetings"  # in the menu of each row
Cells = dict[tuple[str, str], Cell]


def grid_rows(pupils: pd.DataFrame, met: Collection[int]) -> tuple[Row, ...]:
    """Return a row per pupil of the COHORT frame, in its order, flagged when not included.

    `met` are those about whom there was a progress meeting this year, which the mark says.
    """
    return tuple(_row(pupil, met) for pupil in pupils.to_dict("records"))


def rows_of(
    pupils: pd.DataFrame, pupil_ids: Iterable[int], met: Collection[int]
) -> tuple[Row, ...]:
    """Return the rows of some pupils only."""
    return grid_rows(pupils[pupils[cohort.PUPIL_ID].isin(list(pupil_ids))], met)


def _row(pupil: Record, met: Collection[int]) -> Row:
    class_name = pupil[cohort.CLASS_NAME]
    return Row(
        str(pupil[cohort.PUPIL_ID]),
        f"{pupil[cohort.SURNAME]}, {pupil[cohort.FORENAMES]}",
        sublabel=text_or_blank(class_name),
        flag="" if pupil[cohort.INCLUDE_IN_DATA] else NOT_INCLUDED,
        mark=MEETING_HELD if pupil[cohort.PUPIL_ID] in met else NO_MEETING,
    )


def grid_cells(data: GridData) -> Cells:
    """Return every stored cell, and the worked-out reading-writing-maths cells."""
    pupil_ids = [int(pupil_id) for pupil_id in data.pupils[cohort.PUPIL_ID]]
    return shown_cells(data, data.cells, worked_out_for=pupil_ids)


def shown_cells(
    data: GridData, places: Collection[tuple[int, str]], *, worked_out_for: Iterable[int] = ()
) -> Cells:
    """Return the stored cells at `places`, and the worked-out ones of some pupils."""
    locked = data.locked
    cells = {}
    for pupil_id, key in places:
        value, version, colour = data.cells.get((pupil_id, key), (None, 0, None))
        is_locked = (pupil_id, key) in locked
        cells[str(pupil_id), key] = Cell(value, version, colour, locked=is_locked)
    for pupil_id in worked_out_for:
        for assessment in data.assessments:
            status = rwm_status_at(data, pupil_id, assessment.id)
            text = None if status is None else status.label
            cells[str(pupil_id), rwm_key(assessment.id)] = Cell(text)
    return cells


def not_included_words(count: int) -> str:
    """Return what stands above a grid in which so many pupils are left out of the data."""
    pupils = "1 pupil" if count == 1 else f"{count} pupils"
    return (
        f"Include in data is set to No for {pupils}: left out of every figure, report and download."
    )


def outcome_of(outcome: CellOutcome) -> Outcome:
    """Return what became of a cell as the grid tells it."""
    return Outcome(
        str(outcome.pupil_id),
        outcome.column_key,
        outcome.status,
        outcome.value,
        outcome.version,
        reason=outcome.reason,
        theirs=outcome.theirs,
        colour=outcome.colour,
    )


def past_entry(value: PastValue) -> PastEntry:
    """Return a line of a cell's history as the grid shows it."""
    when = "" if value.at is None else f"{in_london(value.at):%d/%m/%Y %H:%M}"
    return PastEntry(value.value, value.text, value.colour, value.who, when)
