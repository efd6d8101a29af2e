"""Running a notebook's cells over a connection with its kernel."""

from __future__ import annotations

import asyncio
from queue import Empty
from typing import Any

import pytest

from pupiltrack_portal.server.kernel_client import KernelSilent, NotebookRun, RunError, connect_to

IDLE = {"execution_state": "idle"}


class Owner:
    """A kernel manager whose kernel lives, or not."""

    def __init__(self, *, lives: bool) -> None:
        self.lives = lives

    def is_alive(self) -> bool:
        """Whether it does."""
        return self.lives


class Client:
    """A connection on which these messages come, None standing for a while of silence."""

    def __init__(self, *messages: dict[str, Any] | None, lives: bool = True) -> None:
        self.messages = list(messages)
        self.owner = Owner(lives=lives)
        self.executed: list[str] = []
        self.asked = 0
        self.is_stopped = False

    def start_channels(self, **_: bool) -> None:
        """They are open."""

    def stop_channels(self) -> None:
        """They are not any more."""
        self.is_stopped = True

    def kernel_info(self) -> None:
        """Ask for a sign of life."""
        self.asked += 1

    def execute(self, code: str, *, store_history: bool) -> str:
        """Take a cell; its number is the message's id."""
        self.executed.append(code)
        return str(len(self.executed) - 1)

    async def get_iopub_msg(self, timeout: float) -> dict[str, Any]:
        """Give the next message; raise Empty for silence."""
        message = self.messages.pop(0)
        if message is None:
            raise Empty
        return message


class Manager(Owner):
    """A manager with this client."""

    def __init__(self, client: Client) -> None:
        super().__init__(lives=client.owner.lives)
        self._client = client

    def client(self) -> Client:
        """Give the client."""
        return self._client


def message(kind: str, content: dict[str, Any], parent: str = "0") -> dict[str, Any]:
    """A message about the cell `parent`."""
    return {"msg_type": kind, "content": content, "parent_header": {"msg_id": parent}}


def outputs_of(client: Client, *cells: str) -> tuple[list[dict[str, Any]], list[str]]:
    """What a run shows, and the kinds of the messages it passes on."""
    kinds: list[str] = []

    async def collect() -> list[dict[str, Any]]:
        run = NotebookRun(client, cells, lambda told: kinds.append(told["msg_type"]))
        return [data async for data in run.outputs()]

    return asyncio.run(collect()), kinds


def test_outputs_are_of_all_cells_in_order() -> None:
    client = Client(
        message("display_data", {"data": {"text/html": "a"}}),
        message("status", IDLE),
        message("comm_open", {"comm_id": "c"}, "1"),
        message("execute_result", {"data": {"text/html": "b"}}, "1"),
        message("status", IDLE, "1"),
    )
    shown, kinds = outputs_of(client, "first", "second")
    assert client.executed == ["first", "second"]
    assert shown == [{"text/html": "a"}, {"text/html": "b"}]
    assert "comm_open" in kinds


def test_outputs_of_somebody_elses_messages_are_left_alone() -> None:
    client = Client(
        message("display_data", {"data": {"text/html": "theirs"}}, "other"),
        message("status", IDLE, "other"),
        message("status", IDLE),
    )
    assert outputs_of(client, "1") == ([], ["status"])


def test_outputs_of_a_cell_that_raises_name_the_cell() -> None:
    error = {"ename": "ValueError", "evalue": "a mark", "traceback": ["t"]}
    client = Client(message("status", IDLE), message("error", error, "1"))
    with pytest.raises(RunError) as raised:
        outputs_of(client, "1", "2", "3")
    assert (raised.value.cell, raised.value.kind, raised.value.traceback) == (
        1,
        "ValueError",
        ["t"],
    )
    assert "a mark" not in str(raised.value)


def test_outputs_wait_for_a_slow_kernel_and_not_for_a_dead_one() -> None:
    assert outputs_of(Client(None, None, message("status", IDLE)), "1") == ([], ["status"])
    with pytest.raises(KernelSilent):
        outputs_of(Client(None, lives=False), "1")


def test_connect_to_asks_until_something_comes() -> None:
    client = Client(None, None, message("iopub_welcome", {}))
    assert asyncio.run(connect_to(Manager(client), seconds=5)) is client
    assert client.asked == 3
    assert not client.is_stopped


def test_connect_to_a_dead_kernel_lets_go_of_it() -> None:
    client = Client(None, lives=False)
    with pytest.raises(KernelSilent):
        asyncio.run(connect_to(Manager(client), seconds=5))
    assert client.is_stopped
