"""Backups of a database in use, and what comes back of them: statement 58, on both databases."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import (
    ConfigurationError,
    DatabaseRevisionError,
    InvalidEntry,
    StorageUnavailable,
)
from pupiltrack_core.services import backups, restoring
from pupiltrack_core.services.accounts import open_database
from pupiltrack_core.services.backups import BackupPlan, make_backup
from pupiltrack_core.services.restoring import read_whole_backup, restore_backup
from pupiltrack_core.storage import postgres_dumps, schema, sqlite_copies
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries, verify_chain
from pupiltrack_core.storage.backup_files import Manifest
from pupiltrack_core.storage.backup_keys import Identity
from pupiltrack_core.storage.database_roles import BACKUP, OWNER
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserSession
from pupiltrack_core.storage.outgoing_mail import Letter, add_mail
from pupiltrack_core.storage.row_level_security import EVERYWHERE
from tests.builders import make_assessment, make_judgements, make_pupils, make_school, make_user
from tests.postgres_server import SUPERUSER, PostgresServer

NOW = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
# What a restore changes on purpose.
ENDED = {"audit_entry", "user_session", "outgoing_mail", "one_use_token", "download", "page_ticket"}


@pytest.fixture
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture
def plan(tmp_path: Path, identity: Identity) -> BackupPlan:
    return BackupPlan(tmp_path / "backups", (str(identity.to_public()),), days=35)


@pytest.fixture
def full_plan(database: Database, plan: BackupPlan) -> BackupPlan:
    """The plan for `database`, read by the role that reads every row."""
    return replace(plan, database_url=url_of(database, BACKUP))


def url_of(database: Database, role: str) -> str | None:
    """The address of a database for a role; SQLite knows none."""
    url = database.url
    if url.get_backend_name() == "postgresql":
        url = url.set(username=role)
    return url.render_as_string(hide_password=False)


def give_to_owner(url: str) -> str:
    """Let the role that owns the tables own the database too, as of a real portal."""
    address = make_url(url).set(drivername="postgresql+psycopg", username=SUPERUSER)
    engine = create_engine(address, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{address.database}" OWNER TO {OWNER}'))
    owned = address.set(drivername="postgresql", username=OWNER)
    return owned.render_as_string(hide_password=False)


@pytest.fixture
def place(database: Database, database_url: str) -> str:
    """The address of `database` for whoever may replace it."""
    return database_url if database_url.startswith("sqlite") else give_to_owner(database_url)


def fill(database: Database) -> int:
    """A school with marks, an account with a session, a message on its way; return its id."""
    school_id = make_school(database, "O'Neill & Söhne Primary School")
    pupils = make_pupils(database, school_id, 3)
    assessment = make_assessment(database, school_id)
    make_judgements(database, assessment, {pupil: {CORE_SUBJECTS[0]: "O"} for pupil in pupils})
    user_id = make_user(database, school_id=school_id, user_name="teacher", email="t@example.org")
    with database.unit_of_work(write=True) as unit:
        unit.session.add(
            UserSession(
                user_id=user_id,
                token_hash="a" * 64,
                created_at=NOW,
                last_act_at=NOW,
                expires_at=LATER,
            )
        )
        letter = Letter("test", "t@example.org", "Subject", "Body")
        add_mail(unit.session, letter, user_id=user_id, at=NOW)
        add_audit_entries(unit.session, [AuditDraft("signed in", user_id, {"n": 1})], at=NOW)
        unit.commit()
    return school_id


def of_postgres(moment: datetime) -> Manifest:
    return Manifest(moment, "postgresql", "0001", 0, "", {})


def contents(database: Database) -> dict[str, tuple[int, str]]:
    """The number of rows of each table, and a digest of them all."""
    found = {}
    with database.unit_of_work(scope=EVERYWHERE) as unit:
        for table in METADATA.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in unit.session.execute(table.select()))
            found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> str:
    """An empty place of the same kind as `database`."""
    if database.url.get_backend_name() == "sqlite":
        return f"sqlite:///{tmp_path}/elsewhere/pupiltrack.sqlite"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    place = server.empty_database()
    url = place.__enter__()
    request.addfinalizer(lambda: place.__exit__(None, None, None))
    return give_to_owner(url)


def test_restore_drill_gives_back_every_row(
    database: Database, empty_url: str, full_plan: BackupPlan, identity: Identity
) -> None:
    fill(database)
    before = contents(database)
    made = make_backup(database, full_plan, now=NOW)
    assert made.faults == ()
    assert made.manifest.rows["pupil"] == 3
    done = restore_backup(empty_url, made.file.path, [identity], now=LATER)
    assert (done.kept, done.faults, done.erased) == ((), (), 0)
    # What was ended or sent since must not live again.
    assert (done.ended.sessions, done.ended.messages) == (1, 1)
    restored = open_database(empty_url)  # as the server opens it: at this version's revision
    try:
        after = contents(restored)
        assert {name: value for name, value in after.items() if name not in ENDED} == {
            name: value for name, value in before.items() if name not in ENDED
        }
        with restored.unit_of_work() as unit:
            chain = verify_chain(unit.session)
            live = "SELECT count(*) FROM user_session WHERE revoked_at IS NULL"
            waiting = "SELECT count(*) FROM outgoing_mail WHERE given_up_at IS NULL"
            assert unit.session.scalar(text(live)) == 0
            assert unit.session.scalar(text(waiting)) == 0
        # the one there was, and that it was restored; that it was backed up is not in it
        assert (chain.head.rows, chain.faults) == (made.manifest.audit_rows + 1, ())
    finally:
        restored.dispose()


def test_restore_over_a_database_is_refused_unless_the_old_one_is_kept(
    database: Database, place: str, full_plan: BackupPlan, identity: Identity
) -> None:
    fill(database)
    made = make_backup(database, full_plan, now=NOW)
    make_school(database, "Made since")
    database.dispose()
    with pytest.raises(InvalidEntry, match="--replace"):
        restore_backup(place, made.file.path, [identity], now=LATER)
    done = restore_backup(place, made.file.path, [identity], replace=True, now=LATER)
    with database.unit_of_work() as unit:
        names = unit.session.scalars(text("SELECT name FROM school")).all()
        assert "Made since" not in names
        (kept_as,) = done.kept
        if kept_as.startswith("schema "):
            old = kept_as.removeprefix("schema ")
            kept = unit.session.scalars(text(f"SELECT name FROM {old}.school")).all()  # noqa: S608
            assert "Made since" in kept
            # What was kept is in no later backup: it would outlive the days of all.
            dump = b"".join(
                postgres_dumps.dump_pieces(
                    database.url.set(username=BACKUP),
                    snapshot=postgres_dumps.export_snapshot(unit.session),
                )
            )
            assert b"ZZ99 3AA" in dump
            assert old.encode() not in dump
            assert b"Made since" not in dump
    if database.url.get_backend_name() == "sqlite":
        old_one = Database.open(f"sqlite:///{kept_as}")
        with old_one.unit_of_work() as unit:
            kept = unit.session.scalars(text("SELECT name FROM school")).all()
        old_one.dispose()
        assert "Made since" in kept


def test_restore_while_the_database_is_in_use_changes_nothing(
    database: Database, place: str, full_plan: BackupPlan, identity: Identity
) -> None:
    fill(database)
    made = make_backup(database, full_plan, now=NOW)
    before = contents(database)
    with database.unit_of_work() as unit:
        unit.session.scalar(text("SELECT count(*) FROM school"))
        with pytest.raises(StorageUnavailable, match="Stop the portal"):
            restore_backup(place, made.file.path, [identity], replace=True, now=LATER)
    assert contents(database) == before


@pytest.mark.parametrize("fault", ["counts", "replay", "key"])
def test_restore_that_fails_leaves_everything_as_it_was(
    database: Database,
    place: str,
    full_plan: BackupPlan,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    fill(database)
    made = make_backup(database, full_plan, now=NOW)
    before = contents(database)
    database.dispose()
    keys, replay = [identity], None
    if fault == "counts":
        monkeypatch.setattr(restoring, "count_rows", lambda _, names: dict.fromkeys(names, 0))
    elif fault == "key":
        keys = [Identity.generate()]
    else:

        def replay(_: Database) -> int:
            raise StorageUnavailable("no tombstones")

    with pytest.raises((InvalidEntry, StorageUnavailable)):
        restore_backup(place, made.file.path, keys, replace=True, replay=replay, now=LATER)
    assert contents(database) == before
    if database.url.get_backend_name() == "sqlite":
        folder = Path(database.url.database or "").parent
        assert [path.name for path in folder.iterdir() if "before" in path.name] == []


def damaged(database: Database) -> tuple[Path, dict[str, bytes]]:
    """Damage the file of a database and leave a log beside it; return where, and all bytes."""
    database.dispose()
    place = Path(database.url.database or "")
    files = {"": b"SQLite format 3\0" + bytes(9000), "-wal": b"the last marks"}
    for ending, content in files.items():
        place.with_name(place.name + ending).write_bytes(content)
    return place, files


def test_restore_over_a_damaged_database_keeps_its_log_beside_it(
    sqlite_database: Database, plan: BackupPlan, identity: Identity
) -> None:
    fill(sqlite_database)
    made = make_backup(sqlite_database, plan, now=NOW)
    place, files = damaged(sqlite_database)
    done = restore_backup(f"sqlite:///{place}", made.file.path, [identity], replace=True, now=LATER)
    for ending, content in files.items():
        kept = place.with_name(f"{place.name}.before-20260106T023000Z{ending}")
        assert str(kept) in done.kept
        assert kept.read_bytes() == content
    restored = open_database(f"sqlite:///{place}")  # with no log of another's
    assert contents(restored)["pupil"][0] == 3
    restored.dispose()


def test_restore_that_cannot_be_put_in_place_gives_back_a_damaged_database_and_its_log(
    sqlite_database: Database,
    plan: BackupPlan,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = make_backup(sqlite_database, plan, now=NOW)
    place, files = damaged(sqlite_database)

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sqlite_copies.os, "fsync", fail)
    with pytest.raises(StorageUnavailable, match="as it was"):
        restore_backup(f"sqlite:///{place}", made.file.path, [identity], replace=True, now=LATER)
    for ending, content in files.items():
        assert place.with_name(place.name + ending).read_bytes() == content
    assert list(place.parent.glob("*.before-*")) == []


def test_restore_erases_again_before_the_database_is_in_its_place(
    sqlite_database: Database, tmp_path: Path, plan: BackupPlan, identity: Identity
) -> None:
    fill(sqlite_database)
    made = make_backup(sqlite_database, plan, now=NOW)
    place = tmp_path / "elsewhere" / "pupiltrack.sqlite"

    def replay(restored: Database) -> int:
        assert not place.exists()
        with restored.unit_of_work(write=True) as unit:
            unit.session.execute(text("DELETE FROM judgement"))
            unit.commit()
        return 3

    done = restore_backup(f"sqlite:///{place}", made.file.path, [identity], replay=replay)
    assert done.erased == 3
    restored = open_database(f"sqlite:///{place}")
    assert contents(restored)["judgement"][0] == 0
    restored.dispose()


def test_restore_of_another_kind_of_database_or_a_newer_version_is_refused(
    sqlite_database: Database,
    tmp_path: Path,
    plan: BackupPlan,
    identity: Identity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite"
    monkeypatch.setattr(backups, "HEAD_REVISION", "9999")
    made = make_backup(sqlite_database, plan, now=NOW)
    with pytest.raises(DatabaseRevisionError, match="newer PupilTrack"):
        restore_backup(url, made.file.path, [identity])
    monkeypatch.undo()
    monkeypatch.setattr(backups, "_read_copy", lambda _, moment: (of_postgres(moment), ()))
    made = make_backup(sqlite_database, plan, now=LATER)
    with pytest.raises(InvalidEntry, match="PostgreSQL database, and the place"):
        restore_backup(url, made.file.path, [identity])
    assert not Path(f"{tmp_path}/elsewhere.sqlite").exists()


def test_restore_of_an_audit_that_was_altered_says_so(
    sqlite_database: Database, tmp_path: Path, plan: BackupPlan, identity: Identity
) -> None:
    fill(sqlite_database)
    with sqlite_database.unit_of_work(write=True) as unit:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for trigger in unit.session.scalars(text(found)).all():
            unit.session.execute(text(f'DROP TRIGGER "{trigger}"'))
        unit.session.execute(text("UPDATE audit_entry SET action = 'nothing'"))
        unit.commit()
    made = make_backup(sqlite_database, plan, now=NOW)
    assert any("was changed" in fault for fault in made.faults)
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite"
    assert any("was changed" in fault for fault in restore_backup(
        url, made.file.path, [identity], now=LATER
    ).faults)  # fmt: skip


def test_make_backup_while_marks_are_saved_is_of_one_moment(
    sqlite_database: Database, tmp_path: Path, plan: BackupPlan, identity: Identity
) -> None:
    school_id = fill(sqlite_database)
    is_over = threading.Event()

    def save() -> None:
        while not is_over.is_set():
            make_pupils(sqlite_database, school_id, 1)

    writer = threading.Thread(target=save)
    writer.start()
    try:
        made = make_backup(sqlite_database, plan, now=NOW)
    finally:
        is_over.set()
        writer.join()
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite"
    restore_backup(url, made.file.path, [identity], now=LATER)  # counts what it holds
    restored = open_database(url)
    found = contents(restored)
    restored.dispose()
    assert found["pupil"][0] == found["enrolment"][0] == made.manifest.rows["pupil"]


@pytest.mark.parametrize("name", ["50% #1.sqlite", "asked?.sqlite"])
def test_copy_database_with_signs_of_addresses_in_its_name(
    sqlite_database: Database, tmp_path: Path, name: str
) -> None:
    path, again = tmp_path / name, tmp_path / "again.sqlite"
    sqlite_copies.copy_database(Path(sqlite_database.url.database or ""), path)
    sqlite_copies.copy_database(path, again)
    assert sqlite_copies.has_tables(path)
    assert sqlite_copies.has_tables(again)


def test_make_backup_is_written_down_and_leaves_no_copy_in_the_open(
    database: Database, full_plan: BackupPlan, tmp_path: Path
) -> None:
    fill(database)
    make_backup(database, full_plan, now=NOW)
    with database.unit_of_work() as unit:
        newest = "SELECT action FROM audit_entry ORDER BY id DESC LIMIT 1"
        assert unit.session.scalar(text(newest)) == "backup made"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    for path in full_plan.folder.iterdir():
        assert b"Surname" not in path.read_bytes()


def test_make_backup_removes_the_copy_that_a_killed_one_left(
    sqlite_database: Database, plan: BackupPlan, tmp_path: Path
) -> None:
    old, new = tmp_path / ".pupiltrack-copy-old", tmp_path / ".pupiltrack-copy-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "copy.sqlite").write_text("names")
    os.utime(old, (0, 0))
    make_backup(sqlite_database, plan, now=NOW)
    assert not old.exists()
    assert new.exists()  # of a backup that may be under way


def test_make_backup_removes_what_is_older_than_its_days(
    sqlite_database: Database, plan: BackupPlan
) -> None:
    first = make_backup(sqlite_database, plan, now=NOW)
    second = make_backup(sqlite_database, plan, now=NOW + timedelta(days=35))
    assert second.removed == ()
    third = make_backup(sqlite_database, plan, now=NOW + timedelta(days=36))
    assert third.removed == (first.file.path,)
    assert len(backups.find_backups(plan.folder)) == 2


def test_make_backup_without_a_key_says_how_to_make_one(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="backup new-key"):
        make_backup(sqlite_database, BackupPlan(tmp_path / "backups", (), 35))
    assert not (tmp_path / "backups").exists()


def test_make_backup_where_pg_dump_fails_or_is_missing_keeps_nothing(
    postgres_database: Database, plan: BackupPlan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres_dumps, "export_snapshot", lambda _: "00000000-00000000-1")
    with pytest.raises(StorageUnavailable, match="pg_dump did not succeed"):
        make_backup(postgres_database, plan, now=NOW)
    monkeypatch.setattr(postgres_dumps, "_PACKAGED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="postgresql-client"):
        make_backup(postgres_database, plan, now=NOW)
    assert list(plan.folder.iterdir()) == []


def test_pg_dump_is_given_no_password_that_others_could_read() -> None:
    url = schema.parse_url("postgresql://portal:sentinel@db.internal:5433/pupils?sslmode=require")
    address = postgres_dumps._address(url)
    assert "sentinel" not in address
    assert "sslmode=require" in address
    assert "port=5433" in address
    assert postgres_dumps._environment(url)["PGPASSWORD"] == "sentinel"


def test_read_whole_backup_says_what_it_holds(
    sqlite_database: Database, plan: BackupPlan, identity: Identity
) -> None:
    fill(sqlite_database)
    made = make_backup(sqlite_database, plan, now=NOW)
    assert read_whole_backup(made.file.path, [identity]) == made.manifest
