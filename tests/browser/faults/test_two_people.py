"""Two people in one grid change the same cell: both values are shown, and one is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

MINE, THEIRS = "entered by the head", "entered by the teacher"


@pytest.fixture
def both(ground: Ground, new_profile: Callable[[], BrowserContext]) -> tuple[GridPage, GridPage]:
    """The teacher's grid and the head's, opened before either changes anything."""
    address = "/assessments?years=4&class=Hazel"
    teacher = GridPage.signed_in(new_profile(), "teacher", ground, address)
    return teacher, GridPage.signed_in(new_profile(), "head", ground, address)


def test_two_people_in_one_cell_see_both_values_and_choose(
    portal: DemoPortal, ground: Ground, both: tuple[GridPage, GridPage]
) -> None:
    teacher, head = both
    column = ground.formative("MATH")
    for pupil, button, outcome in (
        (ground.pupils[10], "Keep mine", MINE),
        (ground.pupils[11], "Take theirs", THEIRS),
    ):
        teacher.type_text(pupil, column, THEIRS)
        teacher.expect_saved()
        head.type_text(pupil, column, MINE)
        cell = head.cell(pupil, column)
        expect(cell).to_have_class(re.compile(r"\bptg-s-conflict\b"))
        expect(cell).to_contain_text(MINE)
        expect(head.status).to_contain_text("needs your choice")
        assert portal.stored(pupil, column) == THEIRS
        head.go_to(pupil, column)
        head.page.keyboard.press("Enter")
        dialog = head.page.get_by_role("dialog", name="Changed by someone else")
        expect(dialog).to_contain_text(MINE)
        expect(dialog).to_contain_text(THEIRS)
        dialog.get_by_role("button", name=button).click()
        head.expect_saved()
        expect(cell).to_contain_text(outcome)
        assert portal.stored(pupil, column) == outcome


def test_conflict_left_undecided_keeps_both_values(
    portal: DemoPortal, ground: Ground, both: tuple[GridPage, GridPage]
) -> None:
    teacher, head = both
    pupil, column = ground.pupils[12], ground.formative("MATH")
    teacher.type_text(pupil, column, THEIRS)
    teacher.expect_saved()
    head.type_text(pupil, column, MINE)
    cell = head.cell(pupil, column)
    expect(cell).to_have_class(re.compile(r"\bptg-s-conflict\b"))
    # Going on elsewhere neither sends it again nor drops it.
    head.type_text(ground.pupils[13], column, "another cell")
    expect(head.cell(ground.pupils[13], column)).to_have_class(re.compile(r"\bptg-s-saved\b"))
    expect(cell).to_contain_text(MINE)
    expect(cell).to_have_class(re.compile(r"\bptg-s-conflict\b"))
    assert portal.stored(pupil, column) == THEIRS
    assert portal.stored(ground.pupils[13], column) == "another cell"
