"""What was typed into the fields of the server's own forms, no longer than it could be taken."""

from __future__ import annotations

from tornado.web import RequestHandler

from pupiltrack_core.services.sign_in import LONGEST_USER_NAME

# As the fields themselves allow; one more is kept, so that a longer one is refused and not cut.
LONGEST_PASSWORD = 1000
_LONGEST = 20
_LONGEST_PROOF = 2000


def typed(handler: RequestHandler, name: str) -> str:
    """Return what was typed into a short field."""
    return handler.get_body_argument(name, "").strip()[:_LONGEST]


def typed_digits(handler: RequestHandler) -> str:
    """Return the two digits of a code in the order they were asked for."""
    return "".join(typed(handler, name) for name in ("first_digit", "second_digit"))


def typed_password(handler: RequestHandler, name: str) -> str:
    """Return a password as it was typed, spaces and all."""
    return handler.get_body_argument(name, "", strip=False)[: LONGEST_PASSWORD + 1]


def typed_user_name(handler: RequestHandler) -> str:
    """Return the name somebody signs in with, as it was typed."""
    return handler.get_body_argument("user_name", "")[: LONGEST_USER_NAME + 1]


def typed_proof(handler: RequestHandler) -> str:
    """Return the proof of work that came with a form; "" for none."""
    return handler.get_body_argument("proof", "")[: _LONGEST_PROOF + 1]
