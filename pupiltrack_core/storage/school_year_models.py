"""The tables of how pupils come, go and move up: years, transfers, loads, mapped imports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from pupiltrack_core.storage.models import School, UserAccount
from pupiltrack_core.storage.table_base import WITHOUT_ROWID, Base


class RollForward(Base):
    """A school's pupils taken into a new academic year, until it is undone."""

    __tablename__ = "roll_forward"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id))
    from_year: Mapped[int] = mapped_column(SmallInteger)
    to_year: Mapped[int] = mapped_column(SmallInteger)
    done_at: Mapped[datetime]
    done_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    moved: Mapped[int]
    left: Mapped[int]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        # Whatever two people do at once, a year is begun once.
        Index(
            "ix_roll_forward_standing",
            "school_id",
            "to_year",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )


class RollForwardPupil(Base):
    """A pupil whose enrolment a roll-forward made (`left` false) or ended (`left` true)."""

    __tablename__ = "roll_forward_pupil"
    roll_forward_id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    left: Mapped[bool]
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "roll_forward_id"], [RollForward.school_id, RollForward.id]
        ),
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        WITHOUT_ROWID,
    )


class TransferRequest(Base):
    """A school asks for the record of a pupil who has come to it.

    `school_id` is the school that asks. What was found is told to no one who asks: the holder's
    columns are read only by the holder and the local authority until the record is handed over.
    """

    __tablename__ = "transfer_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id))
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    upn: Mapped[str] = mapped_column(String(13))
    date_of_birth: Mapped[date] = mapped_column(Date)
    year_group: Mapped[int | None] = mapped_column(SmallInteger)
    class_name: Mapped[str | None] = mapped_column(String(60))
    joins_on: Mapped[date]
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    expires_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    holder_school_id: Mapped[int | None]
    holder_pupil_id: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str | None] = mapped_column(String(200))
    new_pupil_id: Mapped[int | None]
    __table_args__ = (
        ForeignKeyConstraint(
            ["holder_school_id", "holder_pupil_id"], ["pupil.school_id", "pupil.id"]
        ),
        ForeignKeyConstraint(["school_id", "new_pupil_id"], ["pupil.school_id", "pupil.id"]),
        CheckConstraint(
            "state IN ('waiting', 'confirmed', 'refused', 'withdrawn', 'expired')", name="state"
        ),
        Index("ix_transfer_request_school", "school_id", "id"),
        Index("ix_transfer_request_holder", "holder_school_id", "state"),
    )


class ReceptionLoad(Base):
    """A file of new Reception pupils for many schools, as the local authority loaded it."""

    __tablename__ = "reception_load"
    id: Mapped[int] = mapped_column(primary_key=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"), index=True)
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    schools: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]


class ReceptionArrival(Base):
    """A pupil whom a load brought to a school; `outcome` is added or changed."""

    __tablename__ = "reception_arrival"
    load_id: Mapped[int] = mapped_column(ForeignKey(ReceptionLoad.id), primary_key=True)
    school_id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(10))
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        CheckConstraint("outcome IN ('added', 'changed')", name="outcome"),
        Index("ix_reception_arrival_school", "school_id", "load_id"),
        WITHOUT_ROWID,
    )


class ImportMapping(Base):
    """Which column of a file with certain headings means what, as a school last said it."""

    __tablename__ = "import_mapping"
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
