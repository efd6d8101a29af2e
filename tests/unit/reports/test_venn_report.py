"""Tests of the Venn report as a document."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from pupiltrack_core.calc.venn import pupils_in_region
from pupiltrack_core.domain.venn import REGIONS, VennKind
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.reports.documents import Heading, Picture, Table
from pupiltrack_core.reports.venn import (
    list_document,
    pupils_of_diagram,
    regions_table,
    venn_document,
)
from pupiltrack_core.reports.venn_workbook import write_venn_workbook
from tests.drawn_charts import charts_of
from tests.report_frames import PRINTED, make_cohort, make_venn

PUPILS = [
    ("Cole, Cy", "OOO"),
    ("Abara, Ada", "DDO"),
    ("Blom, Bo", "OTB"),
    ("Dunn, Di", "BBB"),
    ("Ek, Eli", "---"),
]


def tables_of(document):
    return [block for block in document.blocks if isinstance(block, Table)]


def make(*kinds, **options):
    cohort = make_cohort(PUPILS)
    return venn_document([make_venn(cohort, kind) for kind in kinds], printed=PRINTED, **options)


def test_venn_document_table_adds_up_to_all_pupils():
    (table,) = tables_of(make(VennKind.ON_TRACK))
    figures = {row[0]: row[1:] for row in table.rows}
    assert figures["On track in reading, writing and maths"] == ("2", "40\u202f%")
    assert figures["On track in reading only"] == ("1", "20\u202f%")
    assert figures["No data in reading, writing or maths"] == ("1", "20\u202f%")
    assert figures["All pupils"] == ("5", "100\u202f%")
    assert sum(int(row[1]) for row in table.rows[:-1]) == 5
    assert len(table.rows) == len(REGIONS) + 1


def test_venn_document_of_both_kinds_draws_both():
    document = make(*VennKind)
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    assert [picture.alt.split(",")[0] for picture in pictures] == [
        "Venn diagram: On track",
        "Venn diagram: Not on track",
    ]
    ids = [f'id="{kind.value}-region-111"' for kind in VennKind]
    assert all(identity in picture.svg for identity, picture in zip(ids, pictures, strict=True))


def test_venn_document_lists_the_pupils_of_the_regions_asked_for():
    document = make(VennKind.ON_TRACK, region_names=["100", "111"])
    assert document.contains_names
    _, all_three, reading = tables_of(document)
    assert all_three.rows == (
        ("Abara, Ada", "Year 4", "Class 4", "Deeper learning", "Deeper learning", "On track"),
        ("Cole, Cy", "Year 4", "Class 4", "On track", "On track", "On track"),
    )
    assert reading.rows[0][3:] == ("On track", "Towards", "Below")
    assert all_three.caption == "2 pupils"
    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert headings[-2:] == ["On track in reading, writing and maths", "On track in reading only"]


def test_venn_document_lists_pupils_without_data_as_such():
    document = make(VennKind.ON_TRACK, region_names=["blank"])
    assert tables_of(document)[-1].rows == (
        ("Ek, Eli", "Year 4", "Class 4", "No data", "No data", "No data"),
    )


def test_venn_document_without_regions_asked_for_holds_no_names():
    document = make(VennKind.ON_TRACK)
    assert not document.contains_names
    assert "Abara" not in document.to_html()


def test_venn_document_of_an_unknown_region_is_refused():
    with pytest.raises(InvalidEntry, match="no such part"):
        make(VennKind.ON_TRACK, region_names=["211"])


def test_venn_document_of_counts_alone_refuses_names():
    report = make_venn(make_cohort(PUPILS))
    counted = type(report)(**(vars(report) | {"cohort": None}))
    with pytest.raises(AccessDenied, match="counts alone"):
        venn_document([counted], printed=PRINTED, region_names=["111"])


def test_list_document_is_a_region_by_itself_and_all_pupils_without_one():
    report = make_venn(make_cohort(PUPILS))
    inside = pupils_in_region(report.cohort, "100", kind=report.kind)
    one = list_document(report, inside, region="100", printed=PRINTED)
    everyone = list_document(report, pupils_of_diagram(report), region="", printed=PRINTED)
    assert one.contains_names
    (table,) = tables_of(one)
    assert table.rows[0][3:] == ("On track", "Towards", "Below")
    (whole,) = tables_of(everyone)
    assert [row[0] for row in whole.rows] == sorted(row[0] for row in whole.rows)
    assert len(whole.rows) == len(PUPILS)


def test_venn_workbook_has_the_regions_as_numbers_and_each_pupil_s_region():
    reports = [make_venn(make_cohort(PUPILS), kind) for kind in VennKind]
    book = load_workbook(BytesIO(write_venn_workbook(reports, printed=PRINTED, include_names=True)))
    table = regions_table(reports[0])
    lines = list(book["Regions"].iter_rows(min_row=7, max_row=16, values_only=True))
    assert [(line[0], str(line[1])) for line in lines] == [row[:2] for row in table.rows]
    assert lines[-1][2] == 1
    pupils = list(book["Pupils"].iter_rows(min_row=7, values_only=True))
    assert len(pupils) == len(PUPILS)
    first = pupils[0]
    assert first[0] == "Abara, Ada"
    assert first[3:7] == (
        "Deeper learning", "Deeper learning", "On track", "On track in reading, writing and maths",
    )  # fmt: skip
    plain = load_workbook(BytesIO(write_venn_workbook(reports, printed=PRINTED)))
    assert plain.sheetnames == ["Regions"]


def test_venn_workbook_has_a_bar_for_each_region_and_none_for_all_pupils():
    reports = [make_venn(make_cohort(PUPILS), kind) for kind in VennKind]
    sheet = load_workbook(BytesIO(write_venn_workbook(reports, printed=PRINTED)))["Regions"]
    for report, drawn in zip(reports, charts_of(sheet), strict=True):
        table = regions_table(report)
        regions = [(row[0], int(row[1])) for row in table.rows[:-1]]
        assert drawn == {"Pupils": regions}
        assert sum(count for _, count in drawn["Pupils"]) == len(PUPILS)
    # Titles are those of the tables by reference: a school's words could look like another.
    assert [chart.title.tx.strRef.f for chart in sheet._charts] == ["Regions!$A$5", "Regions!$A$25"]
