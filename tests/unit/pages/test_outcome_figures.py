"""Tests of the table of outcomes: a bar in every row that is told, none where nothing is."""

import pandas as pd

from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.reports.figure_words import figure_words
from pupiltrack_portal.pages.outcome_figures import OutcomeFigures
from pupiltrack_portal.widgets.figures_table import TableCell

COUNTS = ["below", "towards", "on_track", "deeper", "mixed", "on_track_or_deeper", "not_on_track"]
READING = ("READ", 12, 1, 2, 6, 3, pd.NA, 9, 3, 0)
WITHHELD = ("WRIT", 12, *(pd.NA,) * 8)


def shown(*lines: tuple) -> OutcomeFigures:
    summary = pd.DataFrame(lines, columns=["subject", "pupils", *COUNTS, "no_data"])
    figures = OutcomeFigures()
    figures.show(
        summary.astype(dict.fromkeys(["pupils", *COUNTS, "no_data"], "Int64")),
        lambda line, row: TableCell(figure_words(line, row)),
        description="Year 4",
        labels={},
        wording=STANDARD_WORDING,
    )
    return figures


def test_row_that_is_withheld_has_no_bar_and_says_so():
    reading, writing = shown(READING, WITHHELD).table.spec["rows"]
    assert "of 12." in reading["cells"][-1]["drawing"]
    assert writing["cells"][-1] == "c"
    assert len(reading["cells"]) == len(writing["cells"]) == len(SummaryRow) + 2


def test_without_a_bar_there_is_neither_column_nor_key():
    for lines in ((), (WITHHELD,)):
        figures = shown(*lines)
        assert not any(column["drawn"] for column in figures.table.spec["columns"])
        assert figures.widget.children == (figures.table,)
        assert "pt-bars-below" not in figures.chart._dom_classes
