"""A figure of a SUMMARY in words, the same on a page, in a PDF and in a file."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import NO_DATA_LABEL, Judgement
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE, format_count_and_percentage
from pupiltrack_core.schemas import summaries, tallies

WITHHELD = CodedValue.SUPPRESSED.value
HOW_WITHHELD = (
    f'"{WITHHELD}" stands where a figure is withheld: it is so small that a child might be '
    "recognised, or it would give another away."
)

Line = Mapping[Hashable, Any]


def lines_by_subject(summary: pd.DataFrame) -> dict[str, Line]:
    """Return the lines of a SUMMARY without keys by subject."""
    return {str(line[tallies.SUBJECT]): line for line in summary.to_dict("records")}


def figure_of(line: Line, row: SummaryRow) -> int | None:
    """Return the count of a row of a SUMMARY line; None where it is withheld or does not apply."""
    count = line[row.value]
    return None if pd.isna(count) else int(count)


def figure_words(line: Line, row: SummaryRow) -> str:
    """Return "7 (64 %)", an en dash where the row does not apply, "c" for a figure withheld."""
    if not row.outcomes(str(line[tallies.SUBJECT])):
        return NOT_APPLICABLE
    count = figure_of(line, row)
    if count is None or pd.isna(line[summaries.PUPILS]):
        return WITHHELD
    return format_count_and_percentage(count, int(line[summaries.PUPILS]))


def pupils_words(line: Line) -> str:
    """Return the number of pupils of a SUMMARY line, "c" for one withheld."""
    of = line[summaries.PUPILS]
    return WITHHELD if pd.isna(of) else str(int(of))


def outcome_words(value: object, wording: JudgementWording) -> str:
    """Return a judgement in the school's words; No data for a missing one."""
    return wording.label(Judgement(value)) if isinstance(value, str) else NO_DATA_LABEL


def is_withheld(*parts: pd.DataFrame) -> bool:
    """Whether any figure of these SUMMARY frames is withheld."""
    return any(
        summary[[summaries.PUPILS, summaries.NO_DATA]].isna().to_numpy().any() for summary in parts
    )


def told_lines(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a SUMMARY of which no figure is withheld: those that can be drawn."""
    return summary[summary[[summaries.PUPILS, summaries.NO_DATA]].notna().all(axis=1)]
