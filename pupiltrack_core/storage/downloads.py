"""Files made for one session, kept until it fetches them or ten minutes have passed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, literal, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Download, UserSession


def add_download(
    session: Session,
    *,
    token_hash: str,
    session_id: int,
    school_id: int | None,
    kind: str,
    file_name: str,
    media_type: str,
    content: bytes,
    created_at: datetime,
    expires_at: datetime,
) -> None:
    """Keep a file for the session."""
    session.add(
        Download(
            token_hash=token_hash,
            session_id=session_id,
            school_id=school_id,
            kind=kind,
            file_name=file_name,
            media_type=media_type,
            content=content,
            created_at=created_at,
            expires_at=expires_at,
        )
    )
    session.flush()


def find_download(session: Session, token_hash: str, *, now: datetime) -> Download | None:
    """Return the file of this token hash, whosever it is, unless its time is over."""
    return session.scalar(
        select(Download).where(Download.token_hash == token_hash, Download.expires_at > now)
    )


def remove_expired_downloads(session: Session, *, now: datetime) -> None:
    """Forget files whose time is over."""
    session.execute(delete(Download).where(Download.expires_at <= now))


def remove_oldest_downloads(session: Session, session_id: int, *, keep: int) -> None:
    """Forget all files of a session but the `keep` made last."""
    older = (
        select(Download.token_hash)
        .where(Download.session_id == session_id)
        .order_by(Download.created_at.desc(), Download.token_hash)
        .offset(keep)
    )
    tokens = session.scalars(older).all()
    session.execute(delete(Download).where(Download.token_hash.in_(tokens)))


def has_useless_downloads(session: Session, *, now: datetime, idle_since: datetime) -> bool:
    """Whether there is a file nobody can fetch any more."""
    # No column of the table: an index holds all that is asked, and no file is read past.
    found = select(literal(1)).select_from(Download).where(_is_useless(now, idle_since)).limit(1)
    return session.scalar(found) is not None


def remove_useless_downloads(session: Session, *, now: datetime, idle_since: datetime) -> None:
    """Forget files whose time is over, and those of sessions that have ended.

    A session whose last act is at or before `idle_since` has ended.
    """
    session.execute(delete(Download).where(_is_useless(now, idle_since)))


def _is_useless(now: datetime, idle_since: datetime) -> ColumnElement[bool]:
    # Each file looks up its own session: sessions that have ended are kept, and grow to be many.
    has_ended = (
        select(UserSession.id)
        .where(
            UserSession.id == Download.session_id,
            or_(
                UserSession.revoked_at.is_not(None),
                UserSession.expires_at <= now,
                UserSession.last_act_at <= idle_since,
            ),
        )
        .exists()
    )
    return or_(Download.expires_at <= now, has_ended)
