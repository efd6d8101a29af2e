"""Attempts to sign in, by which tries are limited. Names and addresses are keyed hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import SignInAttempt


@dataclass(frozen=True, slots=True)
class StrangeNames:
    """With how many names passwords were tried from devices not known: in vain, and with success.

    A name that got in after a slip counts as one that got in.
    """

    in_vain: int
    got_in: int


def add_attempt(
    session: Session, *, at: datetime, name_hash: str, address_hash: str, by_stranger: bool
) -> int:
    """Write an attempt down as failed, which it is until proved otherwise; return its id."""
    attempt = SignInAttempt(
        at=at,
        name_hash=name_hash,
        address_hash=address_hash,
        by_stranger=by_stranger,
        succeeded=False,
    )
    session.add(attempt)
    session.flush()
    return attempt.id


def update_attempt_succeeded(session: Session, attempt_id: int) -> None:
    """Mark the attempt as successful; failures before it no longer count against the name."""
    session.execute(
        update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(succeeded=True)
    )


def update_attempt_failed(session: Session, attempt_id: int | None) -> None:
    """Mark as failed what went wrong at the second step: failures before it count again.

    For None the same statement runs and finds no row.
    """
    session.execute(
        update(SignInAttempt).where(SignInAttempt.id == (attempt_id or 0)).values(succeeded=False)
    )


def find_failures_of_name(session: Session, name_hash: str, *, since: datetime) -> list[datetime]:
    """Return when attempts failed for the name since `since` and its last success, oldest first."""
    last_success = (
        select(func.max(SignInAttempt.id))
        .where(_of_name(name_hash, since), SignInAttempt.succeeded)
        .scalar_subquery()
    )
    return list(
        session.scalars(
            select(SignInAttempt.at)
            .where(
                _of_name(name_hash, since),
                SignInAttempt.succeeded.is_(False),
                SignInAttempt.id > func.coalesce(last_success, 0),
            )
            .order_by(SignInAttempt.id)
        )
    )


def count_failures_of_address(session: Session, address_hash: str, *, since: datetime) -> int:
    """Return how many attempts from the address failed since `since`, whatever the names."""
    found = session.scalar(
        select(func.count())
        .select_from(SignInAttempt)
        .where(
            SignInAttempt.address_hash == address_hash,
            SignInAttempt.at > since,
            SignInAttempt.succeeded.is_(False),
        )
    )
    return found or 0


def count_strange_names(session: Session, *, since: datetime) -> StrangeNames:
    """Return with how many names strangers tried passwords since `since`, over all accounts."""
    got_in = case((SignInAttempt.succeeded, SignInAttempt.name_hash))
    tried, with_success = session.execute(
        select(func.count(SignInAttempt.name_hash.distinct()), func.count(got_in.distinct())).where(
            SignInAttempt.at > since, SignInAttempt.by_stranger
        )
    ).one()
    return StrangeNames(in_vain=tried - with_success, got_in=with_success)


def remove_attempts(session: Session, *, before: datetime) -> None:
    """Forget attempts older than any limit looks back."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < before))


def _of_name(name_hash: str, since: datetime) -> ColumnElement[bool]:
    return (SignInAttempt.name_hash == name_hash) & (SignInAttempt.at > since)
