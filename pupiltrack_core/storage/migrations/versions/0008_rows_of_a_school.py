"""On PostgreSQL, keep each school's rows from every transaction that has not the school in scope.

Revision ID: 0008
Revises: 0007

A transaction without a scope finds no rows and can add none. The policies hold for the tables'
owner too; only a superuser and a role that bypasses them are not held. On SQLite nothing changes.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = (
    "assessment",
    "assessment_subject",
    "assessment_year_group",
    "cell_change",
    "cohort_meeting",
    "cohort_meeting_version",
    "discussion_question",
    "download",
    "enrolment",
    "import_batch",
    "import_mapping",
    "intervention",
    "judgement",
    "legal_hold",
    "pupil",
    "pupil_field_change",
    "pupil_meeting",
    "pupil_meeting_answer",
    "reception_arrival",
    "roll_forward",
    "roll_forward_pupil",
    "school_result",
    "school_subject",
    "statutory_result",
    "test_type",
    "transfer_request",
)
# A setting that was once set in a connection comes back as '' and not as null.
_SETTING = "nullif(current_setting('pupiltrack.{name}', true), '')"
_SCHOOLS = f"""
CREATE FUNCTION schools_in_scope() RETURNS SETOF integer
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 AS $$
    SELECT id FROM school
    WHERE id = ANY (string_to_array({_SETTING.format(name="schools")}, ',')::integer[])
       OR local_authority_id
          = ANY (string_to_array({_SETTING.format(name="authorities")}, ',')::integer[])
       OR {_SETTING.format(name="everywhere")} = 'on'
$$
"""  # noqa: S608 - our own names
_ROWS = "school_id IN (SELECT schools_in_scope())"
# A file of a whole local authority has no school: it is for whoever has an authority in scope.
_FILES = (
    f"{_ROWS} OR (school_id IS NULL AND ({_SETTING.format(name='authorities')} IS NOT NULL "
    f"OR {_SETTING.format(name='everywhere')} = 'on'))"
)


def upgrade() -> None:
    """Add the policies, and have them hold for everyone who may be held."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_SCHOOLS)
    for table in _TABLES:
        rows = _FILES if table == "download" else _ROWS
        op.execute(f"CREATE POLICY of_schools_in_scope ON {table} USING ({rows})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Take the policies away; every row stays."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY of_schools_in_scope ON {table}")
    op.execute("DROP FUNCTION schools_in_scope()")
