"""Sessions: which are live, whose they are, and how they end.

A session ends after 60 idle minutes (only a person's acts count), or fewer where the portal, the
local authority or a school of the person says so, after 12 hours whatever happens, when it is
revoked, and when its account is no longer active. It is read from the database at every use, so
that all of this acts at once, everywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from pupiltrack_core.access import Principal
from pupiltrack_core.errors import NotSignedIn
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, SignInPolicy, utc_now
from pupiltrack_core.services.tokens import hash_token
from pupiltrack_core.storage.accounts import find_memberships, find_user
from pupiltrack_core.storage.audit import AuditDraft, DetailValue, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.sessions import (
    StoredSession,
    find_session,
    find_session_by_hash,
    find_sessions,
    revoke_session,
    revoke_sessions_of,
    update_last_act,
)


class AccountStatus(StrEnum):
    """Only an active account signs in; a pending one waits for approval."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class SessionEnd(StrEnum):
    """Why a session is over; the value is stored where somebody ended it."""

    SIGNED_OUT = "signed out"
    REPLACED = "signed in elsewhere"
    REVOKED = "revoked"
    IDLE = "idle"
    EXPIRED = "expired"
    ACCOUNT = "account not active"
    HALF_DONE = "second step not done"

    @property
    def message(self) -> str:
        """What to tell the person on the sign-in page."""
        return _MESSAGES[self]


_MESSAGES = {
    SessionEnd.SIGNED_OUT: "You have signed out.",
    SessionEnd.REPLACED: (
        "You were signed out here because you signed in on another device. What you had saved is "
        "kept. If that was not you, tell your local authority at once."
    ),
    SessionEnd.REVOKED: (
        "You were signed out because your account was changed. What you had saved is kept. "
        "Sign in again."
    ),
    SessionEnd.IDLE: (
        "You were signed out because nothing was done for a while. What you had saved is kept. "
        "Sign in again to go on."
    ),
    SessionEnd.EXPIRED: (
        "You were signed out because your session had lasted its full time. What you had saved is "
        "kept. Sign in again to go on."
    ),
    SessionEnd.ACCOUNT: (
        "You are not signed in. Sign in to go on; if that does not work, ask whoever looks after "
        "accounts at your school or local authority."
    ),
    SessionEnd.HALF_DONE: "You have not finished signing in. Start again.",
}


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that may be used now; at `idle_expires_at` or `expires_at`, if sooner, it ends."""

    session_id: int
    principal: Principal
    created_at: datetime
    idle_expires_at: datetime
    expires_at: datetime


def session_for_token(
    database: Database,
    token: str,
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> LiveSession | None:
    """Return the live session of a cookie's token with person and roles as they are now.

    One query, nothing written. None for every token that opens nothing: unknown, ended, idle too
    long, its account not active, its second step not done.
    """
    with database.unit_of_work() as unit:
        stored = find_session_by_hash(unit.session, hash_token(token))
    return None if stored is None else _live(stored, now or utc_now(), policy)


def require_live_session(
    session: Session, session_id: int, now: datetime, policy: SignInPolicy
) -> LiveSession:
    """Return the live session of this row number, read in the caller's transaction.

    Raises `NotSignedIn`, saying why, for one that is over.
    """
    stored = find_session(session, session_id)
    if stored is None:
        raise NotSignedIn(SessionEnd.ACCOUNT.message)
    live = _live(stored, now, policy)
    if live is None:
        raise NotSignedIn((_end_of(stored, now, policy) or SessionEnd.ACCOUNT).message)
    return live


def require_active_account(session: Session, user_id: int) -> Principal:
    """Return who an account is, without a session; `session_id` is 0, which no session has.

    Raises `NotSignedIn` for one that is not active.
    """
    user = find_user(session, user_id)
    if user is None or user.status != AccountStatus.ACTIVE:
        raise NotSignedIn(SessionEnd.ACCOUNT.message)
    return Principal(
        user.id, 0, user.user_name, user.display_name, find_memberships(session, user_id)
    )


def live_among(
    session: Session, session_ids: Collection[int], now: datetime, policy: SignInPolicy
) -> frozenset[int]:
    """Return those of these row numbers whose session is live, in one query."""
    return frozenset(
        stored.session_id
        for stored in find_sessions(session, session_ids)
        if _live(stored, now, policy) is not None
    )


def require_half_done_session(
    session: Session, token_hash: str, now: datetime, policy: SignInPolicy
) -> StoredSession:
    """Return the session of this token hash that waits for its second step, and for nothing else.

    Raises `NotSignedIn` for any other.
    """
    stored = find_session_by_hash(session, token_hash)
    if stored is None or _end_of(stored, now, policy) is not SessionEnd.HALF_DONE:
        raise NotSignedIn(SessionEnd.HALF_DONE.message)
    return stored


def why_ended(
    database: Database,
    token: str,
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> SessionEnd | None:
    """Return why the session of a token is over; None for one that is live or was never there.

    None, too, for one whose second step was never done: a right password has made it, and whoever
    types a wrong one is given a token as well, with no session behind it.
    """
    with database.unit_of_work() as unit:
        stored = find_session_by_hash(unit.session, hash_token(token))
    if stored is None or not stored.second_step_done:
        return None
    return _end_of(stored, now or utc_now(), policy)


def touch(
    database: Database,
    session_id: int,
    now: datetime | None = None,
    *,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> bool:
    """Restart the idle clock for something the person did; False if the session had ended.

    Never for polling, timers, pings or reconnects: those must let the clock run out.
    """
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        stored = find_session(unit.session, session_id)
        idle = policy.idle if stored is None else _idle_of(stored, policy)
        moved = update_last_act(unit.session, session_id, at=moment, idle_since=moment - idle)
        unit.commit()
    return moved


def sign_out(database: Database, token: str, now: datetime | None = None) -> int | None:
    """End the session of a token; return its row number, or None when there was none to end."""
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        stored = find_session_by_hash(unit.session, hash_token(token))
        if stored is None or not revoke_session(
            unit.session, stored.session_id, at=moment, reason=SessionEnd.SIGNED_OUT
        ):
            return None
        draft = AuditDraft(AuditAction.SIGNED_OUT, stored.user_id, {"session": stored.session_id})
        add_audit_entries(unit.session, [draft], at=moment)
        unit.commit()
    return stored.session_id


def revoke_sessions(
    database: Database, user_id: int, now: datetime | None = None, *, by: int | None = None
) -> tuple[int, ...]:
    """End all sessions of a person and return their row numbers.

    `by` is the account that asked for it, None for the operator at the command line.
    """
    moment = now or utc_now()
    with database.unit_of_work(write=True) as unit:
        ids = revoke_sessions_of(unit.session, user_id, at=moment, reason=SessionEnd.REVOKED)
        drafts = _revocation(user_id, ids, SessionEnd.REVOKED, by)
        add_audit_entries(unit.session, drafts, at=moment)
        unit.commit()
    return ids


def end_sessions(
    session: Session,
    user_id: int,
    *,
    at: datetime,
    reason: SessionEnd,
    by: int | None,
    but: int | None = None,
) -> list[AuditDraft]:
    """End a person's sessions, all `but` one, in the caller's transaction.

    Returns what is to be audited: one draft, or none where nothing was left to end.
    """
    ids = revoke_sessions_of(session, user_id, at=at, reason=reason, but=but)
    return _revocation(user_id, ids, reason, by)


def end_half_done_sessions(session: Session, user_id: int, *, at: datetime) -> None:
    """End sessions that still wait for their second step; nobody has worked in them."""
    revoke_sessions_of(session, user_id, at=at, reason=SessionEnd.REPLACED, only_half_done=True)


def _revocation(
    user_id: int, ids: tuple[int, ...], reason: SessionEnd, by: int | None
) -> list[AuditDraft]:
    if not ids:
        return []
    detail: dict[str, DetailValue] = {"of_user": user_id, "sessions": ids, "reason": str(reason)}
    return [AuditDraft(AuditAction.SESSIONS_REVOKED, by, detail)]


def _live(stored: StoredSession, now: datetime, policy: SignInPolicy) -> LiveSession | None:
    if _end_of(stored, now, policy) is not None:
        return None
    return LiveSession(
        session_id=stored.session_id,
        principal=Principal(
            user_id=stored.user_id,
            session_id=stored.session_id,
            user_name=stored.user_name,
            display_name=stored.display_name,
            memberships=stored.memberships,
            named=stored.named,
        ),
        created_at=stored.created_at,
        idle_expires_at=stored.last_act_at + _idle_of(stored, policy),
        expires_at=stored.expires_at,
    )


def _end_of(stored: StoredSession, now: datetime, policy: SignInPolicy) -> SessionEnd | None:
    # A session that had run out before someone ended it ran out: that is what its owner saw.
    looked_at = now if stored.revoked_at is None else stored.revoked_at
    if looked_at >= stored.expires_at:
        return SessionEnd.EXPIRED
    if looked_at >= stored.last_act_at + _idle_of(stored, policy):
        return SessionEnd.IDLE
    if stored.revoked_at is not None:
        return SessionEnd(stored.revoked_reason or SessionEnd.REVOKED)
    if stored.status != AccountStatus.ACTIVE or is_locked(stored.locked_until, now):
        return SessionEnd.ACCOUNT
    return None if stored.second_step_done else SessionEnd.HALF_DONE


def _idle_of(stored: StoredSession, policy: SignInPolicy) -> timedelta:
    if stored.idle_minutes is None:
        return policy.idle
    return min(policy.idle, timedelta(minutes=stored.idle_minutes))


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    """Whether an account is locked at this moment."""
    return locked_until is not None and locked_until > now
