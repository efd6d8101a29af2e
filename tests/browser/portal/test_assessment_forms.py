"""The forms that look after assessments: each opens in place of its buttons and can be left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import Open
from .served import require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]


def test_forms_of_assessments_are_sound_and_left_without_a_change(open_as: Open) -> None:
    page = open_as("head2", "/assessments?school=9992002&years=5")
    page.locator(".ptg-table").wait_for()
    new = page.get_by_role("button", name="New assessment")

    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_label("Assessment name")).to_be_focused()
    require_sound(page, "changing an assessment")
    page.get_by_role("button", name="Cancel").click()
    expect(new).to_be_focused()

    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    expect(page.get_by_text("marks of")).to_be_visible()
    require_sound(page, "deleting an assessment")
    page.keyboard.press("Enter")  # what is focused changes nothing
    expect(new).to_be_focused()

    page.get_by_role("button", name="Copy last year's set").click()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    require_sound(page, "copying last year's set")
    page.keyboard.press("Enter")
    expect(new).to_be_focused()
    expect(page.get_by_role("button", name="Deleted")).to_have_count(0)


def test_lists_of_maintenance_are_sound(open_as: Open) -> None:
    page = open_as("head2", "/maintenance?section=subjects")
    subject = page.get_by_role("form", name="Add a subject")
    subject.get_by_role("button", name="Add subject").click()
    expect(subject.get_by_role("alert")).to_be_focused()
    require_sound(page, "a subject without a name")
    expect(page.get_by_role("button", name="Add the usual three")).to_be_visible()
