"""Pupils archived and brought back, and one claimed, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import Open
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]
LIST = "/pupils?school=9992002&year=2025&years=2"
NOBODY = ("Y999200399014", "2016-10-01")  # a number that no pupil of the demo has


def test_pupils_are_archived_brought_back_and_claimed_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("head2", LIST)
    found = page.get_by_role("table").get_by_text(re.compile("pupils found"))
    before = found.inner_text()
    page.get_by_role("button", name="Archive pupils").press("Enter")
    heading = page.get_by_role("heading", name="Archive pupils", level=2)
    expect(heading).to_be_focused()
    page.get_by_role("button", name="Tick pupils").press("Enter")
    boxes = page.locator(".ptw-picks-panel input")
    for place in (0, 2):
        boxes.nth(place).press("Space")
    require_sound(page, "pupils ticked to be archived")
    page.get_by_role("button", name="Go on").press("Enter")
    expect(page.get_by_text("Choose why they are archived.").first).to_be_visible()
    page.get_by_label("Why").press("M")
    page.get_by_role("button", name="Go on").press("Enter")
    expect(page.get_by_role("button", name="Change something")).to_be_focused()
    page.get_by_role("button", name="Archive 2 pupils").press("Enter")
    expect(heading).to_be_focused()
    require_sound(page, "the archived pupils")
    back = page.get_by_role("button", name=re.compile("^Bring back "))
    for left in (1, 0):
        back.first.press("Enter")
        expect(back).to_have_count(left)
    page.get_by_role("button", name="Back to the list").press("Enter")
    expect(page.get_by_role("button", name="Add pupil")).to_be_focused()
    expect(found).to_have_text(before)

    page.get_by_role("button", name="Transfers").press("Enter")
    expect(page.get_by_role("heading", name="Transfers between schools")).to_be_focused()
    page.get_by_label("UPN").fill(NOBODY[0])
    page.get_by_label("Date of birth", exact=True).fill(NOBODY[1])
    page.get_by_role("button", name="Claim pupil").press("Enter")
    expect(page.get_by_text("The claim is noted")).to_be_visible()
    expect(page.get_by_label("UPN")).to_be_focused()
    require_sound(page, "a claim that waits")
    page.get_by_role("button", name=re.compile("^Withdraw the claim")).press("Enter")
    expect(page.get_by_role("table").get_by_text("Withdrawn")).to_be_visible()
