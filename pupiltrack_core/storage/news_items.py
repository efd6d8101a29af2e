"""News that a local authority publishes to its schools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import NewsItem


def find_all_news(session: Session, local_authority_id: int) -> Sequence[NewsItem]:
    """Return every item of the authority, past and to come, newest first."""
    return session.scalars(
        select(NewsItem)
        .where(NewsItem.local_authority_id == local_authority_id)
        .order_by(NewsItem.starts_on.desc(), NewsItem.id.desc())
    ).all()


def lock_news_item(session: Session, news_id: int) -> NewsItem | None:
    """Return one item, of whatever authority, kept from others until the transaction ends."""
    return session.get(NewsItem, news_id, with_for_update=True)


def add_news_item(session: Session, **values: Any) -> int:
    """Add an item and return its id."""
    item = NewsItem(**values)
    session.add(item)
    session.flush()
    return item.id


def remove_news_item(session: Session, item: NewsItem) -> None:
    """Delete an item."""
    session.delete(item)
    session.flush()
