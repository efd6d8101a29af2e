"""Statements compiled by one engine serve another of the same kind, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Integer, String, column, create_engine, literal, select, table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ClauseElement

from pupiltrack_core.storage.compiled_statements import CompiledStatements
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.schema import upgrade

PUPILS = table("pupil", column("id", Integer), column("surname", String))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of statement compiled from now on."""
    found: list[str] = []
    compile_one = ClauseElement._compiler

    def note(self: ClauseElement, dialect: object, **kw: object) -> object:
        found.append(type(self).__name__)
        return compile_one(self, dialect, **kw)  # type: ignore[arg-type]

    monkeypatch.setattr(ClauseElement, "_compiler", note)
    return found


def read(database: Database, surname: str) -> list[object]:
    """Read by a statement that no other test uses."""
    statement = select(PUPILS.c.id).where(PUPILS.c.surname == surname).order_by(PUPILS.c.id.desc())
    with database.unit_of_work() as work:
        return list(work.session.execute(statement))


def test_a_second_handle_compiles_nothing_again(tmp_path: Path, compiled: list[str]) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    upgrade(url)
    for handle in range(2):
        database = Database.open(url)
        compiled.clear()
        assert read(database, f"name {handle}") == []
        database.dispose()
        assert bool(compiled) is (handle == 0)


def test_each_run_of_a_statement_has_its_own_values() -> None:
    statements = CompiledStatements()
    found = []
    for value in (1, 2):
        engine = create_engine("sqlite://", execution_options={"compiled_cache": statements})
        with engine.connect() as connection:
            found.append(connection.scalar(select(literal(value) + 10)))
        engine.dispose()
    assert found == [11, 12]
    assert len(statements) == 1


def test_kinds_of_database_are_kept_apart() -> None:
    statements = CompiledStatements()
    lite, post = sqlite.dialect(), postgresql.dialect()
    statement = select(PUPILS.c.id)
    rest = ("key", (), False, False)
    statements[(lite, *rest)] = statement.compile(dialect=lite)
    assert (sqlite.dialect(), *rest) in statements
    assert (post, *rest) not in statements


def test_a_server_whose_version_is_not_known_yet_shares_nothing() -> None:
    statements = CompiledStatements()
    one, other = postgresql.dialect(), postgresql.dialect()
    rest = ("key", (), False, False)
    statements[(one, *rest)] = select(PUPILS.c.id).compile(dialect=one)
    assert (other, *rest) not in statements
    one.server_version_info = other.server_version_info = (15, 4)
    statements[(one, *rest)] = select(PUPILS.c.id).compile(dialect=one)
    assert (other, *rest) in statements


def test_no_more_are_kept_than_the_most() -> None:
    statements = CompiledStatements(most=3)
    dialect = sqlite.dialect()
    for number in range(10):
        key = (dialect, number, (), False, False)
        statements[key] = select(PUPILS.c.id).compile(dialect=dialect)
        assert len(statements) <= 3
        assert key in statements
