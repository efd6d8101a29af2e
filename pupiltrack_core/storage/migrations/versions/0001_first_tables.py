"""The first tables: places, people, pupils, assessments and results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("entry_hash", name=op.f("uq_audit_entry_entry_hash")),
    )
    op.create_index(op.f("ix_audit_entry_school_id"), "audit_entry", ["school_id"], unique=False)
    op.create_table(
        "local_authority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_authority")),
        sa.UniqueConstraint("code", name=op.f("uq_local_authority_code")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(
        "ix_sign_in_attempt_name_hash_at", "sign_in_attempt", ["name_hash", "at"], unique=False
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("second_step", sa.String(length=10), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["user_account.id"],
            name=op.f("fk_user_account_approved_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("user_name", name=op.f("uq_user_account_user_name")),
    )
    op.create_table(
        "news_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_news_item_local_authority_id_local_authority"),
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["user_account.id"],
            name=op.f("fk_news_item_published_by_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_item")),
    )
    op.create_index(
        op.f("ix_news_item_local_authority_id"), "news_item", ["local_authority_id"], unique=False
    )
    op.create_table(
        "saved_selection",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_selection_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "page", name=op.f("pk_saved_selection")),
    )
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("laestab", sa.String(length=7), nullable=False),
        sa.Column("urn", sa.String(length=6), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("school_type", sa.String(length=60), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=True),
        sa.Column("postcode", sa.String(length=8), nullable=True),
        sa.Column("class_names", sa.JSON(), nullable=False),
        sa.Column("custom_filter_names", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_school_local_authority_id_local_authority"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("laestab", name=op.f("uq_school_laestab")),
    )
    op.create_index(
        op.f("ix_school_local_authority_id"), "school", ["local_authority_id"], unique=False
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_act_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=40), nullable=True),
        sa.Column("second_step_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("formative_title", sa.String(length=60), nullable=True),
        sa.Column("test_title", sa.String(length=60), nullable=True),
        sa.Column("has_phonics", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_assessment_created_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_assessment_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "school_id",
            "academic_year",
            "id",
            name=op.f("uq_assessment_school_id_academic_year_id"),
        ),
    )
    op.create_index(
        "ix_assessment_latest",
        "assessment",
        ["school_id", "academic_year", "held_on"],
        unique=False,
    )
    op.create_table(
        "download",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_download_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_session.id"],
            name=op.f("fk_download_session_id_user_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_download")),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_by"],
            ["user_account.id"],
            name=op.f("fk_import_batch_accepted_by_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_import_batch_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index("ix_import_batch_digest", "import_batch", ["school_id", "digest"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("local_authority_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("class_name", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["local_authority_id"],
            ["local_authority.id"],
            name=op.f("fk_membership_local_authority_id_local_authority"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_membership_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "user_id",
            "role",
            "local_authority_id",
            "school_id",
            name=op.f("uq_membership_user_id_role_local_authority_id_school_id"),
        ),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "page_ticket",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_session.id"],
            name=op.f("fk_page_ticket_session_id_user_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_page_ticket")),
    )
    op.create_table(
        "pupil",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("person_key", sa.String(length=36), nullable=False),
        sa.Column("upn", sa.String(length=13), nullable=False),
        sa.Column("upn_is_local", sa.Boolean(), nullable=False),
        sa.Column("former_upn", sa.String(length=13), nullable=True),
        sa.Column("surname", sa.String(length=200), nullable=False),
        sa.Column("forenames", sa.String(length=200), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("local_number", sa.String(length=20), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sex IN ('M', 'F')", name=op.f("ck_pupil_sex")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_pupil_school_id_school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_pupil_school_id_id")),
        sa.UniqueConstraint("school_id", "upn", name=op.f("uq_pupil_school_id_upn")),
    )
    op.create_index("ix_pupil_person_key", "pupil", ["person_key"], unique=False)
    op.create_table(
        "assessment_subject",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
            name=op.f("fk_assessment_subject_school_id_academic_year_assessment_id_assessment"),
        ),
        sa.PrimaryKeyConstraint(
            "school_id",
            "academic_year",
            "assessment_id",
            "subject",
            name=op.f("pk_assessment_subject"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "assessment_year_group",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("year_group", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
            name=op.f("fk_assessment_year_group_school_id_academic_year_assessment_id_assessment"),
        ),
        sa.PrimaryKeyConstraint(
            "school_id",
            "academic_year",
            "assessment_id",
            "year_group",
            name=op.f("pk_assessment_year_group"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enrolment",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("year_group", sa.SmallInteger(), nullable=False),
        sa.Column("year_override", sa.Boolean(), nullable=False),
        sa.Column("class_name", sa.String(length=60), nullable=True),
        sa.Column("include_in_data", sa.Boolean(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("ethnicity", sa.String(length=4), nullable=True),
        sa.Column("sen", sa.String(length=1), nullable=True),
        sa.Column("eal", sa.Boolean(), nullable=True),
        sa.Column("fsm", sa.Boolean(), nullable=True),
        sa.Column("ever6", sa.Boolean(), nullable=True),
        sa.Column("pupil_premium", sa.Boolean(), nullable=True),
        sa.Column("disadvantaged", sa.Boolean(), nullable=True),
        sa.Column("looked_after", sa.Boolean(), nullable=True),
        sa.Column("young_carer", sa.Boolean(), nullable=True),
        sa.Column("alternative_assessment", sa.Boolean(), nullable=False),
        sa.Column("mobility_year", sa.SmallInteger(), nullable=True),
        sa.Column("mobility_term", sa.String(length=6), nullable=True),
        sa.Column("custom_1", sa.Boolean(), nullable=True),
        sa.Column("custom_2", sa.Boolean(), nullable=True),
        sa.Column("custom_3", sa.Boolean(), nullable=True),
        sa.Column("custom_4", sa.Boolean(), nullable=True),
        sa.Column("custom_5", sa.Boolean(), nullable=True),
        sa.Column("custom_6", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_enrolment_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint(
            "school_id", "academic_year", "pupil_id", name=op.f("pk_enrolment")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_enrolment_cohort",
        "enrolment",
        ["school_id", "academic_year", "year_group"],
        unique=False,
    )
    op.create_table(
        "statutory_result",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=10), nullable=False),
        sa.Column("ending_year", sa.SmallInteger(), nullable=False),
        sa.Column("sitting", sa.String(length=10), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=True),
        sa.Column("code", sa.String(length=6), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("data_status", sa.String(length=11), nullable=False),
        sa.CheckConstraint(
            "value IS NOT NULL OR code IS NOT NULL", name=op.f("ck_statutory_result_value_or_code")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_statutory_result_school_id_pupil_id_pupil"),
        ),
        sa.PrimaryKeyConstraint(
            "school_id",
            "pupil_id",
            "collection",
            "ending_year",
            "sitting",
            "measure",
            name=op.f("pk_statutory_result"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "judgement",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("academic_year", sa.SmallInteger(), nullable=False),
        sa.Column("assessment_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("value", sa.String(length=1000), nullable=True),
        sa.Column("colour", sa.String(length=12), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('tracking', 'formative', 'test', 'phonics')", name=op.f("ck_judgement_kind")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user_account.id"], name=op.f("fk_judgement_changed_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "assessment_id"],
            ["assessment.school_id", "assessment.academic_year", "assessment.id"],
            name=op.f("fk_judgement_school_id_academic_year_assessment_id_assessment"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "academic_year", "pupil_id"],
            ["enrolment.school_id", "enrolment.academic_year", "enrolment.pupil_id"],
            name=op.f("fk_judgement_school_id_academic_year_pupil_id_enrolment"),
        ),
        sa.PrimaryKeyConstraint(
            "school_id",
            "academic_year",
            "assessment_id",
            "pupil_id",
            "subject",
            "kind",
            name=op.f("pk_judgement"),
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop every table, and all data with them."""
    op.drop_table("judgement")
    op.drop_table("statutory_result")
    op.drop_index("ix_enrolment_cohort", table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_table("assessment_year_group")
    op.drop_table("assessment_subject")
    op.drop_index("ix_pupil_person_key", table_name="pupil")
    op.drop_table("pupil")
    op.drop_table("page_ticket")
    op.drop_index(op.f("ix_membership_user_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_import_batch_digest", table_name="import_batch")
    op.drop_table("import_batch")
    op.drop_table("download")
    op.drop_index("ix_assessment_latest", table_name="assessment")
    op.drop_table("assessment")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_index(op.f("ix_school_local_authority_id"), table_name="school")
    op.drop_table("school")
    op.drop_table("saved_selection")
    op.drop_index(op.f("ix_news_item_local_authority_id"), table_name="news_item")
    op.drop_table("news_item")
    op.drop_table("user_account")
    op.drop_index("ix_sign_in_attempt_name_hash_at", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_table("local_authority")
    op.drop_index(op.f("ix_audit_entry_school_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
