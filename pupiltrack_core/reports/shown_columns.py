"""The columns of an assessment grid as they are taken out: headings, kinds, the text of cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_columns import INCLUDE, Kind, columns_of, group_of
from pupiltrack_core.services.grid_figures import RWM_TITLE, rwm_key, rwm_status_at
from pupiltrack_core.services.grid_results import ResultKind, gld_choices

_LONGEST_TITLE = 12  # longer ones would be cut off in a column as narrow as a judgement


class CellKind(StrEnum):
    """How a column's cells are written."""

    JUDGEMENT = "judgement"
    STATUS = "status"
    NUMBER = "number"
    TEXT = "text"
    FACT = "fact"  # a result or a characteristic: a word, a code or a number


_KINDS = {
    Kind.TRACKING.value: CellKind.JUDGEMENT,
    Kind.TEST.value: CellKind.NUMBER,
    Kind.FORMATIVE.value: CellKind.TEXT,
    Kind.PHONICS.value: CellKind.TEXT,
    "rwm": CellKind.STATUS,
}


@dataclass(frozen=True)
class ShownColumn:
    """A column: `group` is the heading above its own `title`, `labels` the words for its codes."""

    key: str
    group: str
    title: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @cached_property  # asked several times a cell
    def kind(self) -> CellKind:
        """How its cells are written."""
        first, _, rest = self.key.partition(":")
        return _KINDS[rest.partition(":")[0]] if first.isdecimal() else CellKind.FACT

    @cached_property
    def assessment_id(self) -> int | None:
        """The assessment it belongs to; None for results and characteristics."""
        first = self.key.partition(":")[0]
        return int(first) if first.isdecimal() else None


def columns_shown(grid: GridData) -> tuple[ShownColumn, ...]:
    """Return every column of the grid: characteristics, results, then each assessment's.

    Reading, writing and maths together stands after maths. Include in data is left out: whoever
    is written has Yes.
    """
    return (
        *(ShownColumn(item.key, item.section.label, item.title) for item in grid.characteristics),
        *(
            ShownColumn(
                item.key,
                item.group,
                item.title,
                dict(gld_choices()) if item.kind is ResultKind.GLD else {},
            )
            for item in grid.results
        ),
        *(column for assessment in grid.assessments for column in _columns_of(assessment)),
    )


def columns_to_write(
    grid: GridData, shown: Sequence[ShownColumn] | None
) -> tuple[ShownColumn, ...]:
    """Return the columns of `shown` in their order, every one of the grid when it is None."""
    if shown is None:
        return columns_shown(grid)
    return tuple(column for column in shown if column.key != INCLUDE)


def cell_text(grid: GridData, column: ShownColumn, pupil_id: int) -> tuple[str | None, str | None]:
    """Return the text of a cell (None when blank) and the name of its colour (None for none)."""
    if column.kind is CellKind.STATUS and column.assessment_id is not None:
        status = rwm_status_at(grid, pupil_id, column.assessment_id)
        return (None if status is None else status.label), None
    value, _, colour = grid.cells.get((pupil_id, column.key), (None, 0, None))
    if not value:
        return None, colour
    if column.kind is not CellKind.JUDGEMENT:
        return column.labels.get(value, value), colour
    judgement = Judgement(value)
    return grid.wording.label(judgement), colour or grid.wording.colours.get(judgement)


def is_number(column: ShownColumn, text: str) -> bool:
    """Whether a cell's text is a number to calculate with: a score, or a result that is one."""
    if column.kind is CellKind.NUMBER:
        return True
    return column.kind is CellKind.FACT and text.isascii() and text.isdecimal()


def _columns_of(assessment: AssessmentInfo) -> Iterator[ShownColumn]:
    for key, column in columns_of(assessment).items():
        group = group_of(assessment, column.kind)
        label, short = column.subject.label, column.subject.short
        title = label if len(label) <= _LONGEST_TITLE else short
        yield ShownColumn(key, group, "Phonics" if column.kind is Kind.PHONICS else title)
        if column.kind is Kind.TRACKING and column.subject is CORE_SUBJECTS[-1]:
            yield ShownColumn(rwm_key(assessment.id), group, RWM_TITLE)
