"""The server's own connection with a page's kernel, over which the notebook is run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async

# How long one question may go unanswered before it is asked again, at first and at most.
_FIRST_TRY_SECONDS, _LONGEST_TRY_SECONDS = 0.05, 0.5
# A kernel that says nothing for so long is looked at: it may have died.
_SECONDS_OF_SILENCE = 1.0
_OUTPUTS = frozenset({"display_data", "execute_result"})


class KernelSilent(Exception):
    """The kernel did not answer in time, or died."""


class RunError(Exception):
    """A cell raised; `traceback` is the kernel's, which may quote data."""

    def __init__(self, cell: int, kind: str, traceback: list[str]) -> None:
        super().__init__(kind)
        self.cell = cell
        self.kind = kind
        self.traceback = traceback


async def connect_to(manager: Any, *, seconds: float) -> Any:
    """Return a client of the kernel once what it publishes reaches us. Raises `KernelSilent`.

    It is asked a question at once, and tells everybody who subscribes that it is busy with it. The
    first message proves the subscription: no later one can be missed. A kernel greets subscribers
    as well, but the greeting can be held up when it crosses a message of the kernel's start.
    """
    client = manager.client()
    client.start_channels(stdin=False, hb=False)
    client.allow_stdin = False
    client.owner = manager
    try:
        async with asyncio.timeout(seconds):
            await _until_heard(client)
    except BaseException as error:
        client.stop_channels()
        if isinstance(error, TimeoutError):
            raise KernelSilent from error
        raise
    return client


async def _until_heard(client: Any) -> None:
    seconds = _FIRST_TRY_SECONDS
    while True:
        client.kernel_info()
        try:
            await client.get_iopub_msg(timeout=seconds)
        except Empty:
            if not await ensure_async(client.owner.is_alive()):
                raise KernelSilent from None
            seconds = min(2 * seconds, _LONGEST_TRY_SECONDS)
        else:
            return


class NotebookRun:
    """One run of all cells: they are sent at once, and the kernel takes them one after the other.

    After a cell that raises, the kernel drops those that wait.
    """

    def __init__(
        self, client: Any, cells: tuple[str, ...], on_message: Callable[[dict[str, Any]], None]
    ) -> None:
        self._client = client
        self._cells = cells
        self._on_message = on_message

    async def outputs(self) -> AsyncIterator[dict[str, Any]]:
        """Give each output of each cell as its data by MIME type, as they come.

        Every message of the run goes to `on_message` first. Raises `RunError` for a cell that
        raised, `KernelSilent` when the kernel dies.
        """
        asked = [self._client.execute(cell, store_history=False) for cell in self._cells]
        while asked:
            message = await self._next_message()
            parent = message["parent_header"].get("msg_id")
            if parent not in asked:
                continue
            kind, content = message["msg_type"], message["content"]
            self._on_message(message)
            if kind == "error":
                cell = len(self._cells) - len(asked) + asked.index(parent)
                raise RunError(cell, content["ename"], content["traceback"])
            if kind in _OUTPUTS:
                yield content["data"]
            elif kind == "status" and content["execution_state"] == "idle":
                asked.remove(parent)

    async def _next_message(self) -> dict[str, Any]:
        while True:
            try:
                message: dict[str, Any] = await self._client.get_iopub_msg(
                    timeout=_SECONDS_OF_SILENCE
                )
            except Empty:
                if not await ensure_async(self._client.owner.is_alive()):
                    raise KernelSilent from None
            else:
                return message
