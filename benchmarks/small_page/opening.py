"""Opening the small page in Chromium: cold, warm, first paint, requests, and its filter."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from benchmarks.chromium import kept_profile
from benchmarks.small_page import data
from benchmarks.small_page.tools import SOLARA, STREAMLIT, Served, last_words

PROBE = Path(__file__).with_name("probe.js")
VIEWPORT = {"width": 1280, "height": 900}
PATIENCE = 60_000  # ms; only how long to wait before giving up
SETTLING = 800  # ms in which a page asks for what it did not need at first
CHOICES = ("Class 4A", data.DISADVANTAGED, data.ALL, "Class 4C")
_LISTS = {STREAMLIT: '[data-testid="stSelectbox"] input', SOLARA: ".v-select__slot"}


@dataclass
class Opened:
    """What one tool took, run by run: milliseconds, and requests and bytes of one opening."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    meaningful: list[float] = field(default_factory=list)
    first_paint: list[float] = field(default_factory=list)
    html: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    cold_requests: int = 0
    cold_bytes: int = 0
    warm_requests: int = 0


class Traffic:
    """What a page asks its server for, as the browser's own protocol tells it."""

    def __init__(self, session: CDPSession, *, origin: str) -> None:
        self._origin = origin
        self._asked: dict[str, str] = {}
        self._cached: set[str] = set()
        self._bytes: dict[str, float] = {}
        self.foreign: list[str] = []
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.requestServedFromCache", self._on_cached)
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.loadingFinished", self._on_finished)
        session.send("Network.enable")

    def _on_request(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not url.startswith("http"):
            return  # data: and blob: go nowhere
        if not url.startswith(self._origin):
            self.foreign.append(urlsplit(url).netloc)
        self._asked[event["requestId"]] = url

    def _on_cached(self, event: dict[str, Any]) -> None:
        self._cached.add(event["requestId"])

    def _on_response(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache") or event["response"].get("fromPrefetchCache"):
            self._cached.add(event["requestId"])

    def _on_finished(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = event["encodedDataLength"]

    @property
    def requests(self) -> int:
        """How many requests reached the server."""
        return len(set(self._asked) - self._cached)

    @property
    def transferred(self) -> int:
        """How many bytes of answers came over the line, headers included."""
        asked = set(self._asked) - self._cached
        return int(sum(size for key, size in self._bytes.items() if key in asked))


def measure(
    chromium: Browser, served: list[Served], *, runs: int, folder: Path
) -> dict[str, Opened]:
    """Open each tool's page `runs` times cold and warm, in turn, after once unmeasured."""
    found = {each.name: Opened() for each in served}
    with ExitStack() as stack:
        kept = {
            each.name: stack.enter_context(_kept_page(chromium, each, folder)) for each in served
        }
        for turn in range(runs + 1):
            for each in list(served):
                into = Opened() if turn == 0 else found[each.name]
                try:
                    _one_turn(chromium, each, kept[each.name], into)
                except Exception as error:  # noqa: BLE001 - one tool's failure is a line of the table
                    print(f"{each.name} failed: {error}\n{last_words(each)}", file=sys.stderr)
                    served.remove(each)
                    del found[each.name]
        for each in served:
            _count_requests(chromium, each, kept[each.name], found[each.name])
    return found


def _one_turn(chromium: Browser, served: Served, kept: Page, into: Opened) -> None:
    with profile(chromium, served) as context:
        page = context.new_page()
        into.cold.append(open_page(page, served))
        _leave(page, served)
    into.warm.append(open_page(kept, served))
    into.first_paint.append(
        kept.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    )
    into.meaningful.append(kept.evaluate("smallPage.meaningful"))
    into.change += change_filter(kept, served)
    _leave(kept, served)
    into.html.append(time_html(served))
    served.wait_for_pages(0)


def open_page(page: Page, served: Served) -> float:
    """Go to the page; return the ms until its rows are painted and its filter can be used."""
    page.goto(served.address, wait_until="commit")
    page.wait_for_function("() => window.smallPage?.ready > 0", timeout=PATIENCE)
    ready: float = page.evaluate("window.smallPage.ready")
    return ready


def change_filter(page: Page, served: Served) -> list[float]:
    """Choose in turn; return the ms from each choice until the new number was painted."""
    page.wait_for_timeout(SETTLING)
    pupils = data.load_pupils(served.pupils)
    for done, choice in enumerate(CHOICES):
        if served.name in _LISTS:
            page.click(_LISTS[served.name])
            page.wait_for_selector('[role="option"]')
            page.wait_for_timeout(300)  # the list's own way of appearing
        expected = len(data.choose(pupils, choice))
        if not page.evaluate("([words, n]) => smallPage.change(words, n)", [choice, expected]):
            raise RuntimeError(f"The filter of {served.name} has no choice {choice!r}.")
        page.wait_for_function(
            "(done) => smallPage.changes.length > done", arg=done, timeout=PATIENCE
        )
        page.wait_for_timeout(300)
    times: list[float] = page.evaluate("smallPage.changes")
    return times


def time_html(served: Served) -> float:
    """Return the ms the server takes to send the whole HTML to somebody who may open the page."""
    visitor = served.visitors[0]
    start = time.perf_counter()
    answer = visitor.get(served.path)
    taken = (time.perf_counter() - start) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{served.name} answered {answer.status}.")
    served.farewell(visitor, answer.text)
    return taken


def _count_requests(chromium: Browser, served: Served, kept: Page, into: Opened) -> None:
    with profile(chromium, served) as context:
        page = context.new_page()
        cold = _traffic_of(page, served)
        into.cold_requests, into.cold_bytes = cold.requests, cold.transferred
    into.warm_requests = _traffic_of(kept, served).requests
    served.foreign += cold.foreign


def _traffic_of(page: Page, served: Served) -> Traffic:
    session = page.context.new_cdp_session(page)
    traffic = Traffic(session, origin=served.origin)
    open_page(page, served)
    page.wait_for_timeout(SETTLING)
    session.send("Network.disable")
    _leave(page, served)
    return traffic


def _leave(page: Page, served: Served) -> None:
    page.goto("about:blank")
    served.wait_for_pages(0)


@contextmanager
def profile(chromium: Browser, served: Served, *, visitor: int = 0) -> Iterator[BrowserContext]:
    """Give a browser without anything in its caches, with a visitor's cookies."""
    context = chromium.new_context(viewport=VIEWPORT)
    try:
        _prepare(context, served, visitor=visitor)
        yield context
    finally:
        context.close()


@contextmanager
def _kept_page(chromium: Browser, served: Served, folder: Path) -> Iterator[Page]:
    """Give a page of a browser that keeps what it has loaded on disk, as people's browsers do."""
    place = folder / f"profile-{served.name}"
    with kept_profile(chromium, place, viewport=VIEWPORT) as context:
        _prepare(context, served)
        yield context.pages[0]


def _prepare(context: BrowserContext, served: Served, *, visitor: int = 0) -> None:
    context.add_cookies(served.cookies(visitor))  # type: ignore[arg-type] # playwright's own dict
    context.add_init_script(f"window.smallPageTool = {served.name!r};")
    context.add_init_script(path=PROBE)
    context.set_default_timeout(PATIENCE)
