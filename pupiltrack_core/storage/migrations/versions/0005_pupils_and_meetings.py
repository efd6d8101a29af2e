"""What pupils' details and meetings need: notes, who changed what, questions and answers.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the columns of pupils, enrolments and meetings."""
    op.create_table(
        "discussion_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("sort_order", sa.SmallInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('pupil', 'cohort')", name=op.f("ck_discussion_question_kind")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_discussion_question_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion_question")),
    )
    op.create_index(
        "ix_discussion_question_school",
        "discussion_question",
        ["school_id", "kind", "sort_order"],
        unique=False,
    )
    op.create_table(
        "pupil_field_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=True),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["user_account.id"],
            name=op.f("fk_pupil_field_change_changed_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_pupil_field_change_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_field_change")),
    )
    op.create_index(
        "ix_pupil_field_change_pupil",
        "pupil_field_change",
        ["school_id", "pupil_id", "id"],
        unique=False,
    )
    op.create_table(
        "pupil_meeting_answer",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=500), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["pupil_meeting.id"],
            name=op.f("fk_pupil_meeting_answer_meeting_id_pupil_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_pupil_meeting_answer_school_id_school")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "position", name=op.f("pk_pupil_meeting_answer")),
        sqlite_with_rowid=False,
    )
    op.add_column("enrolment", sa.Column("sen_notes", sa.Text(), nullable=True))
    op.add_column("pupil", sa.Column("notes", sa.Text(), nullable=True))
    op.add_column("pupil", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("pupil_meeting", sa.Column("previous", sa.JSON(), nullable=True))
    op.add_column("pupil_meeting", sa.Column("current", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take them away again, with all they hold."""
    for table, column in (
        ("pupil_meeting", "current"),
        ("pupil_meeting", "previous"),
        ("pupil", "version"),
        ("pupil", "notes"),
        ("enrolment", "sen_notes"),
    ):
        op.drop_column(table, column)
    for table in ("pupil_meeting_answer", "pupil_field_change", "discussion_question"):
        op.drop_table(table)
