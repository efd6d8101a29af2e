"""Every way out of the grid, chosen and pressed by keyboard, with what is on screen in it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from .conftest import Open
from .grid_page import GridPage

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]

YEAR = "2025-26"


def take(page: Page, label: str) -> tuple[str, bytes]:
    """Choose a kind and press the button; return the file's name and content."""
    page.get_by_label("What to download", exact=True).select_option(label=label)
    with page.expect_download() as started:
        page.get_by_role("button", name="Download", exact=True).press("Enter")
    download = started.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def first_column(content: bytes) -> list[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [str(row[0].value) for row in sheet.iter_rows(min_row=7) if row[0].value]


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_every_way_out_of_the_grid(open_as: Open) -> None:
    page = open_as("head", "/assessments?years=3")
    expect(page.locator(".ptg-row").first).to_be_visible()
    shown = [name.partition(",")[0] for name in GridPage(page).names()[:5]]

    name, content = take(page, "Screen data (Excel)")
    assert name == f"assessments-year-3-{YEAR}.xlsx"
    listed = first_column(content)
    assert set(shown) & set(listed)
    assert "On track: number" in listed

    name, content = take(page, "Screen data (CSV)")
    assert name == f"assessments-year-3-{YEAR}.csv"
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert {row[2] for row in rows[1:]} == {"Year 3"}

    name, content = take(page, "All data (Excel)")
    assert name == f"all-data-{YEAR}.xlsx"
    assert "On track: % of Years 1 to 6" in first_column(content)

    name, content = take(page, "Sheet to print (PDF)")
    assert name == f"assessments-year-3-{YEAR}.pdf"
    assert "Contains personal data" in text_of(content)
    assert "On track or deeper" in text_of(content)

    name, content = take(page, "Empty sheet to print (PDF)")
    assert name == f"assessments-year-3-{YEAR}-to-fill-in.pdf"
    assert "On track" not in text_of(content)
    expect(page.get_by_text("The file is ready.")).to_be_visible()
