"""The tables. Every pupil-level table carries `school_id` in its keys.

Composite foreign keys on (school_id, ...) make a row that mixes two schools impossible, whatever
the code above does. Characteristics, class and include-in-data belong to the enrolment (pupil x
school x academic year), so that last year's report does not change when a child changes today.
An academic year is stored as the calendar year it starts in.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from pupiltrack_core.storage.table_base import WITHOUT_ROWID, Base

# --- places -------------------------------------------------------------------------------------


class LocalAuthority(Base):
    """A local authority, known by its three-digit DfE number."""

    __tablename__ = "local_authority"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(3), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    idle_minutes: Mapped[int | None] = mapped_column(SmallInteger)  # null: the portal's


class School(Base):
    """A school; `laestab` is the seven digits of LA number and establishment number."""

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"), index=True)
    laestab: Mapped[str] = mapped_column(String(7), unique=True)
    urn: Mapped[str | None] = mapped_column(String(6))
    name: Mapped[str] = mapped_column(String(200))
    phase: Mapped[str] = mapped_column(String(20), default="primary")
    school_type: Mapped[str] = mapped_column(String(60), default="Community school")
    district: Mapped[str | None] = mapped_column(String(80))
    postcode: Mapped[str | None] = mapped_column(String(8))
    class_names: Mapped[list[str]] = mapped_column(default=list)
    custom_filter_names: Mapped[list[str]] = mapped_column(default=list)
    head_name: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[str | None] = mapped_column(Text)
    idle_minutes: Mapped[int | None] = mapped_column(SmallInteger)  # null: the authority's
    # The school's own words and colours for judgements, by code; null for the standard ones.
    judgement_wording: Mapped[dict[str, Any] | None]


class SchoolLogo(Base):
    """The picture at the head of a school's reports, as decoded and written anew by us."""

    __tablename__ = "school_logo"
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


# --- people who use the portal ------------------------------------------------------------------


class UserAccount(Base):
    """Someone who may sign in. `status` is pending, active or disabled."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(String(100), unique=True)  # case-folded
    display_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(10), default="pending")
    second_step: Mapped[str] = mapped_column(String(10), default="none")
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    # The five digits, sealed so that only the person's own password opens them; the two places
    # asked for, which stay the same until they are answered.
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_places: Mapped[str | None] = mapped_column(String(2))
    code_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    # The secret of a one-time-code app, sealed with the server's key; the last step it was used at.
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int | None]
    security_question: Mapped[int | None] = mapped_column(SmallInteger)
    security_answer_hash: Mapped[str | None] = mapped_column(String(255))
    last_sign_in_at: Mapped[datetime | None]
    attested_at: Mapped[datetime | None]
    alerts: Mapped[dict[str, Any] | None]


class MembershipRow(Base):
    """One role of one person, at a school or (school_id null) over a local authority."""

    __tablename__ = "membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(String(20))
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    class_names: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    # It begins with the person, and so serves the look-up of each request too.
    __table_args__ = (UniqueConstraint("user_id", "role", "local_authority_id", "school_id"),)


class UserSession(Base):
    """A sign-in. Only the SHA-256 of the cookie's token is stored.

    `last_act_at` moves with a person's acts alone; `second_step_done` is the seam for sign-in in
    two steps, until which no page opens.
    """

    __tablename__ = "user_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_act_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(40))
    second_step_done: Mapped[bool] = mapped_column(default=True)


class PageTicket(Base):
    """What a page's kernel redeems, once and within a minute, to learn whose page it is."""

    __tablename__ = "page_ticket"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("user_session.id", ondelete="CASCADE"))
    page: Mapped[str] = mapped_column(String(40))
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    # Issuing a ticket removes the expired ones, and every page open waits for that.
    __table_args__ = (Index("ix_page_ticket_expires_at", "expires_at"),)


class SignInAttempt(Base):
    """Failed and successful sign-ins, for rate limits. Name and address are keyed hashes.

    `by_stranger`: a password, tried from a device that the account does not know.
    """

    __tablename__ = "sign_in_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    name_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    succeeded: Mapped[bool]
    by_stranger: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (
        Index("ix_sign_in_attempt_name_hash_at", "name_hash", "at"),
        Index("ix_sign_in_attempt_address_hash_at", "address_hash", "at"),
        Index("ix_sign_in_attempt_at", "at"),
    )


# How unusual use is written down: a handful of rows among millions, which Home asks for.
UNUSUAL_USE = "unusual use"
_IS_UNUSUAL = text(f"action = '{UNUSUAL_USE}'")


class AuditEntry(Base):
    """Who did what, when. Append-only; each row's hash covers the one before it.

    `detail` holds ids, counts and field names, never a name, a UPN or a mark.
    """

    __tablename__ = "audit_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(60))
    local_authority_id: Mapped[int | None] = mapped_column(Integer)
    school_id: Mapped[int | None] = mapped_column(Integer)
    detail: Mapped[str] = mapped_column(Text)  # JSON with sorted keys, as hashed
    previous_hash: Mapped[str] = mapped_column(String(64))
    entry_hash: Mapped[str] = mapped_column(String(64), unique=True)
    __table_args__ = (
        Index("ix_audit_entry_previous_hash", "previous_hash", unique=True),
        # A school's newest rows are read from its end; by school alone, PostgreSQL sorts them all.
        Index("ix_audit_entry_school_id_id", "school_id", "id"),
        # What one person has looked at of late is asked at each record that is opened.
        Index("ix_audit_entry_user_id_at", "user_id", "at"),
        Index(
            "ix_audit_entry_unusual_use",
            "at",
            sqlite_where=_IS_UNUSUAL,
            postgresql_where=_IS_UNUSUAL,
        ),
    )


class Download(Base):
    """A file made for one session to fetch by a link that is no authority in itself."""

    __tablename__ = "download"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("user_session.id", ondelete="CASCADE"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    # The table's own rows hold whole files: what is looked for every few seconds, and by each new
    # file, is answered from these without touching one.
    __table_args__ = (
        Index("ix_download_expires_at", "expires_at", "session_id"),
        Index("ix_download_session_id", "session_id", "created_at"),
    )


class SavedSelection(Base):
    """A person's last cohort or search on a page, as JSON without personal data."""

    __tablename__ = "saved_selection"
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    page: Mapped[str] = mapped_column(String(40), primary_key=True)
    selection: Mapped[dict[str, Any]]


class NewsItem(Base):
    """News from the local authority for its schools, shown between two dates."""

    __tablename__ = "news_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    local_authority_id: Mapped[int] = mapped_column(ForeignKey("local_authority.id"), index=True)
    title: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    published_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


# --- pupils -------------------------------------------------------------------------------------


class Pupil(Base):
    """A child as one school knows them. `person_key` ties the records of a child who moved."""

    __tablename__ = "pupil"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    person_key: Mapped[str] = mapped_column(String(36))
    upn: Mapped[str] = mapped_column(String(13))
    upn_is_local: Mapped[bool] = mapped_column(default=False)
    former_upn: Mapped[str | None] = mapped_column(String(13))
    surname: Mapped[str] = mapped_column(String(200))
    forenames: Mapped[str] = mapped_column(String(200))
    date_of_birth: Mapped[date] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(1))
    postcode: Mapped[str] = mapped_column(String(8))
    local_number: Mapped[str | None] = mapped_column(String(20))
    notes: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    # Archived from an academic year on: earlier years keep the pupil. Null for not archived.
    archived_from: Mapped[int | None] = mapped_column(SmallInteger)
    archived_at: Mapped[datetime | None]
    archived_by: Mapped[int | None]  # a user account
    archive_reason: Mapped[str | None] = mapped_column(String(200))
    __table_args__ = (
        UniqueConstraint("school_id", "id"),
        UniqueConstraint("school_id", "upn"),
        CheckConstraint("sex IN ('M', 'F')", name="sex"),
        Index("ix_pupil_person_key", "person_key"),
    )


class Enrolment(Base):
    """A pupil at a school in an academic year, with everything that may change from year to year.

    A nullable yes/no is missing when null: not recorded is not No.
    """

    __tablename__ = "enrolment"
    school_id: Mapped[int] = mapped_column(primary_key=True)
    academic_year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    pupil_id: Mapped[int] = mapped_column(primary_key=True)
    year_group: Mapped[int] = mapped_column(SmallInteger)
    year_override: Mapped[bool] = mapped_column(default=False)
    class_name: Mapped[str | None] = mapped_column(String(60))
    include_in_data: Mapped[bool] = mapped_column(default=True)
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    ethnicity: Mapped[str | None] = mapped_column(String(4))
    sen: Mapped[str | None] = mapped_column(String(1))  # N, K or E
    sen_notes: Mapped[str | None] = mapped_column(Text)
    eal: Mapped[bool | None]
    fsm: Mapped[bool | None]
    ever6: Mapped[bool | None]
    pupil_premium: Mapped[bool | None]
    disadvantaged: Mapped[bool | None]
    looked_after: Mapped[bool | None]
    young_carer: Mapped[bool | None]
    alternative_assessment: Mapped[bool] = mapped_column(default=False)
    mobility_year: Mapped[int | None] = mapped_column(SmallInteger)
    mobility_term: Mapped[str | None] = mapped_column(String(6))
    custom_1: Mapped[bool | None]
    custom_2: Mapped[bool | None]
    custom_3: Mapped[bool | None]
    custom_4: Mapped[bool | None]
    custom_5: Mapped[bool | None]
    custom_6: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        Index("ix_enrolment_cohort", "school_id", "academic_year", "year_group"),
        WITHOUT_ROWID,
    )


class PupilFieldChange(Base):
    """What one field of a pupil's record was changed from and to, by whom; for the record.

    `academic_year` is null for what belongs to the pupil and not to an enrolment. Values are as
    they are stored, null for nothing recorded.
    """

    __tablename__ = "pupil_field_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    pupil_id: Mapped[int]
    academic_year: Mapped[int | None] = mapped_column(SmallInteger)
    field: Mapped[str] = mapped_column(String(40))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    __table_args__ = (
        ForeignKeyConstraint(["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"]),
        Index("ix_pupil_field_change_pupil", "school_id", "pupil_id", "id"),
    )


# --- files taken in -----------------------------------------------------------------------------


class ImportBatch(Base):
    """An accepted import file, known again by its digest so that a second run changes nothing."""

    __tablename__ = "import_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    academic_year: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    left_out: Mapped[int]
    __table_args__ = (Index("ix_import_batch_digest", "school_id", "digest"),)
