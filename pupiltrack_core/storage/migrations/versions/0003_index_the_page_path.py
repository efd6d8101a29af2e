"""Index what every page open, and the server every few seconds, looks for.

Revision ID: 0003
Revises: 0002

Why each is there stands beside it, with its table in `storage`.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes; drop one that a longer one replaces, and one that repeats a constraint's."""
    op.create_index("ix_page_ticket_expires_at", "page_ticket", ["expires_at"])
    op.create_index("ix_download_expires_at", "download", ["expires_at", "session_id"])
    op.create_index("ix_download_session_id", "download", ["session_id", "created_at"])
    op.create_index("ix_audit_entry_school_id_id", "audit_entry", ["school_id", "id"])
    op.drop_index("ix_audit_entry_school_id", table_name="audit_entry")
    op.drop_index("ix_membership_user_id", table_name="membership")


def downgrade() -> None:
    """Take them away again."""
    op.create_index("ix_membership_user_id", "membership", ["user_id"])
    op.create_index("ix_audit_entry_school_id", "audit_entry", ["school_id"])
    op.drop_index("ix_audit_entry_school_id_id", table_name="audit_entry")
    op.drop_index("ix_download_session_id", table_name="download")
    op.drop_index("ix_download_expires_at", table_name="download")
    op.drop_index("ix_page_ticket_expires_at", table_name="page_ticket")
