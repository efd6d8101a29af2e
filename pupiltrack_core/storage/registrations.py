"""Who asks for an account at a school, and the people a school has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pupiltrack_core.access import Place
from pupiltrack_core.storage.account_models import OneUseToken, OutgoingMail, Registration
from pupiltrack_core.storage.models import LocalAuthority, MembershipRow, School, UserAccount

WAITING, APPROVED, REJECTED = "waiting", "approved", "rejected"
OF_A_HEAD, SECOND, INVITED = "head", "second", "invited"


@dataclass(frozen=True, slots=True)
class FoundSchool:
    """A school as anybody may look it up, with what a registration at it needs."""

    school_id: int
    local_authority_id: int
    laestab: str
    name: str
    district: str | None
    authority: str


def search_schools(session: Session, text: str, *, limit: int) -> tuple[FoundSchool, ...]:
    """Return the schools of this number, or whose name holds every word; by name."""
    number = text.replace("/", "").replace(" ", "")
    query = (
        select(School, LocalAuthority.name)
        .join(LocalAuthority, LocalAuthority.id == School.local_authority_id)
        .order_by(School.name, School.laestab)
        .limit(limit)
    )
    if number.isascii() and number.isdigit():
        query = query.where(School.laestab == number)
    else:
        for word in text.split():
            query = query.where(School.name.icontains(word, autoescape=True))
    return tuple(
        FoundSchool(
            school.id, school.local_authority_id, school.laestab, school.name, school.district, name
        )
        for school, name in session.execute(query)
    )


def find_user_by_email(session: Session, email: str) -> UserAccount | None:
    """Return the account of an e-mail address, whatever its capitals; the oldest of several."""
    query = (
        select(UserAccount)
        .where(func.lower(UserAccount.email) == email.lower())
        .order_by(UserAccount.id)
        .limit(1)
    )
    return session.scalar(query)


def find_registrations_of(session: Session, user_id: int) -> Sequence[Registration]:
    """Return everything that was asked for an account, newest first."""
    query = select(Registration).where(Registration.user_id == user_id)
    return session.scalars(query.order_by(Registration.id.desc())).all()


def lock_registration(session: Session, registration_id: int) -> Registration | None:
    """Return a registration that nobody else decides meanwhile."""
    query = select(Registration).where(Registration.id == registration_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def find_waiting(
    session: Session, local_authority_id: int
) -> Sequence[tuple[Registration, UserAccount, School, UserAccount | None]]:
    """Return what waits for the authority: request, account, school, who asked; oldest first.

    A head's own request waits from when its e-mail address was shown to be the head's.
    """
    query = (
        _requests(Registration.asked_by)
        .where(
            Registration.local_authority_id == local_authority_id,
            Registration.state == WAITING,
            or_(Registration.kind != OF_A_HEAD, Registration.email_confirmed_at.is_not(None)),
        )
        .order_by(func.coalesce(Registration.email_confirmed_at, Registration.asked_at))
    )
    return [(*row,) for row in session.execute(query)]


def find_decided(
    session: Session, local_authority_id: int, *, since: datetime
) -> Sequence[tuple[Registration, UserAccount, School, UserAccount | None]]:
    """Return what was decided of late: request, account, school, who decided; newest first."""
    query = (
        _requests(Registration.decided_by)
        .where(
            Registration.local_authority_id == local_authority_id,
            Registration.decided_at >= since,
        )
        .order_by(Registration.decided_at.desc(), Registration.id.desc())
    )
    return [(*row,) for row in session.execute(query)]


def _requests(
    colleague: InstrumentedAttribute[int | None],
) -> Select[Registration, UserAccount, School, UserAccount]:
    """Return the query of requests with account, school and the colleague of that column."""
    other = aliased(UserAccount)
    return (
        select(Registration, UserAccount, School, other)
        .join(UserAccount, UserAccount.id == Registration.user_id)
        .join(School, School.id == Registration.school_id)
        .outerjoin(other, other.id == colleague)
    )


def find_waiting_at_school(
    session: Session, school_id: int
) -> Sequence[tuple[Registration, UserAccount]]:
    """Return what a school's head has asked for and the authority has not decided."""
    query = (
        select(Registration, UserAccount)
        .join(UserAccount, UserAccount.id == Registration.user_id)
        .where(
            Registration.school_id == school_id,
            Registration.state == WAITING,
            Registration.kind != OF_A_HEAD,
        )
        .order_by(Registration.id)
    )
    return [(*row,) for row in session.execute(query)]


def remove_unconfirmed(session: Session, *, before: datetime) -> None:
    """Forget who asked before then and never opened the link, with the account they would have had.

    It has no role, and nobody could sign in to it.
    """
    others = aliased(Registration)
    stale = session.scalars(
        select(Registration.user_id)
        .join(UserAccount, UserAccount.id == Registration.user_id)
        .where(
            Registration.kind == OF_A_HEAD,
            Registration.state == WAITING,
            Registration.email_confirmed_at.is_(None),
            Registration.asked_at < before,
            UserAccount.status == "pending",
            UserAccount.approved_by.is_(None),
            ~select(MembershipRow.id).where(MembershipRow.user_id == UserAccount.id).exists(),
            ~select(others.id)
            .where(others.user_id == UserAccount.id, others.id != Registration.id)
            .exists(),
        )
    ).all()
    for table, column in (
        (OneUseToken, OneUseToken.user_id),
        (OutgoingMail, OutgoingMail.user_id),
        (Registration, Registration.user_id),
        (UserAccount, UserAccount.id),
    ):
        session.execute(delete(table).where(column.in_(stale)))


def find_members(session: Session, place: Place) -> Sequence[tuple[UserAccount, MembershipRow]]:
    """Return the accounts with a role at a place, each with its role there; by name shown.

    Of an authority they are its own staff, not its schools'.
    """
    query = (
        select(UserAccount, MembershipRow)
        .join(MembershipRow, MembershipRow.user_id == UserAccount.id)
        .where(
            MembershipRow.local_authority_id == place.local_authority_id,
            MembershipRow.school_id.is_not_distinct_from(place.school_id),
        )
        .order_by(func.lower(UserAccount.display_name), UserAccount.id, MembershipRow.id)
    )
    return [(*row,) for row in session.execute(query)]
