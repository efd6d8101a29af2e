"""One key hides pupils' names, here and on paper (statement 42); signing out takes all (22)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Open
from .served import Watch, go

pytestmark = [pytest.mark.browser, pytest.mark.served, pytest.mark.xdist_group("portal")]
NAME = re.compile(r"^[^,]+, \w")
KEPT_BY_THE_BROWSER = """async () => [
    sessionStorage.length, localStorage.length,
    (await indexedDB.databases()).length, (await caches.keys()).length,
]"""


def texts_of(page: Page) -> str:
    """Return what is written on the page, and what a screen reader is told beside it."""
    return page.evaluate(
        """() => [
            ...[...document.querySelectorAll('main :not(script)')].flatMap((node) =>
                [...node.childNodes].filter((child) => child.nodeType === 3).map((c) => c.data)),
            ...[...document.querySelectorAll('main [aria-label]')].map((node) => node.ariaLabel),
        ].join('|')"""
    )


def test_key_hides_names_of_the_grid_and_of_the_next_page_and_shows_them_again(
    open_as: Open,
) -> None:
    page = open_as("head2", "/assessments?years=3")
    heads = page.locator(".ptg-row th")
    expect(heads.first).to_be_visible()
    known = [text.split("\n")[0] for text in heads.all_inner_texts() if NAME.match(text)]
    assert known[0] in texts_of(page)
    page.keyboard.press("F8")
    expect(page.get_by_role("button", name="Hide names")).to_have_attribute("aria-pressed", "true")
    expect(heads.first).to_contain_text("Pupil 1")
    assert [name for name in known if name in texts_of(page)] == []
    page.emulate_media(media="print")
    expect(heads.first).to_contain_text("Pupil 1")
    page.emulate_media(media="screen")
    go(page, "/pupils?years=3")
    expect(page.locator(".ptw-table tbody th").first).to_have_text(re.compile(r"Pupil \d+"))
    assert [name for name in known if name in texts_of(page)] == []
    page.get_by_role("button", name="Hide names").click()
    expect(page.locator(".ptw-table tbody th").first).to_have_text(NAME)


def test_nothing_of_a_pupil_is_left_in_the_tab_after_signing_out(
    open_as: Open, cookies: dict[str, Any], watch: Watch
) -> None:
    page = open_as("head2", "/pupils?years=3")
    heads = page.locator(".ptw-table tbody th")
    expect(heads.first).to_have_text(NAME)
    known = heads.all_inner_texts()
    watch.expected = ("Failed to load resource", "WebSocket")  # what is still asked meanwhile
    page.get_by_role("button", name="Sign out").click()
    cookies.clear()
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    assert page.evaluate(KEPT_BY_THE_BROWSER) == [0, 0, 0, 0]
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    restored = page.context.new_page()  # as a browser opens the tabs of last time
    restored.goto("/pupils?years=3")
    expect(restored.get_by_role("heading", name="Sign in")).to_be_visible()
    for tab in (page, restored):
        assert [name for name in known if name in tab.content()] == []
