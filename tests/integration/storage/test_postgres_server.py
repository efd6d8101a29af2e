"""That a database one test has used is as good as new for the next."""

from __future__ import annotations

import psycopg

from pupiltrack_core.storage.engine import Database
from tests.builders import make_pupils, make_school
from tests.postgres_server import PostgresServer, as_owner


def name_of(url: str) -> str:
    return url.partition("?")[0]


def schools_made(url: str) -> int:
    """Make a school with pupils; return its number."""
    database = Database.open(url)
    school = make_school(database)
    make_pupils(database, school, 2)
    database.dispose()
    return school


def test_database_is_given_again_without_rows_and_numbered_from_1(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.database() as first:
        assert schools_made(first) == 1
        assert schools_made(first) == 2
    with postgres_server.database() as second:
        assert name_of(second) == name_of(first)
        assert schools_made(second) == 1


def test_database_is_emptied_though_somebody_holds_it_locked(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.database() as url:
        schools_made(url)
        holder = psycopg.connect(url)
        holder.execute("SELECT * FROM school FOR UPDATE")
    holder.close()
    with postgres_server.database() as again:
        assert schools_made(again) == 1


def test_database_with_another_shape_is_not_given_again(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as changed:
        database = Database.open(changed)
        owner = as_owner(database)
        with owner.unit_of_work(write=True) as unit:
            unit.session.connection().exec_driver_sql("ALTER TABLE school DROP COLUMN phone")
            unit.commit()
        owner.dispose()
        database.dispose()
    with postgres_server.database() as next_one:
        assert name_of(next_one) != name_of(changed)
        assert schools_made(next_one) == 1
