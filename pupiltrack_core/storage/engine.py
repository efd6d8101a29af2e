"""The handle on one database, SQLite or PostgreSQL, and how its connections behave."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, Pool, QueuePool

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.storage.compiled_statements import COMPILED_STATEMENTS
from pupiltrack_core.storage.driver_errors import translate
from pupiltrack_core.storage.revision import find_revision, require_head
from pupiltrack_core.storage.row_level_security import RowScope
from pupiltrack_core.storage.unit_of_work import UnitOfWork

_WRITES = "pupiltrack_writes"
_FILE = "pupiltrack_file"
_READS_ONLY = "pupiltrack_reads_only"
_POSTGRES_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "application_name": "pupiltrack",  # the same for everyone: administrators see it
}


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. `reader` and `writer` share one pool of connections.

    A reading unit sees one snapshot and can change nothing; a writing unit on SQLite takes the
    write lock when it begins, so that it never fails half-way for want of it.
    """

    url: URL
    reader: Engine
    writer: Engine

    @classmethod
    def open(
        cls,
        url: str | URL,
        *,
        read_only: bool = False,
        busy_timeout: float = 5.0,
        idle_connections: int = 2,
    ) -> Database:
        """Return a handle on the database at `url`; connects only when first used.

        `busy_timeout` is how many seconds a writer waits for another. `idle_connections` are kept
        open between uses (0: none). Raises `ConfigurationError` for an address that is neither
        SQLite's nor PostgreSQL's.
        """
        address = parse_url(url)
        engine = _build(address, busy_timeout=busy_timeout, idle_connections=idle_connections)
        if address.get_backend_name() == "sqlite":
            _follow_sqlite_rules(engine, busy_timeout=busy_timeout)
            _follow_file(engine, Path(address.database or ""))
            reader, writer = engine, engine.execution_options(**{_WRITES: True})
        else:
            # One snapshot for all the queries of a report: Repeatable Read, and read-only.
            reader = engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            writer = engine.execution_options(isolation_level="READ COMMITTED")
        event.listen(engine, "handle_error", translate, retval=True)
        return cls(url=address, reader=reader, writer=reader if read_only else writer)

    def unit_of_work(self, write: bool = False, *, scope: RowScope | None = None) -> UnitOfWork:
        """Return a unit of work, to be used in a `with` statement.

        `scope` says whose rows it may touch; left out, those of no school.
        """
        return UnitOfWork(self.writer if write else self.reader, scope)

    def check_revision(self) -> None:
        """Raise `DatabaseRevisionError`, saying what to run, unless the tables are this version's.

        A database that is not there counts as one without tables and is not created.
        """
        if is_missing_file(self.url):
            require_head(None)
        with self.reader.connect() as connection:
            require_head(find_revision(connection))

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        self.reader.dispose()


def parse_url(url: str | URL) -> URL:
    """Return the address with the driver we use; raise `ConfigurationError` for any other."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError(
            "The database address cannot be read. Write it like sqlite:///var/pupiltrack.sqlite "
            "or postgresql://user@host/name."
        ) from error
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    backend = address.get_backend_name()
    if backend not in drivers:
        raise ConfigurationError(
            f"PupilTrack keeps its data in SQLite or PostgreSQL, not in {backend}."
        )
    if backend == "sqlite" and address.database in (None, "", ":memory:"):
        raise ConfigurationError(
            "A SQLite database must be a file: pages run in processes of their own, which could "
            "not share one in memory."
        )
    return address.set(drivername=drivers[backend])


def is_missing_file(url: URL) -> bool:
    """Whether `url` names a SQLite file that does not exist."""
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _build(address: URL, *, busy_timeout: float, idle_connections: int) -> Engine:
    connect_args: dict[str, Any] = {"timeout": busy_timeout}
    if address.get_backend_name() == "postgresql":
        settings = {**_POSTGRES_SETTINGS, "lock_timeout": f"{round(busy_timeout * 1000)}ms"}
        connect_args = {
            "connect_timeout": max(2, round(busy_timeout)),
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        }
    pool: dict[str, Any] = {"poolclass": NullPool}
    if idle_connections:
        pool = {
            "poolclass": QueuePool,
            "pool_size": idle_connections,
            "max_overflow": 10,
            "pool_timeout": busy_timeout,
            "pool_pre_ping": address.get_backend_name() == "postgresql",
        }
    target = address
    if address.get_backend_name() == "sqlite":
        # A file that is not there must not be made anew: the write-ahead log that waits for the old
        # one would be taken for the new one's and spoilt, and with it marks that were acknowledged.
        name = f"file:{quote(address.database or '')}"
        target = address.set(database=name, query={"mode": "rw", "uri": "true"})
    # Parameters are marks and names: they stay out of error texts.
    return create_engine(
        target,
        connect_args=connect_args,
        hide_parameters=True,
        execution_options={"compiled_cache": COMPILED_STATEMENTS},
        **pool,
    )


def _follow_sqlite_rules(engine: Engine, *, busy_timeout: float) -> None:
    def on_connect(connection: sqlite3.Connection, _record: Pool) -> None:
        # The driver would begin transactions by itself and too late: we begin them in on_begin.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {round(busy_timeout * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",  # what is sorted are children's data: no file is made of them
            # There are many kernels. A larger cache, or the file mapped into memory, made nothing
            # faster: the system has the file in memory already. Reading a whole authority through
            # a map left ten times as much behind.
            "cache_size = -2000",
            "mmap_size = 0",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        if connection.info.get(_READS_ONLY, False) == writes:
            connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
            connection.info[_READS_ONLY] = not writes
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _follow_file(engine: Engine, path: Path) -> None:
    """Drop connections to a file that is no longer the one at `path`.

    SQLite goes on writing to a file that was moved away or replaced by a backup; marks written
    there would be acknowledged and then be missing.
    """

    def on_connect(_connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info[_FILE] = _identity(path)

    def on_checkout(
        _connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: object
    ) -> None:
        if record.info[_FILE] != _identity(path):
            raise DisconnectionError("The database file is not where it was.")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "checkout", on_checkout)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
