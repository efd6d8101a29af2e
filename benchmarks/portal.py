"""A portal that runs, and what its kernels take of the machine's memory."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Page

from benchmarks.served import ORDINARY, STAMP

_SUPERVISOR = "pupiltrack_portal.kernels"
_LAUNCHER = "ipykernel_launcher"
# Seconds; only how long to wait before giving up. A kernel whose page could not say farewell is
# ended after two and a half minutes.
_PATIENCE = 200.0
_KERNEL = re.compile(r'(?:data-kernel=|"kernelId": ?)"([0-9a-f-]{36})"')


@dataclass
class Portal:
    """A server in a process of its own; `ready`: when each kernel first answered, in epoch ms."""

    process: subprocess.Popen[str]
    port: int
    ready: dict[str, float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def listen(self) -> None:
        """Keep what the server says; runs in a thread."""
        for line in self.process.stdout or ():
            if line.startswith(STAMP):
                _, kernel_id, at = line.split()
                self.ready[kernel_id] = float(at)
            else:
                self.log.append(line)

    def last_words(self) -> str:
        """Return the end of its log."""
        return "".join(self.log[-30:])

    def kernels(self) -> list[psutil.Process]:
        """Return the processes of the kernels that live, forked or not."""
        server = psutil.Process(self.process.pid)
        found = []
        for child in server.children():
            words = _command(child)
            if _LAUNCHER in words:
                found.append(child)
            elif _SUPERVISOR in words:
                found += child.children()
        return found

    def supervisor(self) -> tuple[psutil.Process, Path]:
        """Return the process that kernels are forked from, and the server's private folder."""
        for child in psutil.Process(self.process.pid).children():
            words = _command(child)
            if _SUPERVISOR in words:
                return child, Path(words[words.index("--socket") + 1]).parents[1]
        raise RuntimeError("There is no process that kernels are forked from.")

    def has_ordinary_kernels(self) -> bool:
        """Whether a kernel runs that is not a fork."""
        return any(_LAUNCHER in _command(kernel) for kernel in self.kernels())

    def wait_for_kernels(self, number: int) -> None:
        """Return once so many kernels are left."""
        until = time.monotonic() + _PATIENCE
        while len(self.kernels()) != number:
            if time.monotonic() > until:
                found = [f"{item.pid} {item.status()}" for item in self.kernels()]
                raise RuntimeError(f"Kernels: {found}, not {number}.\n{self.last_words()}")
            time.sleep(0.02)


def private_megabytes(process: psutil.Process) -> float:
    """Return the memory that would be free if the process ended: shared with no other."""
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
    return (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


def kernel_of(html: str) -> str | None:
    """Return the id of the kernel of a page of ours or of Voila's own; None where it names none."""
    found = _KERNEL.search(html)
    return None if found is None else found.group(1)


@contextmanager
def running(
    database_url: str,
    folder: Path,
    notebooks: Path,
    *,
    ordinary: bool = False,
    most_pages: int | None = None,
    also: Mapping[str, str] | None = None,
) -> Iterator[Portal]:
    """Start the portal, and end it and its kernels at the end. `folder` must not be there yet.

    With `most_pages` so many may be open, however little memory is left. `also` are variables of
    the environment in place of those the benchmarks set.
    """
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PUPILTRACK_")
    }
    environment |= {
        "PUPILTRACK_DATABASE_URL": database_url,
        "PUPILTRACK_SECRET_FILE": str(folder / "secret"),
        "PUPILTRACK_PORT": str(port),
        "PUPILTRACK_PASSWORD_HASHING": "floor",
        "PUPILTRACK_SECOND_STEP": "optional",
        "PUPILTRACK_NOTEBOOKS_DIR": str(notebooks),
        "PUPILTRACK_SINGLE_DEVICE": "no",
    }
    if most_pages is not None:
        environment |= {
            "PUPILTRACK_MAX_KERNELS": str(most_pages),
            "PUPILTRACK_MIN_FREE_MEMORY_MB": "0",
        }
    environment |= also or {}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.served", *([ORDINARY] if ordinary else [])],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    portal = Portal(process, port)
    listener = threading.Thread(target=portal.listen, daemon=True)
    listener.start()
    try:
        _wait_until_up(portal)
        yield portal
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.join(timeout=5)


def sign_in(context: BrowserContext, user_name: str, password: str) -> Page:
    """Sign in as a person would; return the page it leads to, opened whole."""
    page = context.new_page()
    page.goto("/login?next=/home")
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#pt-skeleton", state="detached")
    return page


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _wait_until_up(portal: Portal) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and portal.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", portal.port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The portal did not start:\n" + portal.last_words())
