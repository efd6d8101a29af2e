"""Codes of an authenticator app (RFC 6238): six digits that change every thirty seconds.

The app's secret is sealed with the server's key, so that a copy of the database alone makes no
codes. A code is taken once: the step it was made for is kept, and nothing at or before it counts.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ISSUER = "PupilTrack"
STEP_SECONDS = 30
# A phone's clock may be one step early or late.
_STEPS_OFF = (0, -1, 1)
_NONCE_BYTES = 12


def new_secret() -> str:
    """Return a secret for an app, in the base32 that people can type where a camera is missing."""
    return pyotp.random_base32()


def app_address(secret: str, *, user_name: str) -> str:
    """Return the otpauth address that an app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=ISSUER)


def seal_secret(secret: str, *, key: bytes, user_id: int) -> bytes:
    """Return the secret sealed for one account with the server's key."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), _whose(user_id))


def open_secret(sealed: bytes, *, key: bytes, user_id: int) -> str | None:
    """Return the secret, or None where it was sealed by another server or for another account."""
    try:
        opened = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _whose(user_id))
    except InvalidTag:
        return None
    return opened.decode()


def step_of_code(secret: str, typed: str, *, at: datetime, after: int | None) -> int | None:
    """Return the step whose code was typed, or None for a wrong, old or already used one.

    `after` is the step of the last code that was taken. Spaces, as apps show them, do not matter.
    """
    code = "".join(typed.split())
    if not (code.isascii() and code.isdigit()):
        return None
    now = int(at.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    for off in _STEPS_OFF:
        step = now + off
        fresh = after is None or step > after
        if fresh and pyotp.utils.strings_equal(app.at(step * STEP_SECONDS), code):
            return step
    return None


def _whose(user_id: int) -> bytes:
    return f"user {user_id}".encode()
