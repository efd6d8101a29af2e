"""Sums of money, counted in whole pence and written in pounds."""

from __future__ import annotations

import re

MOST_PENCE = 9_999_999  # £99,999.99
_POUNDS = re.compile(r"£?\s*(\d{1,3}(?:,\d{3})+|\d{1,6})(?:\.(\d{1,2}))?", re.ASCII)


def read_pounds(text: str) -> int | None:
    """Return the pence of a sum typed as "1,250", "£12.50" or "0"; None for nothing typed.

    Raise ValueError for anything else, a sum below nothing and one of £100,000 or more.
    """
    tidy = text.strip()
    if not tidy:
        return None
    match = _POUNDS.fullmatch(tidy)
    if match is None:
        raise ValueError("A sum is written in pounds, such as 12.50.")
    pence = int(match[1].replace(",", "")) * 100 + int((match[2] or "0").ljust(2, "0"))
    if pence > MOST_PENCE:
        raise ValueError("The sum is too large.")
    return pence


def write_pounds(pence: int) -> str:
    """Return "£1,250.00"; raise ValueError for less than nothing, which nobody pays."""
    if pence < 0:
        raise ValueError("A sum is not below nothing.")
    return f"£{pence // 100:,}.{pence % 100:02d}"
