"""Sending what is queued: each message once, tried again until a day has passed.

A message is queued in the transaction of what it tells of, so none is sent of what did not
happen, and none is forgotten of what did. Nobody waits for a mail server.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pupiltrack_core.services.one_use_links import put_tokens_in
from pupiltrack_core.services.post import Post, PostFailed
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.outgoing_mail import (
    DueMail,
    Letter,
    claim_due_mail,
    note_failed_try,
    note_given_up,
    note_sent,
)

TRIED_FOR = timedelta(hours=24)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# Whoever claimed a message and died with it is not waited for longer.
CLAIM_LASTS = timedelta(minutes=5)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Round:
    """How many messages one round sent, left for later, and gave up."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


def send_due_mail(database: Database, post: Post, *, now: datetime) -> Round:
    """Send what is due, oldest first, at most 50 messages; return what became of them.

    The text of a message is removed once it was sent or given up. The tokens of links are made just
    before, and stand in no queue.
    """
    with database.unit_of_work(write=True) as unit:
        due = claim_due_mail(unit.session, now=now, until=now + CLAIM_LASTS, limit=AT_ONCE)
        unit.commit()
    sent = failed = given_up = 0
    for mail in due:
        try:
            post.send(_with_tokens(database, mail.letter))
        except PostFailed:
            if now - mail.queued_at >= TRIED_FOR:
                given_up += 1
            else:
                failed += 1
            _note_failure(database, mail, now=now)
            continue
        with database.unit_of_work(write=True) as unit:
            note_sent(unit.session, mail.mail_id, at=now)
            unit.commit()
        sent += 1
    return Round(sent, failed, given_up)


def _with_tokens(database: Database, letter: Letter) -> Letter:
    with database.unit_of_work(write=True) as unit:
        body = put_tokens_in(unit.session, letter.body)
        unit.commit()
    return replace(letter, body=body)


def wait_after_try(tries: int) -> timedelta:
    """Return how long to wait after so many failed tries: a minute, doubled up to an hour."""
    return min(FIRST_WAIT * (1 << min(tries - 1, 10)), LONGEST_WAIT)


def _note_failure(database: Database, mail: DueMail, *, now: datetime) -> None:
    with database.unit_of_work(write=True) as unit:
        if now - mail.queued_at >= TRIED_FOR:
            note_given_up(unit.session, mail.mail_id, at=now)
        else:
            again = now + wait_after_try(mail.tries + 1)
            note_failed_try(unit.session, mail.mail_id, next_try_at=again)
        unit.commit()
