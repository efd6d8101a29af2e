"""What the complete grid needs: history, results of the school's own, subjects and tests.

Revision ID: 0004
Revises: 0003

`cell_change` is both the history of every cell and the feed other open pages look at. Interventions
and pupils' progress meetings are what a pupil's journey shows beside judgements and results.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the test type of an assessment."""
    op.create_table(
        "school_subject",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("short", sa.String(length=8), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_subject_school_id_school")
        ),
        sa.PrimaryKeyConstraint("school_id", "code", name=op.f("pk_school_subject")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "test_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("lowest", sa.SmallInteger(), nullable=False),
        sa.Column("highest", sa.SmallInteger(), nullable=False),
        sa.Column("decimals", sa.SmallInteger(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "lowest < highest AND decimals BETWEEN 0 AND 2", name=op.f("ck_test_type_range")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_test_type_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_type")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_test_type_school_id_name")),
    )
    op.create_table(
        "pupil_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("teacher", sa.String(length=100), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_pupil_meeting_created_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_pupil_meeting_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_meeting")),
    )
    op.create_index(
        "ix_pupil_meeting_pupil",
        "pupil_meeting",
        ["school_id", "pupil_id", "academic_year"],
        unique=False,
    )
    op.create_table(
        "school_result",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=10), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=6), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["user_account.id"],
            name=op.f("fk_school_result_changed_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_school_result_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint(
            "school_id", "pupil_id", "collection", "measure", name=op.f("pk_school_result")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cell_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("value", sa.String(length=1000), nullable=True),
        sa.Column("colour", sa.String(length=12), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user_account.id"], name=op.f("fk_cell_change_changed_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "pupil_id"],
            ["enrolment.school_id", "enrolment.academic_year", "enrolment.pupil_id"],
            name=op.f("fk_cell_change_school_id_academic_year_pupil_id_enrolment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_change")),
    )
    op.create_index(
        "ix_cell_change_feed", "cell_change", ["school_id", "academic_year", "id"], unique=False
    )
    op.create_index(
        "ix_cell_change_pupil",
        "cell_change",
        ["school_id", "pupil_id", "assessment_id"],
        unique=False,
    )
    op.create_table(
        "intervention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=4), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("group_name", sa.String(length=60), nullable=True),
        sa.Column("run_by", sa.String(length=100), nullable=True),
        sa.Column("cost_pence", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["user_account.id"],
            name=op.f("fk_intervention_created_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
            name=op.f("fk_intervention_school_id_academic_year_assessment_id_assessment"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_intervention_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intervention")),
    )
    op.create_index(
        "ix_intervention_pupil",
        "intervention",
        ["school_id", "pupil_id", "academic_year"],
        unique=False,
    )
    # As SQL, which both databases read alike: SQLite cannot be given the constraint afterwards.
    op.execute(
        "ALTER TABLE assessment ADD COLUMN test_type_id INTEGER "
        "CONSTRAINT fk_assessment_test_type_id_test_type REFERENCES test_type (id)"
    )


def downgrade() -> None:
    """Take them away again, with all they hold."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_assessment_test_type_id_test_type", "assessment")
    op.drop_column("assessment", "test_type_id")
    for table in (
        "intervention",
        "cell_change",
        "school_result",
        "pupil_meeting",
        "test_type",
        "school_subject",
    ):
        op.drop_table(table)
