"""Many pupils edited in a grid, by keyboard; and two people at it at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Open
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]
LIST = "/pupils?school=9992002&years=5&class=Humber"
CLASS, CARER, PREMIUM = "Class", "Young carer", "Pupil premium"


def cell(page: Page, row: int, title: str) -> Locator:
    """Return the cell of a row under a heading."""
    titles = page.locator(".ptg-leaf .ptg-head-label").all_inner_texts()
    return page.locator("tbody tr.ptg-row").nth(row).locator("td").nth(titles.index(title))


def walk_to(page: Page, row: int, title: str) -> None:
    """Go to a cell from the first pupil's name, by the arrow keys."""
    page.locator("tbody tr.ptg-row").first.get_by_role("button").focus()
    titles = page.locator(".ptg-leaf .ptg-head-label").all_inner_texts()
    for key in ["ArrowRight"] * (titles.index(title) + 1) + ["ArrowDown"] * row:
        page.keyboard.press(key)
    expect(cell(page, row, title)).to_be_focused()


def saved(page: Page) -> None:
    expect(page.get_by_text("All changes saved")).to_be_visible()


def test_many_pupils_are_edited_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("head2", LIST)
    page.get_by_role("button", name="Edit many pupils").focus()
    page.keyboard.press("Enter")
    first = page.locator("tbody tr.ptg-row").first.get_by_role("button")
    expect(first).to_be_focused()
    require_sound(page, "the grid of many pupils")

    walk_to(page, 0, CARER)
    for key in ("y", "ArrowDown", "y"):
        page.keyboard.press(key)
    saved(page)
    expect(cell(page, 0, CARER)).to_contain_text("Yes")
    page.keyboard.press("Control+z")
    expect(cell(page, 1, CARER)).not_to_contain_text("Yes")

    # A block from a spreadsheet: words are read as they are shown.
    walk_to(page, 0, PREMIUM)
    page.evaluate(
        """() => {
        const held = new DataTransfer();
        held.setData("text/plain", "Yes\\tNo\\nNo\\tperhaps");
        const options = { clipboardData: held, bubbles: true, cancelable: true };
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
    }"""
    )
    expect(cell(page, 0, CARER)).to_contain_text("No")
    refused = cell(page, 1, CARER)
    expect(refused).to_have_attribute("aria-invalid", "true")
    expect(refused).to_contain_text("perhaps")
    require_sound(page, "a cell of a paste that was refused")
    walk_to(page, 1, CARER)
    page.keyboard.press("n")
    saved(page)

    name = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(name)
    page.get_by_role("button", name="Back to the list").press("Enter")
    expect(first).to_be_focused()
    page.get_by_role("button", name="Back to the list").press("Enter")
    expect(page.get_by_role("button", name="Add pupil")).to_be_focused()


def test_two_who_edit_many_pupils_see_what_the_other_saves(open_as: Open) -> None:
    mine = open_as("head2", f"{LIST}&view=grid")
    theirs = open_as("head2", f"{LIST}&view=grid")
    where = mine.locator("tbody tr.ptg-row").count() - 1
    before = cell(mine, where, CLASS).inner_text()
    cell(theirs, where, CLASS).click()
    theirs.keyboard.press("Delete")
    saved(theirs)
    expect(cell(mine, where, CLASS)).to_have_text("")
    cell(mine, where, CLASS).click()
    mine.keyboard.press("F2")
    mine.locator("td.ptg-editing select").select_option(label=before)
    mine.keyboard.press("Enter")
    expect(cell(theirs, where, CLASS)).to_have_text(before)
