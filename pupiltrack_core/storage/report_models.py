"""The tables of what is made from the figures: cohort meetings, saved views, batches of reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.models import School, UserAccount
from pupiltrack_core.storage.table_base import WITHOUT_ROWID, Base


class CohortMeeting(Base):
    """A progress meeting about a year group or class; pupils in `content` are ids."""

    __tablename__ = "cohort_meeting"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id))
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    year_group: Mapped[int] = mapped_column(SmallInteger)
    class_name: Mapped[str | None] = mapped_column(String(60))
    assessment_id: Mapped[int | None]
    held_on: Mapped[date]
    teacher: Mapped[str] = mapped_column(String(100))
    content: Mapped[dict[str, Any]]
    created_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            [Assessment.school_id, Assessment.academic_year, Assessment.id],
            name="fk_cohort_meeting_assessment",  # the usual name is too long for PostgreSQL
        ),
        Index("ix_cohort_meeting_cohort", "school_id", "academic_year", "year_group"),
    )


class CohortMeetingVersion(Base):
    """A meeting as it stood at one saving."""

    __tablename__ = "cohort_meeting_version"
    meeting_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "meeting_id"], [CohortMeeting.school_id, CohortMeeting.id]
        ),
        WITHOUT_ROWID,
    )


class SavedView(Base):
    """A report as a person named and kept it: choices, no personal data of pupils."""

    __tablename__ = "saved_view"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    page: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    school_id: Mapped[int | None] = mapped_column(ForeignKey(School.id))
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)


class BatchJob(Base):
    """A batch of reports asked for on the portal, and how far it has come."""

    __tablename__ = "batch_job"
    id: Mapped[int] = mapped_column(primary_key=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    asked_at: Mapped[datetime]
    request: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    message: Mapped[str | None] = mapped_column(String(300))
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    folder: Mapped[str | None] = mapped_column(String(200))
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'finished', 'cancelled', 'failed')", name="state"
        ),
    )
