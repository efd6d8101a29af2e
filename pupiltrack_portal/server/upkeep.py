"""What the server does by itself for the duties of data protection, with the key only it has.

It carries out orders to erase a record and runs over an authority's schools, and notes the audit's
head outside the database when it starts, every day and when it stops. A round that fails is told to
the log, and the next one comes.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from logging import Logger
from pathlib import Path

from pupiltrack_core.services.audit_anchor import Occasion, is_due, note_head
from pupiltrack_core.services.erasure import carry_out_erasures
from pupiltrack_core.services.retention_runs import advance_retention
from pupiltrack_core.storage.engine import Database

# A page says "within a minute"; looking is one short query.
SECONDS_BETWEEN_LOOKS = 15.0


class Upkeep:
    """Everything happens in a worker thread: neither the disk nor the database holds up a page."""

    def __init__(self, *, database: Database, secret_file: Path, log: Logger) -> None:
        self._database = database
        self._secret_file = secret_file
        self._log = log

    async def begin(self) -> None:
        """Note the audit's head as the server starts."""
        await self._note(Occasion.START)

    async def end(self) -> None:
        """Note the audit's head as the server stops."""
        await self._note(Occasion.STOP)

    async def go_on(self) -> None:
        """Look round every fifteen seconds until cancelled."""
        await self.begin()
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            await self.look()

    async def look(self) -> None:
        """Carry out what was ordered, and note the head if a day has passed."""
        try:
            erased = await asyncio.to_thread(carry_out_erasures, self._database, self._secret_file)
            if erased:
                self._log.info("Erased %d records as ordered.", erased)
            # One school at a time: between two the server may stop, and what heads order goes on.
            while await asyncio.to_thread(advance_retention, self._database, self._secret_file):
                await asyncio.to_thread(carry_out_erasures, self._database, self._secret_file)
            if await asyncio.to_thread(is_due, self._secret_file, now=_now()):
                await self._note(Occasion.DAILY)
        except Exception as error:  # noqa: BLE001 the next round must come
            self._log.error("Duties could not be carried out: %s", type(error).__name__)

    async def _note(self, occasion: Occasion) -> None:
        try:
            await asyncio.to_thread(
                note_head, self._database, self._secret_file, occasion=occasion, at=_now()
            )
        except Exception as error:  # noqa: BLE001 neither starting nor stopping may fail for it
            self._log.error("The audit's head was not noted: %s", type(error).__name__)


def _now() -> datetime:
    return datetime.now(UTC)
