"""How often a name may be tried, and how often an address may try.

A name is limited alike whether or not anyone has it. A whole school shares one address, so that
limit is generous and is never a ban.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pupiltrack_core.errors import ConfigurationError, TooManyAttempts
from pupiltrack_core.services.sign_in_policy import SignInPolicy
from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.sign_in_attempts import (
    add_attempt,
    count_failures_of_address,
    find_failures_of_name,
    remove_attempts,
)

FAILURES_OF_A_NAME = 10
NAME_WINDOW = timedelta(minutes=15)
# Slow guessing stays under the window: so many in a day close the name too.
FAILURES_IN_A_DAY = 30
MEMORY = timedelta(hours=24)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
FAILURES_OF_AN_ADDRESS = 100
ADDRESS_WINDOW = timedelta(minutes=5)
ADDRESS_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AttemptKeys:
    """What stands for name and address in the database: neither can be read back from it."""

    name_hash: str
    address_hash: str


def attempt_keys(
    *, user_name: str, address: str, policy: SignInPolicy, of: str = "name"
) -> AttemptKeys:
    """Return the keyed hashes of a normalised name and an address.

    `of` says what is counted: each has a count of its own, which no name that is typed can reach.
    It holds no colon.
    """
    if not policy.rate_limit_key:
        raise ConfigurationError("Signing in needs the server's secret: use policy_for_server.")
    return AttemptKeys(
        name_hash=_keyed(policy.rate_limit_key, of, user_name),
        address_hash=_keyed(policy.rate_limit_key, "address", address),
    )


def wait_after(failures: Sequence[datetime]) -> timedelta:
    """Return how long after the last of these failures the name stays closed; zero: not at all.

    `failures` are those since the last success, oldest first. The tenth within fifteen minutes
    closes the name for a minute; from then on each one doubles the wait, up to fifteen minutes.
    """
    recent: deque[datetime] = deque()
    times_closed = 0
    for number, at in enumerate(failures, start=1):
        recent.append(at)
        while at - recent[0] > NAME_WINDOW:
            recent.popleft()
        if times_closed or len(recent) >= FAILURES_OF_A_NAME or number >= FAILURES_IN_A_DAY:
            times_closed += 1
    if not times_closed:
        return timedelta(0)
    doublings = min(times_closed - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def reserve_attempt(
    session: Session, keys: AttemptKeys, *, now: datetime, by_stranger: bool = False
) -> int:
    """Write the attempt down before its password is looked at, and return its id.

    Tries made at the same moment are counted before any is answered, so that no burst slips
    through. `by_stranger`: a sign-in from a device that is not known, which counts over all
    accounts too (`guessing`). Raises `TooManyAttempts` without counting the try: waiting is enough
    to be let in.
    """
    hold_lock(session, LockSpace.SIGN_IN_NAME, keys.name_hash)
    failures = find_failures_of_name(session, keys.name_hash, since=now - MEMORY)
    if failures:
        _require_waited(failures[-1] + wait_after(failures) - now, "for this name")
    if (
        count_failures_of_address(session, keys.address_hash, since=now - ADDRESS_WINDOW)
        >= FAILURES_OF_AN_ADDRESS
    ):
        _require_waited(ADDRESS_WAIT, "from your network")
    remove_attempts(session, before=now - MEMORY)
    return add_attempt(
        session,
        at=now,
        name_hash=keys.name_hash,
        address_hash=keys.address_hash,
        by_stranger=by_stranger,
    )


def closed_for(session: Session, keys: AttemptKeys, *, now: datetime) -> timedelta:
    """Return how long the name stays closed after the failure that was just written down."""
    return wait_after(find_failures_of_name(session, keys.name_hash, since=now - MEMORY))


def _require_waited(left: timedelta, what: str) -> None:
    if left <= timedelta(0):
        return
    seconds = math.ceil(left.total_seconds())
    minutes = -(-seconds // 60)
    raise TooManyAttempts(
        f"There were too many attempts to sign in {what}. Nobody was signed in. "
        f"Wait {minutes} minute{'' if minutes == 1 else 's'} and try again.",
        retry_after=seconds,
    )


def _keyed(key: bytes, kind: str, value: str) -> str:
    message = f"{kind}:{value}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()
