"""What PostgreSQL itself keeps apart, asked in plain SQL as the roles that a portal runs with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from pupiltrack_core.access import Role
from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.database_roles import (
    APPLICATION,
    BACKUP,
    OWNER,
    REPORT,
    find_role_faults,
    require_confined_role,
    role_script,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.row_level_security import (
    EVERYWHERE,
    OPEN_TABLES,
    RowScope,
    confine,
    widened,
)
from tests.builders import make_authority, make_pupil, make_school, make_session, make_user
from tests.postgres_server import as_owner

COUNT = "SELECT count(*) FROM pupil"


@dataclass(frozen=True)
class District:
    """Two schools of one authority and one of another, a pupil at each."""

    database: Database
    authority: int
    schools: tuple[int, int, int]
    pupils: tuple[int, int, int]

    @contextmanager
    def sql(self, role: str = APPLICATION, scope: RowScope | None = None) -> Iterator[Connection]:
        """A transaction of a role as a real portal has it: nothing in scope unless told."""
        engine = create_engine(self.database.url.set(username=role), poolclass=NullPool)
        with engine.begin() as connection:
            if role == APPLICATION:
                connection.exec_driver_sql("SET LOCAL pupiltrack.everywhere = ''")
            if scope is not None:
                tell(connection, scope)
            yield connection

    def seen(self, scope: RowScope | None = None, *, role: str = APPLICATION) -> int:
        with self.sql(role, scope) as connection:
            return int(connection.scalar(text(COUNT)) or 0)


def tell(connection: Connection, scope: RowScope) -> None:
    for name, values in (("schools", scope.schools), ("authorities", scope.authorities)):
        given = ",".join(map(str, values))
        connection.exec_driver_sql(f"SELECT set_config('pupiltrack.{name}', '{given}', true)")


@pytest.fixture
def district(postgres_database: Database) -> District:
    other = make_authority(postgres_database, "998", "Other Authority")
    schools = (
        make_school(postgres_database),
        make_school(postgres_database),
        make_school(postgres_database, laestab="9982001", local_authority_id=other),
    )
    first, second, third = (make_pupil(postgres_database, school) for school in schools)
    return District(
        postgres_database, make_authority(postgres_database), schools, (first, second, third)
    )


def test_every_table_of_a_school_is_held_or_named_open(postgres_database: Database) -> None:
    of_schools = {table.name for table in METADATA.tables.values() if "school_id" in table.c}
    with postgres_database.reader.connect() as connection:
        held = set(
            connection.scalars(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            )
        )
        policies = set(connection.scalars(text("SELECT tablename FROM pg_policies")))
    assert held == policies == of_schools - OPEN_TABLES
    assert of_schools >= OPEN_TABLES
    # What hangs on a pupil is never open; of one erased there is a number and a keyed hash.
    with_pupil = {t.name for t in METADATA.tables.values() if "pupil_id" in t.c}
    assert with_pupil - {"tombstone"} <= held


@pytest.mark.parametrize(
    ("scope", "number"),
    [
        ("none", 0),
        ("nothing", 0),
        ("school", 1),
        ("schools", 2),
        ("authority", 2),
        ("absent", 0),
    ],
)
def test_plain_sql_sees_what_is_in_scope(district: District, scope: str, number: int) -> None:
    first, second, third = district.schools
    scopes = {
        "none": None,
        "nothing": RowScope(),
        "school": RowScope((first,)),
        "schools": RowScope((second, third)),
        "authority": RowScope(authorities=(district.authority,)),
        "absent": RowScope((999_999,)),
    }
    assert district.seen(scopes[scope]) == number


CHANGES = (
    "UPDATE pupil SET notes = 'x' WHERE school_id = :other",
    "DELETE FROM enrolment WHERE school_id = :other",
)
MOVES = (
    "UPDATE enrolment SET school_id = :other WHERE school_id = :own",
    """
    INSERT INTO pupil (school_id, person_key, upn, upn_is_local, surname, forenames, date_of_birth,
        sex, postcode) VALUES (:other, 'k', 'A', false, 'A', 'B', '2016-01-01', 'F', '')
    """,
)
HOLD = text(
    "INSERT INTO legal_hold (school_id, pupil_id, reason, placed_at) "
    "VALUES (:school, :pupil, 'x', now())"
)


def test_plain_sql_writes_nothing_out_of_scope(district: District) -> None:
    first, second, _ = district.schools
    own, given = RowScope((first,)), {"own": first, "other": second}
    with district.sql(scope=own) as connection:
        for statement in CHANGES:
            assert connection.execute(text(statement), given).rowcount == 0
    for statement in MOVES:
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            district.sql(scope=own) as connection,
        ):
            connection.execute(text(statement), given)


def test_foreign_key_to_another_schools_pupil_is_refused(district: District) -> None:
    first, _, _ = district.schools
    _, other_pupil, _ = district.pupils
    with (
        pytest.raises(DBAPIError, match="foreign key"),
        district.sql(scope=RowScope((first,))) as connection,
    ):
        connection.execute(HOLD, {"school": first, "pupil": other_pupil})


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE pupil",
        "TRUNCATE pupil CASCADE",
        "ALTER TABLE pupil DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_schools_in_scope ON pupil",
        "CREATE TABLE mine (id integer)",
        "UPDATE audit_entry SET detail = ''",
        "DELETE FROM audit_entry",
        f"SET ROLE {OWNER}",
        f"SET ROLE {BACKUP}",
    ],
)
def test_application_role_may_not_get_round_it(postgres_database: Database, statement: str) -> None:
    with (
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
        postgres_database.writer.begin() as connection,
    ):
        connection.exec_driver_sql(statement)


def test_view_of_the_owner_shows_what_is_in_scope(district: District) -> None:
    owner = as_owner(district.database)
    with owner.writer.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE pupil OWNER TO {OWNER}")
        connection.exec_driver_sql("CREATE VIEW everyone AS SELECT * FROM pupil")
        connection.exec_driver_sql(f"ALTER VIEW everyone OWNER TO {OWNER}")
        connection.exec_driver_sql(f"GRANT SELECT ON everyone TO {APPLICATION}")
    owner.dispose()
    count = text("SELECT count(*) FROM everyone")
    with district.sql() as connection:
        assert connection.scalar(count) == 0
    with district.sql(scope=RowScope((district.schools[0],))) as connection:
        assert connection.scalar(count) == 1


def test_there_are_no_views_of_ours(postgres_database: Database) -> None:
    assert inspect(postgres_database.reader).get_view_names() == []


def test_owner_is_held_as_well_and_backups_are_not(district: District) -> None:
    assert district.seen(role=OWNER) == 0
    assert district.seen(role=BACKUP) == 3
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        district.sql(BACKUP) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM pupil")


def test_report_role_reads_what_is_in_scope_and_no_secrets(district: District) -> None:
    assert district.seen(role=REPORT) == 0
    assert district.seen(RowScope((district.schools[0],)), role=REPORT) == 1
    for statement in (
        "SELECT * FROM user_account",
        "SELECT * FROM user_session",
        "SELECT * FROM download",
        "UPDATE pupil SET notes = ''",
    ):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            district.sql(REPORT) as connection,
        ):
            connection.exec_driver_sql(statement)


def test_scope_does_not_outlive_its_transaction_in_the_pool(district: District) -> None:
    url = district.database.url.update_query_dict({"options": "-c pupiltrack.everywhere="})
    engine: Engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0)
    numbers = []
    for scope in (RowScope((district.schools[0],)), RowScope((district.schools[1],)), None):
        with engine.connect() as connection:
            backend = connection.scalar(text("SELECT pg_backend_pid()"))
            if scope is not None:
                tell(connection, scope)
            found = connection.scalars(text("SELECT school_id FROM pupil"))
            numbers.append((backend, *found))
    engine.dispose()
    first, second, _ = district.schools
    assert len({number[0] for number in numbers}) == 1  # the same connection each time
    assert [number[1:] for number in numbers] == [(first,), (second,), ()]


def test_unit_of_work_keeps_its_scope_over_commits(district: District) -> None:
    first, second, third = district.schools
    with district.database.unit_of_work(write=True, scope=RowScope((first,))) as unit:
        count = text(COUNT)
        assert unit.session.scalar(count) == 1
        unit.commit()
        assert unit.session.scalar(count) == 1
        with widened(unit.session, EVERYWHERE):
            assert unit.session.scalar(count) == 3
        assert unit.session.scalar(count) == 1
        with pytest.raises(ZeroDivisionError), widened(unit.session, RowScope((second, third))):
            raise ZeroDivisionError
        unit.session.rollback()
        assert unit.session.scalar(count) == 1
        confine(unit.session, RowScope())
        assert unit.session.scalar(count) == 0


def test_caller_sees_rows_of_their_own_places_alone(district: District) -> None:
    """Even a query that names no school."""
    database = district.database
    first, _, _ = district.schools
    teacher = make_session(database, make_user(database, school_id=first))
    adviser = make_session(
        database, make_user(database, Role.LA_ADVISER, local_authority_id=district.authority)
    )
    seen = []
    for caller in (
        Caller.for_session(database, teacher),
        Caller.for_session(database, adviser),
        Caller.for_operator(database),
        Caller.for_session(database, teacher),
    ):
        with caller.begin() as work:
            seen.append(work.session.scalar(text(COUNT)))
    assert seen == [1, 2, 3, 1]


# --- starting -----------------------------------------------------------------------------------


def test_require_confined_role_accepts_the_application(postgres_database: Database) -> None:
    require_confined_role(postgres_database)


def test_require_confined_role_asks_nothing_of_sqlite(sqlite_database: Database) -> None:
    require_confined_role(sqlite_database)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER ROLE {app} BYPASSRLS", "bypasses row-level security"),
        ("ALTER ROLE {app} SUPERUSER", "is a superuser"),
        ("GRANT {backup} TO {app}", "bypasses row-level security"),
        ("ALTER TABLE school OWNER TO {app}", "owns the tables"),
        ("GRANT {owner} TO {app}", "owns the tables"),
        ("GRANT TRUNCATE ON school TO {app}", "TRUNCATE"),
        ("ALTER TABLE pupil DISABLE ROW LEVEL SECURITY", "off for pupil"),
        ("ALTER TABLE enrolment NO FORCE ROW LEVEL SECURITY", "off for enrolment"),
        ("DROP POLICY of_schools_in_scope ON judgement", "no policy for judgement"),
    ],
)
def test_find_role_faults(postgres_database: Database, change: str, words: str) -> None:
    names = {"app": "pupiltrack_tried", "owner": OWNER, "backup": BACKUP}
    owner = as_owner(postgres_database)
    with owner.writer.connect() as connection, connection.begin() as transaction:
        for statement in (
            "CREATE ROLE {app} LOGIN",
            f"GRANT {APPLICATION} TO {{app}}",
            change,
            "SET LOCAL SESSION AUTHORIZATION {app}",
        ):
            connection.exec_driver_sql(statement.format(**names))
        faults = find_role_faults(connection)
        transaction.rollback()
    owner.dispose()
    assert words in "; ".join(faults)


def test_require_confined_role_says_what_to_do(postgres_database: Database) -> None:
    owner = as_owner(postgres_database)
    with pytest.raises(ConfigurationError, match="pupiltrack db roles"):
        require_confined_role(owner)
    owner.dispose()


def test_role_script_may_be_run_again(postgres_database: Database) -> None:
    owner = as_owner(postgres_database)
    with owner.writer.begin() as connection:
        connection.connection.driver_connection.execute(role_script())
    owner.dispose()
    require_confined_role(postgres_database)
