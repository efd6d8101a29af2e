"""The audit's head, noted outside the database: a file beside the secret, signed line by line.

Rows cut from the end of the audit leave a chain that is whole. A line of this file says how many
rows there were and what the last one was; each line is signed with a key of the server's secret
over the line before it, so that none can be changed, added or taken out of the middle. Whoever may
write the file could still cut its own end: copy it to another place from time to time.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.audit import AuditHead, ChainCheck, head, verify
from pupiltrack_core.settings import derive_key, load_secret
from pupiltrack_core.storage.engine import Database

FILE_NAME = "audit-heads.jsonl"
A_DAY = timedelta(days=1)
_FIRST = "0" * 64


class Occasion(StrEnum):
    """Why a head is noted."""

    START = "start"
    DAILY = "daily"
    STOP = "stop"
    BACKUP = "backup"
    RESTORE = "restore"  # what was noted after this number of rows went with the old database


@dataclass(frozen=True, slots=True)
class NotedHead:
    """One line of the file."""

    at: datetime
    occasion: Occasion
    place: str
    head: AuditHead
    signature: str


@dataclass(frozen=True, slots=True)
class AnchorCheck:
    """What checking audit and file found; `noted` is how many heads of this database were used."""

    chain: ChainCheck
    noted: int
    faults: tuple[str, ...]


def anchor_file(secret_file: Path) -> Path:
    """Return where the heads are noted: beside the secret, outside any database."""
    return secret_file.with_name(FILE_NAME)


def note_head(
    database: Database,
    secret_file: Path,
    *,
    occasion: Occasion,
    at: datetime,
    of_backup: AuditHead | None = None,
) -> NotedHead:
    """Append the audit's head as it is now, saved to disk before this returns.

    After a restore it is the head `of_backup`: rows that the restore itself added do not stand for
    those that were noted at their place before.

    Raises `ConfigurationError` where the file cannot be read or written, `StorageUnavailable`
    without the database.
    """
    path, key = anchor_file(secret_file), _key(secret_file)
    now = of_backup or head(database)
    try:
        content = {
            "at": at.isoformat(),
            "occasion": str(occasion),
            "place": _place(database, key),
            "rows": now.rows,
            "hash": now.entry_hash,
        }
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+", encoding="utf-8") as file:
            # A backup and the server may note at once, and each signs the line before its own.
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().splitlines()
            before = _last_signature(lines)
            signature = _sign(key, before, content)
            file.write(json.dumps({**content, "signature": signature}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The audit's head cannot be noted in {path}: {type(error).__name__}. Look whether the "
            "disk is full or the file was altered."
        ) from error
    return NotedHead(at, occasion, str(content["place"]), now, signature)


def require_notable(secret_file: Path) -> None:
    """Raise `ConfigurationError` where `note_head` could not be done: for what must not fail after.

    Lines in the middle are not looked at: a file that was altered is told by `verify_with_anchor`,
    and is no reason to do without the database.
    """
    path = anchor_file(secret_file)
    if secret_file.exists():
        _key(secret_file)
    try:
        if path.exists():
            with path.open("r+", encoding="utf-8") as file:
                _last_signature(file.read().splitlines())
        else:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not os.access(path.parent, os.W_OK | os.X_OK):
                raise PermissionError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The audit's head could not be noted in {path} afterwards ({type(error).__name__}). "
            "Nothing was changed. Let the portal's account write the file, or take its newest "
            "copy; if its end is damaged and there is none, move it to another name and keep it."
        ) from error


def is_due(secret_file: Path, *, now: datetime) -> bool:
    """Whether the last head was noted a day ago or more; raises as `note_head`."""
    path = anchor_file(secret_file)
    try:
        lines = _read_lines(path)
        return not lines or now - datetime.fromisoformat(json.loads(lines[-1])["at"]) >= A_DAY
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"The noted heads in {path} cannot be read.") from error


def verify_with_anchor(
    database: Database, secret_file: Path, *, noted: AuditHead | None = None
) -> AnchorCheck:
    """Check every row of the audit, every line of the file, and each noted head in the audit.

    `noted` was written down by a person, and is looked for whatever was restored since.

    Raises `ConfigurationError` for a secret or a file that cannot be read.
    """
    faults: list[str] = []
    given = [] if noted is None else [noted]
    heads: list[AuditHead] = []
    if not anchor_file(secret_file).exists():  # without it, a secret would be made for nothing
        chain = verify(database, noted=given)
        return AnchorCheck(chain, len(given), chain.faults)
    key = _key(secret_file)
    here = _place(database, key)
    try:
        for line in _checked_lines(anchor_file(secret_file), key):
            if line.place != here:
                continue
            if line.occasion is Occasion.RESTORE:
                heads = [item for item in heads if item.rows <= line.head.rows]
            heads.append(line.head)
    except _BrokenFile as error:
        faults.append(str(error))
    except OSError as error:
        raise ConfigurationError(
            f"The noted heads in {anchor_file(secret_file)} cannot be read."
        ) from error
    heads += given
    chain = verify(database, noted=heads)
    return AnchorCheck(chain, len(heads), (*chain.faults, *faults))


class _BrokenFile(Exception):
    """A line that the server's secret did not sign, or not after the line before it."""


def _checked_lines(path: Path, key: bytes) -> Iterator[NotedHead]:
    before = _FIRST
    for number, text in enumerate(_read_lines(path), start=1):
        try:
            line = json.loads(text)
            signature = str(line.pop("signature"))
            _require_signed(key, before, line, signature)
            yield NotedHead(
                datetime.fromisoformat(line["at"]),
                Occasion(line["occasion"]),
                str(line["place"]),
                AuditHead(int(line["rows"]), str(line["hash"])),
                signature,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _BrokenFile(
                f"Line {number} of {path.name} was not written by this portal, or lines before it "
                "are missing."
            ) from error
        before = signature


def _last_signature(lines: list[str]) -> str:
    return str(json.loads(lines[-1])["signature"]) if lines else _FIRST


def _require_signed(key: bytes, before: str, line: dict[str, object], signature: str) -> None:
    if not hmac.compare_digest(signature, _sign(key, before, line)):
        raise ValueError("The signature is another.")


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _sign(key: bytes, before: str, content: dict[str, object]) -> str:
    body = json.dumps([before, content], sort_keys=True, separators=(",", ":"))
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def _key(secret_file: Path) -> bytes:
    return derive_key(load_secret(secret_file), "audit heads")


def _place(database: Database, key: bytes) -> str:
    """Tell databases apart without writing down where they are or who may open them."""
    url = database.url
    where = f"{url.get_backend_name()} {url.host or ''} {url.port or ''} {url.database or ''}"
    return hmac.new(key, where.encode(), hashlib.sha256).hexdigest()[:16]
