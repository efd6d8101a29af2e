"""Tests of the PDFs themselves: what a reader, a screen reader and an archive find in them."""

import json
from datetime import UTC, datetime

import pytest

from pupiltrack_core.reports.documents import (
    Document,
    Heading,
    NameList,
    Paragraph,
    Picture,
    Printed,
    Table,
)
from pupiltrack_core.reports.full_report import full_report_document
from pupiltrack_core.reports.typesetter import TypesettingFailed, typeset, warm_up
from pupiltrack_core.reports.venn import venn_document
from tests.pdf_reading import read, tags_of, text_of
from tests.report_frames import PRINTED, make_cohort, make_report, make_venn

NAMES = [
    "<b>*#table, $x^2$",
    '#panic("out"), `code` @ref <label>',
    "O'Brien-Smythe, Zoë Ælfgifu Şükrü",
    "Nguyễn, Thị Ánh",
    "Łukasz, Żółć",
    "=1+1, @SUM(A1)",
    "&lt;script&gt;, alert(1)",
    "\\#emph[x], //comment /* x */",
]


def document(*blocks, **changes):
    values = {
        "title": "Full report",
        "place": "Hillside Primary School",
        "description": "Year 4, 2025/2026",
        "printed": PRINTED,
        "blocks": blocks,
    }
    return Document(**(values | changes))


def full_pdf(cohort, **options):
    made = full_report_document(make_report(cohort), printed=PRINTED, **options)
    return typeset(made)


def test_typeset_marks_language_title_and_standard():
    pdf = full_pdf(make_cohort(12))
    root = read(pdf).trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read(pdf).metadata.title == "Full report, Hillside Primary School"
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()


def test_typeset_tags_tables_with_heading_cells_and_their_scope():
    tags = tags_of(full_pdf(make_cohort(12)))
    kinds = {tag.kind for tag in tags}
    assert {"/Table", "/THead", "/TBody", "/TR", "/TH", "/TD", "/Caption", "/H1"} <= kinds
    scopes = [tag.attributes.get("/Scope") for tag in tags if tag.kind == "/TH"]
    assert scopes
    assert set(scopes) == {"/Column"}
    # each cell of figures names the heading it stands under
    assert all(tag.attributes.get("/Headers") for tag in tags if tag.kind == "/TD")


def test_typeset_keeps_a_long_table_one_table_with_its_heading_repeated():
    rows = tuple((f"Pupil {number}", "Year 4") for number in range(150))
    pdf = typeset(document(Table("Everyone", ("Name of pupil", "Year"), rows)))
    assert len(read(pdf).pages) > 2
    assert [tag.kind for tag in tags_of(pdf)].count("/Table") == 1
    assert all("Name of pupil" in page.extract_text() for page in read(pdf).pages)


def test_typeset_gives_each_picture_its_words():
    tags = tags_of(full_pdf(make_cohort([("Abara, Ada", "OOT"), ("Blom, Bo", "DDD")])))
    (figure,) = [tag for tag in tags if tag.alt]
    # 1 of 2 is on track in reading, the other deeper
    assert "Reading: Below 0 (0\u202f%), Towards 0 (0\u202f%), On track 1 (50\u202f%)" in figure.alt


def test_typeset_refuses_a_picture_without_words():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    with pytest.raises(TypesettingFailed, match="alt"):
        typeset(document(Picture(svg, None, "")))  # type: ignore[arg-type]


def test_typeset_bookmarks_the_headings():
    outline = read(full_pdf(make_cohort(12), include_names=True)).outline
    titles = json.dumps(outline, default=str)
    assert "Full report" in titles
    assert "Pupils behind the figures" in titles


def test_typeset_embeds_only_the_vendored_fonts():
    fonts = set()
    for page in read(full_pdf(make_cohort(12))).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            fonts.add(str(font["/BaseFont"]).split("+")[-1])
    assert fonts
    assert all(font.startswith(("SourceSans3", "DejaVuSans", "NotoEmoji")) for font in fonts)


@pytest.mark.parametrize("name", NAMES)
def test_typeset_prints_a_name_as_it_is(name):
    text = text_of(full_pdf(make_cohort([(name, "OOO")]), include_names=True))
    assert f"{name} (Class 4)" in text


def test_typeset_prints_right_to_left_names():
    text = text_of(
        full_pdf(make_cohort([("אבגד, רות", "OOO"), ("محمد, سارة", "BBB")]), include_names=True)
    )
    assert "אבגד" in text
    # Arabic letters are joined; the text layer still holds the letters themselves
    assert "محمد" in text


def test_typeset_prints_emoji_and_joined_emoji():
    text = text_of(full_pdf(make_cohort([("Blom 😀, Bo 👧🏽‍🦱", "OOO")]), include_names=True))
    assert "😀" in text
    assert "👧" in text


def test_typeset_replaces_what_no_font_can_draw_and_what_is_forbidden():
    text = text_of(
        full_pdf(make_cohort([("Blom\x00\x07\ue000, 王 Bo", "OOO")]), include_names=True)
    )
    assert "Blom���, � Bo" in text


def test_typeset_breaks_a_name_of_200_characters():
    name = "x" * 200
    text = text_of(full_pdf(make_cohort([(f"{name}, {name}", "OOO")]), include_names=True))
    assert text.count("x") >= 400 * 4  # in a list for each subject and for all three
    assert max(len(word) for word in text.split()) < 100  # broken, not run over its neighbour
    venn = venn_document(
        [make_venn(make_cohort([(f"{name}, {name}", "OOO")]))],
        printed=PRINTED,
        region_names=["111"],
    )
    assert text_of(typeset(venn)).count("x") >= 400


def test_typeset_of_an_empty_cohort_says_so():
    text = text_of(full_pdf(make_cohort([]), include_names=True))
    assert "There are no pupils in this cohort." in text
    assert "0 (–)" in text


def test_typeset_of_one_pupil():
    assert "1 (100 %)" in text_of(full_pdf(make_cohort([("Abara, Ada", "OOO")])))


def test_typeset_of_pupils_without_any_data():
    text = text_of(full_pdf(make_cohort([("Abara, Ada", "---"), ("Blom, Bo", "---")])))
    assert "2 (100 %)" in text


def test_typeset_shortens_a_long_place_in_the_running_heading_only():
    place = "St Mary's and St John's " * 8
    pdf = typeset(document(Heading("Next", starts_page=True), place=place.strip()))
    first, second = (" ".join(page.extract_text().split()) for page in read(pdf).pages)
    assert place.strip() in first
    assert "…" in second
    assert place.strip() not in second


def test_typeset_footer_tells_who_when_which_page_and_whether_personal():
    pdf = full_pdf(make_cohort(60), include_names=True)
    pages = read(pdf).pages
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert "Printed by Asha Teacher on 3 December 2025 at 14:05" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "Contains personal data" in text
    assert "Contains personal data" not in text_of(full_pdf(make_cohort(60)))


def test_printed_words_are_in_the_time_of_london():
    summer = Printed("A", datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert summer.words == "Printed by A on 2 July 2026 at 00:30"


def test_typeset_is_the_same_for_the_same_document():
    cohort = make_cohort(12)
    assert full_pdf(cohort) == full_pdf(cohort)


def test_typeset_every_kind_of_block():
    text = text_of(
        typeset(
            document(
                Heading("A part"),
                Heading("A part of it", level=3, starts_page=True),
                Paragraph("Said plainly."),
                Paragraph("Not to be missed.", is_notice=True),
                Table("Some figures", ("What", "How many"), (("This", "1"),)),
                NameList("Nobody", ()),
                NameList("Two", ("Abara, Ada", "Blom, Bo")),
            )
        )
    )
    for words in ("A part of it", "Said plainly.", "Not to be missed.", "None", "Blom, Bo"):
        assert words in text


def test_typeset_refuses_a_document_of_another_version():
    with pytest.raises(TypesettingFailed, match="another version"):
        typeset(document().to_json() | {"version": 99})


def test_typeset_refuses_an_unknown_block():
    with pytest.raises(TypesettingFailed, match="no such block"):
        typeset(document().to_json() | {"blocks": [{"type": "script"}]})


def test_warm_up_leaves_the_typesetter_ready():
    warm_up()
    assert typeset(document()).startswith(b"%PDF")


def test_typeset_at_any_moment():
    moment = datetime(2025, 12, 3, 14, 5, 6, 789012, tzinfo=UTC)
    pdf = typeset(document(printed=Printed("A", moment)))
    assert read(pdf).metadata.creation_date == moment.replace(microsecond=0)


def test_typeset_keeps_the_space_of_a_percentage_beside_a_sign_of_another_font():
    document = Document(
        title="Matrix",
        place="Hillside",
        description="",
        printed=PRINTED,
        blocks=(Paragraph("3 (13\u202f%) ▲"),),
    )
    text = text_of(typeset(document))
    assert "13 %) ▲" in text
    assert "\ufffd" not in text
