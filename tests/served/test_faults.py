"""What goes wrong beside or inside one page harms no other."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.served.client import Answer
from tests.served.conftest import Portal
from tests.served.processes import (
    FAULTS,
    click,
    forked_of,
    kernels_of,
    processes_of,
    read_until,
    supervisor_of,
    until,
)
from tests.served.test_kernels import answers_to, messages_until

pytestmark = pytest.mark.served
PEOPLE = ("teacher", "head", "data_manager", "la_adviser", "la_analyst", "la_admin", "other")
PAGES, SECONDS, MOST = 80, 4, 12


@pytest.fixture(scope="module")
def portal(start_portal: Callable[..., Portal]) -> Portal:
    """A server whose pages can be made to misbehave."""
    return start_portal(notebooks_dir=FAULTS, single_device="no", kernel_memory_mb=512)


def test_forking_process_killed_pages_go_on_and_open_and_it_comes_back(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(notebooks_dir=FAULTS, single_device="no")
    browser = portal.signed_in("teacher")
    page = browser.get("/home")
    killed = supervisor_of(portal)
    assert killed is not None
    with browser.socket(page.kernel_id) as socket:
        os.kill(killed, signal.SIGKILL)
        slow = browser.get("/home")  # opened as it dies, or without it
        assert (slow.status, "pt-failure" in slow.text) == (200, False)
        assert answers_to(socket)[-1][2]["comms"]
    until(lambda: "The kernel supervisor ended" in portal.log, "the log says so")
    until(lambda: supervisor_of(portal) not in (None, killed), "another one starts")

    def is_forked() -> bool:
        before = forked_of(portal)
        answer = browser.get("/home")
        assert answer.status == 200
        is_new = bool(forked_of(portal) - before)
        browser.post(f"/api/kernels/{answer.kernel_id}/farewell")
        return is_new

    until(is_forked, "pages are forked again")


def test_rush_of_pages_each_is_opened_or_told_to_wait(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal(single_device="no", max_kernels=MOST)
    until(lambda: supervisor_of(portal) is not None, "pages can be forked")
    browsers = [portal.signed_in(name) for name in PEOPLE]
    watched: list[int] = []
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(0.25):
            watched.append(portal.browser().get("/healthz").status)

    def open_one(number: int) -> Answer:
        browser = browsers[number % len(browsers)]
        answer = browser.get("/home")
        if answer.status == 200 and 'data-kernel="' in answer.text:
            browser.post(f"/api/kernels/{answer.kernel_id}/farewell")
        return answer

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(PAGES) as rush:
        asked = []
        for number in range(PAGES):
            asked.append(rush.submit(open_one, number))
            time.sleep(SECONDS / PAGES)
        answers = [one.result() for one in asked]
    is_over.set()
    watcher.join()
    assert {answer.status for answer in answers} <= {200, 503}
    opened = [answer for answer in answers if answer.status == 200]
    assert len(opened) >= MOST
    for answer in opened:
        assert "pt-failure" not in answer.text
        assert "</html>" in answer.text
    for answer in answers:
        if answer.status == 503:
            assert answer["Retry-After"]
            assert "data-retry-after" in answer.text
    assert watched
    assert set(watched) == {200}
    until(lambda: not kernels_of(portal), "every kernel ends")


@pytest.mark.parametrize("fault", ["Spin", "Eat", "Breed"])
def test_page_that_misbehaves_harms_no_other_and_ends_with_its_tab(
    portal: Portal, fault: str
) -> None:
    good, bad = portal.signed_in("teacher"), portal.signed_in("head")
    untouched = set(processes_of(portal))
    neighbour, page = good.get("/home"), bad.get("/home")
    with good.socket(neighbour.kernel_id) as beside, bad.socket(page.kernel_id) as socket:
        socket.send(click(page, fault))
        if fault == "Eat":
            # Out of its own memory: the page is told, and no word of what it held.
            content = messages_until(socket, "error")[-1][2]
            assert content["traceback"] == ["Something went wrong on this page."]
        else:
            read_until(socket, "bred" if fault == "Breed" else "spinning")
        assert answers_to(beside)[-1][2]["comms"]
        assert good.get("/home").status == 200
        socket.close(1001)
        bad.post(f"/api/kernels/{page.kernel_id}/farewell")
        until(
            lambda: bad.get(f"/api/kernels/{page.kernel_id}").status == 404,
            "the page's kernel ends",
        )
        assert answers_to(beside)[-1][2]["comms"]
    good.post("/logout")
    until(
        lambda: set(processes_of(portal)) <= untouched,
        "whatever the page started ends with it",
    )


def test_kernel_killed_from_outside_its_page_is_told(portal: Portal) -> None:
    browser = portal.signed_in("teacher")
    before = kernels_of(portal)
    page = browser.get("/home")
    (kernel,) = kernels_of(portal) - before
    with browser.socket(page.kernel_id) as socket:
        os.kill(kernel, signal.SIGKILL)
        until(lambda: _close_code(socket) == 4404, "the page is told")
    assert browser.get(f"/api/session?kernel={page.kernel_id}").json["kernel"] is False


def test_runtime_folder_that_cannot_be_written_fails_pages_alone(
    start_portal: Callable[..., Portal],
) -> None:
    """Stands for a full disk: what a page needs to be written cannot be."""
    portal = start_portal(single_device="no")
    browser = portal.signed_in("teacher")
    page = browser.get("/home")
    (runtime,) = portal.temporary.iterdir()
    connections = runtime / "connections"
    shutil.move(connections, runtime / "moved")
    connections.write_text("no folder")
    failed = browser.get("/home")
    assert "This page could not be opened" in failed.text
    assert str(runtime) not in failed.text
    assert browser.get("/healthz").status == 200
    with browser.socket(page.kernel_id) as socket:
        assert answers_to(socket)[-1][2]["comms"]
    connections.unlink()
    shutil.move(runtime / "moved", connections)
    assert "pt-failure" not in browser.get("/home").text


def _close_code(socket: object) -> int | None:
    """How the server closed this socket; None while it has not."""
    return getattr(socket, "close_code", None)
