"""Accounts as whoever runs the portal sees them: who may sign in, and who is signed in now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.second_step_setup import withdraw_second_step
from pupiltrack_core.services.sessions import is_locked
from pupiltrack_core.services.sign_in import normalise_user_name
from pupiltrack_core.services.sign_in_policy import utc_now
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import (
    LocalAuthority,
    MembershipRow,
    School,
    UserAccount,
    UserSession,
)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account. `roles` are as "Headteacher 999/2001" or "LA adviser 999"."""

    user_name: str
    display_name: str
    status: str
    is_locked: bool
    second_step: str
    roles: tuple[str, ...]
    last_sign_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session that nobody has ended and that has not run out; it may have been idle too long."""

    begun_at: datetime
    last_act_at: datetime


def list_accounts(
    database: Database, *, place: str | None = None, now: datetime | None = None
) -> tuple[AccountLine, ...]:
    """Return all accounts by user name, or those with a role at a place ("999/2001" or "999")."""
    moment = now or utc_now()
    with database.unit_of_work() as unit:
        roles = _roles(unit.session)
        users = unit.session.scalars(select(UserAccount).order_by(UserAccount.user_name)).all()
    return tuple(
        AccountLine(
            user_name=user.user_name,
            display_name=user.display_name,
            status=user.status,
            is_locked=is_locked(user.locked_until, moment),
            second_step=user.second_step,
            roles=tuple(roles[user.id]),
            last_sign_in_at=user.last_sign_in_at,
        )
        for user in users
        if place is None or any(role.endswith(f" {place.strip()}") for role in roles[user.id])
    )


def list_sessions(
    database: Database, user_name: str, *, now: datetime | None = None
) -> tuple[SessionLine, ...]:
    """Return the sessions of an account, the newest first. Raises `NotFound` for no account."""
    with database.unit_of_work() as unit:
        user = unit.session.scalar(
            select(UserAccount.id).where(UserAccount.user_name == normalise_user_name(user_name))
        )
        if user is None:
            raise NotFound("There is no account of this name.")
        found = unit.session.scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > (now or utc_now()),
            )
            .order_by(UserSession.created_at.desc())
        ).all()
    return tuple(SessionLine(item.created_at, item.last_act_at) for item in found)


def withdraw_sealed_steps(database: Database, *, now: datetime | None = None) -> int:
    """Take digits and app from every account that has them, and return how many had.

    For a portal whose secret file is lost: what it sealed can never be opened again.
    """
    sealed = UserAccount.totp_sealed.is_not(None) | UserAccount.code_sealed.is_not(None)
    with database.unit_of_work() as unit:
        users = unit.session.scalars(select(UserAccount.id).where(sealed)).all()
    for user_id in users:
        withdraw_second_step(database, user_id, by=None, now=now or utc_now())
    return len(users)


def _roles(session: Session) -> dict[int, list[str]]:
    rows = session.execute(
        select(
            MembershipRow.user_id,
            MembershipRow.role,
            LocalAuthority.code,
            School.laestab,
            MembershipRow.class_names,
        )
        .join(LocalAuthority, LocalAuthority.id == MembershipRow.local_authority_id)
        .join(School, School.id == MembershipRow.school_id, isouter=True)
        .order_by(MembershipRow.id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for user_id, role, code, laestab, classes in rows:
        place = code if laestab is None else f"{laestab[:3]}/{laestab[3:]}"
        taught = f" ({', '.join(classes)})" if classes else ""
        found[user_id].append(f"{Role(role).label} {place}{taught}")
    return found
