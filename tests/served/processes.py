"""What a server under test has running on the machine, and how its pages are made to misbehave."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from websockets.sync.client import ClientConnection

from tests.served.client import Answer, message, read_message
from tests.served.conftest import NOTEBOOKS, Portal

# A home page with a button for each way to misbehave.
FAULTS = NOTEBOOKS / "faults"
PATIENCE = 40  # seconds; only how long to wait before giving up
_STATE = re.compile(
    r'<script type="application/vnd.jupyter.widget-state\+json"[^>]*>(.*?)</script>'
)


def until(condition: Callable[[], object], what: str, *, seconds: float = PATIENCE) -> None:
    """Return once this is so; fail, saying what was waited for, when it never is."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)


def processes_of(portal: Portal) -> dict[int, str]:
    """Every process that this server started and those did, by id, and what each one runs."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(portal.temporary).encode() not in (process / "environ").read_bytes():
                continue
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            name = (process / "comm").read_text().strip()
            found[int(process.name)] = f"{name}: {command}"
    found.pop(portal.process.pid, None)
    return found


def kernels_of(portal: Portal) -> set[int]:
    """The kernels of this server, forked ones and others."""
    return forked_of(portal) | {
        process for process, runs in processes_of(portal).items() if "ipykernel_launcher" in runs
    }


def forked_of(portal: Portal) -> set[int]:
    """The kernels of this server that were forked."""
    return {
        process
        for process, runs in processes_of(portal).items()
        if runs.startswith("forked-kernel:")
    }


def supervisor_of(portal: Portal) -> int | None:
    """The process that kernels are forked from; None while there is none."""
    of_it = [
        process
        for process, runs in processes_of(portal).items()
        if "-m pupiltrack_portal.kernels " in runs and not runs.startswith("forked-kernel:")
    ]
    return min(of_it, default=None)


def click(page: Answer, label: str) -> bytes:
    """The message a browser sends when the button with this label is pressed."""
    found = _STATE.search(page.text)
    assert found, page.text[-2000:]
    for model, kept in json.loads(found.group(1))["state"].items():
        if kept["state"].get("description") == label:
            pressed = {"method": "custom", "content": {"event": "click"}}
            return message("comm_msg", {"comm_id": model, "data": pressed})
    raise AssertionError(f"no button {label}")


def read_until(socket: ClientConnection, value: str) -> None:
    """Return once a widget has taken this value."""
    while True:
        kind, _, content = read_message(socket.recv(timeout=PATIENCE))
        if kind == "comm_msg" and content["data"].get("state", {}).get("value") == value:
            return
