"""A backup put back: into an empty place, checked against what it said of itself.

What must not come back to life with it does not: sessions, links and messages of its time are
ended, and pupils who were erased since are erased again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import URL
from sqlalchemy.orm import Session

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.backups import POSTGRESQL, SQLITE, private_folder
from pupiltrack_core.services.sessions import SessionEnd
from pupiltrack_core.services.sign_in_policy import utc_now
from pupiltrack_core.storage import postgres_dumps, schema, sqlite_copies
from pupiltrack_core.storage.audit import (
    AuditDraft,
    AuditHead,
    DetailValue,
    add_audit_entries,
    verify_chain,
)
from pupiltrack_core.storage.backup_files import Manifest, Output, read_backup
from pupiltrack_core.storage.backup_keys import Identity
from pupiltrack_core.storage.engine import Database, parse_url
from pupiltrack_core.storage.restored_rows import Ended, count_rows, end_what_was_open
from pupiltrack_core.storage.revision import HEAD_REVISION, require_head
from pupiltrack_core.storage.row_level_security import EVERYWHERE

BACKUP_RESTORED = "backup restored"
# Erases again who was erased after the backup was made, and returns how many those were.
Replay = Callable[[Database], int]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `kept` names what was there before, `faults` are of the audit in it."""

    manifest: Manifest
    kept: tuple[str, ...]
    ended: Ended
    erased: int
    faults: tuple[str, ...]


def read_whole_backup(path: Path, identities: Sequence[Identity]) -> Manifest:
    """Unlock a backup to its end and keep nothing; return what it says of itself.

    Raises `InvalidEntry` for another key and for a file that is no backup or was damaged.
    """
    return read_backup(path, identities, open_output=lambda _: _Nowhere())


def restore_backup(
    url: str,
    path: Path,
    identities: Sequence[Identity],
    *,
    replace: bool = False,
    replay: Replay | None = None,
    now: datetime | None = None,
) -> Restored:
    """Make the database of a backup the one at `url`, brought to this version's tables.

    A database that is there already is refused, or with `replace` kept under another name. Raises
    `InvalidEntry` for what cannot be restored there, `StorageUnavailable` while the database is in
    use; then what was there is as it was.
    """
    moment = now or utc_now()
    address = parse_url(url)
    restore = _restore_sqlite if address.get_backend_name() == SQLITE else _restore_postgres
    return restore(address, path, identities, replace=replace, replay=replay, moment=moment)


def _restore_sqlite(
    address: URL,
    path: Path,
    identities: Sequence[Identity],
    *,
    replace: bool,
    replay: Replay | None,
    moment: datetime,
) -> Restored:
    place = Path(address.database or "")
    if sqlite_copies.has_tables(place) and not replace:
        raise _not_empty()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with private_folder(place.parent) as folder:
        copy = folder / "restored.sqlite"
        copy.touch(mode=0o600)
        with copy.open("wb") as output:
            manifest = read_backup(path, identities, open_output=_opened(output, SQLITE))
        sqlite_copies.settle(copy)
        found = _finish(URL.create(SQLITE, database=str(copy)), manifest, replay, moment)
        sqlite_copies.settle(copy)
        aside = place.with_name(f"{place.name}.before-{moment:%Y%m%dT%H%M%SZ}")
        kept = sqlite_copies.put_in_place(copy, place, aside=aside)
    return Restored(manifest, tuple(map(str, kept)), *found)


def _restore_postgres(
    address: URL,
    path: Path,
    identities: Sequence[Identity],
    *,
    replace: bool,
    replay: Replay | None,
    moment: datetime,
) -> Restored:
    aside: str | None = None
    if postgres_dumps.has_tables(address):
        if not replace:
            raise _not_empty()
        aside = f"{postgres_dumps.ASIDE}{moment:%Y%m%dt%H%M%Sz}"
        read_whole_backup(path, identities)  # before anything is touched
        postgres_dumps.move_aside(address, aside=aside)
    with _undone_unless_it_succeeds(address, aside):
        manifest = _pour_into_postgres(address, path, identities)
        found = _finish(address, manifest, replay, moment)
    return Restored(manifest, () if aside is None else (f"schema {aside}",), *found)


def _pour_into_postgres(address: URL, path: Path, identities: Sequence[Identity]) -> Manifest:
    begun: list[postgres_dumps.Restoration] = []

    def begin(manifest: Manifest) -> Output:
        _require_fit(manifest, POSTGRESQL)
        begun.append(postgres_dumps.Restoration(address))
        return begun[0]

    try:
        manifest = read_backup(path, identities, open_output=begin)
        begun[0].finish()
    finally:
        for restoration in begun:
            restoration.abandon()
    return manifest


@contextmanager
def _undone_unless_it_succeeds(address: URL, aside: str | None) -> Iterator[None]:
    try:
        yield
    except BaseException:
        postgres_dumps.put_back(address, aside=aside)
        raise


def _opened(output: BinaryIO, kind: str) -> Callable[[Manifest], Output]:
    def begin(manifest: Manifest) -> Output:
        _require_fit(manifest, kind)
        return output

    return begin


def _require_fit(manifest: Manifest, kind: str) -> None:
    if manifest.kind != kind:
        raise InvalidEntry(
            f"The backup is of a {_NAMES.get(manifest.kind, 'strange')} database, and the place to "
            f"restore it to is {_NAMES[kind]}'s. Nothing was changed. Name a place of its kind.",
            field="database",
        )
    if manifest.revision > HEAD_REVISION:
        require_head(manifest.revision)


def _finish(
    address: URL, manifest: Manifest, replay: Replay | None, moment: datetime
) -> tuple[Ended, int, tuple[str, ...]]:
    _require_counts(address, manifest)
    schema.upgrade(address)
    database = Database.open(address, idle_connections=0)
    try:
        with database.unit_of_work(write=True, scope=EVERYWHERE) as unit:
            noted = AuditHead(manifest.audit_rows, manifest.audit_hash)
            faults = verify_chain(unit.session, noted=noted).faults
            ended = end_what_was_open(unit.session, at=moment, reason=SessionEnd.REVOKED)
            _note(unit.session, manifest, ended, moment)
            unit.commit()
        erased = 0 if replay is None else replay(database)
    finally:
        database.dispose()
    return ended, erased, faults


def _require_counts(address: URL, manifest: Manifest) -> None:
    database = Database.open(address, idle_connections=0)
    try:
        with database.unit_of_work(scope=EVERYWHERE) as unit:
            found = count_rows(unit.session, manifest.rows)
    finally:
        database.dispose()
    wrong = [name for name, number in manifest.rows.items() if found[name] != number]
    if wrong:
        raise InvalidEntry(
            f"Rows are missing from what the backup holds ({', '.join(wrong)}). Nothing was "
            "changed. Take another backup.",
            field="file",
        )


def _note(session: Session, manifest: Manifest, ended: Ended, moment: datetime) -> None:
    detail: dict[str, DetailValue] = {
        "operator": True,
        "made_at": f"{manifest.made_at:%Y-%m-%d %H:%M}",
        "sessions": ended.sessions,
    }
    add_audit_entries(session, [AuditDraft(BACKUP_RESTORED, None, detail)], at=moment)


def _not_empty() -> InvalidEntry:
    return InvalidEntry(
        "There is a database already. Nothing was changed. Restore into an empty place, or say "
        "--replace: what is there is then kept under another name.",
        field="database",
    )


class _Nowhere:
    def write(self, data: bytes, /) -> object:
        return len(data)


_NAMES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}
