"""The driver's errors in our words: callers never see SQLAlchemy's, sqlite3's or psycopg's.

Faults of the moment (locked, full, connection lost) become `StorageUnavailable`, broken
constraints `Conflict`. Anything else is a fault of ours and stays as it is.
"""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy import exc
from sqlalchemy.engine import ExceptionContext

from pupiltrack_core.errors import Conflict, PupilTrackError, StorageUnavailable

# Primary result codes of SQLite (the low byte of the extended code), https://sqlite.org/rescode.html
_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# Classes and codes of SQLSTATE: connection, resources, operator intervention, limits on waiting.
_POSTGRES_UNAVAILABLE = ("08", "53", "57", "58", "55P03", "40001", "40P01")


def translate(context: ExceptionContext) -> BaseException | None:
    """Return the error of ours to raise in place of the driver's, or None to let it through."""
    original = context.original_exception
    if isinstance(original, psycopg.Error):
        _keep_first_line(original)
    return translated(original)


def translated(original: BaseException | None) -> PupilTrackError | None:
    """Return our error for one of a driver or of the connection pool, or None if it is neither."""
    if isinstance(original, sqlite3.IntegrityError | psycopg.IntegrityError):
        return Conflict(
            "Someone else has just saved the same thing, or removed what this belongs to. "
            "Nothing was changed. Open the page again to see what is there now."
        )
    if isinstance(original, exc.TimeoutError) or _is_unavailable(original):
        return unavailable()
    return None


def unavailable() -> StorageUnavailable:
    """Return the error for a database that cannot be used at this moment."""
    return StorageUnavailable(
        "The database is busy or cannot be reached. Nothing was changed by what you just did. "
        "Wait a moment and try again; if it goes on, tell whoever runs PupilTrack for you."
    )


def _is_unavailable(original: BaseException | None) -> bool:
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in _SQLITE_UNAVAILABLE
    if isinstance(original, psycopg.OperationalError):
        return True
    if isinstance(original, psycopg.Error):
        return (original.sqlstate or "").startswith(_POSTGRES_UNAVAILABLE)
    return False


def _keep_first_line(original: psycopg.Error) -> None:
    # The DETAIL that follows quotes the row, and with it a UPN or a mark; errors end up in logs.
    if original.args and isinstance(original.args[0], str):
        original.args = (original.args[0].split("\n", 1)[0], *original.args[1:])
