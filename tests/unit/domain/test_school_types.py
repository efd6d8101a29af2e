from __future__ import annotations

import pytest

from pupiltrack_core.domain.school_types import is_outside_state_system


@pytest.mark.parametrize(
    ("school_type", "expected"),
    [
        ("Other independent school", True),
        ("Other Independent Special School", True),
        ("Private nursery", True),
        ("Community school", False),
        ("Academy converter", False),
        ("Non-maintained special school", False),
        ("", False),
    ],
)
def test_is_outside_state_system(school_type: str, expected: bool) -> None:
    assert is_outside_state_system(school_type) is expected
