"""How pupils come, go and move up; schools' profiles; cohort meetings, saved views, batches.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the columns of authorities, schools and pupils."""
    op.create_table(
        "batch_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=300), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("folder", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'finished', 'cancelled', 'failed')",
            name=op.f("ck_batch_job_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name=op.f("fk_batch_job_asked_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_batch_job_local_authority_id_local_authority"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_job")),
    )
    op.create_index(
        op.f("ix_batch_job_local_authority_id"), "batch_job", ["local_authority_id"], unique=False
    )
    op.create_table(
        "reception_load",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("schools", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_reception_load_local_authority_id_local_authority"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_reception_load_made_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_load")),
    )
    op.create_index(
        op.f("ix_reception_load_local_authority_id"),
        "reception_load",
        ["local_authority_id"],
        unique=False,
    )
    op.create_table(
        "import_mapping",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["saved_by"], ["user_account.id"], name=op.f("fk_import_mapping_saved_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_import_mapping_school_id_school")
        ),
        sa.PrimaryKeyConstraint("school_id", "fingerprint", name=op.f("pk_import_mapping")),
    )
    op.create_table(
        "roll_forward",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("from_year", sa.SmallInteger(), nullable=False),
        sa.Column("to_year", sa.SmallInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["done_by"], ["user_account.id"], name=op.f("fk_roll_forward_done_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_roll_forward_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["user_account.id"], name=op.f("fk_roll_forward_undone_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_forward")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_roll_forward_school_id_id")),
    )
    op.create_index(
        "ix_roll_forward_standing",
        "roll_forward",
        ["school_id", "to_year"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_saved_view_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "user_id", "page", "name", name=op.f("uq_saved_view_user_id_page_name")
        ),
    )
    op.create_table(
        "school_logo",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["saved_by"], ["user_account.id"], name=op.f("fk_school_logo_saved_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_logo_school_id_school")
        ),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_school_logo")),
    )
    op.create_table(
        "reception_arrival",
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('added', 'changed')", name=op.f("ck_reception_arrival_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["reception_load.id"],
            name=op.f("fk_reception_arrival_load_id_reception_load"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_reception_arrival_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint(
            "load_id", "school_id", "pupil_id", name=op.f("pk_reception_arrival")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_reception_arrival_school", "reception_arrival", ["school_id", "load_id"], unique=False
    )
    op.create_table(
        "roll_forward_pupil",
        sa.Column("roll_forward_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("left", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_roll_forward_pupil_school_id_pupil_id_pupil"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "roll_forward_id"],
            ["roll_forward.school_id", "roll_forward.id"],
            name=op.f("fk_roll_forward_pupil_school_id_roll_forward_id_roll_forward"),
        ),
        sa.PrimaryKeyConstraint("roll_forward_id", "pupil_id", name=op.f("pk_roll_forward_pupil")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfer_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("upn", sa.String(length=13), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=False),
        sa.Column("year_group", sa.SmallInteger(), nullable=True),
        sa.Column("class_name", sa.String(length=60), nullable=True),
        sa.Column("joins_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("holder_school_id", sa.Integer(), nullable=True),
        sa.Column("holder_pupil_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("new_pupil_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'refused', 'withdrawn', 'expired')",
            name=op.f("ck_transfer_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["user_account.id"],
            name=op.f("fk_transfer_request_asked_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["user_account.id"],
            name=op.f("fk_transfer_request_decided_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["holder_school_id", "holder_pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_transfer_request_holder_school_id_holder_pupil_id_pupil"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "new_pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_transfer_request_school_id_new_pupil_id_pupil"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_transfer_request_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_request")),
    )
    op.create_index(
        "ix_transfer_request_holder",
        "transfer_request",
        ["holder_school_id", "state"],
        unique=False,
    )
    op.create_index(
        "ix_transfer_request_school", "transfer_request", ["school_id", "id"], unique=False
    )
    op.create_table(
        "cohort_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("year_group", sa.SmallInteger(), nullable=False),
        sa.Column("class_name", sa.String(length=60), nullable=True),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("teacher", sa.String(length=100), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_cohort_meeting_created_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
            name="fk_cohort_meeting_assessment",
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_cohort_meeting_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_meeting")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_cohort_meeting_school_id_id")),
    )
    op.create_index(
        "ix_cohort_meeting_cohort",
        "cohort_meeting",
        ["school_id", "academic_year", "year_group"],
        unique=False,
    )
    op.create_table(
        "cohort_meeting_version",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["saved_by"],
            ["user_account.id"],
            name=op.f("fk_cohort_meeting_version_saved_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "meeting_id"],
            ["cohort_meeting.school_id", "cohort_meeting.id"],
            name=op.f("fk_cohort_meeting_version_school_id_meeting_id_cohort_meeting"),
        ),
        sa.PrimaryKeyConstraint("meeting_id", "version", name=op.f("pk_cohort_meeting_version")),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "local_authority", sa.Column("contact_name", sa.String(length=120), nullable=True)
    )
    op.add_column(
        "local_authority", sa.Column("contact_email", sa.String(length=254), nullable=True)
    )
    op.add_column(
        "local_authority", sa.Column("contact_phone", sa.String(length=30), nullable=True)
    )
    op.add_column("local_authority", sa.Column("idle_minutes", sa.SmallInteger(), nullable=True))
    op.add_column("pupil", sa.Column("archived_from", sa.SmallInteger(), nullable=True))
    op.add_column("pupil", sa.Column("archived_by", sa.Integer(), nullable=True))
    op.add_column("pupil", sa.Column("archive_reason", sa.String(length=200), nullable=True))
    op.add_column("school", sa.Column("head_name", sa.String(length=120), nullable=True))
    op.add_column("school", sa.Column("phone", sa.String(length=30), nullable=True))
    op.add_column("school", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("school", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("school", sa.Column("idle_minutes", sa.SmallInteger(), nullable=True))
    op.add_column("school", sa.Column("judgement_wording", sa.JSON(), nullable=True))
    # A pupil archived before was gone from every year: no year lies before this one.
    op.execute("UPDATE pupil SET archived_from = 0 WHERE archived_at IS NOT NULL")


def downgrade() -> None:
    """Take them away again, with all they hold."""
    for table, column in (
        ("school", "judgement_wording"),
        ("school", "idle_minutes"),
        ("school", "address"),
        ("school", "email"),
        ("school", "phone"),
        ("school", "head_name"),
        ("pupil", "archive_reason"),
        ("pupil", "archived_by"),
        ("pupil", "archived_from"),
        ("local_authority", "idle_minutes"),
        ("local_authority", "contact_phone"),
        ("local_authority", "contact_email"),
        ("local_authority", "contact_name"),
    ):
        op.drop_column(table, column)
    for table in (
        "cohort_meeting_version",
        "cohort_meeting",
        "transfer_request",
        "roll_forward_pupil",
        "reception_arrival",
        "school_logo",
        "saved_view",
        "roll_forward",
        "import_mapping",
        "reception_load",
        "batch_job",
    ):
        op.drop_table(table)
