"""Adding very many rows at once, past the session and its objects.

SQLite takes the rows through the driver's own loop, PostgreSQL by COPY: into the table, or, where
policies hold the role, which COPY refuses, into one of the transaction's own from which they are
moved. The values are converted by the column types as in any other statement, each repeated value
once only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

_IS_HELD = text("SELECT row_security_active(:name)")
_INCOMING = "pupiltrack_incoming"


def add_rows(connection: Connection, table: Table, columns: Mapping[str, Any]) -> int:
    """Add rows and return how many. `columns` maps names to lists, or to one value for every row.

    At least one must be a list; lists have one length. Columns left out are null: defaults of the
    models do not apply. Raise ValueError for lists of different lengths.
    """
    sizes = {len(values) for values in columns.values() if isinstance(values, list)}
    if len(sizes) != 1:
        raise ValueError("The columns of the rows to add must be lists of one length.")
    size = sizes.pop()
    if not size:
        return 0
    converted = [_converted(connection, table, name, columns[name]) for name in columns]
    rows = zip(*converted, strict=False)
    if connection.dialect.name == "sqlite":
        _insert(connection, table, tuple(columns), rows)
    elif connection.scalar(_IS_HELD, {"name": table.name}):
        _copy_and_move(connection, table, tuple(columns), rows)
    else:
        _copy(connection, table.name, tuple(columns), rows)
    return size


def next_id(connection: Connection, table: Table) -> int:
    """Return the first free number of the table's `id`; call it in the transaction that uses it."""
    return int(connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0) + 1


def follow_ids(connection: Connection, tables: Sequence[Table]) -> None:
    """Let the database go on numbering after ids that were given, where it keeps a count."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
            {"name": table.name, "last": next_id(connection, table) - 1},
        )


def _converted(connection: Connection, table: Table, name: str, values: Any) -> Iterable[Any]:
    kind = table.c[name].type.dialect_impl(connection.dialect)
    convert = kind.bind_processor(connection.dialect)
    if not isinstance(values, list):
        return repeat(convert(values) if convert else values)
    return [convert(value) for value in values] if convert else values


def _insert(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * len(names))
    into = f"{table.name} ({', '.join(names)})"
    statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - names of our own tables
    connection.exec_driver_sql(statement, list(rows))


def _copy_and_move(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    listed = ", ".join(names)
    # Names of our own tables and columns alone.
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {_INCOMING} AS SELECT {listed} FROM {table.name} "  # noqa: S608
        "WITH NO DATA"
    )
    _copy(connection, _INCOMING, names, rows)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM {_INCOMING}"  # noqa: S608
    )
    connection.exec_driver_sql(f"DROP TABLE {_INCOMING}")


def _copy(
    connection: Connection, into: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {into} ({', '.join(names)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
