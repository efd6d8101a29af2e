"""Which column of a list means what, as schools last said it: numbers of columns, no values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.school_year_models import ImportMapping

MOST_KEPT = 50  # of one school; a school has a handful of reports it exports


def find_import_mapping(session: Session, school_id: int, fingerprint: str) -> ImportMapping | None:
    """Return what the school last said of files so headed, or None."""
    return session.get(ImportMapping, (school_id, fingerprint))


def save_import_mapping(
    session: Session,
    school_id: int,
    fingerprint: str,
    mapping: Mapping[str, int],
    *,
    saved_at: datetime,
    saved_by: int | None,
) -> None:
    """Keep a mapping in place of what was there; the school's oldest beyond 50 go.

    The caller holds the school (`school_settings.lock_school`), so that two people cannot add the
    same at once.
    """
    session.merge(
        ImportMapping(
            school_id=school_id,
            fingerprint=fingerprint,
            mapping=dict(mapping),
            saved_at=saved_at,
            saved_by=saved_by,
        )
    )
    session.flush()
    too_old = session.scalars(
        select(ImportMapping.fingerprint)
        .where(ImportMapping.school_id == school_id)
        .order_by(ImportMapping.saved_at.desc(), ImportMapping.fingerprint)
        .offset(MOST_KEPT)
    ).all()
    if too_old:
        session.execute(
            delete(ImportMapping).where(
                ImportMapping.school_id == school_id, ImportMapping.fingerprint.in_(too_old)
            ),
            execution_options={"synchronize_session": False},
        )
