"""One served portal and one browser for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database

from .served import PATIENCE, Portal, Watch, go, sign_in, wait_until_open

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def demo_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo authority of three schools, made once."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    create_demo(database, schools=3, hashing=PasswordHashing.FLOOR)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def portal(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The served demo; tests that write keep to a school or year group of their own."""
    portal = Portal(tmp_path_factory.mktemp("portal"), demo_file)
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: an open one keeps an event loop, which others in the process trip on."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    expect.set_options(timeout=5_000)


@pytest.fixture
def watch(portal: Portal) -> Iterator[Watch]:
    """What the browser asks for and complains of; the test fails when that is not in order."""
    watch = Watch()
    yield watch
    watch.require_quiet(portal.address)


@pytest.fixture
def new_context(
    chromium: Browser, portal: Portal, watch: Watch
) -> Iterator[Callable[..., BrowserContext]]:
    """Make profiles without cookies that know where the portal is."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        wanted = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        context = chromium.new_context(base_url=portal.address, **wanted)
        context.set_default_timeout(PATIENCE)
        watch.follow(context)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """Who is signed in already, so that not every test signs in again."""
    return {}


@pytest.fixture
def open_as(new_context: Callable[..., BrowserContext], cookies: dict[str, Any]) -> Open:
    """Open a page as one of the demo's people, signed in as they would sign in themselves."""

    def open_page(user_name: str, address: str, **options: Any) -> Page:
        known = cookies.get(user_name)
        context = new_context(**options, **({"storage_state": known} if known else {}))
        page = context.new_page()
        if known:
            return go(page, address)
        page.goto(address)
        wait_until_open(sign_in(page, user_name))
        cookies[user_name] = context.storage_state()
        return page

    return open_page
