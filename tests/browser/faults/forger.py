"""What somebody can do who speaks to a page's kernel without the page's scripts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection

from tests.browser.faults.portal import PASSWORDS, PATIENCE, DemoPortal
from tests.served.client import Browser, message, read_message

Cell = tuple[object, ...]  # row, column, value, version, and perhaps a colour
Content = Mapping[str, Any]


class Forger:
    """A signed-in person's own cookie, own page and own socket, and messages of their making."""

    def __init__(self, browser: Browser, kernel_id: str, socket: ClientConnection) -> None:
        self.browser = browser
        self.kernel_id = kernel_id
        self._socket = socket
        self._numbers = itertools.count(1)

    def states(self) -> dict[str, dict[str, Any]]:
        """Every widget of the page and all that it shows, by the name messages reach it under."""
        self._socket.send(message("comm_info_request", {"target_name": "jupyter.widget"}))
        missing = set(self._answer_of("comm_info_reply")["comms"])
        for name in missing:
            self._send(name, {"method": "request_state"})
        states = {}
        while missing:
            content = self._answer_of("comm_msg")
            state = content["data"].get("state", {})
            # What a press has just changed comes as an update too, and is not all there is.
            if content["comm_id"] in missing and "_model_name" in state:
                states[content["comm_id"]] = state
                missing.remove(content["comm_id"])
        return states

    def grid(self) -> str:
        """The name of the entry grid."""
        return next(
            name
            for name, state in self.states().items()
            if isinstance(state.get("data"), dict) and "columns" in state["data"]
        )

    def change(self, grid: str, cells: Sequence[Cell]) -> dict[str, Any]:
        """Send changes to a grid and return its answer."""
        return self.send_batch(
            grid, {"client": "forged", "seq": next(self._numbers), "cells": list(map(list, cells))}
        )

    def send_batch(self, grid: str, batch: Content) -> dict[str, Any]:
        """Send a batch of any shape and return the answer."""
        content = {"type": "changes", **batch}
        self._send(grid, {"method": "custom", "content": content})
        while True:
            sent = self._answer_of("comm_msg")
            answer = sent["data"].get("content", {})
            if sent["comm_id"] == grid and answer.get("type") in ("answer", "rejected"):
                assert answer["seq"] == batch["seq"]
                return dict(answer)

    def form(self, wanted: str) -> str:
        """The name of a form, by what it is for."""
        forms = {
            name: state["spec"].get("name")
            for name, state in self.states().items()
            if isinstance(state.get("spec"), dict)
        }
        found = next((name for name, known in forms.items() if known == wanted), None)
        assert found is not None, f"no form {wanted} among {sorted(map(str, forms.values()))}"
        return found

    def press(self, form: str, button: str, values: Content) -> None:
        """Press a button of a form, with whatever in its fields."""
        content = {"kind": "button", "button": button, "values": values, "files": {}}
        self._send(form, {"method": "custom", "content": content})

    def set_traits(self, name: str, state: Content) -> None:
        """Set what a widget shows, as a widget's own scripts do."""
        self._send(name, {"method": "update", "state": state, "buffer_paths": []})

    def _send(self, comm: str, data: Content) -> None:
        self._socket.send(message("comm_msg", {"comm_id": comm, "data": data}))

    def _answer_of(self, wanted: str) -> dict[str, Any]:
        while True:
            kind, _, content = read_message(self._socket.recv(timeout=PATIENCE))
            if kind == wanted:
                return content


@contextmanager
def forging(portal: DemoPortal, user_name: str, address: str) -> Iterator[Forger]:
    """Sign in, open a page, and leave the page's scripts out."""
    browser = Browser(portal.port)
    browser.sign_in(user_name, PASSWORDS[user_name])
    kernel_id = browser.get(address).kernel_id
    with browser.socket(kernel_id) as socket:
        yield Forger(browser, kernel_id, socket)
    browser.post(f"/api/kernels/{kernel_id}/farewell")


def statuses(answer: Content) -> list[str]:
    """What became of each cell of an answered batch."""
    return [outcome[2] for outcome in answer["outcomes"]]
