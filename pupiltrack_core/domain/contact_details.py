"""How people can be reached: telephone numbers and e-mail addresses as they are kept."""

from __future__ import annotations

import re

MAX_PHONE, MAX_EMAIL = 30, 254
# Digits in groups, perhaps with the country before and an extension after.
_PHONE = re.compile(r"\+?[0-9(][0-9() .-]*(?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
_FEWEST_DIGITS = 5
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_LOCAL_PART}@{_LABEL}(?:\.{_LABEL})+")


def tidy_phone(text: str) -> str | None:
    """Return the telephone number with single spaces, None when it is not one.

    Only the form is checked: digits, spaces, brackets, hyphens, a leading + and an extension.
    """
    tidy = " ".join(text.split())
    digits = sum(mark.isdigit() for mark in tidy)
    if len(tidy) > MAX_PHONE or digits < _FEWEST_DIGITS or not _PHONE.fullmatch(tidy):
        return None
    return tidy


def tidy_email(text: str) -> str | None:
    """Return the e-mail address without outer spaces, None when it is not one.

    Only the form is checked, not whether anybody reads what is sent there.
    """
    tidy = text.strip()
    if len(tidy) > MAX_EMAIL or not _EMAIL.fullmatch(tidy):
        return None
    return tidy
