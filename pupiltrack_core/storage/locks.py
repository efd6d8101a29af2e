"""Locks that last until the transaction ends, for what two writers must not do at once.

On SQLite a writing unit of work already has the whole database to itself, so nothing is done.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.orm import Session


class LockSpace(IntEnum):
    """What a lock is about; the numbers only have to differ from each other."""

    AUDIT = 7_465_001
    SIGN_IN_NAME = 7_465_002
    CHALLENGE = 7_465_003
    REGISTRATION = 7_465_004
    GUESSING = 7_465_005
    STAFF = 7_465_006


def hold_lock(session: Session, space: LockSpace, key: str = "") -> None:
    """Wait for the lock and hold it until commit or rollback.

    Raises `StorageUnavailable` when another keeps it longer than the database waits for a lock.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big", signed=True)
    session.execute(
        text("SELECT pg_advisory_xact_lock(:space, :number)"),
        {"space": int(space), "number": number},
    )
