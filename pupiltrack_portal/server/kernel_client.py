"""The server's own connection with a page's kernel, over which the notebook is run."""

from __future__ import annotations

import asyncio
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async

# How long one question may go unanswered before it is asked again.
_SECONDS_PER_TRY = 0.25


class KernelSilent(Exception):
    """The kernel did not answer in time, or died."""


async def connect_to(manager: Any, *, seconds: float) -> Any:
    """Return a client of the kernel once both directions work. Raises `KernelSilent` if not.

    Ready means: the kernel has answered a question, and what it publishes reaches us, so that no
    output can be missed. The library's own wait goes on until nothing has been published for a
    fifth of a second, which every page would have to sit through.
    """
    client = manager.client()
    client.start_channels(stdin=False, hb=False)
    client.allow_stdin = False
    try:
        async with asyncio.timeout(seconds):
            await _wait_until_ready(manager, client)
    except BaseException as error:
        client.stop_channels()
        if isinstance(error, TimeoutError):
            raise KernelSilent from error
        raise
    return client


async def _wait_until_ready(manager: Any, client: Any) -> None:
    while True:
        client.kernel_info()
        try:
            await client.get_shell_msg(timeout=_SECONDS_PER_TRY)
            await client.get_iopub_msg(timeout=_SECONDS_PER_TRY)
        except Empty:
            if not await ensure_async(manager.is_alive()):
                raise KernelSilent from None
        else:
            return
