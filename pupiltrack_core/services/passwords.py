"""Passwords: what is good enough, and Argon2id hashes of them.

Costs follow OWASP's Password Storage Cheat Sheet: its minimum as `floor`, and for real people
64 MiB in three passes. Checking takes the same work whether or not there is an account.
"""

from __future__ import annotations

import base64
import secrets
import threading
import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION, verify_secret

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.settings import PasswordHashing

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
# A user name of a letter or two stands in many a word: only longer ones are looked for.
_TELLING_NAME = 3
_SALT_BYTES, _TAG_BYTES = 16, 32
# Each hash holds its memory for as long as it runs; without a limit a crowd exhausts the machine.
_PLACES = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class HashingCost:
    """Memory in KiB, passes over it, and lanes."""

    memory: int
    passes: int
    lanes: int = 1


COSTS = {
    PasswordHashing.HARDENED: HashingCost(memory=64 * 1024, passes=3),
    PasswordHashing.FLOOR: HashingCost(memory=19 * 1024, passes=2),
}


def check_new_password(password: str, *, user_name: str) -> None:
    """Raise `InvalidEntry` unless the password may be chosen.

    Twelve characters at least, of any kind, spaces among them (three random words will do); not
    the user name with a tail, nor a few characters over and over.
    """
    text = _normalise(password)
    if len(text) < SHORTEST_PASSWORD:
        raise _refused(
            f"It must have at least {SHORTEST_PASSWORD} characters: three random words will do."
        )
    if len(text) > LONGEST_PASSWORD:
        raise _refused(f"It must have at most {LONGEST_PASSWORD} characters.")
    if len(user_name) >= _TELLING_NAME and user_name.casefold() in text.casefold():
        raise _refused("It must not hold the user name.")
    if len(set(text.casefold())) < 5:
        raise _refused("It must not be a few characters over and over.")


def hash_password(password: str, hashing: PasswordHashing) -> str:
    """Return the Argon2id hash, encoded with its cost and a salt of its own."""
    cost = COSTS[hashing]
    hasher = PasswordHasher(
        time_cost=cost.passes,
        memory_cost=cost.memory,
        parallelism=cost.lanes,
        hash_len=_TAG_BYTES,
        salt_len=_SALT_BYTES,
        type=Type.ID,
    )
    with _PLACES:
        return hasher.hash(_encode(_normalise(password)))


def verify_password(stored: str | None, password: str, hashing: PasswordHashing) -> bool:
    """Whether the password is the one behind the stored hash.

    For no account (None) and for an account that has no usable hash the same work is done on a
    hash that nothing matches, so that the time tells nothing.
    """
    usable = stored is not None and _cost_of(stored) is not None
    encoded = stored if usable and stored is not None else _unmatched_hash(hashing)
    text = _normalise(password)
    right = _compute(encoded, text if len(text) <= LONGEST_PASSWORD else "")
    return right and usable and len(text) <= LONGEST_PASSWORD


def needs_rehash(stored: str, hashing: PasswordHashing) -> bool:
    """Whether the hash is cheaper than the policy now asks for; never to make one cheaper."""
    found, wanted = _cost_of(stored), COSTS[hashing]
    return found is None or found.memory < wanted.memory or found.passes < wanted.passes


def _compute(encoded: str, password: str) -> bool:
    """Do the work of one check; the only place that does."""
    try:
        with _PLACES:
            return verify_secret(encoded.encode(), _encode(password), Type.ID)
    except VerificationError:
        return False


def _cost_of(encoded: str) -> HashingCost | None:
    try:
        found = extract_parameters(encoded)
    except InvalidHashError:
        return None
    if found.type is not Type.ID:
        return None
    return HashingCost(memory=found.memory_cost, passes=found.time_cost, lanes=found.parallelism)


def _unmatched_hash(hashing: PasswordHashing) -> str:
    cost = COSTS[hashing]
    salt, tag = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_SALT_BYTES, _TAG_BYTES)
    )
    return (
        f"$argon2id$v={ARGON2_VERSION}$m={cost.memory},t={cost.passes},p={cost.lanes}${salt}${tag}"
    )


def _normalise(password: str) -> str:
    # The same accented letter arrives composed from one keyboard and decomposed from another.
    return unicodedata.normalize("NFKC", password)


def _encode(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _refused(problem: str) -> InvalidEntry:
    return InvalidEntry(
        f"This password cannot be used. {problem} Nothing was changed.", field="password"
    )
