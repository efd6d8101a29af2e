"""Progress meetings about one pupil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import PupilMeeting


def find_meetings_of_pupil(session: Session, school_id: int, pupil_id: int) -> Sequence[Any]:
    """Return the meetings about one pupil at a school, deleted ones left out, in no order.

    Columns: id, academic_year, held_on, teacher, comments.
    """
    return session.execute(
        select(
            PupilMeeting.id,
            PupilMeeting.academic_year,
            PupilMeeting.held_on,
            PupilMeeting.teacher,
            PupilMeeting.comments,
        ).where(
            PupilMeeting.school_id == school_id,
            PupilMeeting.pupil_id == pupil_id,
            PupilMeeting.deleted_at.is_(None),
        )
    ).all()
