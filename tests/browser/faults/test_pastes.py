"""Blocks of a spreadsheet, texts without end: what is good is saved, the rest stays as typed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import REFUSED, GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

SIXTY_FOUR_KILOBYTES = 64 * 1024


@pytest.fixture
def grid(ground: Ground, new_profile: Callable[[], BrowserContext]) -> GridPage:
    """The teacher's grid."""
    return GridPage.signed_in(new_profile(), "teacher", ground)


def test_wrong_value_in_the_middle_of_a_paste_stays_and_the_rest_is_saved(
    portal: DemoPortal, ground: Ground, grid: GridPage
) -> None:
    column = ground.score("MATH")
    pupils = ground.pupils[14:19]
    wrong = pupils[2]
    before = portal.stored(wrong, column)
    grid.paste(pupils[0], column, "88\n91\nabsent\n95\n102\n")
    expect(grid.cell(wrong, column)).to_have_class(REFUSED)
    expect(grid.cell(wrong, column)).to_contain_text("absent")
    expect(grid.status).to_have_text("1 entry refused")
    expect(grid.report).to_contain_text("1 pasted value is not saved")
    expect(grid.report).to_contain_text("“absent” is not a number.")
    stored = [portal.stored(pupil, column) for pupil in pupils]
    assert stored == ["88", "91", before, "95", "102"]
    # The list leads to the cell, and is gone once that is mended.
    grid.report.get_by_role("listitem").get_by_role("button").click()
    expect(grid.cell(wrong, column)).to_be_focused()
    grid.page.keyboard.type("93")
    grid.page.keyboard.press("Enter")
    grid.expect_saved()
    expect(grid.report).to_be_hidden()
    assert portal.stored(wrong, column) == "93"


def test_paste_larger_than_the_grid_saves_what_fits_and_says_what_does_not(
    portal: DemoPortal, ground: Ground, grid: GridPage
) -> None:
    columns, pupils = ground.columns[-2:], ground.pupils[-2:]
    block = "\n".join("\t".join(f"{row}{column}" for column in range(3)) for row in range(10, 14))
    grid.paste(pupils[0], columns[0], block)
    size = f"{len(ground.pupils)} rows and {len(ground.columns)} columns"
    # Of 4 by 3 there is room for 2 by 2.
    expect(grid.report).to_contain_text(f"8 values did not fit: the table has {size}.")
    grid.expect_saved()
    stored = [[portal.stored(pupil, column) for column in columns] for pupil in pupils]
    assert stored == [["100", "101"], ["110", "111"]]


def test_text_of_64_kilobytes_is_refused_in_words_and_kept_until_taken_back(
    portal: DemoPortal, ground: Ground, grid: GridPage
) -> None:
    pupil, column = ground.pupils[20], ground.formative("READ")
    grid.type_text(pupil, column, "short")
    grid.expect_saved()
    grid.type_text(pupil, column, "é" * SIXTY_FOUR_KILOBYTES)
    cell = grid.cell(pupil, column)
    expect(cell).to_have_class(REFUSED)
    expect(grid.said).to_contain_text(re.compile(rf"up to \d+ .*; this is {SIXTY_FOUR_KILOBYTES}"))
    shown = cell.evaluate("(cell) => [...cell.textContent].filter((one) => one === 'é').length")
    assert shown == SIXTY_FOUR_KILOBYTES
    assert portal.stored(pupil, column) == "short"
    grid.go_to(pupil, column)
    grid.page.keyboard.press("Escape")
    expect(cell).to_have_text("short")


def test_signs_beyond_the_first_plane_count_as_one_each(
    portal: DemoPortal, ground: Ground, grid: GridPage
) -> None:
    pupil, column = ground.pupils[21], ground.phonics
    grid.type_text(pupil, column, "🐢" * 50)
    grid.expect_saved()
    assert portal.stored(pupil, column) == "🐢" * 50
    grid.type_text(pupil, column, "🐢" * 51)
    expect(grid.cell(pupil, column)).to_have_class(REFUSED)
    assert portal.stored(pupil, column) == "🐢" * 50
