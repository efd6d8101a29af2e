"""What a page leaves behind in the server once it has gone: nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.served.client import Browser
from tests.served.conftest import Portal
from tests.served.processes import kernels_of, processes_of, until
from tests.served.test_kernels import answers_to

pytestmark = pytest.mark.served
# Enough that one of anything left behind by each page stands out from what comes and goes.
PAGES, COMES_AND_GOES = 12, 6


def held_by(portal: Portal) -> dict[str, int]:
    """How much of each kind the server has now."""
    own = Path("/proc") / str(portal.process.pid)
    return {
        "descriptors": len(list((own / "fd").iterdir())),
        "threads": len(list((own / "task").iterdir())),
        "processes": len(processes_of(portal)),
        "files": sum(path.is_file() for path in portal.temporary.rglob("*")),
    }


def left_by_tab(browser: Browser) -> None:
    """Open a page, use it, and close its tab as a browser does."""
    page = browser.get("/home")
    with browser.socket(page.kernel_id) as socket:
        answers_to(socket)
        browser.post(f"/api/kernels/{page.kernel_id}/farewell")


def left_before_connecting(browser: Browser) -> None:
    """Open a page and leave before its scripts have run."""
    browser.post(f"/api/kernels/{browser.get('/home').kernel_id}/farewell")


def failed(browser: Browser) -> None:
    """Open a page whose notebook fails."""
    assert "could not be opened" in browser.get("/assessments").text


@pytest.mark.parametrize("way", [left_by_tab, left_before_connecting, failed])
def test_page_that_has_gone_leaves_nothing(
    start_portal: Callable[..., Portal], way: Callable[[Browser], None]
) -> None:
    portal = start_portal()
    browser = portal.signed_in("teacher")
    for _ in range(3):
        way(browser)
    until(lambda: not kernels_of(portal), "the first kernels have ended")
    before = held_by(portal)
    for _ in range(PAGES):
        way(browser)
    until(
        lambda: all(
            held <= before[kind] + COMES_AND_GOES for kind, held in held_by(portal).items()
        ),
        f"the server lets go: {before} before",
    )
