"""A session is ended from elsewhere while its owner types."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import GridPage
from tests.browser.faults.portal import DemoPortal, Ground, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

SIGNED_OUT = "You have been signed out"


def test_mark_typed_after_the_session_was_revoked_is_kept_on_screen_and_not_written(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    grid = GridPage.signed_in(new_profile(), "teacher", ground)
    pupil, other = ground.pupils[7:9]
    column = ground.formative("WRIT")
    grid.type_text(pupil, column, "typed before")
    grid.expect_saved()
    before = set(portal.kernels())
    portal.revoke("teacher")
    recorded = portal.everything_recorded()
    grid.type_text(other, column, "typed after")
    grid.expect_not_saved(other, column, "typed after")
    expect(grid.banner).to_contain_text(SIGNED_OUT)
    expect(grid.banner.get_by_role("button", name="Sign in again")).to_be_visible()
    wait_until(lambda: not before & set(portal.kernels()), "the kernel ended")
    expect(grid.cell(pupil, column)).to_contain_text("typed before")
    grid.expect_not_saved(other, column, "typed after")
    assert portal.everything_recorded() == recorded
