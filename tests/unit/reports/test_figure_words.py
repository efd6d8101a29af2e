"""A figure in words: present, not applicable and withheld are told apart."""

from dataclasses import replace
from io import BytesIO

import openpyxl
import pandas as pd

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.reports.figure_words import (
    HOW_WITHHELD,
    figure_of,
    figure_words,
    is_withheld,
    pupils_words,
    told_lines,
)
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.full_report_workbook import write_full_report_workbook
from pupiltrack_core.services.reports import report_of_cohort
from tests.report_frames import PRINTED, make_cohort, make_report


def line_of(subject="READ", **counts):
    rows = {row.value: pd.NA for row in SummaryRow}
    return {"subject": subject, "pupils": pd.NA, **rows, **counts}


def test_figure_words_of_a_count_have_its_share():
    line = line_of(pupils=11, below=7, no_data=0)
    assert figure_words(line, SummaryRow.BELOW) == "7 (64\u202f%)"  # 63.6
    assert figure_words(line, SummaryRow.NO_DATA) == "0 (0\u202f%)"
    assert (figure_of(line, SummaryRow.BELOW), pupils_words(line)) == (7, "11")


def test_figure_words_of_nobody_have_no_share():
    assert figure_words(line_of(pupils=0, below=0), SummaryRow.BELOW) == "0 (–)"


def test_figure_words_tell_withheld_from_not_applicable():
    line = line_of(pupils=40)
    assert figure_words(line, SummaryRow.BELOW) == "c"
    assert figure_words(line, SummaryRow.MIXED) == "–"
    assert figure_words(line_of("RWM", pupils=40), SummaryRow.MIXED) == "c"
    assert figure_words(line_of(below=3), SummaryRow.BELOW) == "c"
    assert pupils_words(line_of()) == "c"


def test_told_lines_leave_out_subjects_with_figures_withheld():
    summary = make_report(make_cohort(8)).summary
    assert not is_withheld(summary)
    summary["no_data"] = summary["no_data"].astype("Int64").mask(summary["subject"] == "READ")
    assert is_withheld(summary)
    assert told_lines(summary)["subject"].tolist() == ["WRIT", "MATH", "RWM"]


def test_document_and_workbook_explain_what_is_withheld_of_year_groups_alone():
    report = make_report(make_cohort(24, year_groups=(3, 4)), years=YearRange.KEY_STAGE_2)
    by_year_group = report.by_year_group.astype({"no_data": "Int64"})
    by_year_group.loc[by_year_group["year_group"] == 3, "no_data"] = pd.NA
    told = replace(report, by_year_group=by_year_group)
    document = full_report_document(told, printed=PRINTED)
    assert HOW_WITHHELD in {block.text for block in document.blocks if block.type == "paragraph"}
    book = openpyxl.load_workbook(BytesIO(write_full_report_workbook(told, printed=PRINTED)))
    explained = {
        name: HOW_WITHHELD in " ".join(str(cell.value) for cell in book[name]["A"])
        for name in ("Figures", "By year group")
    }
    assert explained == {"Figures": False, "By year group": True}
    # A line wider than the tables would make the whole page small on paper.
    assert max(len(str(cell.value)) for cell in book["By year group"]["A"]) <= 100


def test_report_to_publish_is_the_one_of_a_reader_without_names():
    report = make_report(make_cohort(8, left_out=1))
    told = report.to_publish()
    assert (told.cohort, told.not_included, told.has_names) == (None, None, False)
    assert is_withheld(told.summary)
    assert not is_withheld(report.summary)
    assert told.to_publish() is told


def test_report_without_the_right_to_names_prints_no_small_figure():
    full = make_report(make_cohort(8))
    report = report_of_cohort(
        full.selection,
        make_cohort(8),
        school_name="Hillside",
        description="Year 4",
        assessments={},
        with_names=False,
    )
    html = full_report_document(report, printed=PRINTED).to_html()
    assert html.count("<td>c</td>") > 20
    assert "is withheld" in html
    assert "12\u202f%" not in html  # one of eight
