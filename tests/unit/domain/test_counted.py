from __future__ import annotations

import pytest

from pupiltrack_core.domain.counted import counted


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 pupils"), (1, "1 pupil"), (2, "2 pupils"), (1_204, "1,204 pupils")],
)
def test_counted(number: int, words: str) -> None:
    assert counted(number, "pupil") == words
