# ruff: noqa: RUF001 - the full-width forms are what is tested
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.formula_text import (
    looks_like_formula,
    with_formula,
    without_formula,
)


@pytest.mark.parametrize("start", list("=+-@\t\r＝＋－＠"))
def test_looks_like_formula_by_how_it_starts(start: str) -> None:
    assert looks_like_formula(f"{start}SUM(A1)")


@pytest.mark.parametrize("text", ["", "Ivy", "Year 1=2", "'=1", " x", "–"])
def test_looks_like_formula_not_by_what_follows(text: str) -> None:
    assert not looks_like_formula(text)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("=1+1", "'=1+1"),
        ("\t-2", "'\t-2"),
        ("'=1", "''=1"),
        ("'Abd", "'Abd"),
        ("Year 4", "Year 4"),
        ("", ""),
    ],
)
def test_without_formula_puts_an_apostrophe_before_what_would_be_run(text: str, held: str) -> None:
    assert without_formula(text) == held
    assert with_formula(held) == text


@given(st.text(alphabet="'=+-@ax", max_size=5))
def test_with_formula_finds_every_text_again(text: str) -> None:
    held = without_formula(text)
    assert not looks_like_formula(held)
    assert with_formula(held) == text
