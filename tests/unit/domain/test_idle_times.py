from __future__ import annotations

import pytest

from pupiltrack_core.domain.idle_times import OFFERED, lowest_limit, may_be_idle_limit


@pytest.mark.parametrize(
    ("minutes", "allowed"), [(14, False), (15, True), (60, True), (61, False), (-15, False)]
)
def test_may_be_idle_limit_at_its_ends(minutes: int, allowed: bool) -> None:
    assert may_be_idle_limit(minutes) is allowed


def test_what_is_offered_may_be_set() -> None:
    assert all(may_be_idle_limit(minutes) for minutes in OFFERED)


@pytest.mark.parametrize(
    ("limits", "lowest"),
    [((), None), ((None,), None), ((None, 30), 30), ((45, 20, None), 20)],
)
def test_lowest_limit(limits: tuple[int | None, ...], lowest: int | None) -> None:
    assert lowest_limit(limits) == lowest
