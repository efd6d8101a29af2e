"""Dumps of a PostgreSQL database by its own tools, and a dump put where a database is to be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from pupiltrack_core.errors import ConfigurationError, StorageUnavailable

_CHUNK = 1024 * 1024
_PUBLIC = "public"
ASIDE = "before_"  # how schemas begin that a restore has moved aside
_PACKAGED = Path("/usr/lib/postgresql")


def export_snapshot(session: Session) -> str:
    """Return the name under which `dump_pieces` sees exactly what this transaction sees.

    It holds until the transaction ends, which may then be idle for as long as the dump takes.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    return str(session.execute(text("SELECT pg_export_snapshot()")).scalar_one())


def dump_pieces(url: URL, *, snapshot: str) -> Iterator[bytes]:
    """Give the dump, in pg_dump's custom format, piece by piece.

    Raises `ConfigurationError` where pg_dump is missing, `StorageUnavailable` where it fails.
    """
    options = [
        "--format=custom",
        "--compress=0",
        "--no-owner",
        f"--exclude-schema={ASIDE}*",
        f"--snapshot={snapshot}",
    ]
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(  # noqa: S603 - our own words and no shell
            [_tool("pg_dump"), *options, f"--dbname={_address(url)}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            env=_environment(url),
        )
        try:
            output = cast(BinaryIO, process.stdout)
            while piece := output.read(_CHUNK):
                yield piece
            if process.wait() != 0:
                raise StorageUnavailable(
                    f"PostgreSQL's pg_dump did not succeed: {_first_line(words)} No backup was "
                    "kept. It needs a database role that may read every row: see "
                    "backup_database_url."
                )
        finally:
            process.kill()
            process.communicate()


class Restoration:
    """pg_restore at work in one transaction: nothing is there until `finish`."""

    def __init__(self, url: URL) -> None:
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `_end`
        options = ["--single-transaction", "--exit-on-error", "--no-owner"]
        self._process = subprocess.Popen(  # noqa: S603 - our own words and no shell
            [_tool("pg_restore"), *options, f"--dbname={_address(url)}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._words,
            env=_environment(url),
        )

    def write(self, data: bytes, /) -> object:
        """Take the next bytes of the dump."""
        try:
            return cast(BinaryIO, self._process.stdin).write(data)
        except BrokenPipeError as error:
            self._process.wait()
            raise self._failed() from error

    def finish(self) -> None:
        """Let it commit. Raises `StorageUnavailable` where it did not."""
        try:
            self._process.communicate()
            if self._process.returncode != 0:
                raise self._failed()
        finally:
            self._words.close()

    def abandon(self) -> None:
        """End it with nothing changed, unless it has finished."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._words):
            _close_quietly(pipe)

    def _failed(self) -> StorageUnavailable:
        return StorageUnavailable(
            f"PostgreSQL's pg_restore did not succeed: {_first_line(self._words)} Nothing was "
            "changed."
        )


def has_tables(url: URL) -> bool:
    """Whether there is any table in the database."""
    with _connected(url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p', 'v', 'm') LIMIT 1"
        ).fetchone()
    return found is not None


def move_aside(url: URL, *, aside: str) -> None:
    """Rename the schema that holds everything, and make an empty one in its place.

    Raises `StorageUnavailable` while anybody else is connected to the database.
    """
    with _connected(url) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            # Its own processes have no account; whose kind others are not everyone may read.
            "AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
        ).fetchone()
        if others is not None and others[0]:
            raise StorageUnavailable(
                "The database is in use. Nothing was changed. Stop the portal and whatever else "
                "is connected to it, then try again."
            )
        _rename(connection, _PUBLIC, aside)
        connection.execute("CREATE SCHEMA public")


def put_back(url: URL, *, aside: str | None) -> None:
    """Remove what was restored; where something had been moved aside, it is there again."""
    with _connected(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        if aside is None:
            connection.execute("CREATE SCHEMA public")
        else:
            _rename(connection, aside, _PUBLIC)


def _rename(connection: psycopg.Connection, old: str, new: str) -> None:
    connection.execute(
        sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    )


@contextmanager
def _connected(url: URL) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(_address(url), password=url.password) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise StorageUnavailable(
            "The PostgreSQL database cannot be reached. Nothing was changed."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            "The database account may not do this. Nothing was changed. Name the account that owns "
            "the database: --database postgresql://owner@host/name"
        ) from error


def _address(url: URL) -> str:
    """The address without the password: the list of processes can be read by every account."""
    known = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "dbname": url.database,
    }
    given = {name: value for name, value in known.items() if value is not None}
    return make_conninfo("", **given, **{name: str(value) for name, value in url.query.items()})


def _environment(url: URL) -> dict[str, str]:
    environment = {**os.environ, "LC_ALL": "C"}
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    return environment


def _tool(name: str) -> str:
    """The newest there is: it knows every older server, and none that is newer than itself."""
    packaged = sorted(
        _PACKAGED.glob(f"*/bin/{name}"),
        key=lambda path: [int(number) for number in re.findall(r"\d+", path.parts[-3])],
    )
    found = str(packaged[-1]) if packaged else shutil.which(name)
    if found is None:
        raise ConfigurationError(
            f"PostgreSQL's {name} was not found. Install the package postgresql-client, of the "
            "server's version or newer."
        )
    return found


def _first_line(words: IO[bytes]) -> str:
    # What follows in its words may quote a row.
    words.seek(0)
    line = words.readline().decode("utf-8", "replace").strip()
    return f"{line.rstrip('.') or 'it did not say why'}."


def _close_quietly(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        try:
            pipe.close()
        except BrokenPipeError:
            return
