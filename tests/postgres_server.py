"""A real PostgreSQL server of the test run's own: Unix socket only, gone when the run ends.

Tests use its databases as the application role, which the policies of row-level security hold. Only
where no scope was set, as in the builders of rows, it sees every school, unlike a real portal's.
"""

from __future__ import annotations

import itertools
import os
import pwd
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from pupiltrack_core.storage import schema
from pupiltrack_core.storage.database_roles import APPLICATION, role_script
from pupiltrack_core.storage.engine import Database
from tests.postgres_emptying import Shape, delete_rows, read_shape, send_everybody_away

TEMPLATE = "pupiltrack_template"
SUPERUSER = "pupiltrack"
# Deleted rows go on taking time to pass over: with more of them a new copy is the cheaper one.
MOST_ROWS_TO_DELETE = 5_000
MISSING = (
    "PostgreSQL's server programs were not found (looked in /usr/lib/postgresql/*/bin "
    "and in the folders of PATH). Run `make test`, which installs them, or install the Debian "
    "package postgresql."
)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; every database of it is a copy of one migrated template."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _spare: list[str] = field(default_factory=list)
    _shape: Shape = field(default_factory=list)

    def url(self, name: str, *, role: str = SUPERUSER) -> str:
        """Return the address of the database called `name`, for a role."""
        return f"postgresql://{role}@/{name}?host={self.folder}"

    def make_template(self) -> None:
        """Create the template through the migrations."""
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        schema.upgrade(self.url(TEMPLATE))
        with psycopg.connect(self.url(TEMPLATE)) as connection:
            connection.execute(role_script())
            connection.execute(f"ALTER ROLE {APPLICATION} SET pupiltrack.everywhere = 'on'")
            connection.commit()
            self._shape.extend(read_shape(connection))

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the address of a migrated database without rows.

        It is emptied afterwards and given again: a copy takes ten times as long. One that is no
        longer as it was made, or has held many rows, is dropped.
        """
        name = self._spare.pop() if self._spare else self._create(TEMPLATE)
        try:
            yield self.url(name, role=APPLICATION)
        finally:
            if self._empty(name):
                self._spare.append(name)
            else:
                self._drop(name)

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Give the address of a new database without tables; drop it afterwards."""
        name = self._create("template0")
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        # Copying files is five times as fast as the default where nothing waits for the disk.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _empty(self, name: str) -> bool:
        """Delete every row, whoever is still at it; whether the database may be used again."""
        try:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                send_everybody_away(connection)
                if read_shape(connection) != self._shape:
                    return False
                return delete_rows(connection) <= MOST_ROWS_TO_DELETE
        except psycopg.Error:  # it is in no state to be used again
            return False

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            dbname="postgres", user=SUPERUSER, host=str(self.folder), autocommit=True
        ) as connection:
            connection.execute(statement)


def as_owner(database: Database) -> Database:
    """Open the same database with the rights of whoever runs the server; SQLite knows no other."""
    if database.url.get_backend_name() == "sqlite":
        return Database.open(database.url)
    return Database.open(database.url.set(username=SUPERUSER))


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server and stop it at the end; raise FileNotFoundError without the programs."""
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError(MISSING)
    # The server refuses to run as root, and a Unix socket's path must stay under 108 characters.
    account = "postgres" if os.geteuid() == 0 else ""
    folder = Path(tempfile.mkdtemp(prefix="pupiltrack-pg-"))
    guard = Path(__file__).with_name("postgres_guard.py")
    command = [sys.executable, guard, binaries, folder, account]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError("PostgreSQL did not start; its words are above.")
            server = PostgresServer(folder)
            server.make_template()
            yield server
        finally:
            process.communicate("stop\n", timeout=60)


def find_binaries() -> Path | None:
    """Return the folder of `initdb` and `postgres`, the newest version's, or None."""
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return None
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in [*packaged, *(Path(folder) for folder in os.get_exec_path())]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", folder.parent.name))
