from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.rounding import (
    NOT_APPLICABLE,
    format_count_and_percentage,
    format_percentage,
    percentage,
    round_half_away,
)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(1, 2), 0, "1"),
        (Fraction(-1, 2), 0, "-1"),
        (Fraction(5, 2), 0, "3"),  # half to even would give 2
        (Fraction(-5, 2), 0, "-3"),  # half upwards would give -2
        (Fraction(7, 2), 0, "4"),
        (Fraction(49, 100), 0, "0"),
        (Fraction(-49, 100), 0, "0"),  # and no minus sign
        (Fraction(125, 2), 0, "63"),  # 5 of 8
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(2, 3), 2, "0.67"),
        (Decimal("0.285"), 2, "0.29"),
        (Decimal("-1.005"), 2, "-1.01"),
        (0.285, 2, "0.29"),  # as written, though in binary it is a little less
        (2.675, 2, "2.68"),
        (-0.05, 1, "-0.1"),
        (75, 2, "75.00"),
        (0, 1, "0.0"),
        (10**30 + 1, 0, str(10**30 + 1)),
    ],
)
def test_round_half_away_at_boundaries(value: Fraction, places: int, expected: str) -> None:
    assert str(round_half_away(value, places)) == expected


@given(st.fractions(), st.integers(0, 4))
def test_round_half_away_is_the_nearest_and_halves_go_outwards(
    value: Fraction, places: int
) -> None:
    rounded = Fraction(round_half_away(value, places))
    unit = Fraction(1, 10**places)
    assert rounded % unit == 0
    assert abs(rounded - value) <= unit / 2
    if abs(rounded - value) == unit / 2:
        assert abs(rounded) > abs(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-1e9, max_value=1e9))
def test_round_half_away_agrees_with_decimal(value: Decimal) -> None:
    # ROUND_HALF_UP of the decimal module means away from zero
    with localcontext() as context:
        context.prec = 60
        reference = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert round_half_away(value, 2) == reference


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("Infinity")]
)
def test_round_half_away_refuses_what_is_no_number(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        round_half_away(value)


def test_round_half_away_refuses_negative_places() -> None:
    with pytest.raises(ValueError, match="places"):
        round_half_away(1, -1)


def test_percentage_is_exact() -> None:
    assert percentage(7, 11) == Fraction(700, 11)
    assert percentage(0, 11) == 0
    assert percentage(11, 11) == 100


def test_percentage_of_nobody_is_not_applicable() -> None:
    assert percentage(0, 0) is None


def test_percentage_takes_whole_numbers_of_a_frame() -> None:
    assert percentage(np.int64(1), np.int64(3)) == Fraction(100, 3)


@pytest.mark.parametrize(("count", "of"), [(-1, 5), (6, 5), (1, 0), (0, -1)])
def test_percentage_refuses_a_count_outside(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="between zero"):
        percentage(count, of)


def test_percentage_refuses_fractions_of_pupils() -> None:
    with pytest.raises(TypeError):
        percentage(1.5, 3)  # type: ignore[arg-type]


def test_format_percentage() -> None:
    assert format_percentage(7, 11) == "64\u202f%"  # 63.63...
    assert format_percentage(1, 8, 2) == "12.50\u202f%"
    assert format_percentage(1, 8) == "13\u202f%"
    assert format_percentage(0, 3) == "0\u202f%"
    assert format_percentage(0, 0) == NOT_APPLICABLE


def test_format_count_and_percentage() -> None:
    assert format_count_and_percentage(7, 11) == "7 (64\u202f%)"
    assert format_count_and_percentage(3, 4, 2) == "3 (75.00\u202f%)"
    assert format_count_and_percentage(0, 0) == f"0 ({NOT_APPLICABLE})"
