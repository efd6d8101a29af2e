"""People named for one action at one school."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from pupiltrack_core.access import Action, Role
from pupiltrack_core.storage.account_models import NamedAccess
from pupiltrack_core.storage.models import MembershipRow, School, UserAccount


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with a role at a school or over its authority; `given_at` is None for one not named.

    Someone with several roles comes once for each.
    """

    user_id: int
    display_name: str
    role: Role
    class_names: tuple[str, ...]
    given_at: datetime | None


def find_candidates(session: Session, school: School, action: Action) -> Sequence[Candidate]:
    """Return the active accounts with a role at the school or over its authority, by name."""
    rows = session.execute(
        select(
            UserAccount.id,
            UserAccount.display_name,
            MembershipRow.role,
            MembershipRow.class_names,
            NamedAccess.given_at,
        )
        .join(MembershipRow, MembershipRow.user_id == UserAccount.id)
        .join(
            NamedAccess,
            and_(
                NamedAccess.user_id == UserAccount.id,
                NamedAccess.school_id == school.id,
                NamedAccess.action == action.name,
            ),
            isouter=True,
        )
        .where(
            UserAccount.status == "active",
            MembershipRow.local_authority_id == school.local_authority_id,
            or_(MembershipRow.school_id == school.id, MembershipRow.school_id.is_(None)),
        )
        .order_by(UserAccount.display_name, UserAccount.id, MembershipRow.id)
    )
    return [
        Candidate(user_id, name, Role(role), tuple(class_names), given_at)
        for user_id, name, role, class_names, given_at in rows
    ]


def add_named_access(
    session: Session,
    *,
    user_id: int,
    school_id: int,
    action: Action,
    given_at: datetime,
    given_by: int | None,
) -> None:
    """Name a person; raise `Conflict` at the latest on commit where they are named already."""
    session.add(
        NamedAccess(
            user_id=user_id,
            school_id=school_id,
            action=action.name,
            given_at=given_at,
            given_by=given_by,
        )
    )


def remove_named_access(session: Session, *, user_id: int, school_id: int, action: Action) -> None:
    """Take back what the person was named for at the school."""
    session.execute(
        delete(NamedAccess).where(
            NamedAccess.user_id == user_id,
            NamedAccess.school_id == school_id,
            NamedAccess.action == action.name,
        )
    )
