"""The Venn diagrams of two or three subjects, and the names of their regions.

A region is a digit for each subject, 1 where the pupil is inside that circle: of reading, writing
and maths "110" is reading and writing but not maths. `BLANK` is a pupil without a judgement in any
of them, who is in no circle for another reason than "000".
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
SIZES = (2, 3)  # how many subjects a diagram can have


def regions_of(size: int) -> tuple[str, ...]:
    """Return the regions of a diagram of two or three subjects: those of one circle first.

    In none and no data come last. Raise ValueError for another number of subjects.
    """
    if size not in SIZES:
        raise ValueError("A diagram is of two or three subjects.")
    inside = ("".join(digits) for digits in itertools.product("10", repeat=size))
    ordered = sorted(inside, key=lambda region: (region.count("1"), [-int(d) for d in region]))
    return (*ordered[1:], ordered[0], BLANK)


REGIONS = regions_of(3)


def check_subjects(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the subjects of a diagram, two or three, each once; raise ValueError for others."""
    chosen = tuple(codes)
    if len(chosen) not in SIZES or len(set(chosen)) < len(chosen):
        raise ValueError("A diagram is of two or three subjects, each of them once.")
    return chosen


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


def region_of(*judgements: Judgement | None, kind: VennKind) -> str:
    """Return the region a pupil stands in: in a circle by a judgement alone, never by its lack."""
    if all(judgement is None for judgement in judgements):
        return BLANK
    return "".join("1" if judgement in kind.judgements else "0" for judgement in judgements)


_CORE_LABELS = tuple(subject.label for subject in CORE_SUBJECTS)


def region_label(
    region: str,
    *,
    kind: VennKind,
    called: str = "",
    subjects: Sequence[str] = _CORE_LABELS,
) -> str:
    """Return "On track in reading and maths only" and the like; raise ValueError for no region.

    `called` is what being inside a circle is called, the kind's label unless given; `subjects` are
    the labels of those of the diagram.
    """
    if region not in regions_of(len(subjects)):
        raise ValueError("There is no such region.")
    inside_words = called or kind.label
    every = [_within_a_sentence(label) for label in subjects]
    if region == BLANK:
        return f"{NO_DATA_LABEL} in {_listed(every, 'or')}"
    names = [label for label, digit in zip(every, region, strict=True) if digit == "1"]
    if not names:
        none = "neither" if len(every) == min(SIZES) else "none"
        return f"{inside_words} in {none} of {_listed(every, 'and')}"
    only = "" if len(names) == len(every) else " only"
    return f"{inside_words} in {_listed(names, 'and')}{only}"


def _within_a_sentence(label: str) -> str:
    # An abbreviation such as GPS stays as it is.
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _listed(names: Sequence[str], word: str) -> str:
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
