"""What was typed into the fields of the server's own forms, no longer than it could be taken."""

from __future__ import annotations

from tornado.web import RequestHandler

# As the fields themselves allow; one more is kept, so that a longer one is refused and not cut.
LONGEST_PASSWORD = 1000
_LONGEST = 20


def typed(handler: RequestHandler, name: str) -> str:
    """Return what was typed into a short field."""
    return handler.get_body_argument(name, "").strip()[:_LONGEST]


def typed_digits(handler: RequestHandler) -> str:
    """Return the two digits of a code in the order they were asked for."""
    return "".join(typed(handler, name) for name in ("first_digit", "second_digit"))


def typed_password(handler: RequestHandler, name: str) -> str:
    """Return a password as it was typed, spaces and all."""
    return handler.get_body_argument(name, "", strip=False)[: LONGEST_PASSWORD + 1]
