"""Sign-in, sessions and accounts: everything the server and the command line call, in one place.

Nothing here or below loads pandas: the server answers on every request.
"""

from __future__ import annotations

from pupiltrack_core.services.account_admin import (
    change_memberships,
    change_password,
    change_status,
    create_user,
    find_user_id,
    lock_account,
    membership_for,
    memberships_of,
)
from pupiltrack_core.services.page_tickets import issue_page_ticket, redeem_page_ticket
from pupiltrack_core.services.sessions import (
    AccountStatus,
    LiveSession,
    SessionEnd,
    revoke_sessions,
    session_for_token,
    sign_out,
    touch,
    why_ended,
)
from pupiltrack_core.services.sign_in import SignIn, complete_second_step, sign_in
from pupiltrack_core.services.sign_in_policy import (
    DEFAULT_POLICY,
    Clock,
    SignInPolicy,
    policy_for_page,
    policy_for_server,
    utc_now,
)
from pupiltrack_core.storage.engine import Database

__all__ = [
    "DEFAULT_POLICY",
    "AccountStatus",
    "Clock",
    "Database",
    "LiveSession",
    "SessionEnd",
    "SignIn",
    "SignInPolicy",
    "change_memberships",
    "change_password",
    "change_status",
    "complete_second_step",
    "create_user",
    "find_user_id",
    "issue_page_ticket",
    "lock_account",
    "membership_for",
    "memberships_of",
    "open_database",
    "policy_for_page",
    "policy_for_server",
    "redeem_page_ticket",
    "revoke_sessions",
    "session_for_token",
    "sign_in",
    "sign_out",
    "touch",
    "utc_now",
    "why_ended",
]


def open_database(url: str, *, idle_connections: int = 2) -> Database:
    """Return an open database whose tables are this version's.

    `idle_connections` are kept open between uses; a page's kernel, of which there are many, keeps
    none. Raises `DatabaseRevisionError`, naming the command to run, `ConfigurationError` for an
    address that cannot be used, `StorageUnavailable` when nothing answers there.
    """
    database = Database.open(url, idle_connections=idle_connections)
    database.check_revision()
    return database
