"""Data sets of a matrix in words."""

from __future__ import annotations

import pytest

from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.reports.matrix_choosing import SetWords, read_layer, read_pair

PRIMARY = SetWords(
    school="999/2001",
    year="2025/2026",
    years="4",
    class_name="Elm",
    assessment="Autumn",
    filters=(("sex", "F"),),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", SetWords(school="999/2001", year="2025/2026", years="4")),
        (
            " years = 3 ;sex=M; sen=KE;",
            SetWords(
                school="999/2001",
                year="2025/2026",
                years="3",
                filters=(("sex", "M"), ("sen", "KE")),
            ),
        ),
        (
            "Year=2024/2025; class=Year 4, Oak; assessment=Trial = 1",
            SetWords(
                school="999/2001",
                year="2024/2025",
                years="4",
                class_name="Year 4, Oak",
                assessment="Trial = 1",
            ),
        ),
        (
            "authority=999; phase=Primary",
            SetWords(authority="999", phase="Primary", year="2025/2026", years="4"),
        ),
    ],
)
def test_read_layer_takes_the_rest_from_the_primary_set(text: str, words: SetWords) -> None:
    assert read_layer(text, PRIMARY) == words


@pytest.mark.parametrize("text", ["years", "=3", "years=", "years 3"])
def test_read_pair_refuses_what_is_no_pair(text: str) -> None:
    with pytest.raises(InvalidEntry, match="name=value"):
        read_pair(text)
