"""Make the audit append-only in the database itself; find attempts by address.

Revision ID: 0002
Revises: 0001

A unique `previous_hash` keeps the chain from forking. On SQLite a later migration that rebuilds
`audit_entry` (batch mode) must create the two triggers again.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REFUSAL = "audit_entry is append-only"


def upgrade() -> None:
    """Add the index, the unique link and the triggers."""
    op.create_index(
        "ix_sign_in_attempt_address_hash_at",
        "sign_in_attempt",
        ["address_hash", "at"],
        unique=False,
    )
    op.create_index("ix_audit_entry_previous_hash", "audit_entry", ["previous_hash"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{event} BEFORE {event.upper()} ON audit_entry "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()"
    )


def downgrade() -> None:
    """Take them away again; the rows stay."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_entry_no_{event}")
    else:
        op.execute("DROP TRIGGER audit_entry_no_truncate ON audit_entry")
        op.execute("DROP TRIGGER audit_entry_no_change ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_refuse()")
    op.drop_index("ix_audit_entry_previous_hash", table_name="audit_entry")
    op.drop_index("ix_sign_in_attempt_address_hash_at", table_name="sign_in_attempt")
