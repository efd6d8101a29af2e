"""Percentages and the only rounding in PupilTrack: half away from zero, once, at the edge.

Python's `round` takes halves to the even neighbour and JavaScript's takes them upwards; the
figures schools compare with published ones are rounded half away from zero. Counts stay exact
(`Fraction`) until a figure is written for a person.
"""

from __future__ import annotations

import operator
from decimal import Decimal
from fractions import Fraction

NOT_APPLICABLE = "–"
PERCENT_SIGN = "\u202f%"  # a narrow space that does not break: "64 %"
_HALF = Fraction(1, 2)


def round_half_away(value: Fraction | Decimal | int | float, places: int = 0) -> Decimal:
    """Return `value` with exactly `places` decimals, halves rounded away from zero.

    A float is taken as the decimal number it is written as (0.285 is 285/1000), since that is
    what people typed and see. A result of zero has no sign. Raise ValueError for a value that is
    not finite or a negative number of places.
    """
    if places < 0:
        raise ValueError("A number of decimal places is zero or more.")
    exact = _exact(value)
    units = int(abs(exact) * 10**places + _HALF)
    digits = tuple(int(digit) for digit in str(units))
    return Decimal((int(exact < 0 < units), digits, -places))


def _exact(value: Fraction | Decimal | int | float) -> Fraction:
    try:
        return Fraction(repr(float(value)) if isinstance(value, float) else value)
    except (OverflowError, ValueError) as error:
        raise ValueError("Only a finite number can be rounded.") from error


def percentage(count: int, of: int) -> Fraction | None:
    """Return `count` in a hundred `of`, exact; None when `of` is 0: not applicable, not zero.

    Raise TypeError unless both are whole numbers, ValueError unless 0 <= count <= of.
    """
    part, whole = operator.index(count), operator.index(of)
    if not 0 <= part <= whole:
        raise ValueError("A count lies between zero and what it is counted out of.")
    return Fraction(100 * part, whole) if whole else None


def format_percentage(count: int, of: int, places: int = 0) -> str:
    """Return "64 %" (with a narrow no-break space), or an en dash when `of` is 0."""
    share = percentage(count, of)
    if share is None:
        return NOT_APPLICABLE
    return f"{round_half_away(share, places)}{PERCENT_SIGN}"


def format_count_and_percentage(count: int, of: int, places: int = 0) -> str:
    """Return "7 (64 %)"; "0 (–)" when there is nobody to count."""
    return f"{operator.index(count)} ({format_percentage(count, of, places)})"
