"""The five tools: how each serves the small page, in a process of its own on this machine alone."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks import year_group
from benchmarks.portal import Portal, kernel_of, running
from benchmarks.small_page import data
from benchmarks.small_page.ours import PLACE
from benchmarks.visits import MOST_PAGES, crowd
from tests.served.client import Browser

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OURS, STOCK, PANEL, STREAMLIT, SOLARA = "ours", "stock", "panel", "streamlit", "solara"
PEERS = (PANEL, STREAMLIT, SOLARA)
TOOLS = (OURS, STOCK, *PEERS)
WORDS = {
    OURS: "the portal",
    STOCK: "Voila 0.5.13, stock",
    PANEL: "Panel",
    STREAMLIT: "Streamlit",
    SOLARA: "Solara",
}
_SECONDS_TO_START = 120.0


@dataclass
class Served:
    """The small page of one tool: its address, and the cookies of somebody who may open it."""

    name: str
    origin: str
    path: str
    pupils: Path
    process: psutil.Process
    visitors: list[Browser]
    portal: Portal | None = None
    log: Path | None = None
    foreign: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The page's whole address."""
        return self.origin + self.path

    def cookies(self, visitor: int = 0) -> list[dict[str, Any]]:
        """Return a visitor's cookies as Chromium is told them."""
        kept = self.visitors[visitor % len(self.visitors)].cookies
        return [{"name": name, "value": text, "url": self.origin} for name, text in kept.items()]

    def pages(self) -> list[psutil.Process]:
        """Return the processes that exist for one open page each; none where one serves all."""
        if self.portal is not None:
            return self.portal.kernels()
        return [
            child for child in self._family() if "ipykernel_launcher" in " ".join(_words(child))
        ]

    def wait_for_pages(self, number: int) -> None:
        """Return once so many page processes live; at once where one process serves all.

        Those of stock Voila whose farewell was lost would stay for ever, and are ended.
        """
        if self.name in PEERS:
            return
        until = time.monotonic() + _SECONDS_TO_START
        while len(self.pages()) != number:
            if time.monotonic() > until:
                if self.name == STOCK and number == 0:
                    _kill(self.pages())
                    return
                raise RuntimeError(f"{self.name}: {len(self.pages())} pages live, not {number}.")
            time.sleep(0.05)

    def farewell(self, visitor: Browser, html: str) -> None:
        """Say that a page was left, as its script does; nothing where one process serves all."""
        if self.name in PEERS:
            return
        kernel_id = kernel_of(html)
        if kernel_id is None:
            raise RuntimeError(f"{self.name} sent a page without a kernel.")
        visitor.post(_FAREWELLS[self.name].format(kernel_id))

    def _family(self) -> list[psutil.Process]:
        return self.process.children(recursive=True)


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Served]:
    """Serve the small page with one tool, and end its processes at the end.

    `folder` is empty and for this tool alone.
    """
    folder.mkdir()
    if name == OURS:
        with _portal(folder) as served:
            yield served
        return
    data.make_pupils(folder / data.FILE)
    port = free_port()
    log = folder / "log"
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("PUPILTRACK_")},
        data.VARIABLE: str(folder / data.FILE),
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
    }
    with log.open("wb") as kept:
        process = subprocess.Popen(
            _command(name, port, folder),
            cwd=folder,
            env=environment,
            stdout=kept,
            stderr=subprocess.STDOUT,
        )
    served = Served(
        name=name,
        origin=f"http://127.0.0.1:{port}",
        path=_PATHS[name],
        pupils=folder / data.FILE,
        process=psutil.Process(process.pid),
        visitors=[_anybody(port)],
        log=log,
    )
    try:
        _wait_until_up(served, process)
        yield served
    finally:
        _end(process)


_FAREWELLS = {OURS: "/api/kernels/{}/farewell", STOCK: "/voila/api/shutdown/{}"}
_PATHS = {STOCK: "/", PANEL: "/panel_page", STREAMLIT: "/", SOLARA: "/"}


def _command(name: str, port: int, folder: Path) -> list[str]:
    if name == STOCK:
        notebook = shutil.copy(HERE / "stock.ipynb", folder / "small_page.ipynb")
        return [
            *(sys.executable, "-m", "voila", str(notebook), "--no-browser"),
            *(f"--port={port}", "--Voila.ip=127.0.0.1"),
        ]
    script = str(HERE / f"{name}_page.py")
    python = str(_environment(name) / "bin" / "python")
    return {
        PANEL: [
            *(python, "-m", "panel", "serve", script, "--address", "127.0.0.1"),
            *("--port", str(port), "--allow-websocket-origin", f"127.0.0.1:{port}"),
        ],
        STREAMLIT: [
            *(python, "-m", "streamlit", "run", script, "--server.headless", "true"),
            *("--server.address", "127.0.0.1", "--server.port", str(port)),
            *("--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
        ],
        SOLARA: [
            *(python, "-m", "solara", "run", script, "--production", "--no-open"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
    }[name]


def _environment(name: str) -> Path:
    """Return the tool's own virtual environment under `build`, made at first use."""
    wanted = HERE / f"requirements-{name}.txt"
    place = ROOT / "build" / "peers" / name
    made = place / ".made"
    if made.exists() and made.read_text(encoding="utf-8") == wanted.read_text(encoding="utf-8"):
        return place
    print(
        f"Installing {name} into {place.relative_to(ROOT)}, once ...", file=sys.stderr, flush=True
    )
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    subprocess.run(
        [
            *(str(place / "bin" / "python"), "-m", "pip", "install", "-qqq", "--no-deps"),
            *("--disable-pip-version-check", "--requirement", str(wanted)),
        ],
        check=True,
    )
    shutil.copy(wanted, made)
    return place


@contextmanager
def _portal(folder: Path) -> Iterator[Served]:
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    shutil.copyfile(HERE / "ours.ipynb", notebooks / f"{PLACE.value}.ipynb")
    url = year_group.make_year_group(folder / "portal.sqlite")
    data.make_pupils(folder / data.FILE)
    with running(url, folder / "server", notebooks, most_pages=MOST_PAGES) as portal:
        yield Served(
            name=OURS,
            origin=portal.origin,
            path=f"/{PLACE.value}",
            pupils=folder / data.FILE,
            process=psutil.Process(portal.process.pid),
            visitors=crowd(portal.port),
            portal=portal,
        )


def _anybody(port: int) -> Browser:
    visitor = Browser(port)
    # Without this cookie Voila's pages cannot say farewell, and their kernels stay.
    visitor.cookies["_xsrf"] = secrets.token_hex(16)
    return visitor


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(served: Served, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            answer = served.visitors[0].get(served.path)
        except ConnectionError:
            time.sleep(0.1)
        else:
            if answer.status != 200:
                break
            served.farewell(served.visitors[0], answer.text)
            served.wait_for_pages(0)
            return
    raise RuntimeError(f"{served.name} did not start:\n{last_words(served)}")


def last_words(served: Served) -> str:
    """Return the end of what the tool has said."""
    if served.portal is not None:
        return served.portal.last_words()
    return "" if served.log is None else served.log.read_text("utf-8", "replace")[-2000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _kill(family)


def _kill(processes: Iterable[psutil.Process]) -> None:
    for left in processes:
        if left.is_running():
            left.kill()


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []
