"""`kill -9` of a page's kernel and of the whole server loses no mark that was said to be saved."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from pupiltrack_core.services.audit import verify
from tests.browser.faults.grid_page import MILLISECONDS, GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

LOST = "Connection lost. What you typed is still on screen"
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
HALF, ON_ITS_WAY, PASTED = "half a sen", "on its way", "pasted"
PASTED_FROM, PASTED_ROWS = 3, 20


class Ledger:
    """What a person was told is saved, to be found in the database and on the page."""

    def __init__(self, portal: DemoPortal, grid: GridPage) -> None:
        self.portal, self.grid = portal, grid
        self.acknowledged: dict[tuple[int, str], str] = {}

    def enter(self, pupil: int, column: str, text: str) -> None:
        """Type a text and wait until it is said to be saved."""
        self.grid.type_text(pupil, column, text)
        self.grid.expect_saved()
        self.acknowledged[pupil, column] = text

    def check_stored(self) -> None:
        """Every acknowledged mark is in the database, and the database is whole."""
        for (pupil, column), text in self.acknowledged.items():
            assert self.portal.stored(pupil, column) == text
        assert self.portal.is_sound()
        with self.portal.opened() as database:
            assert not verify(database).faults

    def check_shown(self) -> None:
        """Every acknowledged mark is on the page."""
        for (pupil, column), text in self.acknowledged.items():
            expect(self.grid.cell(pupil, column)).to_have_text(text)


def test_kernel_killed_between_edits_loses_no_acknowledged_mark(
    portal: DemoPortal, ground: Ground, new_profile: Callable
) -> None:
    grid = GridPage.signed_in(new_profile(), "teacher", ground)
    ledger = Ledger(portal, grid)
    column = ground.formative("READ")
    first, second, third = ground.pupils[:3]
    ledger.enter(first, column, "before the kernel died")
    grid.choose(second, ground.tracking("MATH"), "Towards")
    grid.expect_saved()
    portal.kill_kernels()
    grid.type_text(third, column, "after the kernel died")
    expect(grid.banner).to_contain_text(LOST)
    grid.expect_not_saved(third, column, "after the kernel died")
    expect(grid.cell(first, column)).to_have_text("before the kernel died")
    grid.expect_no_traceback()
    assert portal.stored(second, ground.tracking("MATH")) == "T"
    assert portal.stored(third, column) != "after the kernel died"
    ledger.check_stored()
    grid.banner.get_by_role("button", name="Reload the page").click()
    grid.page.wait_for_load_state("load")
    grid.wait_until_open()
    expect(grid.banner).to_be_hidden()
    ledger.check_shown()
    expect(grid.cell(second, ground.tracking("MATH"))).to_contain_text("Towards")
    expect(grid.kept).to_contain_text("1 value typed at ")
    grid.kept.get_by_role("button", name="Put it in").click()
    grid.expect_saved()
    ledger.acknowledged[third, column] = "after the kernel died"
    ledger.check_shown()
    ledger.check_stored()


def typing(grid: GridPage, column: str) -> None:
    """The person has typed something and not yet left the cell."""
    grid.go_to(grid.ground.pupils[-1], column)
    grid.page.keyboard.type(HALF)


def just_entered(grid: GridPage, column: str) -> None:
    """The person has just left a cell, whose text is on its way."""
    grid.type_text(grid.ground.pupils[-2], column, ON_ITS_WAY)


def just_pasted(grid: GridPage, column: str) -> None:
    """The person has just pasted a column, which is being saved."""
    grid.paste(grid.ground.pupils[PASTED_FROM], column, "\n".join([PASTED] * PASTED_ROWS))


def test_server_killed_at_any_moment_loses_no_acknowledged_mark(
    start_demo: Callable[[], DemoPortal], chromium: Browser
) -> None:
    portal = start_demo()
    ground = portal.ground()
    column = ground.formative("READ")
    context = chromium.new_context(base_url=portal.origin)
    context.set_default_timeout(MILLISECONDS)
    grid = GridPage.signed_in(context, "teacher", ground)
    ledger = Ledger(portal, grid)
    for moment in (typing, just_entered, just_pasted):
        ledger.enter(ground.pupils[0], column, f"first of {moment.__name__}")
        ledger.enter(ground.pupils[1], ground.formative("MATH"), f"second of {moment.__name__}")
        moment(grid, column)
        portal.kill()
        ledger.check_stored()
        expect(grid.banner).to_contain_text(LOST)
        grid.expect_no_traceback()
        ledger.check_shown()
        if moment is typing:
            expect(grid.page.locator(".ptg-editor")).to_have_value(HALF)
        portal.start()
        # Looked at again, the page finds the server, and its kernel gone.
        grid.page.evaluate(LOOK)
        reload = grid.banner.get_by_role("button", name="Reload the page")
        expect(reload).to_be_visible()
        check_what_was_under_way(portal, grid, column, moment)
        # The person is still signed in.
        reload.click()
        grid.page.wait_for_load_state("load")
        grid.wait_until_open()
        ledger.check_shown()
    context.close()


def check_what_was_under_way(
    portal: DemoPortal, grid: GridPage, column: str, moment: Callable
) -> None:
    """What the kill interrupted is still on the page, saved or marked as not saved; never torn."""
    if moment is just_entered:
        rows, text = grid.ground.pupils[-2:-1], ON_ITS_WAY
    elif moment is just_pasted:
        rows, text = grid.ground.pupils[PASTED_FROM:][:PASTED_ROWS], PASTED
    else:
        return
    stored = [portal.stored(pupil, column) == text for pupil in rows]
    assert all(stored) or not any(stored), "half of a paste was saved"
    for pupil in rows:
        cell = grid.cell(pupil, column)
        expect(cell).to_contain_text(text)
        expect(cell).not_to_have_class(re.compile(r"\bptg-s-pending\b"))
        is_unsaved = "ptg-s-unsaved" in (cell.get_attribute("class") or "")
        assert is_unsaved or portal.stored(pupil, column) == text
