"""A SQLite database copied while it is in use, and a copy put where a database is to be."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from pupiltrack_core.errors import InvalidEntry, StorageUnavailable

_CHUNK = 1024 * 1024
_BESIDE = ("-wal", "-shm", "-journal")
_SECONDS_TO_WAIT = 5.0


def copy_database(path: Path, copy: Path) -> None:
    """Copy a database as it is at this moment into a new file that we alone can read.

    Nobody waits for it: readers and writers go on. Raises `StorageUnavailable`.
    """
    try:
        copy.touch(mode=0o600, exist_ok=False)
        with (
            closing(_opened_to_read(path)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)  # in one step: of one moment, whatever is written meanwhile
    except (OSError, sqlite3.Error) as error:
        raise StorageUnavailable(
            f"The database could not be copied beside itself ({type(error).__name__}). No backup "
            "was made. Look whether its disk is full."
        ) from error


def settle(path: Path) -> None:
    """Bring a copy that nobody else uses into its one file, and check every page of it.

    Raises `InvalidEntry` for one that is damaged.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").close()
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise _damaged() from error
    if answer != ("ok",) or broken is not None:
        raise _damaged()


def read_pieces(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece


def has_tables(path: Path) -> bool:
    """Whether there is a file with anything in it, a database or not."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(_opened_to_read(path)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True


def put_in_place(copy: Path, path: Path, *, aside: Path) -> tuple[Path, ...]:
    """Make a settled copy the database at `path`; what was there is moved to `aside`.

    One that SQLite cannot read is moved as it is, with its log beside it: the log may hold what the
    file has lost. Return the files that were moved, none where nothing was there. Raises
    `StorageUnavailable`, with everything as it was, while the database is in use.
    """
    is_old = has_tables(path)
    if is_old and not _is_unreadable(path):
        _require_unused(path)
    moved: list[tuple[Path, Path]] = []  # where each stood, and where it stands
    try:
        _give_to_owner(copy, of=path if is_old else path.parent)
        # The file last: until it has its new name, nothing takes its log for another's.
        for ending in (*_BESIDE, *(("",) if is_old else ())):
            old, new = path.with_name(path.name + ending), aside.with_name(aside.name + ending)
            if old.exists():
                old.rename(new)
                moved.append((old, new))
        copy.rename(path)
        moved.append((copy, path))
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        for old, new in reversed(moved):
            new.rename(old)
        raise StorageUnavailable(
            f"The database could not be put in its place: {error.strerror}. What was there is as "
            "it was."
        ) from error
    return tuple(new for old, new in reversed(moved) if old != copy)


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is there, whatever signs its name holds, and make none that is not."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)


def _is_unreadable(path: Path) -> bool:
    """Whether SQLite knows no database in the file. Opened to write, it would remove the log."""
    try:
        with closing(_opened_to_read(path)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").close()
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True
    return False


def _require_unused(path: Path) -> None:
    """Bring the log into the file, which needs the database for itself alone.

    A log left beside a file that is no longer its own would be taken for the new one's.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_SECONDS_TO_WAIT)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise _in_use() from error
    except sqlite3.DatabaseError:  # damaged, which may be why it is to be replaced
        return
    if mode != "delete":
        raise _in_use()


def _give_to_owner(copy: Path, *, of: Path) -> None:
    """Let the portal's own account use what root has restored."""
    if os.geteuid() == 0:
        owner = of.stat()
        os.chown(copy, owner.st_uid, owner.st_gid)


def _in_use() -> StorageUnavailable:
    return StorageUnavailable(
        "The database is in use. Nothing was changed. Stop the portal and whatever else works on "
        "it, then try again."
    )


def _damaged() -> InvalidEntry:
    return InvalidEntry(
        "The database inside is damaged: SQLite's own check found a fault. Take another backup.",
        field="file",
    )
