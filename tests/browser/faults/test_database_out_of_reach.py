"""The database is locked, or not there, while somebody types: nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import GridPage
from tests.browser.faults.portal import ADDRESS, DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

BUSY = "The database is busy or cannot be reached"
GONE = re.compile("database is not there|cannot reach its data")


def test_mark_typed_while_the_database_is_locked_is_kept_and_saved_later(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    grid = GridPage.signed_in(new_profile(), "teacher", ground)
    pupil, column = ground.pupils[5], ground.formative("WRIT")
    with portal.locked():
        grid.type_text(pupil, column, "typed while locked")
        grid.expect_not_saved(pupil, column, "typed while locked")
        expect(grid.page.get_by_role("alert").filter(has_text=BUSY)).to_be_visible()
        grid.expect_no_traceback()
        assert portal.stored(pupil, column) != "typed while locked"
    grid.expect_saved()
    assert portal.stored(pupil, column) == "typed while locked"
    # What was said of the trouble does not stay behind once it is over.
    expect(grid.page.get_by_text(BUSY)).to_have_count(0)


def test_mark_typed_while_the_database_is_gone_is_never_lost(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    context = new_profile()
    grid = GridPage.signed_in(context, "teacher", ground)
    pupil, column = ground.pupils[6], ground.formative("WRIT")
    with portal.gone():
        grid.type_text(pupil, column, "typed while gone")
        grid.expect_not_saved(pupil, column, "typed while gone")
        expect(grid.page.get_by_role("alert").filter(has_text=BUSY)).to_be_visible()
        grid.expect_no_traceback()
        other = GridPage(context.new_page(), ground)
        other.page.goto(ADDRESS)
        expect(other.page.locator("main")).to_contain_text(GONE)
        other.expect_no_traceback()
    grid.page.get_by_role("button", name="Try again now").click()
    grid.expect_saved()
    assert portal.stored(pupil, column) == "typed while gone"
    assert portal.is_sound()
