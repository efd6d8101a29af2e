from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.test_ranges import READY_RANGES, TestRange, read_score

STANDARDISED = TestRange("Standardised score", 69, 141)
AGE = TestRange("Reading age", 5, 18, decimals=1)


@pytest.mark.parametrize(
    ("typed", "test_range", "kept"),
    [
        ("69", STANDARDISED, "69"),
        ("141", STANDARDISED, "141"),
        ("100.0", STANDARDISED, "100"),
        ("099", STANDARDISED, "99"),
        ("18", AGE, "18"),
        ("5.0", AGE, "5"),
        ("7.5", AGE, "7.5"),
        ("0", TestRange("Percentage", 0, 100), "0"),
        ("12.25", TestRange("Ratio", 0, 20, decimals=2), "12.25"),
        ("999.99", None, "999.99"),
        ("0.00", None, "0"),
    ],
)
def test_read_score_keeps_what_is_within(
    typed: str, test_range: TestRange | None, kept: str
) -> None:
    assert read_score(typed, test_range) == kept


@pytest.mark.parametrize(
    ("typed", "test_range", "told"),
    [
        ("68", STANDARDISED, "Standardised score: enter a whole number from 69 to 141."),
        ("142", STANDARDISED, "a whole number from 69 to 141"),
        ("100.5", STANDARDISED, "a whole number from 69 to 141"),
        ("-70", STANDARDISED, "a whole number from 69 to 141"),
        ("7.25", AGE, "Reading age: enter a number from 5 to 18 with at most one decimal."),
        ("18.1", AGE, "from 5 to 18"),
        ("4.9", AGE, "from 5 to 18"),
        ("12.345", TestRange("Ratio", 0, 20, decimals=2), "at most two decimals"),
        ("1000", None, "from 0 to 999.99"),
        ("1e2", None, "from 0 to 999.99"),
        ("\u0661\u0662", None, "from 0 to 999.99"),
    ],
)
def test_read_score_refuses_the_rest_and_says_the_range(
    typed: str, test_range: TestRange | None, told: str
) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        read_score(typed, test_range)


@pytest.mark.parametrize(
    ("lowest", "highest", "decimals"),
    [(5, 5, 0), (6, 5, 0), (-1, 5, 0), (0, 1000, 0), (0, 5, 3), (0, 5, -1)],
)
def test_test_range_that_is_none_is_refused(lowest: int, highest: int, decimals: int) -> None:
    with pytest.raises(ValueError, match=r"lowest|decimals"):
        TestRange("Test", lowest, highest, decimals)


def test_ready_ranges_have_names_of_their_own() -> None:
    assert [(item.lowest, item.highest) for item in READY_RANGES] == [
        (69, 141),
        (80, 120),
        (0, 100),
    ]
    assert len({item.name for item in READY_RANGES}) == 3


@given(
    lowest=st.integers(0, 998),
    span=st.integers(1, 999),
    decimals=st.integers(0, 2),
    hundredths=st.integers(0, 99_999),
)
def test_read_score_agrees_with_arithmetic_in_hundredths(
    lowest: int, span: int, decimals: int, hundredths: int
) -> None:
    test_range = TestRange("Test", lowest, min(lowest + span, 999), decimals)
    typed = f"{hundredths // 100}.{hundredths % 100:02d}"
    unit = 10 ** (2 - decimals)
    allowed = lowest * 100 <= hundredths <= test_range.highest * 100 and hundredths % unit == 0
    try:
        kept = read_score(typed, test_range)
    except ValueError:
        assert not allowed
        return
    assert allowed
    assert Decimal(kept) * 100 == hundredths
    assert test_range.holds(kept)
    assert read_score(kept, test_range) == kept
