"""Handing over the ZIP file of a batch of reports, however large, piece by piece."""

from __future__ import annotations

import asyncio
from typing import BinaryIO

from tornado.iostream import StreamClosedError

from pupiltrack_portal.server.download_handler import attachment
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.headers import DOWNLOAD_POLICY

_PIECE = 256 * 1024


class BatchHandler(PortalHandler):
    """`/download/batch-<number>`: the number names the batch; the session says who may have it.

    A GET for the same reason as a download's.
    """

    async def get(self, number: str) -> None:
        """Send the file as an attachment. 404 for a batch of others, or one that is not there."""
        file = await self.desk.collect_batch(
            self.user.principal.session_id, int(number), self.portal_settings.batch_folder
        )
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", attachment(file.file_name))
        self.set_header("Content-Security-Policy", DOWNLOAD_POLICY)
        # Read beside the loop: the disk must not hold up anybody's page.
        with await asyncio.to_thread(file.path.open, "rb") as source:
            try:
                while piece := await asyncio.to_thread(_read, source):
                    self.write(piece)
                    await self.flush()  # no more in memory than the line takes
            except StreamClosedError:
                return  # the person went away; the file stays for another try
        await self.finish()


def _read(source: BinaryIO) -> bytes:
    return source.read(_PIECE)
