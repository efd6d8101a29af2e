"""What a pupil had reached at the end of key stage 1 in reading, writing and maths together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START
from pupiltrack_core.domain.statutory import Collection, codes_for
from pupiltrack_core.domain.subjects import CORE_SUBJECTS

KS1_MEASURES = tuple(subject.value for subject in CORE_SUBJECTS)
GREATER_DEPTH_CODES = frozenset({"GDS"})
EXPECTED_CODES = frozenset({"EXS", "GDS"})


class Ks1Standing(StrEnum):
    """The lowest of the three teacher assessments, as a cohort can be narrowed by it."""

    GREATER_DEPTH = "GDS"
    EXPECTED = "EXS"
    NOT_EXPECTED = "BEL"

    @property
    def label(self) -> str:
        """The words people see."""
        return _LABELS[self]


_LABELS = {
    Ks1Standing.GREATER_DEPTH: "All three at greater depth",
    Ks1Standing.EXPECTED: "All three at the expected standard or above",
    Ks1Standing.NOT_EXPECTED: "Not all three at the expected standard",
}


def _counting_codes() -> frozenset[str]:
    return frozenset(
        code.code
        for year in range(FIRST_START, LAST_START)
        if Collection.KS1.was_taken(year)
        for measure in KS1_MEASURES
        for code in codes_for(Collection.KS1, measure, year)
        if code.counts
    )


# A lost or missing result says nothing of the pupil; being absent or disapplied does.
COUNTING_CODES = _counting_codes()


def ks1_standing(codes: Mapping[str, str]) -> Ks1Standing | None:
    """Return the standing of a pupil from the code of each measure, absent where none is held.

    The lowest of the three decides. None unless all three have a code that counts: source of which
    do are the codes of `domain.statutory`.
    """
    held = [codes.get(measure) for measure in KS1_MEASURES]
    if any(code not in COUNTING_CODES for code in held):
        return None
    if all(code in GREATER_DEPTH_CODES for code in held):
        return Ks1Standing.GREATER_DEPTH
    if all(code in EXPECTED_CODES for code in held):
        return Ks1Standing.EXPECTED
    return Ks1Standing.NOT_EXPECTED
