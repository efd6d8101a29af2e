"""Migrations make the tables of the models, and only a database at the head revision opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, text

from pupiltrack_core.errors import DatabaseRevisionError
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.revision import HEAD_REVISION
from tests.postgres_server import PostgresServer, as_owner


def test_upgrade_gives_the_tables_of_the_models(database: Database) -> None:
    with database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_upgrade_leaves_out_rowids_where_the_models_do(sqlite_database: Database) -> None:
    # Alembic's comparison does not look at this; without it a mark is stored twice over.
    expected = {
        table.name
        for table in METADATA.tables.values()
        if table.dialect_options["sqlite"]["with_rowid"] is False
    }
    with sqlite_database.reader.connect() as connection:
        without = connection.execute(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%WITHOUT ROWID%'"
            )
        )
        assert set(without.scalars()) == expected


def test_head_revision_is_the_one_the_check_knows() -> None:
    assert schema.head_revision() == HEAD_REVISION


def test_check_revision_passes_after_upgrade(database: Database) -> None:
    database.check_revision()
    assert schema.current_revision(database.url) == HEAD_REVISION


def test_check_revision_asks_one_question(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
    database.check_revision()
    assert [line for line in asked if not line.startswith(("PRAGMA query_only", "BEGIN"))] == [
        "SELECT version_num FROM alembic_version"
    ]


def test_check_revision_of_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    database = Database.open(f"sqlite:///{path}")
    with pytest.raises(DatabaseRevisionError, match="pupiltrack db upgrade"):
        database.check_revision()
    assert not path.exists()
    assert schema.current_revision(database.url) is None


def test_check_revision_of_an_empty_database_says_what_to_run(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.empty_database() as url:
        database = Database.open(url)
        with pytest.raises(DatabaseRevisionError, match="pupiltrack db upgrade"):
            database.check_revision()
        database.dispose()
        assert schema.current_revision(url) is None


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("0000", f"needs {HEAD_REVISION}"),
        ("0999", "Install the newer PupilTrack"),
        ("zz", "newer PupilTrack"),
    ],
)
def test_check_revision_refuses_another_revision(
    database: Database, revision: str, words: str
) -> None:
    _set_revision(database, revision)
    with pytest.raises(DatabaseRevisionError, match=words) as caught:
        database.check_revision()
    assert "pupiltrack db upgrade" in str(caught.value)


def test_upgrade_of_a_newer_database_changes_nothing(database: Database) -> None:
    _set_revision(database, "0999")
    with pytest.raises(DatabaseRevisionError, match="0999"):
        schema.upgrade(database.url)
    assert schema.current_revision(database.url) == "0999"


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    schema.upgrade(database.url)
    assert schema.current_revision(database.url) == HEAD_REVISION


def test_upgrade_makes_a_list_of_a_teachers_class_and_downgrade_takes_its_first(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/old.sqlite"
    engine = create_engine(url)

    def migrate(step: Callable[..., None], revision: str) -> None:
        with engine.begin() as connection:
            step(schema._configuration(connection), revision)

    def run(statement: str) -> list[str | None]:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return list(result.scalars()) if result.returns_rows else []

    migrate(command.upgrade, "0006")
    run(
        "INSERT INTO membership (user_id, role, local_authority_id, school_id, class_name)"
        " VALUES (1, 'teacher', 1, 1, '4\"B'), (2, 'head', 1, 1, NULL)"
    )
    schema.upgrade(url)
    assert run("SELECT class_names FROM membership ORDER BY id") == ['["4\\"B"]', "[]"]
    run("""UPDATE membership SET class_names = '["4A", "4B"]' WHERE id = 1""")
    migrate(command.downgrade, "0006")
    assert run("SELECT class_name FROM membership ORDER BY id") == ["4A", None]
    engine.dispose()


def test_upgrade_makes_the_folder_of_a_sqlite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/lib/pupiltrack.sqlite"
    schema.upgrade(url)
    database = Database.open(url)
    database.check_revision()
    database.dispose()


def _set_revision(database: Database, revision: str) -> None:
    owner = as_owner(database)
    with owner.unit_of_work(write=True) as work:
        work.session.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
        work.commit()
    owner.dispose()
