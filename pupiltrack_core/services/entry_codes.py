"""The five digits asked for after the password, two of them at a time.

The code is sealed (AES-256-GCM) with a key of two parts: one that only the person's own password
yields, and one that is derived from the server's secret. Neither a copy of the database nor its
operator can read it; a person who has forgotten the password needs a new code as well.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from itertools import combinations, pairwise

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CODE_LENGTH = 5
_PAIRS = tuple(combinations(range(1, CODE_LENGTH + 1), 2))
_NONCE_BYTES, _KEY_BYTES = 12, 32
_PURPOSE = b"pupiltrack entry code"


def new_code() -> str:
    """Return five digits at random, none of which gives itself away as a run or a repetition."""
    while True:
        code = f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"
        steps = {int(after) - int(before) for before, after in pairwise(code)}
        if len(set(code)) > 2 and steps not in ({1}, {-1}):
            return code


def seal_code(code: str, *, key: bytes, pepper: bytes, user_id: int) -> bytes:
    """Return the code sealed for one account, by the key of its password and the server's."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_joint_key(key, pepper)).encrypt(nonce, code.encode(), _whose(user_id))


def open_code(sealed: bytes, *, key: bytes, pepper: bytes, user_id: int) -> str | None:
    """Return the code; None where password, server or account is another than it was sealed by."""
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(_joint_key(key, pepper)).decrypt(nonce, body, _whose(user_id)).decode()
    except InvalidTag:
        return None


def new_places() -> str:
    """Return two places of the code to ask for, counted from 1, like "25"."""
    return _as_text(secrets.choice(_PAIRS))


def places_of_nobody(user_name: str, *, pepper: bytes) -> str:
    """Return the two places to ask of a name nobody has: always the same ones for the same name."""
    digest = hmac.new(
        pepper, f"places:{user_name}".encode("utf-8", "surrogatepass"), hashlib.sha256
    )
    return _as_text(_PAIRS[int.from_bytes(digest.digest()[:8], "big") % len(_PAIRS)])


def matches_code(code: str, places: str, digits: str) -> bool:
    """Whether `digits` are those of the code at these places, in their order."""
    wanted = "".join(code[int(place) - 1] for place in places)
    return hmac.compare_digest(wanted.encode(), digits.encode("utf-8", "surrogatepass"))


def _as_text(pair: tuple[int, int]) -> str:
    return f"{pair[0]}{pair[1]}"


def _joint_key(key: bytes, pepper: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=pepper, info=_PURPOSE).derive(
        key
    )


def _whose(user_id: int) -> bytes:
    return f"user {user_id}".encode()
