"""Handing over a file that a page made for the person."""

from __future__ import annotations

from urllib.parse import quote

from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.headers import DOWNLOAD_POLICY

_UNSAFE_IN_FILE_NAMES = '\\/:*?"<>|'


class DownloadHandler(PortalHandler):
    """`/download/<token>`: the token names the file; the session says whether one may have it.

    A GET although it notes that the file was fetched: that note changes nothing for anybody, and
    a link with the `download` attribute can do nothing else.
    """

    async def get(self, token: str) -> None:
        """Send the file as an attachment. 404 for a file that is not this session's, or gone."""
        file = await self.desk.collect(self.user.principal.session_id, token)
        self.set_header("Content-Type", file.media_type)
        self.set_header("Content-Disposition", attachment(file.file_name))
        self.set_header("Content-Security-Policy", DOWNLOAD_POLICY)
        await self.finish(file.content)


def attachment(file_name: str) -> str:
    """Return the Content-Disposition of a file to save under `file_name` (RFC 6266).

    The name is there twice: plain for old browsers, and in UTF-8 for the others.
    """
    name = "".join(
        "_" if character in _UNSAFE_IN_FILE_NAMES or not character.isprintable() else character
        for character in file_name
    ).strip(". ")[:150]
    name = name or "download"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
