"""One demo authority, copied for each server; one Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from tests.browser.faults.grid_page import MILLISECONDS
from tests.browser.faults.portal import DemoPortal, Ground

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def demo_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two schools, to copy."""
    file = tmp_path_factory.mktemp("faults") / "demo.sqlite"
    shutil.copyfile(sqlite_template, file)
    database = Database.open(f"sqlite:///{file}")
    create_demo(database, schools=2, hashing=PasswordHashing.FLOOR)
    database.dispose()
    return file


@pytest.fixture(scope="session")
def start_demo(
    demo_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], DemoPortal]]:
    """Start a server of one's own. All are stopped at the end."""
    started: list[DemoPortal] = []

    def start() -> DemoPortal:
        portal = DemoPortal(demo_file, tmp_path_factory.mktemp("faulty"))
        started.append(portal)
        portal.start()
        return portal

    yield start
    for portal in started:
        portal.close()


@pytest.fixture(scope="session")
def portal(start_demo: Callable[[], DemoPortal]) -> DemoPortal:
    """The server of the tests that leave it running."""
    return start_demo()


@pytest.fixture
def ground(portal: DemoPortal) -> Ground:
    """The grid the tests work in."""
    return portal.ground()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: two at once in a process get in each other's way."""
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield browser
        browser.close()
    expect.set_options(timeout=5_000)


@pytest.fixture
def new_profile(chromium: Browser, portal: DemoPortal) -> Iterator[Callable[[], BrowserContext]]:
    """A function that gives a browser profile of its own, which knows where the portal is."""
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        made.append(chromium.new_context(base_url=portal.origin))
        made[-1].set_default_timeout(MILLISECONDS)
        return made[-1]

    yield make
    for context in made:
        context.close()
