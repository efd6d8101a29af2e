"""Tests of the full report as a document."""

import pytest

from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.reports.documents import Heading, NameList, Paragraph, Picture, Table
from pupiltrack_core.reports.full_report import full_report_document
from tests.report_frames import PRINTED, make_cohort, make_report

ELEVEN = [
    (f"Pupil{number:02d}, A", judgements)
    for number, judgements in enumerate(
        # 7 of 11 on track or deeper in maths: O O O O O D D
        ["OOO", "OOO", "DDO", "ODO", "TTO", "DDD", "DOD", "BBB", "TTT", "BTB", "--T"]
    )
]


def blocks_of(kind, document):
    return [block for block in document.blocks if isinstance(block, kind)]


def make(cohort, *, years=4, **options):
    return full_report_document(make_report(cohort, years=years), printed=PRINTED, **options)


def row_of(table, subject):
    (row,) = [row for row in table.rows if row[0] == subject]
    return dict(zip(table.head, row, strict=True))


def test_full_report_document_writes_counts_with_percentages_of_the_cohort():
    (table,) = blocks_of(Table, make(make_cohort(ELEVEN)))
    maths = row_of(table, "Maths")
    # 7/11 is 63.6 %, 2/11 is 18.2 %
    assert maths["On track or deeper"] == "7 (64\u202f%)"
    assert maths["Below"] == "2 (18\u202f%)"
    assert maths["Towards"] == "2 (18\u202f%)"
    assert maths["On track and deeper mixed"] == "–"
    assert maths["Pupils"] == "11"
    # the last pupil has no reading: 1/11 is 9.1 %
    assert row_of(table, "Reading")["No data"] == "1 (9\u202f%)"


def test_full_report_document_counts_the_three_together():
    (table,) = blocks_of(Table, make(make_cohort(ELEVEN)))
    together = row_of(table, "Reading, writing and maths")
    assert together["On track"] == "2 (18\u202f%)"  # OOO twice
    assert together["Deeper learning"] == "1 (9\u202f%)"  # DDD
    assert together["On track and deeper mixed"] == "3 (27\u202f%)"  # DDO, ODO, DOD
    assert together["On track or deeper"] == "6 (55\u202f%)"
    assert together["Not on track"] == "5 (45\u202f%)"  # TTO, BBB, TTT, BTB, --T
    assert together["No data"] == "0 (0\u202f%)"


def test_full_report_document_says_who_is_left_out():
    (notice,) = [
        block
        for block in blocks_of(Paragraph, make(make_cohort(ELEVEN, left_out=2)))
        if block.is_notice
    ]
    assert notice.text.startswith("2 pupils are left out")
    one = [block.text for block in blocks_of(Paragraph, make(make_cohort(ELEVEN, left_out=1)))]
    assert any(text.startswith("1 pupil is left out") for text in one)


def test_full_report_document_of_several_years_has_a_table_for_each():
    document = make(make_cohort(24, year_groups=(3, 4, 6)), years=YearRange.KEY_STAGE_2)
    headings = [block.text for block in blocks_of(Heading, document)]
    assert headings == ["By year group", "Year 3", "Year 4", "Year 6"]
    tables = blocks_of(Table, document)
    assert len(tables) == 4
    whole, *each = [int(row_of(table, "Reading")["Pupils"]) for table in tables]
    assert whole == sum(each) == 24


def test_full_report_document_of_one_year_has_one_table():
    assert len(blocks_of(Table, make(make_cohort(24)))) == 1


def test_full_report_document_without_names_holds_none():
    document = make(make_cohort(ELEVEN))
    assert not document.contains_names
    assert "Pupil01" not in str(document.to_json())
    assert "Pupil01" not in document.to_html()


def test_full_report_document_with_names_lists_each_pupil_once_a_subject_in_order():
    document = make(make_cohort(ELEVEN, left_out=1), include_names=True)
    assert document.contains_names
    lists = blocks_of(NameList, document)
    per_subject = [lists[0:5], lists[5:10], lists[10:15], lists[15:18]]
    everyone = [f"Pupil{number:02d}, A (Class 4)" for number in range(10)]
    for group in per_subject:
        assert sorted(name for block in group for name in block.names) == everyone
        assert all(list(block.names) == sorted(block.names) for block in group)
    assert lists[0].heading == "Below: 2 (20\u202f%)"  # BBB and BTB of ten


def test_full_report_document_orders_names_by_surname_then_forenames():
    cohort = make_cohort([("Cole, Bo", "OOO"), ("ali, Zed", "OOO"), ("Cole, Ada", "OOO")])
    (reading,) = [
        block
        for block in blocks_of(NameList, make(cohort, include_names=True))
        if block.heading.startswith("On track:")
    ][:1]
    assert reading.names == ("ali, Zed (Class 4)", "Cole, Ada (Class 4)", "Cole, Bo (Class 4)")


def test_full_report_document_names_tell_the_year_when_there_are_several():
    cohort = make_cohort([("Cole, Bo", "OOO"), ("Dunn, Di", "OOO")], year_groups=(3, 4))
    document = make(cohort, years=YearRange.KEY_STAGE_2, include_names=True)
    names = {name for block in blocks_of(NameList, document) for name in block.names}
    assert names == {"Cole, Bo (Year 3, Class 3)", "Dunn, Di (Year 4, Class 4)"}


def test_full_report_document_of_counts_alone_refuses_names():
    report = make_report(make_cohort(ELEVEN))
    counted = type(report)(**(vars(report) | {"cohort": None}))
    with pytest.raises(AccessDenied, match="counts alone"):
        full_report_document(counted, printed=PRINTED, include_names=True)
    assert full_report_document(counted, printed=PRINTED).blocks


def test_full_report_document_chart_tells_the_same_figures():
    document = make(make_cohort(ELEVEN))
    (picture,) = blocks_of(Picture, document)
    assert "Maths: Below 2 (18\u202f%)" in picture.alt


def test_full_report_document_of_nobody_says_so():
    document = make(make_cohort([]))
    assert any("no pupils" in block.text for block in blocks_of(Paragraph, document))


def test_document_html_escapes_every_text():
    cohort = make_cohort([("<b>*#table, <img src=x onerror=alert(1)>", "OOO")])
    report = make_report(cohort, school_name="<i>School</i>")
    html = full_report_document(report, printed=PRINTED, include_names=True).to_html()
    assert "<b>" not in html
    assert "<img" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;*#table" in html


def test_document_html_gives_tables_captions_and_scopes():
    html = make(make_cohort(ELEVEN)).to_html()
    assert "<caption>Number and percentage of pupils at each outcome</caption>" in html
    assert '<th scope="col">Below</th>' in html
    assert '<th scope="row">Reading</th>' in html


def test_document_has_both_outputs_for_a_notebook():
    bundle = make(make_cohort(ELEVEN))._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {
        "text/plain",
        "text/html",
        "application/vnd.pupiltrack.report+json",
    }
