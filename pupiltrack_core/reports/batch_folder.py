"""The folder a batch writes into: one batch at a time, whole files only, a manifest of all.

A file appears under its name when all of it is on the disk. What was written is noted at once in a
journal, so that a batch that was cut off goes on where it stopped; the manifest is made of it at
the end.
"""

from __future__ import annotations

import csv
import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from pathlib import Path

from pupiltrack_core.domain.formula_text import with_formula, without_formula
from pupiltrack_core.errors import Conflict, InvalidEntry, UserFacingError

MANIFEST, JOURNAL, LOCK = "manifest.csv", ".batch-journal.jsonl", ".batch-lock"
_DRAFT = ".draft"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileState(StrEnum):
    """What became of a file of a batch."""

    WRITTEN = "written"
    KEPT = "kept"  # there already, and of the same inputs
    LEFT_OUT = "left out"  # there is nothing to report
    FAILED = "failed"


class DiskFull(UserFacingError):
    """There is no room for the next file; what was written before is whole and stays."""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One file of a batch, or one that could not be made and why.

    `inputs` is the digest of what it was made of and `sha256` the file's own; both are blank where
    there is no file.
    """

    path: str
    laestab: str
    school: str
    report: str
    state: str
    bytes: int = 0
    sha256: str = ""
    inputs: str = ""
    made_at: str = ""
    reason: str = ""

    @property
    def has_file(self) -> bool:
        """Whether there is a file in the folder."""
        return self.state in (FileState.WRITTEN, FileState.KEPT)


_COLUMNS = tuple(item.name for item in fields(ManifestRow))


class BatchFolder:
    """A folder that is ours alone for as long as `open_folder` lasts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows = {row.path: row for row in self._read()}
        self._touched: set[str] = set()

    def intact(self, paths: Iterable[str]) -> dict[str, ManifestRow]:
        """Return those of these files that are there as they were written, with their rows."""
        found = {}
        for name in paths:
            row = self._rows.get(name)
            if row is not None and row.has_file and self._is_intact(row):
                found[name] = row
        return found

    def write(self, row: ManifestRow, content: bytes) -> ManifestRow:
        """Write a file, whole or not at all, and return its row with size and checksum.

        Raise `DiskFull` where there is no room, and OSError for any other fault.
        """
        target = self.path / row.path
        draft = target.with_name(f"{target.name}{_DRAFT}")
        try:
            target.parent.mkdir(exist_ok=True, mode=0o700)
            with draft.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(target)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            if error.errno in _FULL:
                raise DiskFull("The disk is full.") from error
            raise
        done = replace(
            row,
            bytes=len(content),
            sha256=sha256(content).hexdigest(),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        return self.note(done)

    def keep(self, row: ManifestRow) -> ManifestRow:
        """Note that a file is there from before, and return its row as it was written then."""
        before = self._rows[row.path]
        return self.note(replace(before, state=FileState.KEPT, school=row.school))

    def note(self, row: ManifestRow) -> ManifestRow:
        """Note what became of a file, and return it; one of inputs long past is taken away."""
        if not row.has_file:
            with suppress(OSError):
                (self.path / row.path).unlink(missing_ok=True)
        self._rows[row.path] = row
        self._touched.add(row.path)
        line = json.dumps(asdict(row), ensure_ascii=False)
        # A line that is lost costs the making of one file again, and no more.
        with suppress(OSError), (self.path / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(f"{line}\n")
        return row

    def finish(self) -> None:
        """Write the manifest: every file this batch dealt with, and those of earlier ones.

        Raise `DiskFull` where there is no room; the journal then stays, and says the same.
        """
        held = StringIO()
        writer = csv.writer(held, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for _, row in sorted(self._rows.items()):
            if row.path in self._touched or (self.path / row.path).exists():
                values = asdict(row)
                writer.writerow([_safe(values[name]) for name in _COLUMNS])
        draft = self.path / f"{MANIFEST}{_DRAFT}"
        try:
            draft.write_bytes(held.getvalue().encode("utf-8-sig"))
            draft.replace(self.path / MANIFEST)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            if error.errno in _FULL:
                raise DiskFull("The disk is full.") from error
            raise
        (self.path / JOURNAL).unlink(missing_ok=True)

    def _is_intact(self, row: ManifestRow) -> bool:
        try:
            content = (self.path / row.path).read_bytes()
        except OSError:
            return False
        return len(content) == row.bytes and sha256(content).hexdigest() == row.sha256

    def _read(self) -> Iterator[ManifestRow]:
        """Return the rows of the manifest, then those of a batch that was cut off."""
        with suppress(OSError, UnicodeDecodeError):
            text = (self.path / MANIFEST).read_text(encoding="utf-8-sig")
            for line in csv.DictReader(StringIO(text)):
                row = _row_of({name: with_formula(str(held)) for name, held in line.items()})
                if row is not None:
                    yield row
        with suppress(OSError, UnicodeDecodeError):
            for written in (self.path / JOURNAL).read_text(encoding="utf-8").splitlines():
                try:
                    held = json.loads(written)
                except ValueError:  # the line that was being written when it was cut off
                    continue
                row = _row_of(held) if isinstance(held, dict) else None
                if row is not None:
                    yield row


@contextmanager
def open_folder(path: Path) -> Iterator[BatchFolder]:
    """Make the folder if need be and keep other batches out of it.

    Raise `Conflict` while another batch writes into it, `InvalidEntry` where it cannot be used.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InvalidEntry(
            f"{path} cannot be written into: {error.strerror}. Nothing was made; name another "
            "folder.",
            field="out",
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            who = os.pread(lock, 200, 0).decode("utf-8", "replace").strip() or "another process"
            raise Conflict(
                f"Another batch is writing into {path} ({who}). Nothing was made; wait for it, or "
                "name another folder."
            ) from error
        since = datetime.now(UTC).strftime("%H:%M UTC")
        os.ftruncate(lock, 0)
        words = f"process {os.getpid()} on {socket.gethostname()}, since {since}\n"
        with suppress(OSError):  # no room for the words; the lock holds all the same
            os.pwrite(lock, words.encode(), 0)
        yield BatchFolder(path)
    finally:
        os.close(lock)


def _row_of(held: Mapping[str, object]) -> ManifestRow | None:
    """Return a row as it was written; None for what is not one, or of a path that leads away."""
    if set(held) != set(_COLUMNS):
        return None
    path = str(held["path"])
    if Path(path).is_absolute() or ".." in Path(path).parts:
        return None
    try:
        size = int(str(held["bytes"]))
    except ValueError:
        return None
    texts = {name: str(held[name]) for name in _COLUMNS if name != "bytes"}
    return ManifestRow(**texts, bytes=size)


def _safe(value: object) -> object:
    return without_formula(value) if isinstance(value, str) else value
