"""The network goes for half a minute: cells are marked, then saved by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import PENDING, GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

HALF_A_MINUTE = 30_000


def test_marks_typed_while_the_network_is_cut_are_saved_when_it_is_back(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    context = new_profile()
    grid = GridPage.signed_in(context, "teacher", ground)
    # The page's own clock, to be put forward: nobody waits half a minute.
    grid.page.clock.install()
    first, second, third = ground.pupils[25:28]
    column = ground.formative("READ")
    grid.type_text(first, column, "before the cut")
    grid.expect_saved()
    context.set_offline(True)
    grid.type_text(second, column, "as the network went")
    expect(grid.cell(second, column)).to_have_class(PENDING)
    grid.page.clock.fast_forward(HALF_A_MINUTE)
    grid.expect_not_saved(second, column, "as the network went")
    grid.type_text(third, column, "without a network")
    expect(grid.status).to_contain_text(re.compile("change.* not saved yet"))
    expect(grid.cell(third, column)).to_contain_text("without a network")
    expect(grid.page.get_by_role("button", name="Try again now")).to_be_visible()
    assert portal.stored(second, column) != "as the network went"
    grid.expect_no_traceback()
    context.set_offline(False)
    grid.expect_saved()
    expect(grid.banner).to_be_hidden()
    assert portal.stored(first, column) == "before the cut"
    assert portal.stored(second, column) == "as the network went"
    assert portal.stored(third, column) == "without a network"
