"""Serving static files from memory: the portal's own to everyone, others' to the signed in."""

from __future__ import annotations

import re
from typing import cast

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from pupiltrack_portal.server.assets import Asset, AssetFolder, has_hashed_name
from pupiltrack_portal.server.front_end import FrontEnd
from pupiltrack_portal.server.handlers import PortalHandler
from pupiltrack_portal.server.headers import IMMUTABLE


class _FileHandler(PortalHandler):
    """Sends one file of a list made at start-up."""

    def send(self, asset: Asset | None, *, is_permanent: bool) -> None:
        """Finish with the file, compressed where the browser takes that. 404 for none."""
        if asset is None:
            raise HTTPError(404)
        self.set_header("Content-Type", asset.media_type)
        self.set_header("Cache-Control", IMMUTABLE if is_permanent else "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        self.set_etag_header(asset.tag)
        if f'"{asset.tag}"' in self.request.headers.get("If-None-Match", ""):
            self.set_status(304)
            self.finish()
            return
        taken = self.request.headers.get("Accept-Encoding", "")
        for encoding, content in asset.encoded.items():
            if re.search(rf"\b{encoding}\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", taken):
                self.set_header("Content-Encoding", encoding)
                self.finish(content)
                return
        self.finish(asset.content)

    def set_etag_header(self, tag: str = "") -> None:
        """Set the tag of the file itself; nothing is computed from the answer."""
        if tag:
            self.set_header("Etag", f'"{tag}"')

    def check_etag_header(self) -> bool:
        """The tag has been looked at already."""
        return False


class AssetHandler(_FileHandler):
    """`/assets/...`: style sheets, fonts and scripts of the portal. Public: sign-in needs them."""

    async def prepare(self, **kwargs: object) -> None:
        """No session is looked up for a file that everyone may have."""
        self.current_user = self._jupyter_current_user = None

    @allow_unauthenticated
    async def get(self, version: str | None, path: str) -> None:
        """Send the file; for ever where its address changes with its content."""
        folder = cast(AssetFolder, self.settings["assets"])
        if version is not None and version != folder.version:
            version = None
        self.send(folder.load(path), is_permanent=version is not None or has_hashed_name(path))


class FrontEndHandler(_FileHandler):
    """`/front-end/<version>/...`: scripts of other packages' widgets, for people signed in."""

    answers_json = True

    async def get(self, version: str, path: str) -> None:
        """Send the file. 404 for another version: the page that asks is out of date."""
        front_end = cast(FrontEnd, self.settings["front_end"])
        found = front_end.find(path) if version == front_end.version else None
        self.send(found[0].load(found[1]) if found else None, is_permanent=True)
