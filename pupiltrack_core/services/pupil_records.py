"""What an import compares and what it would do: the records on both sides, and the plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pupiltrack_core.errors import ImportProblem

Value = str | bool | int | date | None


class RowStatus(StrEnum):
    """What accepting the file would do with a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PROBLEM = "problem"

    @property
    def label(self) -> str:
        """The word people see."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class KnownEnrolment:
    """What an import can compare of an enrolment."""

    year_group: int
    year_override: bool
    ethnicity: str | None
    fsm: bool | None
    eal: bool | None
    sen: str | None
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class KnownPupil:
    """A pupil the school holds; `enrolment` is of the year imported, `before` of the one before.

    `was_here` in any earlier year.
    """

    pupil_id: int
    upn: str
    upn_is_local: bool
    former_upn: str | None
    surname: str
    forenames: str
    date_of_birth: date
    sex: str
    postcode: str
    local_number: str | None
    is_archived: bool
    enrolment: KnownEnrolment | None
    before: KnownEnrolment | None = None
    was_here: bool = False

    @property
    def upn_may_be_replaced(self) -> bool:
        """Whether the number was only meant to serve until the permanent one is known."""
        return self.upn_is_local or self.upn[-1].isalpha()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One fact that would be written, in words; `old` is None where there is nothing yet."""

    field: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What would become of one row. `pupil` and `enrolment` are the columns that would be set.

    A new enrolment of a pupil the school has begins besides with what was on record last.
    """

    row: int
    status: RowStatus
    upn: str
    surname: str
    forenames: str
    date_of_birth: date | None = None
    year_group: int | None = None
    class_name: str = field(default="", compare=False)  # stated or held; what is stated is set
    pupil_id: int | None = None
    is_new_enrolment: bool = False
    is_override: bool = False
    changes: tuple[FieldChange, ...] = ()
    pupil: tuple[tuple[str, Value], ...] = ()
    enrolment: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Every row of the file in order, every problem, and the classes the school does not know."""

    rows: tuple[PlannedRow, ...]
    problems: tuple[ImportProblem, ...]
    new_classes: tuple[str, ...] = ()

    @property
    def to_write(self) -> tuple[PlannedRow, ...]:
        """The rows that would be added or changed."""
        written = (RowStatus.ADDED, RowStatus.CHANGED)
        return tuple(row for row in self.rows if row.status in written)

    def count(self, status: RowStatus) -> int:
        """Return how many rows have this status."""
        return sum(row.status is status for row in self.rows)
