"""Every column of a school's year that can be entered, whichever table its cells are in.

Where a column's cells stand, what may be entered in them and the words people see: for recording
and for the history, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.year_groups import PRIMARY
from pupiltrack_core.services.grid_columns import (
    INCLUDE,
    YES_OR_NO,
    GridColumn,
    Kind,
    column_key,
    columns_of,
    read_value,
)
from pupiltrack_core.services.grid_results import (
    entered_result,
    gld_choices,
    read_result,
    result_columns,
    result_key,
)
from pupiltrack_core.storage import cells
from pupiltrack_core.storage.assessments import AssessmentInfo
from pupiltrack_core.storage.cells import CellKey

_YES_OR_NO = dict(YES_OR_NO)


@dataclass(frozen=True, slots=True)
class EntryColumn:
    """A column that can be entered.

    `cell` returns where a pupil's cell of it stands. `read` returns an entry as it is stored, None
    for a blank, and raises ValueError saying what is allowed. `words` are those that people see of
    a stored value that is no blank. Pupils of other `year_groups` have no such cell.
    """

    year_groups: Collection[int]
    cell: Callable[[int], CellKey]
    read: Callable[[str | None], str | None]
    words: Callable[[str], str]
    can_be_coloured: bool = False

    def text(self, value: str | None) -> str:
        """Return what people see of a stored value; a blank is an empty text."""
        return "" if value is None else self.words(value)


class EntryColumns:
    """The columns of one academic year of a school, with these assessments."""

    def __init__(
        self,
        academic_year: int,
        assessments: Iterable[AssessmentInfo],
        wording: JudgementWording = STANDARD_WORDING,
    ) -> None:
        self._academic_year = academic_year
        self._wording = wording
        self._judgements = {
            key: (column, assessment.year_groups)
            for assessment in assessments
            for key, column in columns_of(assessment).items()
        }

    def find(self, key: str) -> EntryColumn | None:
        """Return the column of this key; None for one that is not there or for reading only."""
        if key == INCLUDE:
            return INCLUSION
        if key in self._judgements:
            return _judgements(*self._judgements[key], self._wording)
        return _results(key, self._academic_year)


def key_of(cell: CellKey) -> str:
    """Return the key of the column a cell is in, as it travels to the page and back."""
    if cell.kind == cells.INCLUDE:
        return INCLUDE
    if cell.kind == cells.RESULT:
        return result_key(*cell.subject.split(":"))
    return column_key(cell.assessment_id or 0, cell.kind, cell.subject)


def is_pupil_id(value: object) -> bool:
    """Whether a number that came from a browser can be a pupil's at all."""
    # Larger numbers do not fit the column, and the driver would fail on them.
    return isinstance(value, int) and 0 < value < 2**31


def _judgements(
    column: GridColumn, year_groups: Collection[int], wording: JudgementWording
) -> EntryColumn:
    def judgement_words(value: str) -> str:
        return wording.label(Judgement(value))

    return EntryColumn(
        year_groups=year_groups,
        cell=lambda pupil_id: CellKey(
            column.assessment_id, pupil_id, column.subject.value, column.kind.value
        ),
        read=lambda value: read_value(column, value, wording=wording),
        words=judgement_words if column.kind is Kind.TRACKING else str,
        can_be_coloured=True,
    )


def _results(key: str, academic_year: int) -> EntryColumn | None:
    entered = entered_result(key)
    if entered is None:
        return None
    return EntryColumn(
        year_groups=[
            year_group
            for year_group in PRIMARY
            if key in {column.key for column in result_columns(year_group, academic_year)}
        ],
        cell=lambda pupil_id: cells.result_cell(pupil_id, *entered),
        read=lambda value: read_result(key, value),
        words=lambda value: dict(gld_choices()).get(value, value),
    )


def _read_inclusion(value: str | None) -> str:
    if not isinstance(value, str) or value not in _YES_OR_NO:
        raise ValueError("Choose Yes or No.")
    return value


INCLUSION = EntryColumn(
    year_groups=PRIMARY,
    cell=cells.include_cell,
    read=_read_inclusion,
    words=lambda value: _YES_OR_NO.get(value, value),
)
