"""The queue of messages to send: written in the transaction of what they tell of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
