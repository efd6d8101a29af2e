"""Every report over a whole authority of 600 schools, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Json
from sqlalchemy import JSON, Table, select

from benchmarks.authority import SCHOOLS, open_authority
from benchmarks.measuring import Result, absolute, interleave
from benchmarks.reports import YEAR, signed_in
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.services.pupil_matrix import pupil_matrix
from pupiltrack_core.services.report_comparison import Against, compare_report
from pupiltrack_core.services.report_groups import group_report, groupings_of
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.services.transition import transition_report
from pupiltrack_core.services.venn_reports import venn_reports
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.engine import Database
from tests.postgres_server import MISSING, SUPERUSER, find_binaries, running_server

GOAL = 1.5  # seconds
RUNS = 5
ROWS_AT_ONCE = 10_000


def run(folder: Path) -> list[Result]:
    """Return how long each report takes over the authority, on both databases."""
    on_sqlite = open_authority(folder)
    try:
        results = _reports(on_sqlite, "SQLite")
        if find_binaries() is None:
            print(MISSING, file=sys.stderr)
            return results
        with _on_postgresql(on_sqlite) as on_postgresql:
            return results + _reports(on_postgresql, "PostgreSQL")
    finally:
        on_sqlite.dispose()


def _reports(database: Database, name: str) -> list[Result]:
    caller = signed_in(database, "adviser")
    with caller.begin() as work:
        authority = work.principal.local_authority_ids[0]
    whole = CohortSelection(YEAR, local_authority_id=authority, years=YearRange.ALL_YEARS)
    girls = replace(whole, characteristics=((Characteristic.SEX, "F"),))
    report = full_report(caller, whole)
    sexes = next(
        item for item in groupings_of(caller, report) if item.characteristic is Characteristic.SEX
    )
    times = interleave(
        RUNS,
        {
            "Full report": lambda: full_report(caller, whole),
            "Comparison with last year": lambda: compare_report(caller, report, Against.LAST_YEAR),
            "Girls and boys": lambda: group_report(caller, report, sexes),
            "Matrix with a layer": lambda: pupil_matrix(caller, whole, (girls,)),
            "Both Venn diagrams": lambda: venn_reports(caller, whole),
            "Transition matrix": lambda: transition_report(caller, whole),
        },
    )
    return [
        absolute(
            f"{what}, authority of {SCHOOLS} schools, {name}",
            [run / 1000 for run in runs],
            unit="s",
            goal=GOAL,
        )
        for what, runs in times.items()
    ]


@contextmanager
def _on_postgresql(source: Database) -> Iterator[Database]:
    """Give the same rows on a PostgreSQL server of this run's own, as the application's role."""
    print("Copying the authority to PostgreSQL ...", file=sys.stderr, flush=True)
    with running_server() as server, server.database() as url:
        target = Database.open(url)
        try:
            owner = target.url.set(drivername="postgresql", username=SUPERUSER)
            address = owner.render_as_string(hide_password=False)
            with psycopg.connect(address) as connection:
                # References are whole in the rows as they are; their order here may not be.
                connection.execute("SET session_replication_role = replica")
                for table in METADATA.sorted_tables:
                    _copy(source, connection, table)
                connection.commit()
                connection.execute("ANALYZE")
                connection.commit()
            yield target
        finally:
            target.dispose()


def _copy(source: Database, target: psycopg.Connection[Any], table: Table) -> None:
    """Copy a table's rows, and let the next new one have a number of its own."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
    )
    is_json = [isinstance(column.type, JSON) for column in table.columns]
    with source.reader.connect() as reading, target.cursor().copy(statement) as copy:
        rows = reading.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
        for row in rows:
            copy.write_row(
                Json(value) if wrapped and value is not None else value
                for value, wrapped in zip(row, is_json, strict=True)
            )
    if "id" in table.columns:
        advance = "SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}"
        target.execute(sql.SQL(advance).format(sql.Literal(table.name), sql.Identifier(table.name)))
