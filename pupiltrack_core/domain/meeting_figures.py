"""The figures a cohort meeting has before it: counts, kept as they were once looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import format_percentage

REACHED = "reached"
NOT_REACHED = "not_reached"
NOT_ASSESSED = "not_assessed"
NO_PROFILE = "no_data"
# What the counts of an area of learning are called, in the order shown.
PROFILE_ROWS = {
    REACHED: "At least expected",
    NOT_REACHED: "Not yet expected",
    NOT_ASSESSED: "Not assessed",
    NO_PROFILE: "No data",
}
OUTCOME_ROWS = (
    SummaryRow.BELOW,
    SummaryRow.TOWARDS,
    SummaryRow.ON_TRACK,
    SummaryRow.DEEPER,
    SummaryRow.ON_TRACK_OR_DEEPER,
    SummaryRow.NO_DATA,
)


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """How many of the `pupils` of a cohort stand where, in one subject or area of learning."""

    area: str
    pupils: int
    counts: Mapping[str, int]

    def words(self, row: str) -> str:
        """ "43 % (13 of 30)"; "– (0 of 0)" where there is nobody to count."""
        count = self.counts[row]
        return f"{format_percentage(count, self.pupils)} ({count} of {self.pupils})"


@dataclass(frozen=True, slots=True)
class PointFigures:
    """The figures of one assessment, or of the early years profile."""

    name: str
    held_on: date | None
    areas: tuple[AreaFigures, ...]

    @property
    def source(self) -> str:
        """ "Autumn, 15/12/2025"."""
        return self.name if self.held_on is None else f"{self.name}, {self.held_on:%d/%m/%Y}"

    def of(self, area: str) -> AreaFigures | None:
        """Return the figures of an area; None where the assessment does not have it."""
        return next((item for item in self.areas if item.area == area), None)


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """How many of a group are on track or deeper, or at least at expected: count `reached`."""

    group: str
    areas: tuple[AreaFigures, ...]

    def of(self, area: str) -> AreaFigures | None:
        """Return the figures of an area; None where there are none."""
        return next((item for item in self.areas if item.area == area), None)


@dataclass(frozen=True, slots=True)
class MeetingFigures:
    """The figures of a cohort of `pupils`, looked up at `taken_at` (aware).

    `now` is None without an assessment, `before` without an earlier one in the academic year, and
    `profile` outside Reception.
    """

    taken_at: datetime
    pupils: int
    now: PointFigures | None = None
    before: PointFigures | None = None
    profile: PointFigures | None = None
    groups: tuple[GroupFigures, ...] = field(default=())

    def is_as(self, other: MeetingFigures) -> bool:
        """Whether the figures are the same, whenever each was looked up."""
        return replace(self, taken_at=other.taken_at) == other

    def to_stored(self) -> dict[str, Any]:
        """Return what `read_figures` makes the same figures of: lists, texts and numbers."""
        stored = asdict(self)
        stored["taken_at"] = self.taken_at.isoformat()
        for name in ("now", "before", "profile"):
            point = stored[name]
            if point is not None and point["held_on"] is not None:
                point["held_on"] = point["held_on"].isoformat()
        return stored


def read_figures(stored: Mapping[str, Any]) -> MeetingFigures:
    """Return the figures that `MeetingFigures.to_stored` was made of."""
    return MeetingFigures(
        taken_at=datetime.fromisoformat(stored["taken_at"]),
        pupils=stored["pupils"],
        now=_point(stored["now"]),
        before=_point(stored["before"]),
        profile=_point(stored["profile"]),
        groups=tuple(GroupFigures(row["group"], _areas(row["areas"])) for row in stored["groups"]),
    )


def _point(stored: Mapping[str, Any] | None) -> PointFigures | None:
    if stored is None:
        return None
    day = stored["held_on"]
    return PointFigures(
        name=stored["name"],
        held_on=None if day is None else date.fromisoformat(day),
        areas=_areas(stored["areas"]),
    )


def _areas(stored: list[Mapping[str, Any]]) -> tuple[AreaFigures, ...]:
    return tuple(AreaFigures(row["area"], row["pupils"], dict(row["counts"])) for row in stored)
