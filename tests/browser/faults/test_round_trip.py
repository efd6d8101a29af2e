"""What is typed comes back as it was typed, in whatever script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.faults.grid_page import GridPage
from tests.browser.faults.portal import DemoPortal, Ground

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("faults")]

TEXTS = (
    "👩🏽‍🏫 reads to 🐢🇬🇧",  # joined, with a skin tone, and a flag
    "قرأ الكتاب (step 4) اليوم",
    "שלום 123",
    "é vs e\u0301, \u202eover\u202c",  # composed and combining; an override that is closed again
    "<img src=x onerror=window.ran=1> & \"quoted\" 'text'",
)


def test_text_of_any_script_survives_the_round_trip(
    portal: DemoPortal, ground: Ground, new_profile: Callable[[], BrowserContext]
) -> None:
    grid = GridPage.signed_in(new_profile(), "teacher", ground)
    column = ground.formative("WRIT")
    for pupil, text in zip(ground.pupils, TEXTS, strict=False):
        grid.type_text(pupil, column, text)
        grid.expect_saved()
    assert [portal.stored(pupil, column) for pupil in ground.pupils[: len(TEXTS)]] == list(TEXTS)
    grid.reload()
    for pupil, text in zip(ground.pupils, TEXTS, strict=False):
        expect(grid.cell(pupil, column)).to_have_text(text)
    assert grid.page.evaluate("window.ran === undefined")
