"""The browser that benchmarks are run in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserType, sync_playwright

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the Chromium of the system and end it at the end."""
    with sync_playwright() as playwright, _launched(playwright.chromium) as started:
        yield started


@contextmanager
def another_browser(beside: Browser) -> Iterator[Browser]:
    """Start a second Chromium, which shares no process with the first."""
    with _launched(beside.browser_type) as started:
        yield started


@contextmanager
def _launched(kind: BrowserType) -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("Chromium is not installed; scripts/system-packages.sh installs it.")
    started = kind.launch(executable_path=path, args=list(_ARGUMENTS))
    try:
        yield started
    finally:
        started.close()
