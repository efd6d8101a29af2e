"""Where meetings about a whole group name pupils by number, and how one is taken out of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import Download
from pupiltrack_core.storage.report_models import CohortMeeting, CohortMeetingVersion

# The parts of a meeting's content whose rows name pupils.
_PARTS = ("barriers", "support")


def find_mentions(session: Session, school_id: int, pupil_id: int) -> list[dict[str, Any]]:
    """Return the rows of meetings that name the pupil, without the other pupils they name."""
    found = []
    meetings = select(CohortMeeting).where(CohortMeeting.school_id == school_id)
    for meeting in session.scalars(meetings.order_by(CohortMeeting.id)):
        for part, row in _rows(meeting.content, pupil_id):
            kept = {key: value for key, value in row.items() if key not in ("key", "pupils")}
            found.append(
                {
                    "meeting_id": meeting.id,
                    "held_on": meeting.held_on,
                    "academic_year": meeting.academic_year,
                    "part": part,
                    "with_other_pupils": len(row["pupils"]) > 1,
                    **kept,
                }
            )
    return found


def remove_mentions(session: Session, school_id: int, pupil_id: int) -> int:
    """Take the pupil's number out of every meeting and its earlier versions; return of how many.

    Files made for sessions of the school go too: they may hold the pupil.
    """
    changed = 0
    for kind in (CohortMeeting, CohortMeetingVersion):
        rows: Any = session.scalars(select(kind).where(kind.school_id == school_id))
        for meeting in rows:
            if any(_rows(meeting.content, pupil_id)):
                meeting.content = _without(meeting.content, pupil_id)
                changed += 1
    for download in session.scalars(select(Download).where(Download.school_id == school_id)):
        session.delete(download)
    session.flush()
    return changed


def _rows(content: Mapping[str, Any], pupil_id: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for part in _PARTS:
        for row in content.get(part, ()):
            if pupil_id in row.get("pupils", ()):
                yield part, row


def _without(content: Mapping[str, Any], pupil_id: int) -> dict[str, Any]:
    def clean(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "pupils": [item for item in row.get("pupils", ()) if item != pupil_id]}

    parts = {part: [clean(row) for row in content.get(part, ())] for part in _PARTS}
    return {**content, **parts}
