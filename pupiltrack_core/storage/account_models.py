"""The tables of accounts beyond name and password: second steps, registration, mail, duties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from pupiltrack_core.storage.models import School, UserAccount
from pupiltrack_core.storage.table_base import Base

# --- second steps -------------------------------------------------------------------------------


class Passkey(Base):
    """A public key by which a person signs in (WebAuthn); it proves nothing to who reads it."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    transports: Mapped[list[str]]
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser a person has signed in with before; strangers cannot lock it out."""

    __tablename__ = "known_device"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]


class OneUseToken(Base):
    """A link that was sent out: to choose a password, confirm an address, accept an invitation."""

    __tablename__ = "one_use_token"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    draft_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    detail: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SpentChallenge(Base):
    """A proof of work that was accepted once and is not accepted again."""

    __tablename__ = "spent_challenge"
    challenge_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


# --- registration and mail ----------------------------------------------------------------------


class Registration(Base):
    """Someone asks for an account at a school. `kind` is head, second or invited."""

    __tablename__ = "registration"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id), index=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"))
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id))
    role: Mapped[str] = mapped_column(String(20))
    class_names: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    email_confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str | None] = mapped_column(String(300))
    __table_args__ = (
        CheckConstraint("kind IN ('head', 'second', 'invited')", name="kind"),
        CheckConstraint("state IN ('waiting', 'approved', 'rejected')", name="state"),
        Index("ix_registration_queue", "local_authority_id", "state", "asked_at"),
    )


class OutgoingMail(Base):
    """A message waiting to be sent, or sent; its text is removed once it has gone."""

    __tablename__ = "outgoing_mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    kind: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    queued_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_outgoing_mail_due", "sent_at", "given_up_at", "next_try_at"),)


class NamedAccess(Base):
    """A person named for one action at one school, such as seeing who is looked after."""

    __tablename__ = "named_access"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id))
    action: Mapped[str] = mapped_column(String(60))
    given_at: Mapped[datetime]
    given_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (UniqueConstraint("user_id", "school_id", "action"),)


# --- duties -------------------------------------------------------------------------------------


class LegalHold(Base):
    """A reason to keep a pupil's record beyond its time, until it is lifted."""

    __tablename__ = "legal_hold"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    pupil_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    placed_at: Mapped[datetime]
    placed_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        Index("ix_legal_hold_pupil", "school_id", "pupil_id"),
    )


class Tombstone(Base):
    """That a pupil's record was erased: a keyed hash of the UPN, so that it stays erased.

    A row with `pupil_id` is an order: the record goes once the server, which alone has the key, has
    taken it up; from then on there is the hash, and no number of a pupil.
    """

    __tablename__ = "tombstone"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id), index=True)
    pupil_id: Mapped[int | None]
    pupil_hash: Mapped[str | None] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    __table_args__ = (
        UniqueConstraint("school_id", "pupil_hash"),
        UniqueConstraint("school_id", "pupil_id"),
        CheckConstraint("(pupil_id IS NULL) = (pupil_hash IS NOT NULL)", name="order_or_hash"),
    )


class RetentionRun(Base):
    """Erasing what is past its time at an authority's schools, and how far it has come.

    The server does one school after the other, in the order of their numbers; `after_school` is the
    last it has done. `due` was found when it was ordered, `held` on the way; `message` says why a
    run ended before its time.
    """

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    asked_at: Mapped[datetime]
    schools: Mapped[int]
    schools_done: Mapped[int] = mapped_column(default=0)
    after_school: Mapped[int] = mapped_column(default=0)
    due: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    erased: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    message: Mapped[str | None] = mapped_column(String(300))


class BreachRecord(Base):
    """A personal data breach as article 33(5) of the UK GDPR wants it kept."""

    __tablename__ = "breach_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey(School.id))
    aware_at: Mapped[datetime]
    happened_on: Mapped[date | None] = mapped_column(Date)
    facts: Mapped[str] = mapped_column(Text)
    effects: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    people_affected: Mapped[int | None]
    risk: Mapped[str] = mapped_column(String(10))
    reported_at: Mapped[datetime | None]
    people_told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    written_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (CheckConstraint("risk IN ('none', 'risk', 'high')", name="risk"),)


class AttestationRow(Base):
    """Once a year a head says who still works with the school's data."""

    __tablename__ = "attestation"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey(School.id), index=True)
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    attested_at: Mapped[datetime]
    attested_by: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    people: Mapped[int]
