"""The audit: append-only in the database itself, and a chain that shows what was done to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pupiltrack_core.errors import Conflict, StorageUnavailable
from pupiltrack_core.services import audit
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from tests.builders import make_school
from tests.integration.services.people import audit_rows, hold_audit, run_all
from tests.postgres_server import as_owner

AT = datetime(2025, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)


def append(database: Database, number: int, *, first: int = 0) -> None:
    for index in range(first, first + number):
        with database.unit_of_work(write=True) as unit:
            draft = AuditDraft("tested", None, {"number": index})
            add_audit_entries(unit.session, [draft], at=AT + timedelta(seconds=index))
            unit.commit()


def run_sql(database: Database, *statements: str) -> None:
    owner = as_owner(database)
    try:
        with owner.unit_of_work(write=True) as unit:
            for statement in statements:
                unit.session.execute(text(statement))
            unit.commit()
    finally:
        owner.dispose()


def without_triggers(database: Database) -> None:
    """What an attacker with the database's own rights would do first."""
    if database.url.get_backend_name() == "sqlite":
        run_sql(
            database, "DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete"
        )
    else:
        run_sql(database, "ALTER TABLE audit_entry DISABLE TRIGGER ALL")


# --- refused by the database --------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET detail = '{}' WHERE id = 2",
        "UPDATE audit_entry SET at = at",
        "DELETE FROM audit_entry WHERE id = 2",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ],
)
def test_audit_entry_is_append_only(database: Database, statement: str) -> None:
    if statement.startswith("TRUNCATE") and database.url.get_backend_name() == "sqlite":
        statement = "DELETE FROM audit_entry"  # SQLite's way of truncating
    append(database, 3)
    with pytest.raises((DBAPIError, Conflict)) as caught:
        run_sql(database, statement)
    assert "audit_entry is append-only" in f"{caught.value} {caught.value.__cause__}"
    assert audit.verify(database).head.rows == 3
    assert audit.verify(database).faults == ()


# --- found by the chain -------------------------------------------------------------------------


def test_verify_a_chain_that_is_whole(database: Database) -> None:
    assert audit.verify(database).head == audit.head(database) == audit.AuditHead(0, "0" * 64)
    append(database, 5)
    check = audit.verify(database)
    assert check.faults == ()
    assert check.head == audit.head(database)
    assert check.head.rows == 5


@pytest.mark.parametrize(
    "column",
    ["detail = '{}'", "action = 'other'", "user_id = 7", "school_id = 1"],
)
def test_verify_finds_an_edited_row(database: Database, column: str) -> None:
    append(database, 5)
    without_triggers(database)
    run_sql(database, f"UPDATE audit_entry SET {column} WHERE id = 3")  # noqa: S608
    assert audit.verify(database).faults == ("Entry 3 was changed after it was written.",)


def test_verify_finds_an_edited_time(database: Database) -> None:
    append(database, 5)
    without_triggers(database)
    run_sql(database, "UPDATE audit_entry SET at = '2025-11-20 08:00:00.000000' WHERE id = 3")
    assert audit.verify(database).faults == ("Entry 3 was changed after it was written.",)


@pytest.mark.parametrize("removed", ["id = 1", "id = 3", "id IN (2, 3)"])
def test_verify_finds_a_row_removed_from_the_middle(database: Database, removed: str) -> None:
    append(database, 5)
    without_triggers(database)
    run_sql(database, f"DELETE FROM audit_entry WHERE {removed}")  # noqa: S608
    (fault,) = audit.verify(database).faults
    assert "rows are missing" in fault


def test_verify_finds_the_end_cut_off_only_through_a_noted_head(database: Database) -> None:
    append(database, 5)
    noted = audit.head(database)
    append(database, 2, first=5)
    assert audit.verify(database, noted=noted).faults == ()
    without_triggers(database)
    run_sql(database, "DELETE FROM audit_entry WHERE id > 4")
    assert audit.verify(database).faults == ()
    (fault,) = audit.verify(database, noted=noted).faults
    assert "cut from the end" in fault


def test_verify_finds_a_chain_written_anew_through_a_noted_head(database: Database) -> None:
    append(database, 3)
    noted = audit.head(database)
    without_triggers(database)
    run_sql(database, "DELETE FROM audit_entry")
    append(database, 3, first=10)
    assert audit.verify(database).faults == ()
    assert len(audit.verify(database, noted=noted).faults) == 1


def test_add_audit_entries_by_many_at_once_makes_one_chain(database: Database) -> None:
    run_all([lambda first=first: append(database, 5, first=first) for first in range(0, 40, 5)])
    check = audit.verify(database)
    assert check.faults == ()
    assert check.head.rows == 40


def test_add_audit_entries_of_one_batch_follow_each_other(database: Database) -> None:
    with database.unit_of_work(write=True) as unit:
        drafts = [AuditDraft("tested", None, {"number": number}) for number in range(3)]
        add_audit_entries(unit.session, drafts, at=AT)
        unit.commit()
    assert [row.detail for row in audit_rows(database)] == [f'{{"number":{n}}}' for n in range(3)]
    assert audit.verify(database).faults == ()


# --- what may be written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "detail",
    [
        {"name": "two\r\nlines"},
        {"upn": "A999200100017"},
        {"upns": ["a99920010001b"]},
        {"mark": 1.5},
        {"text": "x" * 101},
        {"text": "<script>"},
        {"Not A Key": 1},
        {"nested": {"a": 1}},
    ],
)
def test_add_audit_entries_refuses_what_could_be_personal(
    database: Database, detail: dict[str, object]
) -> None:
    draft = AuditDraft("tested", None, detail)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Audit detail"), database.unit_of_work(write=True) as unit:
        add_audit_entries(unit.session, [draft], at=AT)
    assert audit_rows(database) == []


def test_add_audit_entries_sorts_the_keys(database: Database) -> None:
    with database.unit_of_work(write=True) as unit:
        draft = AuditDraft("tested", None, {"b": 1, "a": ("x", "y"), "c": None, "d": True})
        add_audit_entries(unit.session, [draft], at=AT)
        unit.commit()
    assert audit_rows(database)[0].detail == '{"a":["x","y"],"b":1,"c":null,"d":true}'


def test_commit_fails_closed_when_the_audit_cannot_be_written(
    database: Database, database_url: str
) -> None:
    school_id = make_school(database)
    hasty = Database.open(database_url, busy_timeout=0.2)
    caller = Caller.for_operator(hasty)
    with database.unit_of_work(write=True) as holder:
        hold_audit(holder)
        with pytest.raises(StorageUnavailable), caller.begin(write=True) as work:
            work.school(school_id).name = "Changed"
            work.audit("school renamed", school_id=school_id)
            work.commit()
    hasty.dispose()
    with Caller.for_operator(database).begin() as work:
        assert work.school(school_id).name == "Hillside Primary School"
    assert audit_rows(database) == []
