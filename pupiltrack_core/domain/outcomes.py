"""What a pupil can stand at in a subject, or in reading, writing and maths together.

Tables, charts, downloads and the database's own counts all name outcomes by these codes and rows
of figures by `SummaryRow`.
"""

from __future__ import annotations

from enum import StrEnum

from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement, RwmStatus, rwm_status
from pupiltrack_core.domain.subjects import RWM

NO_DATA = "-"
SUBJECT_OUTCOMES = (*(item.value for item in Judgement), NO_DATA)

MIXED = "MIX"  # On track in some, Deeper in the others
NOT_ON_TRACK = "NO"  # Below or Towards in at least one, and not the same in all three
RWM_OUTCOMES = ("BBB", "TTT", "OOO", "DDD", MIXED, NOT_ON_TRACK, NO_DATA)


def outcomes_of(subject: str) -> tuple[str, ...]:
    """Return the outcomes a pupil can stand at in the subject: seven for RWM, else five."""
    return RWM_OUTCOMES if subject == RWM else SUBJECT_OUTCOMES


def rwm_outcome(judgements: tuple[str, str, str]) -> str:
    """Return the outcome, one of `RWM_OUTCOMES`, of reading, writing and maths ("-" for blank)."""
    reading, writing, maths = (None if code == NO_DATA else Judgement(code) for code in judgements)
    status = rwm_status(reading, writing, maths)
    if status is None:
        return NO_DATA
    pattern = "".join(judgements)
    if pattern in RWM_OUTCOMES:
        return pattern
    return MIXED if status is RwmStatus.YES else NOT_ON_TRACK


class SummaryRow(StrEnum):
    """The rows of every foot and table; the value is the SUMMARY column."""

    BELOW = "below"
    TOWARDS = "towards"
    ON_TRACK = "on_track"
    DEEPER = "deeper"
    MIXED = "mixed"
    ON_TRACK_OR_DEEPER = "on_track_or_deeper"
    NOT_ON_TRACK = "not_on_track"
    NO_DATA = "no_data"

    @property
    def label(self) -> str:
        """The row's heading."""
        return _ROWS[self][0]

    def describe(self, subject: str) -> str:
        """Return what the figure counts, for a tooltip; RWM needs its own words."""
        return _ROWS[self][2 if subject == RWM else 1]

    def outcomes(self, subject: str) -> tuple[str, ...]:
        """Return the TALLY outcomes the row adds up; none where it does not apply."""
        return _OUTCOMES[self][subject == RWM]


def _row_of(judgement: Judgement) -> tuple[str, str, str]:
    judged = f"Pupils judged {judgement.label}"
    return judgement.label, judged, f"{judged} in all three of reading, writing and maths"


# (heading, what a subject's figure counts, what that of RWM counts)
_ROWS: dict[SummaryRow, tuple[str, str, str]] = {
    SummaryRow.BELOW: _row_of(Judgement.BELOW),
    SummaryRow.TOWARDS: _row_of(Judgement.TOWARDS),
    SummaryRow.ON_TRACK: _row_of(Judgement.ON_TRACK),
    SummaryRow.DEEPER: _row_of(Judgement.DEEPER),
    SummaryRow.MIXED: (
        "On track and deeper mixed",
        "Applies to reading, writing and maths together only",
        "Pupils judged a mixture of On track and Deeper learning in reading, writing and maths",
    ),
    SummaryRow.ON_TRACK_OR_DEEPER: (
        "On track or deeper",
        "Pupils judged On track or Deeper learning",
        "Pupils judged On track or Deeper learning in each of reading, writing and maths",
    ),
    SummaryRow.NOT_ON_TRACK: (
        "Not on track",
        "Pupils judged Below or Towards",
        "Pupils judged Below or Towards in at least one of reading, writing and maths",
    ),
    SummaryRow.NO_DATA: (
        NO_DATA_LABEL,
        "Pupils without a judgement",
        "Pupils with a gap in reading, writing or maths, and Below or Towards in none",
    ),
}
# (outcomes of a subject, outcomes of RWM)
_OUTCOMES: dict[SummaryRow, tuple[tuple[str, ...], tuple[str, ...]]] = {
    SummaryRow.BELOW: (("B",), ("BBB",)),
    SummaryRow.TOWARDS: (("T",), ("TTT",)),
    SummaryRow.ON_TRACK: (("O",), ("OOO",)),
    SummaryRow.DEEPER: (("D",), ("DDD",)),
    SummaryRow.MIXED: ((), (MIXED,)),
    SummaryRow.ON_TRACK_OR_DEEPER: (("O", "D"), ("OOO", "DDD", MIXED)),
    SummaryRow.NOT_ON_TRACK: (("B", "T"), ("BBB", "TTT", NOT_ON_TRACK)),
    SummaryRow.NO_DATA: ((NO_DATA,), (NO_DATA,)),
}
