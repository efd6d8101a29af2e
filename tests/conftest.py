"""Fixtures every test may use. `database` runs a test on SQLite and on PostgreSQL alike.

The tables always come from the migrations: a template is migrated once a run and copied for each
test.
"""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pupiltrack_core.storage import schema
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.row_level_security import RowScope
from tests.postgres_server import MISSING, PostgresServer, find_binaries, running_server


def pytest_collection_finish() -> None:
    """Let no garbage collection go through the modules of the tests and all they import again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _our_own_code_has_no_rows_by_default() -> Iterator[None]:
    """What begins a transaction without a scope has none, as in a real portal's database.

    Tests themselves, and the builders of rows, see every school's.
    """
    begin = Database.unit_of_work

    def unit_of_work(database: Database, write: bool = False, **given: Any) -> Any:
        if sys._getframe(1).f_globals["__name__"].startswith("pupiltrack_"):
            given.setdefault("scope", RowScope())
        return begin(database, write, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "unit_of_work", unit_of_work)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The run's own PostgreSQL server (one for each worker of a parallel run)."""
    if find_binaries() is None:
        pytest.fail(MISSING, pytrace=False)
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    schema.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite database without rows."""
    path = tmp_path / "pupiltrack.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a migrated PostgreSQL database without rows."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """An open, migrated SQLite database without rows."""
    database = Database.open(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """An open, migrated PostgreSQL database without rows."""
    database = Database.open(postgres_url)
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database without rows: SQLite, then PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return request.getfixturevalue(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated database without rows: SQLite, then PostgreSQL."""
    database = Database.open(database_url)
    yield database
    database.dispose()
