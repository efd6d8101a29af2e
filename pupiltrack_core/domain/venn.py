"""The two Venn diagrams of reading, writing and maths, and the names of their regions.

A region is three digits, one for each of reading, writing and maths, 1 where the pupil is inside
that circle: "110" is reading and writing but not maths. `BLANK` is a pupil without a judgement in
any of the three, who is in no circle for another reason than "000".
"""

from __future__ import annotations

from enum import StrEnum

from pupiltrack_core.domain.judgements import (
    NO_DATA_LABEL,
    NOT_ON_TRACK,
    ON_TRACK_OR_DEEPER,
    Judgement,
)
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS

BLANK = "blank"
NONE_OF_THE_THREE = "000"
REGIONS = ("100", "010", "001", "110", "101", "011", "111", NONE_OF_THE_THREE, BLANK)


class VennKind(StrEnum):
    """What being inside a circle means."""

    ON_TRACK = "on-track"
    NOT_ON_TRACK = "not-on-track"

    @property
    def label(self) -> str:
        """The words people see."""
        return SummaryRow[self.name].label

    @property
    def description(self) -> str:
        """Which judgements put a pupil inside a circle."""
        return " or ".join(item.label for item in Judgement if item in self.judgements)

    @property
    def judgements(self) -> frozenset[Judgement]:
        """The judgements that put a pupil inside a circle."""
        return ON_TRACK_OR_DEEPER if self is VennKind.ON_TRACK else NOT_ON_TRACK


def region_of(
    reading: Judgement | None, writing: Judgement | None, maths: Judgement | None, *, kind: VennKind
) -> str:
    """Return the region a pupil stands in: in a circle by a judgement alone, never by its lack."""
    three = (reading, writing, maths)
    if all(judgement is None for judgement in three):
        return BLANK
    return "".join("1" if judgement in kind.judgements else "0" for judgement in three)


def region_label(region: str, *, kind: VennKind, called: str = "") -> str:
    """Return "On track in reading and maths only" and the like; raise ValueError for no region.

    `called` is what being inside a circle is called, the kind's label unless given.
    """
    inside_words = called or kind.label
    if region not in REGIONS:
        raise ValueError("There is no such region.")
    if region == BLANK:
        return f"{NO_DATA_LABEL} in reading, writing or maths"
    if region == NONE_OF_THE_THREE:
        return f"{inside_words} in none of reading, writing and maths"
    names = [
        subject.label.lower()
        for subject, inside in zip(CORE_SUBJECTS, region, strict=True)
        if inside == "1"
    ]
    if len(names) == len(CORE_SUBJECTS):
        return f"{inside_words} in reading, writing and maths"
    return f"{inside_words} in {' and '.join(names)} only"
