"""What is counted in a database before and after a restore, and what must not come back to life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, func, inspect, select, table, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Update

from pupiltrack_core.storage.account_models import OneUseToken, OutgoingMail
from pupiltrack_core.storage.models import Download, PageTicket, UserSession


@dataclass(frozen=True, slots=True)
class Ended:
    """How many sessions, links and messages of the time of the backup were ended."""

    sessions: int
    links: int
    messages: int


def table_names(session: Session) -> tuple[str, ...]:
    """Return every table there is, ours or not, in order."""
    return tuple(sorted(inspect(session.connection()).get_table_names()))


def count_rows(session: Session, names: Iterable[str]) -> dict[str, int]:
    """Return the number of rows of each of these tables."""
    return {
        name: session.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in names
    }


def end_what_was_open(session: Session, *, at: datetime, reason: str) -> Ended:
    """End every session, link and queued message of a database that was restored.

    A session that was ended since would be live again, a link that was used could be used once
    more, and a message that was sent would be sent twice.
    """
    session.execute(delete(PageTicket))
    session.execute(delete(Download))
    return Ended(
        sessions=_changed(
            session,
            update(UserSession)
            .where(UserSession.revoked_at.is_(None))
            .values(revoked_at=at, revoked_reason=reason),
        ),
        links=_changed(
            session, update(OneUseToken).where(OneUseToken.used_at.is_(None)).values(used_at=at)
        ),
        messages=_changed(
            session,
            update(OutgoingMail)
            .where(OutgoingMail.sent_at.is_(None), OutgoingMail.given_up_at.is_(None))
            .values(given_up_at=at),
        ),
    )


def _changed(session: Session, statement: Update | Delete) -> int:
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
