"""A year prepared, started and undone by keyboard alone; a file of Reception pupils looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.unit.interchange.files import HEADINGS, csv_file, row

from .conftest import Open
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]


def test_year_is_prepared_started_and_undone_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("head2", "/maintenance?section=year")
    page.get_by_role("button", name="Prepare 2026/2027").press("Enter")
    expect(page.locator(".ptw-form[aria-label^='Which class'] input").first).to_be_focused()
    page.get_by_role("button", name="Show what would happen").press("Enter")
    expect(page.get_by_role("heading", name="What starting 2026/2027 would do")).to_be_focused()
    page.get_by_label("Show", exact=True).select_option("leaves")
    expect(page.locator(".ptg-row").first).to_contain_text("Now Year 6")
    cell = page.locator(".ptg-row").first.locator(".ptg-k-choice").first
    cell.press("6")
    expect(cell).to_contain_text("Year 6")
    expect(page.locator(".ptg-status")).to_contain_text("Kept for you")
    require_sound(page, "the dry run of a new year")
    page.get_by_role("button", name="pupils go on").press("Enter")
    expect(page.get_by_text("2026/2027 is started:")).to_be_visible()
    undo = page.get_by_role("button", name="Undo the start of 2026/2027")
    expect(undo).to_be_focused()
    undo.press("Enter")
    sure = page.get_by_role("button", name="Yes, take the pupils out of 2026/2027")
    expect(sure).to_be_focused()
    sure.press("Enter")
    expect(page.get_by_text("The start of 2026/2027 is undone:")).to_be_visible()
    expect(page.get_by_role("button", name="Prepare 2026/2027")).to_be_focused()


def test_reception_file_is_looked_at_and_put_away(open_as: Open) -> None:
    page = open_as("admin", "/maintenance?section=reception")
    content = csv_file(["9992001", *row(1)], ["1", *row(2)], headings=["LAESTAB", *HEADINGS])
    file = {"name": "october.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Reception file").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check the file").press("Enter")
    expect(page.get_by_role("heading", name="What this file would do")).to_be_focused()
    expect(page.get_by_role("table", name="1 school in the file")).to_be_visible()
    require_sound(page, "a file of Reception pupils")
    page.get_by_role("button", name="Put the file away").press("Enter")
    expect(page.get_by_label("Academic year")).to_be_focused()
