"""A figure of a SUMMARY as the values of a workbook's cells: numbers, or what stands for none."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.charts.judgement_colours import JUDGEMENT_COLOURS
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE, percentage
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.reports.figure_words import WITHHELD, Line, figure_of
from pupiltrack_core.reports.figure_workbook import Value
from pupiltrack_core.reports.full_report import full_name
from pupiltrack_core.reports.plain_workbook import INK
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import summaries, tallies

BLANK = ("#ffffff", INK)  # fill and ink of the part without data
# What bars are made of, and the colours of each part: they add up to the pupils of any subject.
# Those of the four levels would not for reading, writing and maths together.
WHOLE_BARS = {
    SummaryRow.NOT_ON_TRACK: JUDGEMENT_COLOURS[Judgement.BELOW],
    SummaryRow.ON_TRACK_OR_DEEPER: JUDGEMENT_COLOURS[Judgement.ON_TRACK],
    SummaryRow.NO_DATA: BLANK,
}


def figure_values(line: Line | None, row: SummaryRow) -> tuple[Value, Value]:
    """Return a count and its share of 1, twice "c" where withheld, an en dash where there is none.

    The share alone is an en dash where there is nobody to count.
    """
    if line is None or not row.outcomes(str(line[tallies.SUBJECT])):
        return NOT_APPLICABLE, NOT_APPLICABLE
    count, of = figure_of(line, row), line[summaries.PUPILS]
    if count is None or pd.isna(of):
        return WITHHELD, WITHHELD
    return count, share_value(count, int(of))


def pupils_value(line: Line | None) -> Value:
    """Return the number of pupils, "c" for one withheld, an en dash where there is no line."""
    if line is None:
        return NOT_APPLICABLE
    of = line[summaries.PUPILS]
    return WITHHELD if pd.isna(of) else int(of)


def pupil_values(line: Line) -> tuple[Value, Value, Value]:
    """Return name, year group and class of a pupil; None where there is no class."""
    own_class = line[columns.CLASS_NAME]
    return (
        full_name(line[columns.SURNAME], line[columns.FORENAMES]),
        LABELS[int(line[columns.YEAR_GROUP])],
        None if pd.isna(own_class) else str(own_class),
    )


def share_value(count: int, of: int) -> Value:
    """Return `count` as a share of 1, an en dash when `of` is 0; raises as `percentage`."""
    share = percentage(count, of)
    return NOT_APPLICABLE if share is None else float(share / 100)
