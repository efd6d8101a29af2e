"""Which revision a database is at, and whether this version of PupilTrack may open it.

Kept apart from `schema` so that a page's kernel can check without loading Alembic.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from pupiltrack_core.errors import DatabaseRevisionError

HEAD_REVISION = "0008"
UPGRADE_COMMAND = "pupiltrack db upgrade"
_REVISION = text("SELECT version_num FROM alembic_version")


def read_revision(connection: Connection) -> str | None:
    """Return the revision the database says it is at, or None for one without our tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_REVISION).scalar()


def find_revision(connection: Connection) -> str | None:
    """Return what `read_revision` does, in one query where our tables are there.

    Where they are not, the transaction is rolled back: it must hold nothing yet.
    """
    try:
        return connection.execute(_REVISION).scalar()
    except DBAPIError:  # no such table, or a fault that the longer way will meet again
        connection.rollback()
        return read_revision(connection)


def require_head(found: str | None) -> None:
    """Raise `DatabaseRevisionError`, saying what to run, unless `found` is the head revision.

    Revisions are numbered upwards, so a greater one was written by a newer PupilTrack.
    """
    if found == HEAD_REVISION:
        return
    if found is None:
        raise DatabaseRevisionError(
            f"The database has no PupilTrack tables yet. Run `{UPGRADE_COMMAND}` to create them."
        )
    if found > HEAD_REVISION:
        raise DatabaseRevisionError(
            f"The database is at revision {found}; this version of PupilTrack knows revisions up "
            f"to {HEAD_REVISION}. Nothing was changed. Install the newer PupilTrack that made it, "
            f"then run `{UPGRADE_COMMAND}`."
        )
    raise DatabaseRevisionError(
        f"The database is at revision {found}; this version of PupilTrack needs {HEAD_REVISION}. "
        f"Nothing was changed. Make a copy of the database, then run `{UPGRADE_COMMAND}`."
    )
