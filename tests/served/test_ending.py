"""SIGTERM: what is in flight is finished, pages are told, and nothing holds the end up."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed

from tests.served.conftest import Portal
from tests.served.processes import FAULTS, click, processes_of, read_until, until

pytestmark = pytest.mark.served
RESTARTING = 4503


def wait_for_end(portal: Portal) -> None:
    """The server ends by itself, without fault, and leaves nothing behind."""
    assert portal.process.wait(timeout=30) == 0
    assert "cut off" not in portal.log
    until(lambda: not processes_of(portal), "everything the server started ends")
    assert list(portal.temporary.iterdir()) == []


def test_sigterm_lets_a_page_finish_and_turns_others_away(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(notebooks_dir=FAULTS)
    browser = portal.signed_in("teacher")
    page = browser.get("/home")
    with browser.socket(page.kernel_id) as socket:
        socket.send(click(page, "Work"))
        read_until(socket, "begun")
        portal.process.send_signal(signal.SIGTERM)
        until(lambda: browser.get("/healthz").status == 503, "the server says that it ends")
        refused = browser.get("/home")
        assert refused.status == 503
        assert refused["Retry-After"]
        read_until(socket, "saved")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == RESTARTING
    wait_for_end(portal)


def test_sigterm_with_a_page_that_never_rests_ends_all_the_same(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(notebooks_dir=FAULTS)
    browser = portal.signed_in("teacher")
    page = browser.get("/home")
    with browser.socket(page.kernel_id) as socket:
        socket.send(click(page, "Spin"))
        read_until(socket, "spinning")
        portal.process.send_signal(signal.SIGTERM)
        wait_for_end(portal)


def test_second_sigterm_ends_at_once(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal(notebooks_dir=FAULTS)
    browser = portal.signed_in("teacher")
    page = browser.get("/home")
    with browser.socket(page.kernel_id) as socket:
        socket.send(click(page, "Spin"))
        read_until(socket, "spinning")
        portal.process.send_signal(signal.SIGTERM)
        until(lambda: browser.get("/healthz").status == 503, "the server says that it ends")
        portal.process.send_signal(signal.SIGTERM)
        assert portal.process.wait(timeout=30) == 0
    until(lambda: not processes_of(portal), "everything the server started ends")
    assert list(portal.temporary.iterdir()) == []
