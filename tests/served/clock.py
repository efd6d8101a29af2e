"""Letting a session look as if its owner had done nothing for a while."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from pupiltrack_core.services.tokens import hash_token
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserSession


def move_last_act_back(database: Database, token: str, *, minutes: int) -> None:
    """Set the last act of a token's session back."""
    with database.unit_of_work(write=True) as unit:
        wanted = select(UserSession).where(UserSession.token_hash == hash_token(token))
        session = unit.session.scalars(wanted).one()
        session.last_act_at -= timedelta(minutes=minutes)
        unit.commit()
