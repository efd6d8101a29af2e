"""How long a kernel outlives its page: seconds after a farewell, longer when the line broke."""

from __future__ import annotations

import socket as sockets
from collections.abc import Callable

import pytest

from tests.served.conftest import Portal
from tests.served.processes import FAULTS, click, kernels_of, read_until, until
from tests.served.test_kernels import answers_to

pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def portal(start_portal: Callable[..., Portal]) -> Portal:
    """A server whose pages can be made to say something."""
    return start_portal(notebooks_dir=FAULTS, single_device="no")


def test_closed_tab_ends_its_kernel_and_a_broken_line_does_not(portal: Portal) -> None:
    """Broken first and mended last: what the kernel said meanwhile comes then."""
    browser = portal.signed_in("teacher")
    kept, closed = browser.get("/home"), browser.get("/home")
    with browser.socket(kept.kernel_id, session_id="kept") as line:
        line.send(click(kept, "Work"))
        read_until(line, "begun")
        line.socket.shutdown(sockets.SHUT_RDWR)  # the line is cut: no close frame

    with browser.socket(closed.kernel_id) as tab:
        answers_to(tab)
        tab.close(1001)  # what browsers send when a page goes
    until(
        lambda: browser.get(f"/api/kernels/{closed.kernel_id}").status == 404,
        "the kernel of the closed tab ends",
    )
    with browser.socket(kept.kernel_id, session_id="kept") as again:
        read_until(again, "saved")


def test_reloaded_line_after_a_farewell_keeps_its_kernel(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    page = browser.get("/home")
    with browser.socket(page.kernel_id) as left:
        left.close(1001)
    with browser.socket(page.kernel_id) as socket:
        assert answers_to(socket)[-1][2]["comms"]


def test_signing_out_ends_the_kernels_of_every_page(portal: Portal) -> None:
    browser = portal.signed_in("head")
    before = kernels_of(portal)
    pages = [browser.get("/home") for _ in range(2)]
    assert len(kernels_of(portal) - before) == 2
    with browser.socket(pages[0].kernel_id), browser.socket(pages[1].kernel_id):
        browser.post("/logout")
        until(lambda: kernels_of(portal) <= before, "the kernels of the session end")
