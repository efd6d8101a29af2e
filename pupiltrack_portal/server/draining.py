"""Letting pages finish what they are doing before the server ends."""

from __future__ import annotations

import asyncio
import time

from pupiltrack_portal.server.kernel_manager import PortalKernelManager
from pupiltrack_portal.server.kernel_ownership import KernelRegister

RESTARTING = 4503  # a web socket's close code of ours: the server ends, and may be back
# A cell is saved in some milliseconds, a pasted column or a figure in a second or two.
SECONDS_FOR_WORK = 4.0
# For what a page sent in the moment its socket was closed.
SECONDS_FOR_THE_LAST = 0.6
SECONDS_TO_END_KERNELS = 2.0
# What a page has just sent is on its way to the kernel, which does not yet say that it works.
_SECONDS_OF_QUIET = 0.2
_PAUSE = 0.05


class Drain:
    """The steps from serving pages to none, each bounded: a kernel that hangs holds up nothing."""

    def __init__(self, *, register: KernelRegister, kernels: PortalKernelManager) -> None:
        self._register = register
        self._kernels = kernels

    async def finish_work(self) -> None:
        """Let nobody in, and wait until no page is being opened and no kernel works."""
        self._register.close()
        await self._until_quiet(SECONDS_FOR_WORK)

    async def close_sockets(self) -> None:
        """Tell open pages that the server restarts; what they sent just before is still done."""
        sockets = [socket for kernel in self._register.kernels() for socket in kernel.sockets]
        for socket in sockets:
            socket.close(RESTARTING, "restarting")
        if sockets:
            await self._until_quiet(SECONDS_FOR_THE_LAST)

    async def end_kernels(self) -> None:
        """End every kernel, at once."""
        ending = [
            asyncio.create_task(self._kernels.end_kernel(kernel_id))
            for kernel_id in self._kernels.list_kernel_ids()
        ]
        if ending:
            await asyncio.wait(ending, timeout=SECONDS_TO_END_KERNELS)

    async def _until_quiet(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        quiet_since: float | None = None
        while (now := time.monotonic()) < until and len(self._register):
            if self._is_working():
                quiet_since = None
            elif quiet_since is None:
                quiet_since = now
            elif now - quiet_since >= _SECONDS_OF_QUIET:
                return
            await asyncio.sleep(_PAUSE)

    def _is_working(self) -> bool:
        return self._register.opening() > 0 or any(
            getattr(self._kernels.get_kernel(kernel_id), "execution_state", None) == "busy"
            for kernel_id in self._kernels.list_kernel_ids()
        )
