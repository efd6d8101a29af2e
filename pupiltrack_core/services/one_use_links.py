"""Links that are sent out by e-mail and work once: whoever opens one has read the message.

Only a hash of the link's token is stored, and what it is for; a copy of the database opens nothing,
not even of the messages that wait to be sent: a token is made when its message goes. Until then the
message holds a draft in its place, which opens nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pupiltrack_core.services.tokens import hash_token, new_token
from pupiltrack_core.storage.account_models import OneUseToken


class LinkPurpose(StrEnum):
    """What a link may be for. One made for one purpose opens no other."""

    PASSWORD = "password"  # noqa: S105 the name of a purpose
    INVITATION = "invitation"
    REGISTRATION = "registration"
    NEW_ADDRESS = "new address"
    OLD_ADDRESS = "old address"


# As `new_token` makes it, at the end of an address.
_TOKEN = re.compile(r"(?<=/)[\w-]{43}(?![\w-])", re.ASCII)

LIVES = {
    LinkPurpose.PASSWORD: timedelta(minutes=60),
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.REGISTRATION: timedelta(days=2),
    LinkPurpose.NEW_ADDRESS: timedelta(days=1),
    LinkPurpose.OLD_ADDRESS: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be used now: whose it is and what was noted when it was made."""

    user_id: int | None
    detail: dict[str, Any]


def new_link(
    session: Session,
    purpose: LinkPurpose,
    *,
    user_id: int | None,
    at: datetime,
    detail: dict[str, Any] | None = None,
) -> str:
    """Make a link in the caller's transaction; return the draft of its token, for the message."""
    draft = new_token()
    session.add(
        OneUseToken(
            token_hash=hash_token(new_token()),  # of none that anybody has
            draft_hash=hash_token(draft),
            user_id=user_id,
            purpose=purpose,
            detail=detail or {},
            created_at=at,
            expires_at=at + LIVES[purpose],
        )
    )
    session.flush()
    return draft


def put_tokens_in(session: Session, text: str) -> str:
    """Return the text of a message with a new token for each draft, which from now on opens.

    A token of an earlier try to send the message opens nothing any more.
    """
    for draft in set(_TOKEN.findall(text)):
        row = session.scalar(
            select(OneUseToken).where(
                OneUseToken.draft_hash == hash_token(draft), OneUseToken.used_at.is_(None)
            )
        )
        if row is not None:
            token = new_token()
            row.token_hash = hash_token(token)
            text = text.replace(draft, token)
    return text


def find_link(session: Session, token: str, purpose: LinkPurpose, *, at: datetime) -> Link | None:
    """Return what the token opens, without using it; None for one used, too old or unknown."""
    row = session.scalar(
        select(OneUseToken).where(
            OneUseToken.token_hash == hash_token(token), OneUseToken.purpose == purpose
        )
    )
    if row is None or row.used_at is not None or row.expires_at <= at:
        return None
    return Link(row.user_id, dict(row.detail))


def use_link(session: Session, token: str, purpose: LinkPurpose, *, at: datetime) -> Link | None:
    """Use the token up and return what it opens; None for one used, too old or unknown.

    Of several who use it at one moment one succeeds.
    """
    found = find_link(session, token, purpose, at=at)
    used = session.execute(
        update(OneUseToken)
        .where(
            OneUseToken.token_hash == hash_token(token),
            OneUseToken.purpose == purpose,
            OneUseToken.used_at.is_(None),
            OneUseToken.expires_at > at,
        )
        .values(used_at=at)
    )
    return found if used.rowcount == 1 else None  # type: ignore[attr-defined]  # of an UPDATE


def withdraw_links(session: Session, user_id: int, *purposes: LinkPurpose, at: datetime) -> None:
    """Make the person's links of these purposes useless: a newer one was asked for."""
    session.execute(
        update(OneUseToken)
        .where(
            OneUseToken.user_id == user_id,
            OneUseToken.purpose.in_(purposes),
            OneUseToken.used_at.is_(None),
        )
        .values(used_at=at)
    )


def has_unused_link(session: Session, user_id: int, purpose: LinkPurpose) -> bool:
    """Whether a link of this purpose was sent to the person and not opened, however old."""
    query = select(OneUseToken.token_hash).where(
        OneUseToken.user_id == user_id,
        OneUseToken.purpose == purpose,
        OneUseToken.used_at.is_(None),
    )
    return session.scalar(query.limit(1)) is not None
