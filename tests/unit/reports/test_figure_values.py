"""A figure as a workbook's values: a number, not applicable and withheld are told apart."""

from io import BytesIO

import openpyxl
import pandas as pd

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.reports.figure_values import figure_values, pupils_value, share_value
from pupiltrack_core.reports.full_report_workbook import write_full_report_workbook
from tests.drawn_charts import charts_of
from tests.report_frames import PRINTED, make_cohort, make_report


def line_of(subject="READ", **counts):
    rows = {row.value: pd.NA for row in SummaryRow}
    return {"subject": subject, "pupils": pd.NA, **rows, **counts}


def test_figure_values_are_a_count_and_its_share_of_one():
    line = line_of(pupils=8, below=6)
    assert figure_values(line, SummaryRow.BELOW) == (6, 0.75)
    assert pupils_value(line) == 8


def test_figure_values_of_nobody_have_no_share():
    assert figure_values(line_of(pupils=0, below=0), SummaryRow.BELOW) == (0, NOT_APPLICABLE)
    assert share_value(0, 0) == NOT_APPLICABLE


def test_figure_values_tell_withheld_from_not_applicable():
    assert figure_values(line_of(pupils=40), SummaryRow.BELOW) == ("c", "c")
    assert figure_values(line_of(below=3), SummaryRow.BELOW) == ("c", "c")
    assert figure_values(line_of(pupils=40), SummaryRow.MIXED) == (NOT_APPLICABLE, NOT_APPLICABLE)
    assert figure_values(None, SummaryRow.BELOW) == (NOT_APPLICABLE, NOT_APPLICABLE)
    assert (pupils_value(line_of()), pupils_value(None)) == ("c", NOT_APPLICABLE)


def test_bars_of_a_full_report_are_made_of_all_the_pupils_of_each_subject():
    content = write_full_report_workbook(make_report(make_cohort(40)), printed=PRINTED)
    (drawn,) = charts_of(openpyxl.load_workbook(BytesIO(content))["Figures"])
    bars = [dict(part) for part in drawn.values()]
    assert list(bars[0]) == ["Reading", "Writing", "Maths", "Reading, writing and maths"]
    for subject in bars[0]:
        assert sum(part[subject] for part in bars) == 40
