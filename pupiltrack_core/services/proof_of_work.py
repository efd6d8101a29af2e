"""A proof of work that a form asks for, so that it is dear to send in thousands.

The browser looks for a number; it takes a second and asks nothing of the person. The format is
ALTCHA's, made and checked here: no other host takes part. A challenge is good for one form, once,
for ten minutes.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution
from sqlalchemy.orm import Session

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.tokens import hash_token
from pupiltrack_core.storage.spent_challenges import spend

LIVES = timedelta(minutes=10)
EASIEST, HARDEST = 150_000, 4_800_000
# So many forms within ten minutes are usual.
USUAL = 20
_LONGEST_PROOF = 2_000


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser is told: the number lies from 0 to `largest`, and hashed behind the salt."""

    challenge: str
    salt: str
    signature: str
    largest: int


def new_challenge(*, form: str, key: bytes, largest: int, now: datetime) -> Challenge:
    """Return a challenge for one form; `largest` is the largest number there is to try."""
    made = create_challenge(
        ChallengeOptions(
            max_number=largest,
            hmac_key=key,
            expires=now + LIVES,
            params={"form": form},
        )
    )
    return Challenge(made.challenge, made.salt, made.signature, made.max_number)


def difficulty(recent: int, *, usual: int = USUAL) -> int:
    """Return the largest number to try when there was so much within ten minutes.

    It doubles with each `usual` of them: of forms answered, unless something else is counted.
    """
    return min(EASIEST << min(recent // usual, 10), HARDEST)


def require_proof(session: Session, proof: str, *, form: str, key: bytes, now: datetime) -> None:
    """Use a proof up, in the caller's transaction.

    Raises `InvalidEntry` for one that is wrong, altered, too old, for another form or used.
    """
    sent = _read(proof)
    if (
        sent is None
        or not _is_for(sent, form, now)
        or not verify_solution(sent, key, check_expires=False)[0]
        # The challenge and not its salt, which can be written in two ways.
        or not spend(session, hash_token(sent.challenge), until=now + LIVES, now=now)
    ):
        raise InvalidEntry(
            "The check that this form was not sent by a machine did not succeed, or is too old. "
            "Nothing was sent. Wait until the page says that it is ready, and send the form again.",
            field="proof",
        )


def _is_for(sent: Payload, form: str, now: datetime) -> bool:
    """Whether the salt, which the signature covers, names this form and a time that is not over."""
    told = parse_qs(sent.salt.partition("?")[2])
    ends = told.get("expires", [""])[0]
    if told.get("form") != [form] or not (ends.isascii() and ends.isdigit() and len(ends) < 12):
        return False
    return now < datetime.fromtimestamp(int(ends), UTC) <= now + LIVES


def _read(proof: str) -> Payload | None:
    """Return what a browser sent, None for what is no proof at all."""
    if len(proof) > _LONGEST_PROOF:
        return None
    try:
        sent = json.loads(base64.b64decode(proof, validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict) or sent.get("algorithm") != "SHA-256":
        return None
    challenge, salt, signature = (sent.get(name) for name in ("challenge", "salt", "signature"))
    number = sent.get("number")
    if not (
        isinstance(challenge, str)
        and isinstance(salt, str)
        and isinstance(signature, str)
        and type(number) is int
    ):
        return None
    return Payload("SHA-256", challenge, number, salt, signature)
