"""Starting the process that makes batches of reports, when there is one to make."""

from __future__ import annotations

import asyncio
import sys
from logging import Logger
from pathlib import Path

from pupiltrack_portal.server.desk import Desk

SECONDS_BETWEEN_LOOKS = 3.0
SECONDS_TO_END = 4.0
PROGRAM = (sys.executable, "-m", "pupiltrack_core.reports.batch_worker")
_REMOVED_EVERY = 200  # looks: ten minutes


class BatchRunner:
    """Looks into the queue; at most one maker runs at a time, and ends with the server."""

    def __init__(
        self,
        *,
        desk: Desk,
        folder: Path,
        log: Logger,
        program: tuple[str, ...] = PROGRAM,
    ) -> None:
        """`program` reads the same settings as the server, of the same file and environment."""
        self._desk = desk
        self._folder = folder
        self._log = log
        self._program = program
        self._maker: asyncio.subprocess.Process | None = None
        self._looks = 0

    async def look(self) -> None:
        """Start a maker if a batch waits and none is at work; now and then remove old files."""
        if self._looks % _REMOVED_EVERY == 0:
            await self._desk.remove_old_batches(self._folder)
        self._looks += 1
        if self._maker is not None and self._maker.returncode is None:
            return
        if self._maker is not None and self._maker.returncode:
            self._log.warning("The maker of batches ended with %d.", self._maker.returncode)
        self._maker = None
        if not await self._desk.has_batch_to_make():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._maker = await asyncio.create_subprocess_exec(
            *self._program, stdin=asyncio.subprocess.DEVNULL
        )

    async def end(self) -> None:
        """End the maker: its batch goes back into the queue."""
        maker = self._maker
        if maker is None or maker.returncode is not None:
            return
        maker.terminate()
        try:
            await asyncio.wait_for(maker.wait(), SECONDS_TO_END)
        except TimeoutError:
            maker.kill()
            await maker.wait()
