"""Telephone numbers, e-mail addresses and postcodes that people enter: tidied, or refused."""

from __future__ import annotations

from pupiltrack_core.domain.contact_details import tidy_email, tidy_phone
from pupiltrack_core.domain.postcodes import tidy_postcode
from pupiltrack_core.errors import InvalidEntry


def required_phone(text: str, *, field: str, undone: str) -> str:
    """Return the telephone number; raise `InvalidEntry` for what is not one.

    `undone` ends the message and says that nothing was done, here as below.
    """
    tidy = tidy_phone(text)
    if tidy is None:
        raise InvalidEntry(
            f"This is not a telephone number, such as 01524 555 0123. {undone}", field=field
        )
    return tidy


def required_email(text: str, *, field: str, undone: str) -> str:
    """Return the e-mail address; raise `InvalidEntry` for what is not one."""
    tidy = tidy_email(text)
    if tidy is None:
        raise InvalidEntry(
            f"This is not an e-mail address, such as office@school.example. {undone}", field=field
        )
    return tidy


def required_postcode(text: str, *, field: str, undone: str) -> str:
    """Return the postcode; raise `InvalidEntry` for what is not one."""
    tidy = tidy_postcode(text)
    if tidy is None:
        raise InvalidEntry(f"This is not a postcode, such as LA1 4YF. {undone}", field=field)
    return tidy
