"""Backups as files: locked, readable by us alone, and there whole or not at all.

A backup is an age file. What it holds is a first line that says so, a line of JSON (the manifest),
and the database's dump, compressed by zlib. age notices every changed or missing byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyrage

from pupiltrack_core.errors import InvalidEntry, StorageUnavailable
from pupiltrack_core.storage.backup_keys import Identity, Recipient

MAGIC = b"pupiltrack backup 1\n"
_NAME = re.compile(r"pupiltrack-(\d{8}T\d{6})Z\.age")
_NAME_FORMAT = "pupiltrack-%Y%m%dT%H%M%SZ.age"
_PART = ".part"
_LONGEST_MANIFEST = 1024 * 1024
_CHUNK = 1024 * 1024
# Beyond it a file grows little smaller, and a backup takes several times as long.
_COMPRESSION = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: when and of what it was made, and what must come out of it.

    `kind` is sqlite or postgresql; `audit_rows` and `audit_hash` are the head of the audit then.
    """

    made_at: datetime
    kind: str
    revision: str
    audit_rows: int
    audit_hash: str
    rows: Mapping[str, int]

    def to_json(self) -> str:
        """Return it as one line."""
        return json.dumps({**asdict(self), "made_at": self.made_at.isoformat()}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Return the manifest of a line; raise `InvalidEntry` for any other line."""
        try:
            values: dict[str, Any] = json.loads(text)
            values["made_at"] = datetime.fromisoformat(values["made_at"])
            return cls(**values)
        except (ValueError, TypeError, KeyError) as error:
            raise _no_backup() from error


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup in its folder; `size` is in bytes."""

    path: Path
    made_at: datetime
    size: int


class Output(Protocol):
    """What takes the dump of a backup that is read."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes."""


def write_backup(
    folder: Path, manifest: Manifest, dump: Iterator[bytes], recipients: Sequence[Recipient]
) -> BackupFile:
    """Write a backup that the recipients' keys open, read it once more, and only then name it.

    What `dump` raises ends it, and no file is left. Raises `StorageUnavailable` where the file
    cannot be written or does not read as it was written.
    """
    # A key of this moment opens the file too, or nobody here could tell whether it is whole.
    of_this_moment = Identity.generate()
    wanted = [*recipients, of_this_moment.to_public()]
    path = folder / manifest.made_at.astimezone(UTC).strftime(_NAME_FORMAT)
    part = folder / f"{path.name}.{secrets.token_hex(4)}{_PART}"
    source = _Source(manifest, dump)
    with _said_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                try:
                    pyrage.encrypt_io(io.BufferedReader(source, _CHUNK), file, wanted)
                except pyrage.EncryptError:
                    if source.fault is not None:
                        raise source.fault from None
                    raise
                file.flush()
                os.fsync(file.fileno())
            if _digest_of(part, of_this_moment) != source.digest.hexdigest():
                raise StorageUnavailable(
                    "The backup does not read as it was written, so it was not kept. Look whether "
                    f"the disk of {folder} is sound, and make another."
                )
            # No link: folders of file servers, where backups are often kept, know none.
            if path.exists():
                raise StorageUnavailable(
                    "Another backup was made in this same second. Nothing more was kept."
                )
            part.rename(path)
            _sync_folder(folder)
        finally:
            part.unlink(missing_ok=True)
        return BackupFile(path, manifest.made_at, path.stat().st_size)


def read_backup(
    path: Path, identities: Sequence[Identity], *, open_output: Callable[[Manifest], Output]
) -> Manifest:
    """Hand the dump of a backup to what `open_output` returns, and return the manifest.

    The bytes may be used once this has returned: only then it is known that none was changed or is
    missing. Raises `InvalidEntry` for another key and for a file that is no backup or was damaged.
    """
    sink = _Sink(open_output)
    try:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, sink, list(identities))
    except pyrage.DecryptError as error:
        if "key" in str(error).lower():
            raise InvalidEntry(
                f"The key does not open {path.name}. Nothing was changed. Name the key file whose "
                "public half was in the settings when the backup was made.",
                field="identity",
            ) from error
        raise _no_backup(path.name) from error
    except OSError as error:
        if error.errno is None:  # not the system's: age found a byte changed or missing
            raise _no_backup(path.name) from error
        raise StorageUnavailable(
            f"The backup was not read to its end: {error.strerror}. Nothing was changed."
        ) from error
    except zlib.error as error:
        raise _no_backup(path.name) from error
    return sink.finish()


def find_backups(folder: Path) -> tuple[BackupFile, ...]:
    """Return the backups of a folder, the newest first; none where there is no folder."""
    found = []
    with _said_plainly(folder), suppress(FileNotFoundError):
        for path in folder.iterdir():
            made_at = _made_at(path.name)
            if made_at is not None:
                found.append(BackupFile(path, made_at, path.stat().st_size))
    return tuple(sorted(found, key=lambda backup: backup.made_at, reverse=True))


def remove_backups(folder: Path, *, before: datetime) -> tuple[Path, ...]:
    """Remove the backups made before a time, all but the newest there is, and return which.

    What a backup that was killed left behind goes too, when it is as old.
    """
    old = [backup.path for backup in find_backups(folder)[1:] if backup.made_at < before]
    with _said_plainly(folder):
        for path in old:
            path.unlink(missing_ok=True)
        for path in folder.glob(f"pupiltrack-*{_PART}"):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                path.unlink(missing_ok=True)
    return tuple(old)


def _made_at(name: str) -> datetime | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


class _Source(io.RawIOBase):
    """What is to be locked, piece by piece; `digest` is of the dump, `fault` what ended it."""

    def __init__(self, manifest: Manifest, dump: Iterator[bytes]) -> None:
        self.digest = hashlib.sha256()
        self.fault: BaseException | None = None
        self._pieces = self._of(manifest, dump)
        self._rest = memoryview(b"")

    def _of(self, manifest: Manifest, dump: Iterator[bytes]) -> Iterator[bytes]:
        yield MAGIC + manifest.to_json().encode() + b"\n"
        packer = zlib.compressobj(_COMPRESSION)
        for piece in dump:
            self.digest.update(piece)
            yield packer.compress(piece)
        yield packer.flush()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            while not self._rest:
                piece = next(self._pieces, None)
                if piece is None:
                    return 0
                self._rest = memoryview(piece)
        except BaseException as error:  # age would hand on its text alone
            self.fault = error
            raise
        number = min(len(buffer), len(self._rest))
        buffer[:number] = self._rest[:number]
        self._rest = self._rest[number:]
        return number


class _Sink(io.RawIOBase):
    """Takes what is unlocked: the two lines, then the dump, which is handed on unpacked."""

    def __init__(self, open_output: Callable[[Manifest], Output]) -> None:
        self._open_output = open_output
        self._head = b""
        self._manifest: Manifest | None = None
        self._output: Output | None = None
        self._unpacker = zlib.decompressobj()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        rest = bytes(data)
        if self._output is None:
            self._head += rest
            if not self._head.startswith(MAGIC[: len(self._head)]):
                raise _no_backup()
            line, separator, rest = self._head[len(MAGIC) :].partition(b"\n")
            if not separator:
                if len(self._head) > _LONGEST_MANIFEST:
                    raise _no_backup()
                return len(data)
            self._manifest = Manifest.from_json(line)
            self._output = self._open_output(self._manifest)
        while rest:
            # So much at a time: a little of a file may unpack to a great deal.
            unpacked = self._unpacker.decompress(rest, _CHUNK)
            rest = self._unpacker.unconsumed_tail
            if unpacked:
                self._output.write(unpacked)
        return len(data)

    def finish(self) -> Manifest:
        """Return the manifest, once the last byte has come; raise `InvalidEntry` if none did."""
        if self._manifest is None or self._output is None:
            raise _no_backup()
        self._output.write(self._unpacker.flush())
        if not self._unpacker.eof:
            raise _no_backup()
        return self._manifest


class _Digest:
    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> object:
        self.digest.update(data)
        return None


def _digest_of(path: Path, identity: Identity) -> str:
    output = _Digest()
    try:
        read_backup(path, [identity], open_output=lambda _: output)
    except InvalidEntry:
        return ""
    return output.digest.hexdigest()


@contextmanager
def _said_plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"The folder of backups {folder} cannot be used: {error.strerror}. No backup was kept. "
            "Make room, or set backup_folder to another."
        ) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _no_backup(name: str = "The file") -> InvalidEntry:
    return InvalidEntry(
        f"{name} is no backup of PupilTrack, or it was damaged. Nothing was changed. Take another "
        "backup, or another copy of this one.",
        field="file",
    )
