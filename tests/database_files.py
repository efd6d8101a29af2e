"""What a database has on its disk, searched for texts that must not be there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import text

from pupiltrack_core.storage.engine import Database
from tests.postgres_server import as_owner


def texts_on_disk(database: Database, texts: Collection[str]) -> set[str]:
    """Return which of the texts stand in the files of the database or in its logs."""
    found: set[str] = set()
    for path in _files(database):
        content = path.read_bytes()
        found |= {one for one in texts if one.encode() in content}
    return found


def _files(database: Database) -> Iterator[Path]:
    if database.url.get_backend_name() == "sqlite":
        path = Path(database.url.database or "")
        yield from path.parent.glob(f"{path.name}*")
        return
    owner = as_owner(database)
    try:
        with owner.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("CHECKPOINT"))  # what is in memory goes to the tables' files
            number = connection.scalar(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            )
            data = Path(connection.scalar(text("SHOW data_directory")))
    finally:
        owner.dispose()
    yield from (data / "base" / str(number)).iterdir()
    yield from (path for path in (data / "pg_wal").iterdir() if path.is_file())
    yield data.parent / "log"
