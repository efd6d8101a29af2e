"""After how many minutes without an act a session ends: the portal's limit and lower ones."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST, LONGEST = 15, 60
OFFERED = (15, 20, 30, 45, 60)


def may_be_idle_limit(minutes: int) -> bool:
    """Whether a school or a local authority may set this limit."""
    return SHORTEST <= minutes <= LONGEST


def lowest_limit(limits: Iterable[int | None]) -> int | None:
    """Return the lowest of the limits that are set, None when none is.

    Whoever has roles in several places goes by the strictest of them.
    """
    return min((limit for limit in limits if limit is not None), default=None)
