"""A session is ended from elsewhere while its owner types."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import GridPage
from tests.browser.faults.portal import DemoPortal, Ground, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

SIGNED_OUT = "You have been signed out"
AFTER = "typed after"


def type_after_the_end(portal: DemoPortal, grid: GridPage, pupil: int, column: str) -> None:
    """End the teacher's session, and let the teacher type on."""
    before = set(portal.kernels())
    portal.revoke("teacher")
    recorded = portal.everything_recorded()
    grid.type_text(pupil, column, AFTER)
    grid.expect_not_saved(pupil, column, AFTER)
    expect(grid.banner).to_contain_text(SIGNED_OUT)
    wait_until(lambda: not before & set(portal.kernels()), "the kernel ended")
    grid.expect_not_saved(pupil, column, AFTER)
    assert portal.everything_recorded() == recorded


def sign_in_again(grid: GridPage, user_name: str) -> None:
    """Follow the banner to the sign-in page and come back to the grid as somebody."""
    grid.banner.get_by_role("button", name="Sign in again").click()
    grid.sign_in(user_name)
    grid.wait_until_open()


def test_mark_typed_after_the_session_was_revoked_is_offered_after_signing_in_again(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    grid = GridPage.signed_in(new_profile(), "teacher", ground)
    pupil, other = ground.pupils[7:9]
    column = ground.formative("WRIT")
    grid.type_text(pupil, column, "typed before")
    grid.expect_saved()
    type_after_the_end(portal, grid, other, column)
    expect(grid.cell(pupil, column)).to_contain_text("typed before")
    sign_in_again(grid, "teacher")
    expect(grid.kept).to_contain_text("1 value typed at ")
    assert portal.stored(other, column) != AFTER
    grid.kept.get_by_role("button", name="Put it in").click()
    grid.expect_saved()
    expect(grid.kept).to_be_hidden()
    expect(grid.cell(other, column)).to_contain_text(AFTER)
    assert portal.stored(other, column) == AFTER


def test_mark_of_an_ended_session_is_not_offered_to_the_next_person_in_the_tab(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    grid = GridPage.signed_in(new_profile(), "teacher", ground)
    pupil, column = ground.pupils[9], ground.formative("WRIT")
    type_after_the_end(portal, grid, pupil, column)
    sign_in_again(grid, "head")
    expect(grid.cell(pupil, column)).not_to_contain_text(AFTER)
    expect(grid.kept).to_be_hidden()
    assert portal.stored(pupil, column) != AFTER
