"""The portal as it is served, with the demo authority in it, and a browser that watches itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Response, expect

from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.demo import SIGN_INS
from pupiltrack_core.storage.engine import Database
from tests.accessibility import faults_of

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
PASSWORDS = {person.user_name: person.password for person in SIGN_INS}
PATIENCE = 60_000  # ms; only how long to wait before giving up
SECONDS_TO_START = 90


class Portal:
    """A server that runs: its address, its database, what it says."""

    def __init__(self, folder: Path, demo: Path) -> None:
        file = folder / "pupiltrack.sqlite"
        file.write_bytes(demo.read_bytes())
        url = f"sqlite:///{file}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        ours = {
            "database_url": url,
            "secret_file": folder / "secret",
            "port": self.port,
            "password_hashing": "floor",
            "second_step": "optional",
            "single_device": "no",
            "notebooks_dir": NOTEBOOKS,
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PUPILTRACK_")}
        environment |= {f"PUPILTRACK_{name.upper()}": str(ours[name]) for name in ours}
        self.address = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pupiltrack_portal.server.app"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.database = Database.open(url)
        self._wait_until_up()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.lines.append(line)

    def _wait_until_up(self) -> None:
        pause = threading.Event()
        for _ in range(SECONDS_TO_START * 4):
            try:
                with urllib.request.urlopen(f"{self.address}/login", timeout=5):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                if self._process.poll() is not None:
                    break
                pause.wait(0.25)
        raise RuntimeError("The server did not start:\n" + "".join(self.lines))

    @property
    def operator(self) -> Caller:
        """Whoever may read everything: what tests hold the pages' figures against."""
        return Caller.for_operator(self.database)

    def stop(self) -> None:
        """End the server as its operator would."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._reader.join(timeout=5)
            if self._process.stdout:
                self._process.stdout.close()
            self.database.dispose()


@dataclass
class Watch:
    """What a browser asked for and complained of. `expected` are complaints a test provokes."""

    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    policies: dict[str, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    questions_on_leaving: int = 0

    def follow(self, context: BrowserContext) -> None:
        """Listen to every page of this profile."""
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("response", self._on_response)
        context.on("console", self._on_console)
        context.on("weberror", lambda fault: self.complaints.append(f"thrown: {fault.error}"))
        context.on("page", self._on_page)

    def _on_page(self, page: Page) -> None:
        page.on("dialog", self._on_dialog)

    def _on_dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            self.questions_on_leaving += 1
            dialog.accept()
        else:
            self.dialogs.append(dialog.message)
            dialog.dismiss()

    def _on_response(self, response: Response) -> None:
        if response.request.resource_type == "document":
            path = urlsplit(response.url).path
            self.policies[path] = response.headers.get("content-security-policy", "")

    def _on_console(self, said: ConsoleMessage) -> None:
        if said.type == "error" or "Content Security Policy" in said.text:
            self.complaints.append(said.text)

    def require_quiet(self, address: str) -> None:
        """Fail for a request to another host, an error in the console, or a dialog."""
        ours = (f"{address}/", address.replace("http", "ws", 1) + "/", "data:", "blob:")
        assert [url for url in self.asked if not url.startswith(ours)] == []
        found = [text for text in self.complaints if not any(e in text for e in self.expected)]
        assert found == []
        assert self.dialogs == []


def sign_in(page: Page, user_name: str, password: str | None = None) -> Page:
    """Fill in the sign-in page that is open and wait for what comes."""
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill(password or PASSWORDS[user_name])
    page.get_by_role("button", name="Sign in").click()
    return page


def wait_until_open(page: Page) -> Page:
    """Wait until the page has drawn what its kernel made."""
    expect(page.locator("#pt-skeleton")).to_have_count(0)
    failed = page.locator("#pt-failure, .pt-error, .pt-output > * > .ptw-notice-error")
    drawn = page.locator(".pt-stack .ptw-form, .pt-stack .ptw-prose")
    expect(drawn.or_(failed).first).to_be_visible()
    assert failed.all_inner_texts() == []
    return page


def go(page: Page, address: str) -> Page:
    """Open a page of the portal."""
    page.goto(address)
    return wait_until_open(page)


def require_sound(page: Page, state: str) -> None:
    """Fail for an accessibility fault in this state, or a page wider than the window."""
    faults = faults_of(page)
    assert faults == [], f"{state}: {faults}"
    require_no_overflow(page)


def require_no_overflow(page: Page) -> None:
    """Fail for a page that stays wider than its window; only parts of it may scroll sideways."""
    page.wait_for_function(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
