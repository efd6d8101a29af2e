"""What is done for a pupil beyond the class's teaching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Intervention


def find_interventions_of_pupil(session: Session, school_id: int, pupil_id: int) -> Sequence[Any]:
    """Return the interventions of one pupil at a school, deleted ones left out, in no order.

    Columns: id, academic_year, title, subject, details, starts_on, ends_on, group_name, run_by.
    """
    return session.execute(
        select(
            Intervention.id,
            Intervention.academic_year,
            Intervention.title,
            Intervention.subject,
            Intervention.details,
            Intervention.starts_on,
            Intervention.ends_on,
            Intervention.group_name,
            Intervention.run_by,
        ).where(
            Intervention.school_id == school_id,
            Intervention.pupil_id == pupil_id,
            Intervention.deleted_at.is_(None),
        )
    ).all()
