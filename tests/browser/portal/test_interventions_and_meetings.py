"""What is done for a pupil and what is agreed, kept by keyboard alone, sound in every state."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import Open
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]


@pytest.fixture
def record(open_as: Open) -> Page:
    """The record of the first pupil of a year group of our own."""
    page = open_as("head2", "/pupils?school=9992002&years=2")
    page.locator("tbody .ptw-press").first.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).press("Enter")


def test_intervention_is_kept_by_keyboard_alone(record: Page) -> None:
    press(record, "Interventions")
    press(record, "Add intervention")
    title = record.get_by_label("Intervention", exact=True)
    expect(title).to_be_focused()
    record.keyboard.type("Talk partners")
    require_sound(record, "the form for an intervention")
    record.get_by_label("Subject").select_option("READ")
    record.get_by_label("Start").fill("2026-01-05")
    record.get_by_label("End").fill("2026-02-13")
    record.get_by_label("Cost in pounds").fill("-1")
    press(record, "Save intervention")
    wrong = record.get_by_role("alert").filter(has_text="what you entered is kept")
    expect(wrong).to_be_focused()
    expect(title).to_have_value("Talk partners")
    require_sound(record, "an intervention that cannot be")

    # What was entered outlasts a look at another section.
    press(record, "History")
    expect(title).to_have_count(0)
    press(record, "Interventions")
    expect(title).to_have_value("Talk partners")
    record.get_by_label("Cost in pounds").fill("0")
    press(record, "Save intervention")
    row = record.get_by_role("row").filter(has_text="Talk partners")
    expect(row).to_contain_text("£0.00")
    expect(row).to_contain_text("(Autumn Term 2025")
    expect(row).to_contain_text("(Spring Term 2026")
    expect(record.get_by_role("button", name="Add intervention")).to_be_focused()
    require_sound(record, "the interventions of a pupil")

    press(record, "Delete Talk partners")
    back = record.get_by_role("button", name="Bring back Talk partners")
    expect(back).to_be_focused()
    expect(row).to_have_count(0)
    record.keyboard.press("Enter")
    expect(row).to_have_count(1)


def test_meeting_is_kept_by_keyboard_alone(record: Page) -> None:
    press(record, "Progress meetings")
    press(record, "Add progress meeting")
    expect(record.get_by_label("Date")).to_be_focused()
    notes = record.get_by_label("1. What is going well")
    notes.fill("Reads aloud.\nPicks longer books.")
    require_sound(record, "the form for a meeting")

    press(record, "Next pupil")
    expect(record.get_by_role("button", name="Go on editing")).to_be_focused()
    require_sound(record, "the question before a meeting is thrown away")
    record.keyboard.press("Enter")
    expect(notes).to_have_value("Reads aloud.\nPicks longer books.")
    press(record, "Save meeting")
    expect(record.get_by_role("button", name="Back to the meetings")).to_be_focused()
    expect(record.get_by_text("Picks longer books.")).to_be_visible()
    require_sound(record, "a meeting")
    with record.expect_download() as waiting:
        press(record, "Save as PDF")
    assert waiting.value.suggested_filename == "pupil-meeting.pdf"
    record.get_by_role("button", name="Back to the meetings").press("Enter")
    expect(record.get_by_role("button", name="read the meeting").last).to_be_visible()
    require_sound(record, "the meetings about a pupil")
