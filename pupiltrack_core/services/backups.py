"""Backups of everything, made while people work: locked, checked, and kept for a time.

A backup holds the database as it was at one moment. The server's secret file is not in it: what
the secret seals is of no use to who finds the backup.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.orm import Session

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.sign_in_policy import utc_now
from pupiltrack_core.settings import Settings
from pupiltrack_core.storage import postgres_dumps, sqlite_copies
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries, verify_chain
from pupiltrack_core.storage.backup_files import (
    BackupFile,
    Manifest,
    find_backups,
    remove_backups,
    write_backup,
)
from pupiltrack_core.storage.backup_keys import (
    Identity,
    new_key,
    parse_recipients,
    read_identities,
)
from pupiltrack_core.storage.engine import Database, parse_url
from pupiltrack_core.storage.restored_rows import count_rows, table_names
from pupiltrack_core.storage.revision import HEAD_REVISION
from pupiltrack_core.storage.row_level_security import EVERYWHERE

__all__ = [
    "BackupFile",
    "BackupPlan",
    "Identity",
    "MadeBackup",
    "find_backups",
    "make_backup",
    "new_key",
    "plan_for",
    "private_folder",
    "read_identities",
]
BACKUP_MADE = "backup made"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
_PREFIX = ".pupiltrack-copy-"
_LONGEST_BACKUP = 24 * 3600  # seconds; what is older is nobody's any more


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Where backups go, whose keys open them, and for how many days they are kept.

    `database_url` is how the database is read, where its own address may not read every row.
    """

    folder: Path
    recipients: tuple[str, ...]
    days: int
    database_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup, what it holds, and the old ones that went; `faults` are of the audit in it."""

    file: BackupFile
    manifest: Manifest
    removed: tuple[Path, ...]
    faults: tuple[str, ...]


def plan_for(settings: Settings) -> BackupPlan:
    """Return what the settings say of backups."""
    return BackupPlan(
        folder=settings.backup_folder,
        recipients=settings.backup_recipients,
        days=settings.backup_days,
        database_url=settings.backup_database_url,
    )


def make_backup(database: Database, plan: BackupPlan, *, now: datetime | None = None) -> MadeBackup:
    """Write a backup of the database as it is now, and remove those that are too old.

    Raises `ConfigurationError` without a key to lock it with, `StorageUnavailable` where it could
    not be made; then none was kept, and the old ones are all there.
    """
    if not plan.recipients:
        raise ConfigurationError(
            "There is no key to lock backups with, and they are not made without one. Run "
            "`pupiltrack backup new-key FILE`, put what it prints into backup_recipients, and keep "
            "FILE where the portal is not."
        )
    recipients = parse_recipients(plan.recipients)
    moment = now or utc_now()
    with _dumped(plan.database_url or database.url, moment) as dumped:
        file = write_backup(plan.folder, dumped.manifest, dumped.pieces, recipients)
    removed = remove_backups(plan.folder, before=moment - timedelta(days=plan.days))
    with database.unit_of_work(write=True) as unit:
        draft = AuditDraft(
            BACKUP_MADE,
            None,
            {"operator": True, "bytes": file.size, "removed": len(removed)},
        )
        add_audit_entries(unit.session, [draft], at=moment)
        unit.commit()
    return MadeBackup(file, dumped.manifest, removed, dumped.faults)


@dataclass(frozen=True, slots=True)
class _Dumped:
    manifest: Manifest
    pieces: Iterator[bytes]
    faults: tuple[str, ...]


@contextmanager
def _dumped(url: URL | str, moment: datetime) -> Iterator[_Dumped]:
    address = parse_url(url)
    if address.get_backend_name() == SQLITE:
        path = Path(address.database or "")
        with private_folder(path.parent) as folder:
            copy = folder / "copy.sqlite"
            sqlite_copies.copy_database(path, copy)
            manifest, faults = _read_copy(copy, moment)
            sqlite_copies.settle(copy)
            yield _Dumped(manifest, sqlite_copies.read_pieces(copy), faults)
        return
    with _reading(address) as session:
        snapshot = postgres_dumps.export_snapshot(session)
        manifest, faults = _read_manifest(session, POSTGRESQL, moment)
        pieces = postgres_dumps.dump_pieces(address, snapshot=snapshot)
        yield _Dumped(manifest, pieces, faults)


def _read_copy(copy: Path, moment: datetime) -> tuple[Manifest, tuple[str, ...]]:
    with _reading(URL.create(SQLITE, database=str(copy))) as session:
        return _read_manifest(session, SQLITE, moment)


@contextmanager
def _reading(address: URL) -> Iterator[Session]:
    database = Database.open(address, idle_connections=0)
    try:
        with database.unit_of_work(scope=EVERYWHERE) as unit:
            yield unit.session
    finally:
        database.dispose()


def _read_manifest(
    session: Session, kind: str, moment: datetime
) -> tuple[Manifest, tuple[str, ...]]:
    chain = verify_chain(session)
    manifest = Manifest(
        made_at=moment,
        kind=kind,
        revision=HEAD_REVISION,  # the database was opened, so it is at this one
        audit_rows=chain.head.rows,
        audit_hash=chain.head.entry_hash,
        rows=count_rows(session, table_names(session)),
    )
    return manifest, chain.faults


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """Give a folder for us alone beside the database, whose disk may hold what it holds.

    What one that was killed has left there goes first: it holds a copy in the open.
    """
    for left in beside.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _LONGEST_BACKUP:
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
