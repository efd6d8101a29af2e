"""The queue of messages to send: written in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pupiltrack_core.storage.account_models import OutgoingMail


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in plain text. `kind` says what it is about, for the queue and the audit."""

    kind: str
    address: str
    subject: str
    body: str


def add_mail(session: Session, letter: Letter, *, user_id: int | None, at: datetime) -> int:
    """Queue a message, to be sent once this transaction has been saved; return its row number."""
    row = OutgoingMail(
        user_id=user_id,
        kind=letter.kind,
        address=letter.address,
        subject=letter.subject,
        body=letter.body,
        queued_at=at,
        next_try_at=at,
        tries=0,
    )
    session.add(row)
    session.flush()
    return row.id


@dataclass(frozen=True, slots=True)
class DueMail:
    """A message that is to be sent now, and how often that was tried."""

    mail_id: int
    letter: Letter
    queued_at: datetime
    tries: int


def claim_due_mail(
    session: Session, *, now: datetime, until: datetime, limit: int
) -> Sequence[DueMail]:
    """Return what is due, oldest first, and keep it from other senders until `until`."""
    rows = session.scalars(
        select(OutgoingMail)
        .where(
            OutgoingMail.sent_at.is_(None),
            OutgoingMail.given_up_at.is_(None),
            OutgoingMail.next_try_at <= now,
        )
        .order_by(OutgoingMail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    due = [
        DueMail(
            row.id,
            Letter(row.kind, row.address, row.subject, row.body),
            row.queued_at,
            row.tries,
        )
        for row in rows
    ]
    for row in rows:
        row.next_try_at = until
    return due


def note_sent(session: Session, mail_id: int, *, at: datetime) -> None:
    """Note that the message has gone, and let go of its text."""
    _update(session, mail_id, sent_at=at, body="", tries=OutgoingMail.tries + 1)


def note_failed_try(session: Session, mail_id: int, *, next_try_at: datetime) -> None:
    """Note a try that failed, and when the next one is due."""
    _update(session, mail_id, next_try_at=next_try_at, tries=OutgoingMail.tries + 1)


def note_given_up(session: Session, mail_id: int, *, at: datetime) -> None:
    """Note that the message is not tried again, and let go of its text."""
    _update(session, mail_id, given_up_at=at, body="", tries=OutgoingMail.tries + 1)


def _update(session: Session, mail_id: int, **values: object) -> None:
    session.execute(update(OutgoingMail).where(OutgoingMail.id == mail_id).values(**values))
