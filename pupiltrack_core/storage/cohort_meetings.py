"""Progress meetings about cohorts, and every meeting as it stood at earlier savings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.cohort_meetings import MeetingContent, MeetingHead, read_content
from pupiltrack_core.domain.meeting_figures import MeetingFigures, read_figures
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.models import Pupil, UserAccount
from pupiltrack_core.storage.report_models import CohortMeeting, CohortMeetingVersion

_FIGURES = "figures"  # stands beside what was written down


@dataclass(frozen=True, slots=True)
class MeetingText:
    """What is stored of a meeting: what was written down, and the figures it had before it."""

    content: MeetingContent
    figures: MeetingFigures

    def to_stored(self) -> dict[str, Any]:
        """Return it as the database keeps it."""
        return {**self.content.to_stored(), _FIGURES: self.figures.to_stored()}

    @classmethod
    def read(cls, stored: dict[str, Any]) -> MeetingText:
        """Return what was stored."""
        return cls(read_content(stored), read_figures(stored[_FIGURES]))


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting as a list shows it. `assessment` is a name; `saved_by` None is unknown."""

    id: int
    academic_year: int
    year_group: int
    class_name: str | None
    assessment: str | None
    held_on: date
    teacher: str
    saved_at: datetime
    saved_by: str | None
    version: int


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One saving of a meeting: which, when, and by whom if that is known."""

    version: int
    saved_at: datetime
    saved_by: str | None


def find_cohort_meetings(
    session: Session, school_id: int, academic_year: int
) -> tuple[MeetingLine, ...]:
    """Return the school's meetings about cohorts of the year, deleted ones left out, in no order.

    What was written down is not read.
    """
    table, version = CohortMeeting, CohortMeetingVersion
    rows: Iterable[Any] = session.execute(
        select(
            table.id,
            table.academic_year,
            table.year_group,
            table.class_name,
            Assessment.name,
            table.held_on,
            table.teacher,
            table.saved_at,
            UserAccount.display_name,
            table.version,
        )
        .outerjoin(version, and_(version.meeting_id == table.id, version.version == table.version))
        .outerjoin(UserAccount, UserAccount.id == version.saved_by)
        .outerjoin(
            Assessment,
            and_(Assessment.id == table.assessment_id, Assessment.school_id == table.school_id),
        )
        .where(
            table.school_id == school_id,
            table.academic_year == academic_year,
            table.deleted_at.is_(None),
        )
    )
    return tuple(MeetingLine(*row) for row in rows)


def find_cohort_meeting(
    session: Session, school_id: int, meeting_id: int, *, for_update: bool = False
) -> CohortMeeting | None:
    """Return the school's meeting, deleted or not; None where it has none of this id.

    With `for_update` it is kept from others until the transaction ends.
    """
    query = (
        select(CohortMeeting)
        .where(CohortMeeting.id == meeting_id, CohortMeeting.school_id == school_id)
        .execution_options(populate_existing=True)
    )
    return session.scalar(query.with_for_update(key_share=True) if for_update else query)


def find_meeting_versions(session: Session, meeting: CohortMeeting) -> tuple[VersionLine, ...]:
    """Return every saving of a meeting that is kept, the last first."""
    table = CohortMeetingVersion
    rows = session.execute(
        select(table.version, table.saved_at, UserAccount.display_name)
        .outerjoin(UserAccount, UserAccount.id == table.saved_by)
        .where(table.meeting_id == meeting.id, table.school_id == meeting.school_id)
        .order_by(table.version.desc())
    )
    return tuple(VersionLine(*row) for row in rows)


def find_meeting_version(
    session: Session, meeting: CohortMeeting, version: int
) -> CohortMeetingVersion | None:
    """Return one saving of a meeting; None where there is none of this number."""
    row = session.get(CohortMeetingVersion, (meeting.id, version), populate_existing=True)
    return row if row is not None and row.school_id == meeting.school_id else None


def add_cohort_meeting(
    session: Session,
    school_id: int,
    academic_year: int,
    text: MeetingText,
    *,
    created_by: int | None,
    created_at: datetime,
) -> int:
    """Add a meeting with its first version and return its id."""
    row = CohortMeeting(
        school_id=school_id,
        academic_year=academic_year,
        created_by=created_by,
        created_at=created_at,
        saved_at=created_at,
        version=1,
    )
    _set(row, text)
    session.add(row)
    session.flush()
    session.add(_version_of(row, saved_by=created_by))
    session.flush()
    return row.id


def update_cohort_meeting(
    session: Session,
    row: CohortMeeting,
    text: MeetingText,
    *,
    saved_by: int | None,
    saved_at: datetime,
    in_place_of: CohortMeetingVersion | None,
) -> None:
    """Store a locked meeting anew, as a new version or in place of the one given, its last."""
    _set(row, text)
    row.saved_at = saved_at
    if in_place_of is None:
        row.version += 1
        session.flush()
        session.add(_version_of(row, saved_by=saved_by))
    else:
        in_place_of.content, in_place_of.saved_at = row.content, saved_at
    session.flush()


def mark_cohort_meeting_deleted(
    session: Session, row: CohortMeeting, deleted_at: datetime | None
) -> None:
    """Mark a locked meeting as deleted at a moment, or as not deleted; its version stays."""
    row.deleted_at = deleted_at
    session.flush()


def find_names_of_pupils(
    session: Session, school_id: int, pupil_ids: Collection[int]
) -> dict[int, tuple[str, str]]:
    """Return surname and forenames as they are now of these pupils, archived ones too."""
    rows = session.execute(
        select(Pupil.id, Pupil.surname, Pupil.forenames).where(
            Pupil.school_id == school_id, Pupil.id.in_(sorted(pupil_ids))
        )
    )
    return {int(number): (surname, forenames) for number, surname, forenames in rows}


def _set(row: CohortMeeting, text: MeetingText) -> None:
    head: MeetingHead = text.content.head
    row.year_group, row.class_name = head.year_group, head.class_name
    row.assessment_id, row.held_on, row.teacher = head.assessment_id, head.held_on, head.teacher
    row.content = text.to_stored()


def _version_of(row: CohortMeeting, *, saved_by: int | None) -> CohortMeetingVersion:
    return CohortMeetingVersion(
        meeting_id=row.id,
        version=row.version,
        school_id=row.school_id,
        content=row.content,
        saved_at=row.saved_at,
        saved_by=saved_by,
    )
