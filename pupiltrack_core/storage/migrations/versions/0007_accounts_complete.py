"""Accounts: second steps, registration, mail to send, and the duties of data protection.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the columns of accounts."""
    op.create_table(
        "spent_challenge",
        sa.Column("challenge_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_spent_challenge")),
    )
    op.create_index(
        op.f("ix_spent_challenge_expires_at"), "spent_challenge", ["expires_at"], unique=False
    )
    op.create_table(
        "known_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_known_device_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_known_device_token_hash")),
    )
    op.create_index(op.f("ix_known_device_user_id"), "known_device", ["user_id"], unique=False)
    op.create_table(
        "one_use_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("draft_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_one_use_token_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_use_token")),
        sa.UniqueConstraint("draft_hash", name=op.f("uq_one_use_token_draft_hash")),
    )
    op.create_index(op.f("ix_one_use_token_user_id"), "one_use_token", ["user_id"], unique=False)
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_outgoing_mail_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index(
        "ix_outgoing_mail_due",
        "outgoing_mail",
        ["sent_at", "given_up_at", "next_try_at"],
        unique=False,
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_passkey_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"], unique=False)
    op.create_table(
        "attestation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("attested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attested_by", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attested_by"],
            ["user_account.id"],
            name=op.f("fk_attestation_attested_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_attestation_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
    )
    op.create_index(op.f("ix_attestation_school_id"), "attestation", ["school_id"], unique=False)
    op.create_table(
        "breach_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("effects", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("people_affected", sa.Integer(), nullable=True),
        sa.Column("risk", sa.String(length=10), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("risk IN ('none', 'risk', 'high')", name=op.f("ck_breach_record_risk")),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_breach_record_local_authority_id_local_authority"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_breach_record_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"],
            ["user_account.id"],
            name=op.f("fk_breach_record_written_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_record")),
    )
    op.create_index(
        op.f("ix_breach_record_local_authority_id"),
        "breach_record",
        ["local_authority_id"],
        unique=False,
    )
    op.create_table(
        "named_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["given_by"], ["user_account.id"], name=op.f("fk_named_access_given_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_named_access_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_named_access_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_access")),
        sa.UniqueConstraint(
            "user_id", "school_id", "action", name=op.f("uq_named_access_user_id_school_id_action")
        ),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("class_names", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "kind IN ('head', 'second', 'invited')", name=op.f("ck_registration_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'rejected')", name=op.f("ck_registration_state")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_registration_asked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["user_account.id"],
            name=op.f("fk_registration_decided_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_registration_local_authority_id_local_authority"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_registration_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_registration_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    op.create_index(
        "ix_registration_queue",
        "registration",
        ["local_authority_id", "state", "asked_at"],
        unique=False,
    )
    op.create_index(op.f("ix_registration_user_id"), "registration", ["user_id"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=True),
        sa.Column("pupil_hash", sa.String(length=64), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(pupil_id IS NULL) = (pupil_hash IS NOT NULL)", name=op.f("ck_tombstone_order_or_hash")
        ),
        sa.ForeignKeyConstraint(
            ["erased_by"], ["user_account.id"], name=op.f("fk_tombstone_erased_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_tombstone_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
        sa.UniqueConstraint(
            "school_id", "pupil_hash", name=op.f("uq_tombstone_school_id_pupil_hash")
        ),
        sa.UniqueConstraint("school_id", "pupil_id", name=op.f("uq_tombstone_school_id_pupil_id")),
    )
    op.create_index(op.f("ix_tombstone_school_id"), "tombstone", ["school_id"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["user_account.id"], name=op.f("fk_legal_hold_lifted_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["user_account.id"], name=op.f("fk_legal_hold_placed_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_legal_hold_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.Column("schools_done", sa.Integer(), nullable=False),
        sa.Column("after_school", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_retention_run_asked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_retention_run_local_authority_id_local_authority"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(
        op.f("ix_retention_run_local_authority_id"),
        "retention_run",
        ["local_authority_id"],
        unique=False,
    )
    op.create_index("ix_legal_hold_pupil", "legal_hold", ["school_id", "pupil_id"], unique=False)
    op.create_index("ix_audit_entry_user_id_at", "audit_entry", ["user_id", "at"], unique=False)
    op.create_index(
        "ix_audit_entry_unusual_use",
        "audit_entry",
        ["at"],
        unique=False,
        sqlite_where=sa.text("action = 'unusual use'"),
        postgresql_where=sa.text("action = 'unusual use'"),
    )
    op.add_column(
        "sign_in_attempt",
        sa.Column("by_stranger", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index("ix_sign_in_attempt_at", "sign_in_attempt", ["at"], unique=False)
    op.add_column("user_account", sa.Column("code_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("code_places", sa.String(length=2), nullable=True))
    op.add_column(
        "user_account", sa.Column("code_failures", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("user_account", sa.Column("totp_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("totp_step", sa.Integer(), nullable=True))
    op.add_column("user_account", sa.Column("security_question", sa.SmallInteger(), nullable=True))
    op.add_column(
        "user_account", sa.Column("security_answer_hash", sa.String(length=255), nullable=True)
    )
    op.add_column(
        "user_account", sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "user_account", sa.Column("attested_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("user_account", sa.Column("alerts", sa.JSON(), nullable=True))
    op.add_column(
        "membership", sa.Column("class_names", sa.JSON(), server_default="[]", nullable=False)
    )
    own = sa.select(_ROLES.c.id, _ROLES.c.class_name).where(_ROLES.c.class_name.is_not(None))
    for role_id, name in op.get_bind().execute(own).all():
        op.execute(_ROLES.update().where(_ROLES.c.id == role_id).values(class_names=[name]))
    op.drop_column("membership", "class_name")


# A teacher had one class, and has a list of them.
_ROLES = sa.table(
    "membership",
    sa.column("id", sa.Integer()),
    sa.column("class_name", sa.String()),
    sa.column("class_names", sa.JSON()),
)


def downgrade() -> None:
    """Take them away again, with all they hold; of several classes the first stays."""
    op.add_column("membership", sa.Column("class_name", sa.String(length=60), nullable=True))
    for role_id, names in op.get_bind().execute(sa.select(_ROLES.c.id, _ROLES.c.class_names)).all():
        if names:
            op.execute(_ROLES.update().where(_ROLES.c.id == role_id).values(class_name=names[0]))
    op.drop_column("membership", "class_names")
    op.drop_index("ix_sign_in_attempt_at", table_name="sign_in_attempt")
    op.drop_column("sign_in_attempt", "by_stranger")
    op.drop_index("ix_audit_entry_unusual_use", table_name="audit_entry")
    op.drop_index("ix_audit_entry_user_id_at", table_name="audit_entry")
    for column in (
        "alerts",
        "attested_at",
        "last_sign_in_at",
        "security_answer_hash",
        "security_question",
        "totp_step",
        "totp_sealed",
        "code_failures",
        "code_places",
        "code_sealed",
    ):
        op.drop_column("user_account", column)
    for table in (
        "retention_run",
        "legal_hold",
        "tombstone",
        "registration",
        "named_access",
        "breach_record",
        "attestation",
        "passkey",
        "outgoing_mail",
        "one_use_token",
        "known_device",
        "spent_challenge",
    ):
        op.drop_table(table)
