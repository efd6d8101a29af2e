"""A cohort's progress meeting by keyboard alone: saved as it is typed, read again, printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.services.cohort_meetings import cohort_meeting, cohort_meetings
from pupiltrack_core.services.discussion_questions import ready_questions
from pupiltrack_core.services.schools import school_by_laestab

from .conftest import Open
from .served import Portal, go, require_sound

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_meeting_is_saved_as_it_is_typed_and_read_again(open_as: Open, portal: Portal) -> None:
    school = school_by_laestab(portal.operator, "9992002")
    year = school.academic_years[0]
    page = open_as("head2", f"/meetings?school=9992002&year={year}")
    press(page, "Add progress meeting")
    group = page.get_by_label("Year group", exact=True)
    expect(group).to_be_focused()
    group.select_option("2")
    expect(page.get_by_label("Assessment").locator("option:checked")).to_contain_text("Term")
    press(page, "Begin the meeting")
    expect(page.get_by_role("heading", name="Cohort progress meeting")).to_be_focused()

    reading = page.get_by_role("button", name="Reading", exact=True)
    expect(reading).to_have_attribute("aria-expanded", "false")
    reading.press("Enter")
    question = ready_questions(MeetingKind.COHORT)[0]
    notes = page.get_by_label(f"1. {question}").first
    notes.press_sequentially("Pairs read")
    said = page.get_by_role("form", name="Reading").get_by_role("status")
    expect(said).to_have_text("Not saved yet")
    expect(said).to_contain_text("Saved at")  # nobody left the field or pressed anything
    expect(notes).to_be_focused()
    (line,) = cohort_meetings(portal.operator, school.school_id, year).meetings
    stored = cohort_meeting(portal.operator, school.school_id, line.id).content
    assert stored.areas[0].answers[0].notes == "Pairs read"

    press(page, "Add barrier")
    choose = page.get_by_role("button", name="Choose pupils")
    expect(choose).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(choose).to_be_focused()
    page.get_by_label("Barrier to learning").fill("Sleep")
    require_sound(page, "a meeting that is written in")
    press(page, "Delete barrier 1")
    expect(page.get_by_role("button", name="Bring back the barrier just deleted")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Barrier to learning")).to_have_value("Sleep")

    page.get_by_label("Barrier to learning").fill("Little sleep")
    press(page, "Read, print, earlier versions")  # at once: leaving the field saves it
    expect(page.get_by_text("Little sleep")).to_be_visible()
    require_sound(page, "a meeting that is read")
    with page.expect_download() as waiting:
        press(page, "Save as PDF")
    assert waiting.value.suggested_filename == "cohort-meeting.pdf"
    go(page, f"/meetings?school=9992002&year={year}")
    page.get_by_role("button", name="Edit the meeting").press("Enter")
    reading.press("Enter")
    expect(notes).to_have_value("Pairs read")
