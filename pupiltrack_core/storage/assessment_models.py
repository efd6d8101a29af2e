"""The tables of assessments, their cells and their history, and of statutory results."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

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

from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.table_base import WITHOUT_ROWID, Base


class Assessment(Base):
    """An assessment point of one school. Deleting marks it; the judgements stay for 30 days."""

    __tablename__ = "assessment"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str] = mapped_column(String(100))
    held_on: Mapped[date]
    formative_title: Mapped[str | None] = mapped_column(String(60))
    test_title: Mapped[str | None] = mapped_column(String(60))
    has_phonics: Mapped[bool] = mapped_column(default=False)
    # Null: scores of no type the school has described, from 0 to 999.99.
    test_type_id: Mapped[int | None] = mapped_column(ForeignKey("test_type.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        UniqueConstraint("school_id", "academic_year", "id"),
        Index("ix_assessment_latest", "school_id", "academic_year", "held_on"),
    )


class SchoolSubject(Base):
    """A subject of a school's own. `code` is X01 to X99 and stands wherever a subject's does."""

    __tablename__ = "school_subject"
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    short: Mapped[str] = mapped_column(String(8))
    archived_at: Mapped[datetime | None]
    __table_args__ = (WITHOUT_ROWID,)


class TestType(Base):
    """A kind of test scores of a school's own: the lowest and highest score there can be."""

    __test__: ClassVar = False  # the name would make pytest look in it for tests
    __tablename__ = "test_type"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(String(60))
    lowest: Mapped[int] = mapped_column(SmallInteger)
    highest: Mapped[int] = mapped_column(SmallInteger)
    decimals: Mapped[int] = mapped_column(SmallInteger, default=0)
    archived_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("school_id", "name"),
        CheckConstraint("lowest < highest AND decimals BETWEEN 0 AND 2", name="range"),
    )


class AssessmentYearGroup(Base):
    """A year group an assessment is for."""

    __tablename__ = "assessment_year_group"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    academic_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(primary_key=True)
    year_group: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
        ),
        WITHOUT_ROWID,
    )


class AssessmentSubject(Base):
    """A subject an assessment has a column for; reading, writing and maths are always there."""

    __tablename__ = "assessment_subject"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    academic_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(4), primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
        ),
        WITHOUT_ROWID,
    )


class JudgementRow(Base):
    """One cell of the grid. `kind` is tracking, formative, test or phonics.

    A cleared cell keeps its row with a null value, so that its version goes on counting.
    """

    __tablename__ = "judgement"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    academic_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    assessment_id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(4), primary_key=True)
    kind: Mapped[str] = mapped_column(String(9), primary_key=True)
    value: Mapped[str | None] = mapped_column(String(1000))
    colour: Mapped[str | None] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
        ),
        ForeignKeyConstraint(
            ["school_id", "academic_year", "pupil_id"],
            ["enrolment.school_id", "enrolment.academic_year", "enrolment.pupil_id"],
        ),
        CheckConstraint("kind IN ('tracking', 'formative', 'test', 'phonics')", name="kind"),
        WITHOUT_ROWID,
    )


class CellChange(Base):
    """What one cell of a grid held from one moment on: its history, and what others look for.

    `id` grows in the order in which changes become visible, which the lock of the audit sees to.
    `kind` is a judgement's, `include` (no assessment, no subject) or `result` (no assessment;
    `subject` is the collection and the measure, "KS1:READ_SCORE"). What a cell held before its
    history was kept has no `changed_at` where that is not known.
    """

    __tablename__ = "cell_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    pupil_id: Mapped[int]
    assessment_id: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(20), default="")
    kind: Mapped[str] = mapped_column(String(9))
    value: Mapped[str | None] = mapped_column(String(1000))
    colour: Mapped[str | None] = mapped_column(String(12))
    version: Mapped[int]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "academic_year", "pupil_id"],
            ["enrolment.school_id", "enrolment.academic_year", "enrolment.pupil_id"],
        ),
        Index("ix_cell_change_feed", "school_id", "academic_year", "id"),
        Index("ix_cell_change_pupil", "school_id", "pupil_id", "assessment_id"),
    )


class SchoolResult(Base):
    """A result a school enters itself, beside the official ones, which nobody edits.

    A key stage 1 scaled score, or a good level of development where none was loaded. A cleared one
    keeps its row with a null value, so that its version goes on counting.
    """

    __tablename__ = "school_result"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(String(10), primary_key=True)
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str | None] = mapped_column(String(6))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        WITHOUT_ROWID,
    )


class StatutoryResult(Base):
    """A statutory outcome of a pupil: a value (mark, score), a code, or both; never neither."""

    __tablename__ = "statutory_result"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(primary_key=True)
    collection: Mapped[str] = mapped_column(String(10), primary_key=True)  # EYFSP, PHONICS, ...
    ending_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    sitting: Mapped[str] = mapped_column(String(10), primary_key=True)  # "Y1", "Y2", "main"
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)  # GLD, MARK, READ, ...
    value: Mapped[int | None] = mapped_column(SmallInteger)
    code: Mapped[str | None] = mapped_column(String(6))
    source: Mapped[str] = mapped_column(String(40))
    data_status: Mapped[str] = mapped_column(String(11), default="final")
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        CheckConstraint("value IS NOT NULL OR code IS NOT NULL", name="value_or_code"),
        WITHOUT_ROWID,
    )
