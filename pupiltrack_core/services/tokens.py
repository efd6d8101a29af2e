"""Tokens that open something: 256 random bits given out once, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return a fresh token of 43 characters that are safe in a cookie, an address or a variable."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return the hexadecimal SHA-256 to store or look up, for whatever text a client sent."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
