"""What a person last chose on a page, kept for the next visit: no personal data of pupils."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import SavedSelection


def find_selection(session: Session, user_id: int, page: str) -> dict[str, Any]:
    """Return what was saved, or nothing."""
    table = SavedSelection
    found = session.scalar(
        select(table.selection).where(table.user_id == user_id, table.page == page)
    )
    return dict(found) if isinstance(found, dict) else {}


def save_selection(session: Session, user_id: int, page: str, selection: Mapping[str, Any]) -> None:
    """Keep `selection` in place of what was there."""
    session.merge(SavedSelection(user_id=user_id, page=page, selection=dict(selection)))
