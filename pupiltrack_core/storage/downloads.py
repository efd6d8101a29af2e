"""Files made for one session, kept until it fetches them or ten minutes have passed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Download


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
