"""Numbers of things in words, as sentences and captions have them."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """Return "1 pupil", "0 pupils" or "1,204 pupils" for `what` "pupil"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
