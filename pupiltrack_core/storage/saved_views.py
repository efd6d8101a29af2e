"""Reports a person has named and kept: choices, no personal data of pupils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.report_models import SavedView


def find_views(session: Session, user_id: int, page: str) -> Sequence[SavedView]:
    """Return the person's views of a page, by name."""
    return session.scalars(
        select(SavedView)
        .where(SavedView.user_id == user_id, SavedView.page == page)
        .order_by(func.lower(SavedView.name), SavedView.id)
    ).all()


def find_view(session: Session, user_id: int, view_id: int) -> SavedView | None:
    """Return one of the person's views; None for another's and for one that is gone."""
    return session.scalar(
        select(SavedView).where(SavedView.id == view_id, SavedView.user_id == user_id)
    )


def find_view_named(session: Session, user_id: int, page: str, name: str) -> SavedView | None:
    """Return the person's view of this very name."""
    return session.scalar(
        select(SavedView).where(
            SavedView.user_id == user_id, SavedView.page == page, SavedView.name == name
        )
    )


def count_views(session: Session, user_id: int) -> int:
    """Return how many views the person keeps, of whatever page."""
    query = select(func.count()).select_from(SavedView).where(SavedView.user_id == user_id)
    return session.scalar(query) or 0


def add_view(
    session: Session,
    user_id: int,
    page: str,
    *,
    name: str,
    school_id: int | None,
    content: Mapping[str, Any],
    saved_at: datetime,
) -> SavedView:
    """Add a view; raise `Conflict` where another of the name has just been added."""
    row = SavedView(
        user_id=user_id,
        page=page,
        name=name,
        school_id=school_id,
        content=dict(content),
        saved_at=saved_at,
    )
    session.add(row)
    session.flush()
    return row
