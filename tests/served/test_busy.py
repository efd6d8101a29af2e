"""A portal that has no room says so, and opens the page by itself once there is some."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.accessibility import faults_of
from tests.served.client import PASSWORD
from tests.served.conftest import Portal
from tests.served.test_in_chromium import CHROMIUM

pytestmark = pytest.mark.served
LONGER_THAN_A_PAUSE = 80_000  # ms, on the page's own clock


def test_room_is_asked_for_without_taking_it(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal(max_kernels=1)
    browser = portal.signed_in("teacher")
    for _ in range(3):
        assert browser.get("/api/room").json == {"room": True}
    kernel_id = browser.get("/home").kernel_id
    assert browser.get("/api/room").json == {"room": False}
    browser.post(f"/api/kernels/{kernel_id}/farewell")
    assert browser.get("/api/room").json == {"room": True}


def test_page_while_memory_is_short_is_busy_and_logged_once(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(min_free_memory_mb=1024 * 1024)
    browser = portal.signed_in("teacher")
    for _ in range(2):
        answer = browser.get("/home")
        assert (answer.status, bool(answer["Retry-After"])) == (503, True)
    assert browser.get("/healthz").status == 200
    assert portal.log.count("Memory is short") == 1


@pytest.mark.browser
def test_busy_page_opens_when_there_is_room_and_stops_asking_in_the_end(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(max_kernels=1, single_device="no")
    other = portal.signed_in("teacher")
    kernel_id = other.get("/home").kernel_id
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        page = chromium.new_page(base_url=f"http://127.0.0.1:{portal.port}")
        page.clock.install()
        page.goto("/home?school=9992001")
        page.get_by_label("User name").fill("head")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        status = page.get_by_role("status").filter(has_text="tries again by itself")
        expect(status).to_be_visible()
        assert faults_of(page) == []

        for _ in range(9):
            page.clock.fast_forward(LONGER_THAN_A_PAUSE)
            expect(page.locator("#pt-retry")).to_contain_text("Still busy")
            page.evaluate("document.getElementById('pt-retry').textContent = ''")
        page.clock.fast_forward(LONGER_THAN_A_PAUSE)
        expect(page.locator("#pt-retry")).to_contain_text("has tried 10 times and has stopped")

        page.get_by_role("link", name="Try now").click()
        expect(status).to_be_visible()
        assert page.url.endswith("/home?school=9992001")
        other.post(f"/api/kernels/{kernel_id}/farewell")
        page.clock.fast_forward(LONGER_THAN_A_PAUSE)
        expect(page.get_by_role("button", name="Clear")).to_be_visible(timeout=30_000)
        assert page.url.endswith("/home?school=9992001")
        chromium.close()
