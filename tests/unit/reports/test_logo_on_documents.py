"""A school's logo at the head of what it prints: in its place, with its words, tagged."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from pupiltrack_core.reports.documents import LOGO_ROOM, Document, Logo, Paragraph, Printed
from pupiltrack_core.reports.grid_sheet import grid_sheet
from pupiltrack_core.reports.typesetter import GRID_SHEET, typeset
from tests.grid_frames import PLAIN, make_grid
from tests.pdf_reading import read, tags_of
from tests.report_frames import PRINTED, make_cohort

ALT = 'Logo of "Hillside" <Primary> & School'


def logo_of(width: int, height: int) -> Logo:
    held = BytesIO()
    Image.new("RGB", (width, height), "navy").save(held, "PNG")
    return Logo(held.getvalue(), width, height, ALT)


def with_logo(logo: Logo | None) -> Printed:
    return replace(PRINTED, logo=logo)


def document(printed: Printed) -> Document:
    return Document("Report", "Hillside", "Year 4", printed, (Paragraph("Words"),))


def pictures_of(pdf: bytes) -> list[str | None]:
    return [tag.alt for tag in tags_of(pdf) if tag.kind == "/Figure"]


@pytest.mark.parametrize(
    ("size", "printed"),
    [
        # 45 x 15 mm: the height decides for 200 x 100 (15 high, 30 wide), the width for 480 x 80
        ((200, 100), (30.0, 15.0)),
        ((480, 80), (45.0, 7.5)),
        ((32, 240), (2.0, 15.0)),
    ],
)
def test_logo_is_as_large_as_fits(size: tuple[int, int], printed: tuple[float, float]) -> None:
    made = logo_of(*size).to_json(room=LOGO_ROOM)
    assert (made["width"], made["height"]) == printed


def test_typeset_draws_the_logo_with_its_words_on_the_first_page() -> None:
    pdf = typeset(document(with_logo(logo_of(200, 100))))
    assert pictures_of(pdf) == [ALT]
    assert len(read(pdf).pages[0].images) == 1
    assert [tag.kind for tag in tags_of(pdf)].count("/H1") == 1


def test_typeset_without_a_logo_draws_no_picture() -> None:
    made = document(PRINTED).to_json()
    assert pictures_of(typeset(made)) == []
    made.pop("logo")  # as a notebook holds it that was run before there were logos
    assert pictures_of(typeset(made)) == []


def test_document_with_a_logo_travels_as_json() -> None:
    made = document(with_logo(logo_of(64, 64))).to_json()
    assert json.loads(json.dumps(made)) == made


def test_grid_sheet_has_the_logo_beside_its_title() -> None:
    texts = {"school_name": "Hillside", "description": "Year 4"}
    grid = make_grid(make_cohort(30), PLAIN)
    plain = grid_sheet(grid, printed=PRINTED, **texts)
    headed = grid_sheet(grid, printed=with_logo(logo_of(300, 100)), **texts)
    pages = [len(read(typeset(sheet, template=GRID_SHEET)).pages) for sheet in (plain, headed)]
    assert pages == [1, 1]  # a class with its foot still fits the page
    assert pictures_of(typeset(headed, template=GRID_SHEET)) == [ALT]
