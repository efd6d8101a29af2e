"""A pupil's journey by keyboard: opened from the grid, gone through, saved, and back again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import Open
from .grid_page import GridPage
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]


def test_journey_is_read_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("head2", "/assessments?school=9992002&years=5")
    page.locator(".ptg-table").wait_for()
    names = GridPage(page).names()
    opener = page.get_by_role("button", name=names[0])
    opener.focus()
    page.keyboard.press("Enter")

    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text(names[0])
    expect(heading).to_be_focused()
    expect(page.get_by_role("img", name="Timeline of one pupil")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("rowheader").first).to_be_visible()
    require_sound(page, "the journey of a pupil")

    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Back to the grid")).to_be_focused()
    page.keyboard.press("Tab")
    before = page.get_by_role("button", name="Previous pupil")
    expect(before).to_be_focused()
    page.keyboard.press("Enter")
    said = page.get_by_role("status").filter(has_text="the first pupil")
    expect(said).to_have_count(1)
    expect(before).to_be_focused()
    page.keyboard.press("Tab")
    after = page.get_by_role("button", name="Next pupil")
    page.keyboard.press("Enter")
    expect(heading).to_have_text(names[1])
    expect(after).to_be_focused()
    expect(page.get_by_role("status").filter(has_text=names[1])).to_have_count(1)

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as PDF").press("Enter")
    assert waiting.value.suggested_filename == "pupil-journey.pdf"
    page.get_by_role("button", name="Back to the grid").press("Enter")
    expect(page.locator(".ptg-table")).to_be_visible()
    expect(heading.filter(has_text=names[1])).to_have_count(0)
    # The row of the pupil seen last, not of the one opened first.
    expect(page.get_by_role("button", name=names[1])).to_be_focused()


@pytest.mark.parametrize("width", [1280, 400])
def test_journey_holds_at_any_width(open_as: Open, width: int) -> None:
    page = open_as(
        "head2",
        "/assessments?school=9992002&years=6",
        viewport={"width": width, "height": 800},
    )
    page.locator(".ptg-table").wait_for()
    page.get_by_role("button", name=GridPage(page).names()[0]).press("Enter")
    drawing = page.get_by_role("img", name="Timeline of one pupil")
    expect(drawing).to_be_visible()
    require_sound(page, f"a journey {width} wide")
    cut = page.get_by_role("region", name="Timeline of the journey")
    expect(cut).to_have_count(1 if width == 400 else 0)
