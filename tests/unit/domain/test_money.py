"""Sums are read as people type them, and never as another sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.money import MOST_PENCE, read_pounds, write_pounds


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("", None),
        ("  ", None),
        ("0", 0),
        ("0.00", 0),
        ("12", 1200),
        ("12.5", 1250),
        (" £12.05 ", 1205),
        ("£ 1,250", 125_000),
        ("12,345.67", 1_234_567),
        ("99999.99", MOST_PENCE),
    ],
)
def test_read_pounds_of_what_people_type(text: str, pence: int | None) -> None:
    assert read_pounds(text) == pence


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "-0.01",
        "100000",
        "12.345",
        "1,25",
        "12,34,567",
        "1e3",
        "twelve",
        "€5",
        "12p",
        "٣",
        ".",
    ],
)
def test_read_pounds_refuses_what_is_no_sum(text: str) -> None:
    with pytest.raises(ValueError, match="sum"):
        read_pounds(text)


@given(st.integers(0, MOST_PENCE))
def test_read_pounds_reads_what_write_pounds_writes(pence: int) -> None:
    assert read_pounds(write_pounds(pence)) == pence


def test_write_pounds_has_two_decimals_and_nothing_below_nothing() -> None:
    assert write_pounds(0) == "£0.00"
    assert write_pounds(123_405) == "£1,234.05"
    with pytest.raises(ValueError, match="below nothing"):
        write_pounds(-1)
