"""Postcodes of the United Kingdom, written with one space before the last three characters."""

from __future__ import annotations

import re

# Area and district, then sector and unit. GIR 0AA, the old Girobank, is the one exception.
_PATTERN = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?|GIR)([0-9][A-Z]{2})")


def tidy_postcode(text: str) -> str | None:
    """Return the postcode in capitals with its space ("LA1 4YF"), None when it is not one.

    Only the form is checked, not whether the postcode is in use.
    """
    match = _PATTERN.fullmatch("".join(text.split()).upper())
    return f"{match[1]} {match[2]}" if match else None
