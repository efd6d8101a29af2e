"""The file of tombstones: who was erased, as keyed hashes outside the database.

A restored backup knows nothing of what was erased after it was made. The file does; what it holds
tells nobody without the server's secret whose record that was.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.settings import derive_key, load_secret

FILE_NAME = "tombstones.jsonl"


@dataclass(frozen=True, slots=True)
class ErasedRecord:
    """One line: the school by its LAESTAB, the hash, why and when."""

    laestab: str
    pupil_hash: str
    why: str
    at: datetime


def tombstone_file(secret_file: Path) -> Path:
    """Return where tombstones are kept outside the database: beside the secret."""
    return secret_file.with_name(FILE_NAME)


def tombstone_key(secret_file: Path) -> bytes:
    """Return the key of the hashes; raises `ConfigurationError` as `load_secret`.

    Also where tombstones are there and the secret is not: a new one would know nobody again.
    """
    if tombstone_file(secret_file).exists() and not secret_file.exists():
        raise ConfigurationError(
            f"There are tombstones beside {secret_file}, but not the secret they were made with. "
            "Put the old secret file back: without it, pupils who were erased would not be known."
        )
    return derive_key(load_secret(secret_file), "tombstones")


def hash_of(key: bytes, laestab: str, upn: str) -> str:
    """Return the hash by which a pupil of a school is known again."""
    return hmac.new(key, f"{laestab} {upn}".encode(), hashlib.sha256).hexdigest()


def read_tombstones(secret_file: Path) -> Sequence[ErasedRecord]:
    """Return the lines of the file; none where there is no file.

    Raises `ConfigurationError` for a file that cannot be read: what was erased must not be lost.
    """
    path = tombstone_file(secret_file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The tombstones in {path} cannot be read.") from error
    try:
        return tuple(
            ErasedRecord(
                line["school"], line["hash"], line["why"], datetime.fromisoformat(line["at"])
            )
            for line in map(json.loads, lines)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The tombstones in {path} cannot be read: a line was altered or cut off. Take the "
            "file from its newest copy."
        ) from error


def append_tombstones(secret_file: Path, records: Iterable[ErasedRecord]) -> None:
    """Append the lines, saved to disk before this returns. Raises `ConfigurationError`."""
    lines = [
        json.dumps(
            {
                "school": item.laestab,
                "hash": item.pupil_hash,
                "why": item.why,
                "at": item.at.isoformat(),
            }
        )
        for item in records
    ]
    if not lines:
        return
    path = tombstone_file(secret_file)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(
            f"Tombstones cannot be written to {path}: {type(error).__name__}."
        ) from error
