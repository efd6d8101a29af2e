"""Passwords: what is good enough, and Argon2id hashes of them.

Costs follow OWASP's Password Storage Cheat Sheet: its minimum as `floor`, and for real people
two and a half times the work of that. Checking takes the same work whether or not there is an
account.

One run of Argon2id gives 64 bytes. The first half is stored and proves the password; the second
is stored nowhere, and is the key to what only this person's password may open.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import threading
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION, hash_secret_raw, verify_secret

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.denied_passwords import is_common, is_of_the_place
from pupiltrack_core.settings import PasswordHashing, SignInProfile

SHORTEST_PASSWORD = 12
SHORTEST_BY_THE_GUIDES = 7
LONGEST_PASSWORD = 256
# A user name of a letter or two stands in many a word: only longer ones are looked for.
_TELLING_NAME = 3
# The length of the salt tells a hash whose tag is the first half of a longer one from those of
# before, whose salts have 16 bytes; both are written in Argon2's usual form.
_SALT_BYTES, _HALF_BYTES = 24, 32
# Each hash holds its memory for as long as it runs, and keeps a processor busy: without a limit a
# crowd exhausts the machine. Of more processors than two, one is left to who is signed in.
HASHES_AT_ONCE = min(8, max(2, len(os.sched_getaffinity(0)) - 1))
_PLACES = threading.BoundedSemaphore(HASHES_AT_ONCE)


@dataclass(frozen=True, slots=True)
class HashingCost:
    """Memory in KiB, passes over it, and lanes."""

    memory: int
    passes: int
    lanes: int = 1


COSTS = {
    # Below 32 MiB: of more the system's allocator lets go after each hash, and to fetch 64 MiB anew
    # page by page takes a quarter as long as the hash.
    PasswordHashing.HARDENED: HashingCost(memory=31 * 1024, passes=3),
    PasswordHashing.FLOOR: HashingCost(memory=19 * 1024, passes=2),
}


def check_new_password(
    password: str,
    *,
    user_name: str,
    profile: SignInProfile = SignInProfile.HARDENED,
    names: Collection[str] = (),
) -> None:
    """Raise `InvalidEntry` unless the password may be chosen; any characters count, spaces too.

    `hardened`: twelve at least (three random words will do), not the user name with a tail, none
    that others guess first, nor one made of `names`, those of the person's school, town and local
    authority. `guides`: seven at least, one of them neither letter nor figure, and nothing else.
    """
    text = _normalise(password)
    shortest = SHORTEST_PASSWORD if profile is SignInProfile.HARDENED else SHORTEST_BY_THE_GUIDES
    if len(text) < shortest:
        raise _refused(f"It must have at least {shortest} characters: three random words will do.")
    if len(text) > LONGEST_PASSWORD:
        raise _refused(f"It must have at most {LONGEST_PASSWORD} characters.")
    if profile is SignInProfile.GUIDES:
        if text.isalnum():
            raise _refused(
                "One of its characters must be neither a letter nor a figure; a space will do."
            )
        return
    if len(user_name) >= _TELLING_NAME and user_name.casefold() in text.casefold():
        raise _refused("It must not hold the user name.")
    if len(set(text.casefold())) < 5:
        raise _refused("It must not be a few characters over and over.")
    if is_common(text):
        raise _refused("It is one that many people choose, and is guessed first.")
    if is_of_the_place(text, names):
        raise _refused(
            "It is made of the names of your school, town or local authority, or of words of every "
            "school, and is guessed early."
        )


def password_rule(profile: SignInProfile) -> str:
    """Return what is told of `check_new_password` beside the field of a new password."""
    if profile is SignInProfile.GUIDES:
        return (
            f"At least {SHORTEST_BY_THE_GUIDES} characters, one of them neither a letter nor a "
            "figure. Three random words, with spaces, are easy to remember."
        )
    return (
        f"At least {SHORTEST_PASSWORD} characters. Three random words, with spaces, are easy to "
        "remember."
    )


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password is right, and the key that it alone yields: 32 bytes.

    There is no key for a wrong password, nor behind a hash of before keys were made.
    """

    right: bool
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HashedPassword:
    """What is stored of a new password, and its key, which is not."""

    stored: str
    key: bytes = field(repr=False)


def hash_password(password: str, hashing: PasswordHashing) -> str:
    """Return the Argon2id hash, encoded with its cost and a salt of its own."""
    return hash_with_key(password, hashing).stored


def hash_with_key(password: str, hashing: PasswordHashing) -> HashedPassword:
    """Return the hash to store, as `hash_password` does, with the key of the same run."""
    cost, salt = COSTS[hashing], secrets.token_bytes(_SALT_BYTES)
    tag, key = _halves(_normalise(password), salt, cost)
    return HashedPassword(_encoded(cost, salt, tag), key)


def verify_password(stored: str | None, password: str, hashing: PasswordHashing) -> bool:
    """Whether the password is the one behind the stored hash; takes the work of one check."""
    return check_password(stored, password, hashing).right


def check_password(stored: str | None, password: str, hashing: PasswordHashing) -> PasswordCheck:
    """Return whether the password is the one behind the stored hash, with its key.

    For no account (None) and for an account that has no usable hash the same work is done on a
    hash that nothing matches, so that the time tells nothing.
    """
    usable = stored is not None and _cost_of(stored) is not None
    encoded = stored if usable and stored is not None else _unmatched_hash(hashing)
    text = _normalise(password)
    checked = _compute(encoded, text if len(text) <= LONGEST_PASSWORD else "")
    right = checked.right and usable and len(text) <= LONGEST_PASSWORD
    return checked if right else PasswordCheck(right=False)


def needs_rehash(stored: str, hashing: PasswordHashing) -> bool:
    """Whether the hash is cheaper than the policy now asks for, or has no key behind it.

    Under `hardened` one that is dearer as well: by the longer time of its check anybody could tell
    that the name has an account. Demonstration never makes one cheaper.
    """
    found, wanted = _cost_of(stored), COSTS[hashing]
    if found is None or not _is_halved(stored):
        return True
    if hashing is PasswordHashing.HARDENED:
        return found != wanted
    return found.memory < wanted.memory or found.passes < wanted.passes


def _compute(encoded: str, password: str) -> PasswordCheck:
    """Do the work of one check; the only place that does."""
    cost = _cost_of(encoded)
    if cost is not None and _is_halved(encoded):
        salt, tag = (_from_base64(part) for part in encoded.split("$")[-2:])
        found, key = _halves(password, salt, cost)
        return PasswordCheck(hmac.compare_digest(found, tag), key)
    try:
        with _PLACES:
            return PasswordCheck(verify_secret(encoded.encode(), _encode(password), Type.ID))
    except VerificationError:
        return PasswordCheck(right=False)


def _halves(password: str, salt: bytes, cost: HashingCost) -> tuple[bytes, bytes]:
    with _PLACES:
        whole = hash_secret_raw(
            _encode(password),
            salt,
            time_cost=cost.passes,
            memory_cost=cost.memory,
            parallelism=cost.lanes,
            hash_len=2 * _HALF_BYTES,
            type=Type.ID,
        )
    return whole[:_HALF_BYTES], whole[_HALF_BYTES:]


def _is_halved(encoded: str) -> bool:
    return extract_parameters(encoded).salt_len == _SALT_BYTES


def _cost_of(encoded: str) -> HashingCost | None:
    try:
        found = extract_parameters(encoded)
    except InvalidHashError:
        return None
    if found.type is not Type.ID:
        return None
    return HashingCost(memory=found.memory_cost, passes=found.time_cost, lanes=found.parallelism)


def _unmatched_hash(hashing: PasswordHashing) -> str:
    return _encoded(
        COSTS[hashing], secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_HALF_BYTES)
    )


def _encoded(cost: HashingCost, salt: bytes, tag: bytes) -> str:
    told = f"v={ARGON2_VERSION}$m={cost.memory},t={cost.passes},p={cost.lanes}"
    return f"$argon2id${told}${_to_base64(salt)}${_to_base64(tag)}"


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _normalise(password: str) -> str:
    # The same accented letter arrives composed from one keyboard and decomposed from another.
    return unicodedata.normalize("NFKC", password)


def _encode(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _refused(problem: str) -> InvalidEntry:
    return InvalidEntry(
        f"This password cannot be used. {problem} Nothing was changed.", field="password"
    )
