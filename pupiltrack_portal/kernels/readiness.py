"""A kernel client that is ready as soon as the kernel says so."""

from __future__ import annotations

import time
from queue import Empty

from jupyter_client.asynchronous.client import AsyncKernelClient

_TRY_SECONDS = 1.0
_SUBSCRIPTION_SECONDS = 0.2


class PromptKernelClient(AsyncKernelClient):
    """AsyncKernelClient without the fixed waits of `wait_for_ready`.

    The inherited method, once the kernel has answered, reads the output channel until it has been
    silent for 0.2 s, on every page opened. Nothing needs that silence: messages carry the request
    they belong to. Set by `c.KernelManager.client_class`.
    """

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered and its output reaches this client.

        RuntimeError when the kernel dies first or `timeout` seconds are over.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._is_answering():
            if not await self._async_is_alive():
                raise RuntimeError("The kernel died before it was ready.")
            if time.monotonic() > deadline:
                raise RuntimeError(f"The kernel was not ready after {timeout} seconds.")

    wait_for_ready = _async_wait_for_ready

    async def _is_answering(self) -> bool:
        """Whether a kernel_info request is answered, and any message comes on the output channel.

        The kernel greets each new subscriber there, so the first message proves the subscription.
        """
        self.kernel_info()
        try:
            reply = await self.shell_channel.get_msg(timeout=_TRY_SECONDS)
            if reply["msg_type"] != "kernel_info_reply":
                return False
            await self.iopub_channel.get_msg(timeout=_SUBSCRIPTION_SECONDS)
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True
