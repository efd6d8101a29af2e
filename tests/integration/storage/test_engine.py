"""How databases are opened and units of work behave, and what comes out when they fail."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, exc, text

from pupiltrack_core.errors import ConfigurationError, Conflict, StorageUnavailable
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, LocalAuthority, Pupil
from tests.builders import make_authority, make_pupil, make_school
from tests.postgres_server import PostgresServer

_ADD = text("INSERT INTO local_authority (code, name) VALUES ('997', 'Third')")
_COUNT = text("SELECT count(*) FROM local_authority")


def _count(database: Database) -> int:
    with database.unit_of_work() as work:
        return int(work.session.scalar(_COUNT) or 0)


@contextmanager
def _opened(url: str, **options: float) -> Iterator[Database]:
    database = Database.open(url, **options)
    try:
        yield database
    finally:
        database.dispose()


# --- units of work ------------------------------------------------------------------------------


def test_unit_of_work_saves_nothing_without_commit(database: Database) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.execute(_ADD)
    assert _count(database) == 0


def test_unit_of_work_saves_what_was_committed(database: Database) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.execute(_ADD)
        work.commit()
        work.session.execute(text("DELETE FROM local_authority"))
    assert _count(database) == 1


def test_unit_of_work_saves_nothing_after_an_error(database: Database) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        database.unit_of_work(write=True) as work,
    ):
        work.session.execute(_ADD)
        raise ZeroDivisionError
    assert _count(database) == 0


def test_reading_unit_can_change_nothing(database: Database) -> None:
    with database.unit_of_work() as work, pytest.raises(exc.DBAPIError):
        work.session.execute(_ADD)
    assert _count(database) == 0
    with database.unit_of_work(write=True) as work:  # on the same pooled connection
        work.session.execute(_ADD)
        work.commit()
    assert _count(database) == 1


def test_reading_unit_after_a_writing_one_can_change_nothing(database: Database) -> None:
    for _ in range(2):  # on one pooled connection, which is told only when the kind of unit changes
        with database.unit_of_work(write=True) as work:
            work.session.execute(text("UPDATE local_authority SET name = 'x'"))
            work.commit()
        for _ in range(2):
            with database.unit_of_work() as work, pytest.raises(exc.DBAPIError):
                work.session.execute(_ADD)
    assert _count(database) == 0


def test_sqlite_is_told_once_that_units_only_read(sqlite_database: Database) -> None:
    told: list[str] = []
    event.listen(
        sqlite_database.reader, "before_cursor_execute", lambda *given: told.append(given[2])
    )
    for _ in range(3):
        _count(sqlite_database)
    assert [line for line in told if line != str(_COUNT)] == [
        "PRAGMA query_only = ON",
        *["BEGIN"] * 3,
    ]


def test_read_only_database_refuses_writing_units(database_url: str) -> None:
    with _opened(database_url, read_only=True) as database:
        with database.unit_of_work(write=True) as work, pytest.raises(exc.DBAPIError):
            work.session.execute(_ADD)
        assert _count(database) == 0


def test_reading_unit_sees_one_snapshot(database: Database) -> None:
    with database.unit_of_work() as reading:
        before = reading.session.scalar(_COUNT)
        with database.unit_of_work(write=True) as writing:
            writing.session.execute(_ADD)
            writing.commit()
        assert reading.session.scalar(_COUNT) == before == 0
    assert _count(database) == 1


def test_sqlite_is_set_to_lose_nothing(sqlite_database: Database) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    with sqlite_database.writer.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected


def test_sqlite_keeps_little_memory_and_no_file_of_what_it_sorts(sqlite_database: Database) -> None:
    expected = {"cache_size": -2000, "mmap_size": 0, "temp_store": 2}
    with sqlite_database.reader.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    assert found == expected


def test_postgres_is_told_no_name_of_a_person(postgres_database: Database) -> None:
    with postgres_database.unit_of_work() as work:
        told = work.session.scalar(text("SHOW application_name"))
    assert told == "pupiltrack"


def test_sqlite_writing_unit_takes_the_lock_when_it_begins(sqlite_url: str) -> None:
    with _opened(sqlite_url, busy_timeout=0.05) as database:
        with database.unit_of_work(write=True) as first:
            first.session.scalar(_COUNT)  # has only read so far
            with (
                pytest.raises(StorageUnavailable),
                database.unit_of_work(write=True) as second,
            ):
                second.session.scalar(_COUNT)
            first.session.execute(_ADD)
            first.commit()
        assert _count(database) == 1


def test_writers_wait_for_each_other(database_url: str) -> None:
    """Eight threads each count up a value they read in the same unit; no step is lost."""
    with _opened(database_url, busy_timeout=20.0) as database:
        make_authority(database, "001", "0")
        errors: list[BaseException] = []

        def count_up() -> None:
            try:
                for _ in range(5):
                    with database.unit_of_work(write=True) as work:
                        row = work.session.get(LocalAuthority, 1, with_for_update=True)
                        assert row is not None
                        row.name = str(int(row.name) + 1)
                        work.commit()
            except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
                errors.append(error)

        threads = [threading.Thread(target=count_up) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        with database.unit_of_work() as work:
            assert work.session.get_one(LocalAuthority, 1).name == "40"


# --- faults -------------------------------------------------------------------------------------


def test_locked_sqlite_database_is_storage_unavailable(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as outside,
        _opened(sqlite_url, busy_timeout=0.05) as database,
    ):
        outside.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable), database.unit_of_work(write=True) as work:
            work.session.execute(_ADD)
        outside.execute("ROLLBACK")
        assert _count(database) == 0


def test_locked_postgres_row_is_storage_unavailable(postgres_url: str) -> None:
    with _opened(postgres_url, busy_timeout=0.1) as database:
        make_authority(database)
        change = text("UPDATE local_authority SET name = 'x'")
        with database.unit_of_work(write=True) as first:
            first.session.execute(change)
            with (
                pytest.raises(StorageUnavailable),
                database.unit_of_work(write=True) as second,
            ):
                second.session.execute(change)


def test_full_disk_is_storage_unavailable(sqlite_url: str) -> None:
    with _opened(sqlite_url) as database:
        with database.writer.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        fill = text(
            "INSERT INTO news_item (local_authority_id, title, body, starts_on, published_by) "
            "VALUES (1, 't', :body, '2025-01-01', 1)"
        )
        with database.unit_of_work(write=True) as work:
            work.session.execute(text("PRAGMA defer_foreign_keys = ON"))
            with pytest.raises(StorageUnavailable):
                work.session.execute(fill, {"body": "x" * 100_000})


def test_lost_postgres_connection_is_storage_unavailable(postgres_database: Database) -> None:
    with pytest.raises(StorageUnavailable), postgres_database.unit_of_work(write=True) as work:
        own = work.session.scalar(text("SELECT pg_backend_pid()"))
        with postgres_database.unit_of_work() as other:
            other.session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        work.session.execute(_ADD)
    assert _count(postgres_database) == 0  # the pool finds out and connects again


def test_absent_postgres_server_is_storage_unavailable(tmp_path: Path) -> None:
    with (
        _opened(f"postgresql://nobody@/none?host={tmp_path}") as database,
        pytest.raises(StorageUnavailable),
    ):
        database.check_revision()


def test_absent_database_of_a_server_is_storage_unavailable(
    postgres_server: PostgresServer,
) -> None:
    with (
        _opened(postgres_server.url("not_there")) as database,
        pytest.raises(StorageUnavailable),
    ):
        database.check_revision()


def test_sqlite_file_in_a_missing_folder_is_storage_unavailable(tmp_path: Path) -> None:
    with (
        _opened(f"sqlite:///{tmp_path}/none/p.sqlite") as database,
        pytest.raises(StorageUnavailable),
        database.unit_of_work() as work,
    ):
        work.session.scalar(_COUNT)


def test_sqlite_file_moved_away_is_storage_unavailable_and_never_made_anew(
    sqlite_url: str, tmp_path: Path
) -> None:
    file, away = tmp_path / "pupiltrack.sqlite", tmp_path / "away.sqlite"
    with _opened(sqlite_url) as used, _opened(sqlite_url) as unused:
        with used.unit_of_work(write=True) as work:
            work.session.execute(_ADD)
            work.commit()  # and stands in the write-ahead log only
        file.rename(away)
        for database in (used, unused):
            with pytest.raises(StorageUnavailable):
                _count(database)
            assert not file.exists()
        away.rename(file)
        assert _count(used) == _count(unused) == 1


def test_sqlite_file_replaced_by_a_backup_is_the_one_written_to(
    sqlite_url: str, tmp_path: Path, sqlite_template: Path
) -> None:
    file = tmp_path / "pupiltrack.sqlite"
    with _opened(sqlite_url) as database:
        assert _count(database) == 0
        for left in tmp_path.glob("pupiltrack.sqlite*"):
            left.rename(tmp_path / f"old-{left.name}")
        shutil.copyfile(sqlite_template, file)
        with database.unit_of_work(write=True) as work:
            work.session.execute(_ADD)
            work.commit()
    with _opened(sqlite_url) as opened_later:
        assert _count(opened_later) == 1


def test_exhausted_pool_is_storage_unavailable(sqlite_url: str) -> None:
    with _opened(sqlite_url, busy_timeout=0.05, idle_connections=1) as database:
        held = [database.reader.connect() for _ in range(11)]
        try:
            with pytest.raises(StorageUnavailable), database.unit_of_work() as work:
                work.session.scalar(_COUNT)
        finally:
            for connection in held:
                connection.close()


def test_broken_constraint_is_a_conflict(database: Database) -> None:
    make_authority(database, "997")
    with (
        pytest.raises(Conflict, match="Nothing was changed"),
        database.unit_of_work(write=True) as work,
    ):
        work.session.execute(_ADD)


def test_errors_and_logs_hold_no_personal_data(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    school = make_school(database)
    secrets = {"upn": "H999200125001", "surname": "Featherstonehaugh"}
    make_pupil(database, school, pupil=secrets)
    with pytest.raises(Conflict) as caught:
        make_pupil(database, school, pupil=secrets)
    told = _everything_said(caught.value) + caplog.text
    assert "pupil" in told  # the table may be named
    for secret in secrets.values():
        assert secret not in told


def _everything_said(error: BaseException) -> str:
    words = []
    chain: BaseException | None = error
    while chain is not None:
        words.append(f"{chain!r} {chain}")
        chain = chain.__cause__ or chain.__context__
    return "\n".join(words)


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["mysql://host/name", "not an address", "sqlite://", "sqlite:///:memory:"]
)
def test_open_refuses_other_addresses(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database.open(url)


def test_open_does_not_connect(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path}/later.sqlite")
    assert os.listdir(tmp_path) == []


def test_open_uses_psycopg_for_any_postgresql_address() -> None:
    for url in ("postgresql://host/name", "postgresql+psycopg2://host/name"):
        engine: Engine = Database.open(url).reader
        assert engine.driver == "psycopg"


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    school = make_school(database)
    summer = datetime(2026, 7, 1, 0, 30, 1, 250, tzinfo=timezone(timedelta(hours=1)))
    pupil = make_pupil(database, school, pupil={"archived_at": summer})
    with database.unit_of_work() as work:
        kept = work.session.get_one(Pupil, pupil).archived_at
    assert kept == summer
    assert kept is not None
    assert kept.tzinfo is UTC
    with (
        pytest.raises(exc.StatementError, match="without a zone"),
        database.unit_of_work(write=True) as work,
    ):
        work.session.add(
            AuditEntry(
                at=datetime(2026, 7, 1),
                action="x",
                detail="{}",
                previous_hash="0" * 64,
                entry_hash="1" * 64,
            )
        )
        work.session.flush()
