"""Static files of the portal, kept in memory with an address that changes with their content.

Two kinds of name may be cached for ever: those below a version segment (`/assets/v-<digest>/...`),
which is a digest of all the portal's files, and those the JavaScript build gave a hash of their
own. Anything else is asked for again each time.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import brotli

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".ttf": "font/ttf",
    ".eot": "application/vnd.ms-fontobject",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
_COMPRESSIBLE = frozenset({".js", ".mjs", ".css", ".json", ".svg", ".txt"})
# A digest in hexadecimal digits, or esbuild's eight of base 32.
_HASHED_NAME = re.compile(
    r"(?:[.-](?=[0-9A-Za-z]*\d)[0-9A-Za-z]{8,32}|-[A-Z2-7]{8})\.(?:js|css|mjs)$"
)
# Two per cent larger than the highest gives, in a tenth of the time.
_BROTLI_QUALITY = 9
_SAFE_SEGMENT = re.compile(r"(?!\.)[A-Za-z0-9@._-]{1,120}")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file ready to send: its type, its bytes, those by encoding where that helps, its tag."""

    media_type: str
    content: bytes
    encoded: Mapping[str, bytes]
    tag: str


class AssetFolder:
    """The files below one folder that may be served, by their path with forward slashes.

    The list is made from the disk once, at start-up: a path is looked up in it, never opened, so
    no spelling of a path reaches a file outside.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = _list_files(folder)
        self._loaded: dict[str, tuple[float, Asset]] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._files

    @cached_property
    def version(self) -> str:
        """A digest over names and contents of all files."""
        digest = hashlib.sha256()
        for name, path in sorted(self._files.items()):
            digest.update(name.encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:12]

    def load(self, path: str) -> Asset | None:
        """Return the file, or None when there is no such file to serve."""
        file = self._files.get(path)
        if file is None:
            return None
        known = self._loaded.get(path)
        try:
            changed_at = file.stat().st_mtime
            if known is None or known[0] != changed_at:
                known = (changed_at, _read(file))
                self._loaded[path] = known
        except FileNotFoundError:
            return None
        return known[1]

    def load_all(self) -> None:
        """Read and compress every file now, so that nobody waits for it later. Takes a second."""
        for path in self._files:
            self.load(path)


def has_hashed_name(path: str) -> bool:
    """Whether the file's name carries a hash of its content, so that it never changes."""
    return _HASHED_NAME.search(path) is not None


def _list_files(folder: Path) -> dict[str, Path]:
    files = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        safe = all(_SAFE_SEGMENT.fullmatch(part) for part in name.split("/"))
        if safe and path.is_file() and path.suffix in _TYPES:
            files[name] = path
    return files


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    encoded = {}
    if path.suffix in _COMPRESSIBLE and len(content) > 1000:
        # The best first: a browser that takes both gets that.
        encoded["br"] = brotli.compress(content, quality=_BROTLI_QUALITY)
        encoded["gzip"] = gzip.compress(content, compresslevel=9, mtime=0)
    tag = hashlib.sha256(content).hexdigest()[:20]
    return Asset(_TYPES[path.suffix], content, encoded, tag)
