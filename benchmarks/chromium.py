"""The browser that benchmarks are run in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, BrowserType, sync_playwright

_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    # Nothing but this machine: a page that needs something from elsewhere shows it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


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
def kept_profile(
    beside: Browser, folder: Path, *, viewport: dict[str, int]
) -> Iterator[BrowserContext]:
    """Start a Chromium that keeps what it loads in `folder`, as people's own browsers do."""
    started = beside.browser_type.launch_persistent_context(
        folder,
        executable_path=_path(),
        args=list(_ARGUMENTS),
        viewport=viewport,  # type: ignore[arg-type]  # playwright's own dict
    )
    try:
        yield started
    finally:
        started.close()


def _path() -> str:
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("Chromium is not installed; scripts/system-packages.sh installs it.")
    return path


@contextmanager
def _launched(kind: BrowserType) -> Iterator[Browser]:
    started = kind.launch(executable_path=_path(), args=list(_ARGUMENTS))
    try:
        yield started
    finally:
        started.close()
