"""Proofs of work that were accepted, so that none is accepted twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.account_models import SpentChallenge
from pupiltrack_core.storage.locks import LockSpace, hold_lock


def spend(session: Session, challenge_hash: str, *, until: datetime, now: datetime) -> bool:
    """Note a challenge as used until it is too old anyway; False where it was used before."""
    hold_lock(session, LockSpace.CHALLENGE, challenge_hash)
    if session.get(SpentChallenge, challenge_hash) is not None:
        return False
    session.execute(delete(SpentChallenge).where(SpentChallenge.expires_at <= now))
    session.add(SpentChallenge(challenge_hash=challenge_hash, expires_at=until))
    session.flush()
    return True


def count_spent(session: Session, *, now: datetime) -> int:
    """Return how many were used of late."""
    query = select(func.count()).select_from(SpentChallenge).where(SpentChallenge.expires_at > now)
    return session.scalar(query) or 0
