"""Kinds of school, as the register of schools names them."""

from __future__ import annotations

_OUTSIDE = ("independent", "private")


def is_outside_state_system(school_type: str) -> bool:
    """Whether a school of this type, such as "Other independent school", is not the state's.

    Schools of the state system issue unique pupil numbers themselves; others may not.
    """
    return any(word in school_type.casefold() for word in _OUTSIDE)
