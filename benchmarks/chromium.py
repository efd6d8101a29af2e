"""The browser that benchmarks are run in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the Chromium of the system and end it at the end."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("Chromium is not installed; scripts/system-packages.sh installs it.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield started
        finally:
            started.close()
