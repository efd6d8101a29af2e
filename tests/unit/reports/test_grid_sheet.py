"""The grid on paper: columns parted over pages, a foot under each part, blanks to fill in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.reports.grid_sheet import (
    LONGEST_TEXT,
    NAME_WIDTH,
    ROOM,
    grid_sheet,
    strips_of,
    width_of,
)
from pupiltrack_core.reports.shown_columns import ShownColumn
from pupiltrack_core.reports.typesetter import GRID_SHEET, typeset
from tests.grid_frames import FULL, PLAIN, make_grid
from tests.pdf_reading import read, tags_of, text_of
from tests.report_frames import PRINTED, make_cohort

COHORT = [("Abara, Ada", "OOD"), ("Blom, Bo", "BTO"), ("Cole, Cy", "DDD"), ("Dunn, Di", "--B")]


def sheet_of(grid, shown=None, **options):
    return grid_sheet(
        grid,
        shown,
        school_name="Hillside Primary School",
        description="Year 4, 2025/2026, Autumn",
        printed=PRINTED,
        **options,
    )


def pdf_of(grid, shown=None, **options):
    return typeset(sheet_of(grid, shown, **options), template=GRID_SHEET)


def titles(strip):
    return [column["title"] for column in strip["columns"]]


def cells(strip, row):
    return [cell["text"] for cell in strip["rows"][row]["cells"]]


KEYS = st.sampled_from(
    ["7:tracking:READ", "7:formative:READ", "7:test:GPS", "7:phonics:READ", "7:rwm:RWM", "pupil:x"]
)
COLUMNS = st.lists(st.builds(ShownColumn, KEYS, st.sampled_from("ABC"), st.just("T")), max_size=40)


def run_around(columns, place):
    """The first and last place of the neighbours of one group with the column at `place`."""
    group, first, last = columns[place].group, place, place
    while first > 0 and columns[first - 1].group == group:
        first -= 1
    while last + 1 < len(columns) and columns[last + 1].group == group:
        last += 1
    return first, last


@given(COLUMNS)
def test_strips_of_parts_columns_only_where_a_page_has_no_room(columns) -> None:
    strips = strips_of(columns)
    room = ROOM - NAME_WIDTH
    assert [column for strip in strips for column in strip] == columns
    assert all(strip and sum(map(width_of, strip)) <= room for strip in strips)
    place = 0
    for strip in strips[:-1]:
        place += len(strip)
        first, last = run_around(columns, place)
        run = sum(map(width_of, columns[first : last + 1]))
        used = sum(map(width_of, strip))
        if first == place:  # a group begins the next page: it had no room on this one
            assert used + run > room
        else:  # a group goes on: it is wider than a page, and this page is full
            assert run > room
            assert used + width_of(columns[place]) > room


def test_grid_sheet_shows_cells_and_their_figures() -> None:
    (strip,) = sheet_of(make_grid(make_cohort(COHORT), PLAIN))["strips"]
    assert titles(strip) == ["Reading", "Writing", "Maths", "R W M on track"]
    assert strip["groups"] == [{"title": "Spring, 20/03/2026", "span": 4}]
    assert strip["caption"] == "4 pupils"
    assert strip["rows"][0]["name"] == "Abara, Ada"
    assert cells(strip, 0) == ["On track", "On track", "Deeper learning", "Yes"]
    assert [cell["colour"] for cell in strip["rows"][1]["cells"]] == ["red", "", "green", ""]
    foot = {row["label"]: row["figures"] for row in strip["foot"]}
    # reading: B O D and a blank, of four
    assert foot["Below"] == ["1 (25\u202f%)", "0 (0\u202f%)", "1 (25\u202f%)", "0 (0\u202f%)"]
    assert foot["Pupils"] == ["4"] * 4
    assert "Average" not in foot


def test_grid_sheet_repeats_names_and_figures_where_columns_go_on() -> None:
    scores = {(1, "7:test:MATH"): ("97.5", 1, None), (2, "7:test:MATH"): ("104", 1, None)}
    made = sheet_of(make_grid(make_cohort(COHORT), FULL, PLAIN, cells=scores))
    assert len(made["strips"]) > 1
    assert [row["name"] for row in made["strips"][-1]["rows"]] == [name for name, _ in COHORT]
    captions = [strip["caption"] for strip in made["strips"]]
    assert captions[0].startswith("4 pupils, columns 1 to ")
    assert captions[-1].endswith(" of 17")
    (average,) = (
        row for strip in made["strips"] for row in strip["foot"] if row["label"] == "Average"
    )
    assert "100.8" in average["figures"]  # (97.5 + 104) / 2 = 100.75


def test_grid_sheet_to_fill_in_has_blank_cells_and_no_figures() -> None:
    shown = [
        ShownColumn("pupil:sen", "Pupil characteristics", "SEN"),
        *(ShownColumn(f"8:tracking:{item.value}", "Spring", item.label) for item in CORE_SUBJECTS),
        ShownColumn("8:rwm:RWM", "Spring", "R W M on track"),
    ]
    grid = make_grid(make_cohort(COHORT), PLAIN, cells={(1, "pupil:sen"): ("None", 0, None)})
    made = sheet_of(grid, shown, is_empty=True)
    (strip,) = made["strips"]
    assert titles(strip) == ["SEN", "Reading", "Writing", "Maths"]
    assert cells(strip, 0) == ["None", "", "", ""]
    assert all(cell["colour"] == "" for row in strip["rows"] for cell in row["cells"])
    assert strip["foot"] == []
    assert made["title"] == "Assessments to fill in"
    assert made["is_fixed"]


@pytest.mark.parametrize("is_empty", [False, True])
def test_grid_sheet_leaves_out_pupils_not_included_and_says_so(is_empty) -> None:
    pdf = pdf_of(make_grid(make_cohort(COHORT, left_out=1), PLAIN), is_empty=is_empty)
    assert "Dunn" not in text_of(pdf)
    assert "1 pupil is left out because Include in data is set to No." in text_of(pdf)


def test_grid_sheet_cuts_long_texts_and_says_so() -> None:
    long = "word " * 100
    grid = make_grid(make_cohort(COHORT), FULL, cells={(1, "7:formative:READ"): (long, 1, None)})
    made = sheet_of(grid)
    text = cells(made["strips"][0], 0)[0]
    assert len(text) <= LONGEST_TEXT
    assert text.endswith("word…")
    assert ["cut short" in note["text"] for note in made["notes"]] == [True]


def test_grid_sheet_names_classes_where_there_are_several() -> None:
    one = sheet_of(make_grid(make_cohort(4), PLAIN))["strips"][0]
    several = sheet_of(make_grid(make_cohort(4, year_groups=(4, 5)), PLAIN))["strips"][0]
    assert {row["class"] for row in one["rows"]} == {""}
    assert {row["class"] for row in several["rows"]} == {"Class 4", "Class 5"}


def test_grid_sheet_is_a_tagged_landscape_page_with_place_date_and_warning() -> None:
    pdf = pdf_of(make_grid(make_cohort(28), PLAIN))
    (page,) = read(pdf).pages  # a class with its foot fits one page
    assert page.mediabox.width > page.mediabox.height
    text = text_of(pdf)
    for words in (
        "Hillside Primary School",
        "Year 4, 2025/2026, Autumn",
        "3 December 2025",
        "Printed by Asha Teacher",
        "Contains personal data",
        "Page 1 of 1",
    ):
        assert words in text
    root = read(pdf).trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()
    kinds = [tag.kind for tag in tags_of(pdf)]
    assert {"/H1", "/Caption", "/THead", "/TFoot", "/TH", "/TD"} <= set(kinds)
    assert kinds.count("/Table") == 1


def test_grid_sheet_repeats_its_headings_on_every_page() -> None:
    pages = read(pdf_of(make_grid(make_cohort(90), PLAIN))).pages
    assert len(pages) > 1
    assert all("Spring, 20/03/2026" in page.extract_text() for page in pages)


def test_grid_sheet_reads_no_text_as_markup() -> None:
    names = ["<b>*#table, $x^2$", '#panic("out"), `code` @ref', "Nguyễn, Thị Ánh", "=1+1, -1"]
    grid = make_grid(
        make_cohort([(name, "OOO") for name in names]),
        FULL,
        cells={(1, "7:formative:READ"): ("#panic() *bold*\n[x]", 1, None)},
    )
    text = text_of(pdf_of(grid))
    assert all(name in text for name in names)
    assert "#panic() *bold* [x]" in text


def test_grid_sheet_of_nobody_and_of_no_columns_is_a_page() -> None:
    assert "0 pupils" in text_of(pdf_of(make_grid(make_cohort([]), PLAIN)))
    assert "Abara, Ada" in text_of(pdf_of(make_grid(make_cohort(COHORT))))
