"""The tables of what is done for a pupil: interventions, progress meetings, what they ask."""

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
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.table_base import WITHOUT_ROWID, Base


class Intervention(Base):
    """Something done for a pupil beyond the class's teaching, in one academic year."""

    __tablename__ = "intervention"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    pupil_id: Mapped[int]
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    assessment_id: Mapped[int | None]
    subject: Mapped[str | None] = mapped_column(String(4))
    title: Mapped[str] = mapped_column(String(100))
    details: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    group_name: Mapped[str | None] = mapped_column(String(60))
    run_by: Mapped[str | None] = mapped_column(String(100))
    cost_pence: Mapped[int | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            [Assessment.school_id, Assessment.academic_year, Assessment.id],
        ),
        Index("ix_intervention_pupil", "school_id", "pupil_id", "academic_year"),
    )


class DiscussionQuestion(Base):
    """A question a school asks at its meetings between two dates. `kind` is pupil or cohort."""

    __tablename__ = "discussion_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(String(10))
    description: Mapped[str] = mapped_column(String(500))
    sort_order: Mapped[int] = mapped_column(SmallInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("ix_discussion_question_school", "school_id", "kind", "sort_order"),
        CheckConstraint("kind IN ('pupil', 'cohort')", name="kind"),
    )


class PupilMeeting(Base):
    """A progress meeting about one pupil: what was agreed, in the words of the school."""

    __tablename__ = "pupil_meeting"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    pupil_id: Mapped[int]
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    held_on: Mapped[date]
    teacher: Mapped[str] = mapped_column(String(100))
    # The judgements talked about, as they stood: {"READ": "O", ...}; null for none.
    previous: Mapped[dict[str, Any] | None]
    current: Mapped[dict[str, Any] | None]
    comments: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        Index("ix_pupil_meeting_pupil", "school_id", "pupil_id", "academic_year"),
    )


class PupilMeetingAnswer(Base):
    """A question of a meeting, in the words it had then, with what was said to it."""

    __tablename__ = "pupil_meeting_answer"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("pupil_meeting.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    question: Mapped[str] = mapped_column(String(500))
    notes: Mapped[str] = mapped_column(Text, default="")
    next_steps: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (WITHOUT_ROWID,)
