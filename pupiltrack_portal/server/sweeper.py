"""Looking round every few seconds: ended sessions and their files, kernels that must end."""

from __future__ import annotations

import asyncio
from logging import Logger

from jupyter_core.utils import ensure_async

from pupiltrack_core.errors import UserFacingError
from pupiltrack_portal.server.desk import Desk
from pupiltrack_portal.server.kernel_manager import PortalKernelManager
from pupiltrack_portal.server.kernel_ownership import KernelRegister, Patience

# A session that ended somewhere else is over here within this and the time it takes to look.
SECONDS_BETWEEN_ROUNDS = 2.0
# A cell may take a minute, and a page that is waited for may have to wait its turn.
UNSENT_SECONDS = 120.0
# With its HTML a page has all it needs to connect but its scripts: half a minute on a slow line.
UNREAD_SECONDS = 30.0
# The page has gone. Some browsers close sockets for a navigation that then turns out to be a
# file to save: the page stays, and connects again at once.
LEFT_SECONDS = 3.0
# Wi-fi that was out or a proxy that was restarted is back within half a minute, and pages try
# every five seconds: nobody then loses what was typed meanwhile.
LOST_SECONDS = 45.0
PATIENCE = Patience(
    unsent=UNSENT_SECONDS, unread=UNREAD_SECONDS, left=LEFT_SECONDS, lost=LOST_SECONDS
)


class Sweeper:
    """Ends what must not go on. Each round stands by itself: a failed one harms no later one."""

    def __init__(
        self,
        *,
        register: KernelRegister,
        kernels: PortalKernelManager,
        desk: Desk,
        log: Logger,
        patience: Patience = PATIENCE,
    ) -> None:
        self._register = register
        self._kernels = kernels
        self._desk = desk
        self._log = log
        self._patience = patience
        self._unowned: frozenset[str] = frozenset()

    async def sweep(self) -> None:
        """Look round once."""
        try:
            await self._end_kernels_of_ended_sessions()
            await self._desk.purge_downloads()
        except UserFacingError as error:
            # Without the database nothing can be said about sessions; every service says the same.
            self._log.warning("Sessions and files could not be looked up: %s", type(error).__name__)
        await self._end_unattended()
        await self._forget_dead()
        await self._end_unowned()

    async def _end_kernels_of_ended_sessions(self) -> None:
        owners = self._register.sessions()
        ended = set(owners) - await self._desk.live_sessions(owners)
        for session_id in ended:
            self._log.info("Session %d has ended; so do its kernels.", session_id)
        await asyncio.gather(*(self._kernels.end_kernels_of(item) for item in ended))

    async def _end_unattended(self) -> None:
        idle = self._register.unattended(self._patience)
        for kernel in idle:
            self._log.info("Kernel %s has no page any more and ends.", kernel.kernel_id[:8])
        await asyncio.gather(*(self._kernels.end_kernel(kernel.kernel_id) for kernel in idle))

    async def _forget_dead(self) -> None:
        for owned in self._register.kernels():
            if not owned.is_started or owned.kernel_id not in self._kernels:
                continue
            manager = self._kernels.get_kernel(owned.kernel_id)
            if not await ensure_async(manager.is_alive()):
                self._log.warning("Kernel %s died.", owned.kernel_id[:8])
                await self._kernels.end_kernel(owned.kernel_id)

    async def _end_unowned(self) -> None:
        """End what has had no owner for two rounds: one may just be ending by itself."""
        unowned = frozenset(
            kernel_id
            for kernel_id in self._kernels.list_kernel_ids()
            if self._register.find(kernel_id) is None
        )
        lasting, self._unowned = unowned & self._unowned, unowned
        for kernel_id in lasting:
            self._log.warning("Kernel %s has no owner and ends.", kernel_id[:8])
        await asyncio.gather(*(self._kernels.end_kernel(kernel_id) for kernel_id in lasting))
