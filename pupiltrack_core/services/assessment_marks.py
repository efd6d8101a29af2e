"""How many marks a change of an assessment would put out of sight, and whom it must be asked.

Marks are never removed by changing or deleting an assessment: a column, a part or a year group that
is taken away takes its marks out of sight, and added again shows them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pupiltrack_core.services.grid_columns import Kind, columns_of
from pupiltrack_core.storage.assessments import AssessmentInfo
from pupiltrack_core.storage.marks import Mark


@dataclass(frozen=True, slots=True)
class MarkCount:
    """Filled cells, and the pupils they are of."""

    marks: int = 0
    pupils: int = 0

    @property
    def words(self) -> str:
        """ "84 marks of 30 pupils"."""
        marks = "1 mark" if self.marks == 1 else f"{self.marks} marks"
        return f"{marks} of {'1 pupil' if self.pupils == 1 else f'{self.pupils} pupils'}"


@dataclass(frozen=True, slots=True)
class EditEffect:
    """What a change does to marks: those it hides, and scores outside the new kind of test.

    Both are kept; scores outside stay in sight.
    """

    hidden: MarkCount = MarkCount()
    outside: MarkCount = MarkCount()

    def is_within(self, agreed: EditEffect) -> bool:
        """Whether no more is hidden or outside than was agreed to."""
        return (
            self.hidden.marks <= agreed.hidden.marks and self.outside.marks <= agreed.outside.marks
        )


def marks_in_sight(marks: Iterable[Mark], assessment: AssessmentInfo) -> list[Mark]:
    """Return those of the assessment's marks that its columns and year groups show."""
    shown = {
        (column.kind.value, column.subject.value) for column in columns_of(assessment).values()
    }
    return [
        mark
        for mark in marks
        if (mark.kind, mark.subject) in shown and mark.year_group in assessment.year_groups
    ]


def count_marks(marks: Iterable[Mark]) -> MarkCount:
    """Return how many marks there are, of how many pupils."""
    listed = list(marks)
    return MarkCount(len(listed), len({mark.pupil_id for mark in listed}))


def effect_of_edit(
    marks: Iterable[Mark], before: AssessmentInfo, after: AssessmentInfo
) -> EditEffect:
    """Return what becomes of the marks in sight when `before` becomes `after`."""
    seen = marks_in_sight(marks, before)
    kept = set(marks_in_sight(seen, after))
    scores = [mark for mark in seen if mark in kept and mark.kind == Kind.TEST]
    return EditEffect(
        hidden=count_marks(mark for mark in seen if mark not in kept),
        outside=count_marks(mark for mark in scores if _falls_outside(mark.value, before, after)),
    )


def _falls_outside(score: str, before: AssessmentInfo, after: AssessmentInfo) -> bool:
    was, becomes = before.test_type, after.test_type
    if becomes is None or becomes.holds(score):
        return False
    return was is None or was.holds(score)  # what was outside already is nothing new
