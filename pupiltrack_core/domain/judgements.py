"""Teacher assessment judgements, and what counts as on track."""

from __future__ import annotations

from enum import StrEnum


class Judgement(StrEnum):
    """A teacher's judgement in one subject at one assessment; the value is what is stored."""

    BELOW = "B"
    TOWARDS = "T"
    ON_TRACK = "O"
    DEEPER = "D"

    @property
    def label(self) -> str:
        """The word people see."""
        return _LABELS[self]


_LABELS = {
    Judgement.BELOW: "Below",
    Judgement.TOWARDS: "Towards",
    Judgement.ON_TRACK: "On track",
    Judgement.DEEPER: "Deeper learning",
}
ON_TRACK_OR_DEEPER = frozenset({Judgement.ON_TRACK, Judgement.DEEPER})
NOT_ON_TRACK = frozenset({Judgement.BELOW, Judgement.TOWARDS})
NO_DATA_LABEL = "No data"

# What a cell can be coloured with, in the order offered.
PALETTE = ("red", "amber", "green", "blue", "purple", "grey")
# The colours that apply until someone picks another.
AUTOMATIC_COLOURS: dict[Judgement, str] = {Judgement.BELOW: "red", Judgement.ON_TRACK: "green"}


class RwmStatus(StrEnum):
    """Whether a pupil is on track in reading, writing and maths together."""

    YES = "Y"
    NO = "N"

    @property
    def label(self) -> str:
        """The word people see."""
        return "Yes" if self is RwmStatus.YES else "No"


def rwm_status(
    reading: Judgement | None, writing: Judgement | None, maths: Judgement | None
) -> RwmStatus | None:
    """Return No if any of the three is Below or Towards, Yes if all three are on track, else None.

    A blank therefore leaves the column blank unless another subject already decides it.
    """
    three = (reading, writing, maths)
    if any(judgement in NOT_ON_TRACK for judgement in three):
        return RwmStatus.NO
    if all(judgement in ON_TRACK_OR_DEEPER for judgement in three):
        return RwmStatus.YES
    return None
