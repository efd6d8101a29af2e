"""Bringing a database to the head revision, and telling where it stands."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

from pupiltrack_core.errors import DatabaseRevisionError
from pupiltrack_core.storage.driver_errors import translate
from pupiltrack_core.storage.engine import is_missing_file, parse_url
from pupiltrack_core.storage.revision import HEAD_REVISION, read_revision, require_head

# Two upgrades at once must wait for each other; the number means nothing but "PupilTrack's schema".
_UPGRADE_LOCK = 7_465_811


def head_revision() -> str:
    """Return the newest revision among the migration scripts."""
    head = ScriptDirectory.from_config(_configuration()).get_current_head()
    if head is None:
        raise DatabaseRevisionError("The migration scripts of PupilTrack are missing: reinstall.")
    return head


def current_revision(url: str | URL) -> str | None:
    """Return the revision of the database at `url`; None where there are no tables, or no file."""
    address = parse_url(url)
    if is_missing_file(address):
        return None
    engine = create_engine(address, poolclass=NullPool)
    event.listen(engine, "handle_error", translate, retval=True)
    with engine.connect() as connection:
        return read_revision(connection)


def upgrade(url: str | URL) -> None:
    """Create or upgrade the tables at `url`, all or nothing; a SQLite file is made if need be.

    Raises `DatabaseRevisionError` when a newer PupilTrack has been there, `StorageUnavailable` when
    the database cannot be reached or is in use.
    """
    address = parse_url(url)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite:
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "handle_error", translate, retval=True)
    if sqlite:
        event.listen(engine, "connect", _make_ddl_transactional)
        event.listen(engine, "begin", _begin_immediate)
    with engine.begin() as connection:
        if not sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
            # The tables' owner is held by the policies too, and migrations change every row.
            connection.execute(text("SELECT set_config('pupiltrack.everywhere', 'on', true)"))
        found = read_revision(connection)
        if found is not None and found > HEAD_REVISION:
            require_head(found)
        command.upgrade(_configuration(connection), "head")


def _configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _make_ddl_transactional(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL").close()
    connection.execute("PRAGMA foreign_keys = ON").close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
