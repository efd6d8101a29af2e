"""The PostgreSQL roles a portal's database is shared between, and whether a role may serve pages.

Four roles, so that each can do only what it is for: the owner makes and changes tables, the
application reads and writes rows that policies let through, reports read them, and backups read
everything and nothing else.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.row_level_security import OPEN_TABLES

OWNER = "pupiltrack_owner"
APPLICATION = "pupiltrack_app"
REPORT = "pupiltrack_report"
BACKUP = "pupiltrack_backup"

# How people sign in, what they are sent and files on their way: not for whoever writes reports.
_NOT_FOR_REPORTS = (
    "download",
    "known_device",
    "one_use_token",
    "outgoing_mail",
    "page_ticket",
    "passkey",
    "sign_in_attempt",
    "spent_challenge",
    "user_account",
    "user_session",
)
_ATTRIBUTES = {
    OWNER: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    APPLICATION: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    REPORT: "NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS",
    BACKUP: "NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS",
}
_CREATE = """\
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} LOGIN;
    END IF;
END $$;
ALTER ROLE {role} {attributes};
"""
# What older tables belonged to is not asked: all of ours are the owner's afterwards.
_GIVE_TO_OWNER = """\
DO $$
DECLARE thing record;
BEGIN
    FOR thing IN SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') LOOP
        EXECUTE format('ALTER TABLE public.%I OWNER TO {owner}', thing.relname);
    END LOOP;
    FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO {owner}', thing.name);
    END LOOP;
END $$;
"""
_GRANTS = """\
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO {owner};
GRANT USAGE ON SCHEMA public TO {application}, {report}, {backup};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {application};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {application};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {report}, {backup};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {backup};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {application};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO {backup};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON SEQUENCES TO {backup};
"""
# Rows are added to the audit and read from it; the revision is read.
_TAKEN_BACK = """\
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['audit_entry', 'alembic_version'] LOOP
        IF to_regclass('public.' || wanted) IS NOT NULL THEN
            EXECUTE format('REVOKE UPDATE, DELETE ON public.%I FROM {application}', wanted);
        END IF;
    END LOOP;
    FOREACH wanted IN ARRAY ARRAY[{kept}] LOOP
        IF to_regclass('public.' || wanted) IS NOT NULL THEN
            EXECUTE format('REVOKE SELECT ON public.%I FROM {report}', wanted);
        END IF;
    END LOOP;
END $$;
"""
_ROLES = text(
    "SELECT current_user, bool_or(rolsuper), bool_or(rolbypassrls) FROM pg_roles "
    "WHERE pg_has_role(current_user, oid, 'MEMBER')"
)
_OWNED = text(
    "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "AND relkind IN ('r', 'p') AND pg_has_role(current_user, relowner, 'MEMBER')"
)
_EMPTIABLE = text(
    "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "AND relkind IN ('r', 'p') AND has_table_privilege(current_user, oid, 'TRUNCATE')"
)
_UNGUARDED = text(
    "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
    "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
    "AND attname = 'school_id' AND NOT attisdropped "
    "AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
)
_WITHOUT_POLICY = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity "
    "AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) ORDER BY relname"
)


def role_script() -> str:
    """Return the SQL that makes the roles and grants them what they need, for psql.

    An administrator of the server runs it in the portal's database, as often as they like; it sets
    no passwords. Tables made later by the owner are granted to the application as they are made.
    """
    names = {"owner": OWNER, "application": APPLICATION, "report": REPORT, "backup": BACKUP}
    kept = ", ".join(f"'{table}'" for table in _NOT_FOR_REPORTS)
    parts = [_CREATE.format(role=role, attributes=given) for role, given in _ATTRIBUTES.items()]
    parts += [_GIVE_TO_OWNER.format(**names), _GRANTS.format(**names)]
    parts.append(_TAKEN_BACK.format(kept=kept, **names))
    return "\n".join(parts)


def find_role_faults(connection: Connection) -> tuple[str, ...]:
    """Return why the connection's role could get past the policies, in words; empty for none.

    Empty on SQLite, which has no roles.
    """
    if connection.dialect.name != "postgresql":
        return ()
    faults = []
    role, is_superuser, bypasses = connection.execute(_ROLES).one()
    if is_superuser:
        faults.append(f"the role {role} is a superuser or may become one")
    elif bypasses:
        faults.append(f"the role {role} bypasses row-level security")
    if connection.scalar(_OWNED) and not is_superuser:
        faults.append(f"the role {role} owns the tables")
    elif connection.scalar(_EMPTIABLE) and not is_superuser:
        faults.append(f"the role {role} may empty tables at a stroke (TRUNCATE)")
    unguarded = set(connection.scalars(_UNGUARDED)) - OPEN_TABLES
    if unguarded:
        faults.append("row-level security is off for " + ", ".join(sorted(unguarded)))
    without = list(connection.scalars(_WITHOUT_POLICY))
    if without:
        faults.append("there is no policy for " + ", ".join(without))
    return tuple(faults)


def role_faults(database: Database) -> tuple[str, ...]:
    """Return what `find_role_faults` does, of the role the database was opened as."""
    with database.reader.connect() as connection:
        return find_role_faults(connection)


def require_confined_role(database: Database) -> None:
    """Raise `ConfigurationError`, saying what to do, if the role could get past the policies."""
    faults = role_faults(database)
    if faults:
        raise ConfigurationError(
            f"With an https address the portal must not run as a database role that could see "
            f"every school whatever the policies say: {'; '.join(faults)}. Make the roles with "
            f"`pupiltrack db roles`, and let database_url name {APPLICATION}."
        )
