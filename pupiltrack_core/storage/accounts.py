"""Accounts and their roles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.access import Membership, Place, Role
from pupiltrack_core.storage.account_models import NamedAccess
from pupiltrack_core.storage.models import (
    LocalAuthority,
    MembershipRow,
    School,
    UserAccount,
)


def add_user(
    session: Session,
    *,
    user_name: str,
    display_name: str,
    password_hash: str,
    status: str,
    created_at: datetime,
    email: str | None = None,
    second_step: str = "none",
) -> UserAccount:
    """Add an account without roles; `user_name` is already normalised."""
    user = UserAccount(
        user_name=user_name,
        display_name=display_name,
        email=email,
        password_hash=password_hash,
        status=status,
        second_step=second_step,
        failed_attempts=0,
        created_at=created_at,
    )
    session.add(user)
    session.flush()
    return user


def find_user(session: Session, user_id: int, *, lock: bool = False) -> UserAccount | None:
    """Return the account; with `lock` no other transaction changes it or signs in to it."""
    query = select(UserAccount).where(UserAccount.id == user_id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(query)


def find_user_by_name(session: Session, user_name: str) -> UserAccount | None:
    """Return the account of a normalised name."""
    return session.scalar(select(UserAccount).where(UserAccount.user_name == user_name))


def find_memberships(session: Session, user_id: int) -> tuple[Membership, ...]:
    """Return the account's roles, in the order they were given."""
    return find_memberships_of(session, [user_id])[user_id]


def find_memberships_of(
    session: Session, user_ids: Collection[int]
) -> dict[int, tuple[Membership, ...]]:
    """Return the roles of each of these accounts, in the order they were given."""
    rows = session.scalars(
        select(MembershipRow)
        .where(MembershipRow.user_id.in_(sorted(user_ids)))
        .order_by(MembershipRow.id)
    )
    held: dict[int, tuple[Membership, ...]] = dict.fromkeys(user_ids, ())
    for row in rows:
        held[row.user_id] += (
            Membership(
                Role(row.role), row.local_authority_id, row.school_id, tuple(row.class_names)
            ),
        )
    return held


def find_place_names(session: Session, user_id: int) -> tuple[str, ...]:
    """Return the names of the account's schools, their towns and its local authorities."""
    rows = session.execute(
        select(School.name, School.district, LocalAuthority.name)
        .select_from(MembershipRow)
        .join(LocalAuthority, LocalAuthority.id == MembershipRow.local_authority_id)
        .outerjoin(School, School.id == MembershipRow.school_id)
        .where(MembershipRow.user_id == user_id)
    )
    return tuple(dict.fromkeys(name for row in rows for name in row if name))


def find_name_of_place(session: Session, place: Place) -> str:
    """Return the name of a school, or of a local authority; there must be one."""
    if place.school_id is None:
        return session.get_one(LocalAuthority, place.local_authority_id).name
    return session.get_one(School, place.school_id).name


def has_another_active(session: Session, role: Role, place: Place, *, than: int) -> bool:
    """Return whether an active account but for `than` has this role at the place."""
    query = (
        select(MembershipRow.id)
        .join(UserAccount, UserAccount.id == MembershipRow.user_id)
        .where(
            MembershipRow.role == str(role),
            MembershipRow.local_authority_id == place.local_authority_id,
            MembershipRow.school_id.is_not_distinct_from(place.school_id),
            UserAccount.status == "active",
            UserAccount.id != than,
        )
        .limit(1)
    )
    return session.scalar(query) is not None


def find_people_to_tell(
    session: Session,
    *,
    school_id: int | None,
    local_authority_id: int,
    school_role: Role,
    authority_role: Role,
) -> Sequence[UserAccount]:
    """Return the active accounts with an address that answer for a school, or for an authority.

    Those with `school_role` at the school, if one is named, and those with `authority_role`.
    """
    over = (MembershipRow.school_id.is_(None)) & (MembershipRow.role == str(authority_role))
    here = (MembershipRow.school_id == school_id) & (MembershipRow.role == str(school_role))
    roles = select(MembershipRow.user_id).where(
        MembershipRow.local_authority_id == local_authority_id,
        over if school_id is None else over | here,
    )
    return session.scalars(
        select(UserAccount)
        .where(
            UserAccount.id.in_(roles),
            UserAccount.status == "active",
            UserAccount.email.is_not(None),
        )
        .order_by(UserAccount.id)
    ).all()


def update_memberships(session: Session, user_id: int, memberships: Sequence[Membership]) -> None:
    """Make these the account's only roles, and take back what it was named for anywhere else."""
    session.execute(delete(MembershipRow).where(MembershipRow.user_id == user_id))
    session.add_all(
        MembershipRow(
            user_id=user_id,
            role=str(membership.role),
            local_authority_id=membership.local_authority_id,
            school_id=membership.school_id,
            class_names=list(membership.class_names),
        )
        for membership in memberships
    )
    # Who comes back one day is named anew, or not.
    in_reach = or_(
        School.id.in_([one.school_id for one in memberships if one.school_id is not None]),
        School.local_authority_id.in_(
            [one.local_authority_id for one in memberships if one.school_id is None]
        ),
    )
    session.execute(
        delete(NamedAccess)
        .where(
            NamedAccess.user_id == user_id,
            NamedAccess.school_id.not_in(select(School.id).where(in_reach)),
        )
        .execution_options(synchronize_session=False)
    )
    session.flush()


def update_failures(session: Session, user_id: int | None) -> None:
    """Count one more failure; for None the same statement runs and finds no row."""
    session.execute(
        update(UserAccount)
        .where(UserAccount.id == (0 if user_id is None else user_id))
        .values(failed_attempts=UserAccount.failed_attempts + 1)
        .execution_options(synchronize_session=False)
    )
