"""Sessions of people who signed in, and the tickets their pages redeem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Update,
    cast,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from pupiltrack_core.access import Action, Membership, Role
from pupiltrack_core.domain.idle_times import lowest_limit
from pupiltrack_core.storage.account_models import NamedAccess
from pupiltrack_core.storage.models import (
    LocalAuthority,
    MembershipRow,
    PageTicket,
    School,
    UserAccount,
    UserSession,
)


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with its person and roles, live or not, as the database has it now."""

    session_id: int
    user_id: int
    user_name: str
    display_name: str
    status: str
    locked_until: datetime | None
    second_step: str
    second_step_done: bool
    created_at: datetime
    last_act_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_reason: str | None
    memberships: tuple[Membership, ...]
    idle_minutes: int | None  # the lowest limit of the person's places; None where none has one
    named: frozenset[tuple[int, Action]]  # by school, what the person was named for there


_COLUMNS = (
    UserSession.id,
    UserSession.user_id,
    UserAccount.user_name,
    UserAccount.display_name,
    UserAccount.status,
    UserAccount.locked_until,
    UserAccount.second_step,
    UserSession.second_step_done,
    UserSession.created_at,
    UserSession.last_act_at,
    UserSession.expires_at,
    UserSession.revoked_at,
    UserSession.revoked_reason,
)
# In the same query: every request asks it, and hardly anybody is named for anything.
_NAMED = (
    select(
        func.aggregate_strings(
            cast(NamedAccess.school_id, String) + literal(" ") + NamedAccess.action, ","
        )
    )
    .where(NamedAccess.user_id == UserSession.user_id)
    .correlate(UserSession)
    .scalar_subquery()
)
_JOINED = (
    select(
        *_COLUMNS,
        _NAMED,
        MembershipRow.role,
        MembershipRow.local_authority_id,
        MembershipRow.school_id,
        MembershipRow.class_names,
        School.idle_minutes,
        LocalAuthority.idle_minutes,
    )
    .join(UserAccount, UserAccount.id == UserSession.user_id)
    .join(MembershipRow, MembershipRow.user_id == UserSession.user_id, isouter=True)
    .join(School, School.id == MembershipRow.school_id, isouter=True)
    .join(LocalAuthority, LocalAuthority.id == MembershipRow.local_authority_id, isouter=True)
    .order_by(UserSession.id, MembershipRow.id)
)


def find_session_by_hash(session: Session, token_hash: str) -> StoredSession | None:
    """Return the session of this token hash, in one query."""
    return next(_find(session, UserSession.token_hash == token_hash), None)


def find_session(session: Session, session_id: int) -> StoredSession | None:
    """Return the session of this row number, in one query."""
    return next(_find(session, UserSession.id == session_id), None)


def find_sessions(session: Session, session_ids: Collection[int]) -> tuple[StoredSession, ...]:
    """Return those of these sessions that there are, by row number, in one query."""
    return tuple(_find(session, UserSession.id.in_(sorted(session_ids))))


def add_session(
    session: Session,
    *,
    user_id: int,
    token_hash: str,
    created_at: datetime,
    expires_at: datetime,
    second_step_done: bool,
) -> int:
    """Add a session that begins now; return its row number."""
    row = UserSession(
        user_id=user_id,
        token_hash=token_hash,
        created_at=created_at,
        last_act_at=created_at,
        expires_at=expires_at,
        second_step_done=second_step_done,
    )
    session.add(row)
    session.flush()
    return row.id


def update_expiry(session: Session, session_id: int, *, expires_at: datetime, at: datetime) -> None:
    """Let the session last until `expires_at`, and note that its person did something at `at`."""
    session.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(expires_at=expires_at, last_act_at=at)
    )


def update_last_act(
    session: Session, session_id: int, *, at: datetime, idle_since: datetime
) -> bool:
    """Move the idle clock to `at`; False, and nothing moved, for a session that has ended.

    A session whose last act is at or before `idle_since` has ended: an act never revives it.
    """
    return _changed(
        session,
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > at,
            UserSession.last_act_at > idle_since,
        )
        .values(last_act_at=at),
    )


def update_second_step_done(
    session: Session, session_id: int, *, token_hash: str, at: datetime, expires_at: datetime
) -> bool:
    """Make a half-done session whole under a new token; False if it no longer waits."""
    return _changed(
        session,
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.second_step_done.is_(False),
            UserSession.revoked_at.is_(None),
        )
        .values(
            second_step_done=True, token_hash=token_hash, last_act_at=at, expires_at=expires_at
        ),
    )


def revoke_session(session: Session, session_id: int, *, at: datetime, reason: str) -> bool:
    """End one session; False when it had been ended before."""
    return _changed(
        session,
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=at, revoked_reason=reason),
    )


def revoke_sessions_of(
    session: Session,
    user_id: int,
    *,
    at: datetime,
    reason: str,
    only_half_done: bool = False,
    but: int | None = None,
) -> tuple[int, ...]:
    """End the person's sessions, all `but` one, and return the row numbers of those ended.

    `only_half_done` ends just those that wait for their second step. Sessions already over their
    time are marked too: whoever looks finds one live row at most.
    """
    query = select(UserSession.id).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    if only_half_done:
        query = query.where(UserSession.second_step_done.is_(False))
    if but is not None:
        query = query.where(UserSession.id != but)
    ids = tuple(session.scalars(query.order_by(UserSession.id)))
    if ids:
        session.execute(
            update(UserSession)
            .where(UserSession.id.in_(ids))
            .values(revoked_at=at, revoked_reason=reason)
            .execution_options(synchronize_session=False)
        )
    return ids


def add_page_ticket(
    session: Session, *, token_hash: str, session_id: int, page: str, expires_at: datetime
) -> None:
    """Add a ticket that has not been redeemed."""
    session.add(
        PageTicket(token_hash=token_hash, session_id=session_id, page=page, expires_at=expires_at)
    )
    session.flush()


def redeem_ticket(session: Session, token_hash: str, *, page: str, at: datetime) -> int | None:
    """Mark the ticket redeemed and return its session's row number; None if it opens nothing."""
    valid = (
        PageTicket.token_hash == token_hash,
        PageTicket.page == page,
        PageTicket.redeemed_at.is_(None),
        PageTicket.expires_at > at,
    )
    return session.scalar(
        update(PageTicket)
        .where(*valid)
        .values(redeemed_at=at)
        .returning(PageTicket.session_id)
        .execution_options(synchronize_session=False)
    )


def remove_expired_tickets(session: Session, *, before: datetime) -> None:
    """Forget tickets that expired before `before`."""
    session.execute(delete(PageTicket).where(PageTicket.expires_at < before))


def _find(session: Session, condition: ColumnElement[bool]) -> Iterator[StoredSession]:
    rows: Iterable[Any] = session.execute(_JOINED.where(condition)).all()
    width = len(_COLUMNS) + 1
    for _, of_session in groupby(rows, key=lambda row: row[0]):
        own = list(of_session)
        memberships = tuple(
            Membership(Role(role), local_authority_id, school_id, tuple(class_names))
            for role, local_authority_id, school_id, class_names, *_ in (row[width:] for row in own)
            if role is not None
        )
        idle_minutes = lowest_limit(limit for row in own for limit in row[-2:])
        *columns, named = own[0][:width]
        values: tuple[Any, ...] = (*columns, memberships, idle_minutes, _named(named))
        yield StoredSession(*values)


def _named(listed: str | None) -> frozenset[tuple[int, Action]]:
    found = set()
    for item in (listed or "").split(","):
        school_id, _, action = item.partition(" ")
        if action in Action.__members__:
            found.add((int(school_id), Action[action]))
    return frozenset(found)


def _changed(session: Session, statement: Update) -> bool:
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount == 1)
