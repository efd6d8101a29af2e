"""The scores a test can have: the one rule for what may be entered, and what lies outside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

MOST_DECIMALS = 2
LOWEST_SCORE, HIGHEST_SCORE = 0, 999
MAX_SCORE = 999.99  # of a test of no known type: standardised and scaled scores, marks, ages
_SCORE = re.compile(r"\d{1,3}(\.\d{1,2})?")


@dataclass(frozen=True, slots=True)
class TestRange:
    """A kind of test: its lowest and highest score, both allowed, and how many decimals."""

    __test__: ClassVar[bool] = False  # the name would make pytest look in it for tests

    name: str
    lowest: int
    highest: int
    decimals: int = 0

    def __post_init__(self) -> None:
        if not LOWEST_SCORE <= self.lowest < self.highest <= HIGHEST_SCORE:
            raise ValueError("Scores go from a lowest to a higher one, within 0 to 999.")
        if not 0 <= self.decimals <= MOST_DECIMALS:
            raise ValueError("A score has at most two decimals.")

    @property
    def words(self) -> str:
        """The scores allowed, in words: "a whole number from 69 to 141"."""
        number = "a whole number" if self.decimals == 0 else "a number"
        within = f"{number} from {self.lowest} to {self.highest}"
        return within + _DECIMALS_IN_WORDS[self.decimals]

    def holds(self, score: str) -> bool:
        """Whether a stored score is one of this kind of test."""
        number = Decimal(score)
        return self.lowest <= number <= self.highest and _decimals(number) <= self.decimals


_DECIMALS_IN_WORDS = ("", " with at most one decimal", " with at most two decimals")
# What a school without any is offered, to start from.
READY_RANGES = (
    TestRange("Standardised score", 69, 141),
    TestRange("Scaled score", 80, 120),
    TestRange("Percentage", 0, 100),
)


def read_score(text: str, test_range: TestRange | None) -> str:
    """Return a score as it is stored, without zeros that say nothing.

    Raise ValueError saying what is allowed: the range, or without one 0 to 999.99.
    """
    if not text.isascii() or not _SCORE.fullmatch(text):
        raise ValueError(_allowed(test_range))
    score = f"{Decimal(text).normalize():f}"
    if test_range is not None and not test_range.holds(score):
        raise ValueError(_allowed(test_range))
    return score


def _allowed(test_range: TestRange | None) -> str:
    if test_range is None:
        return "Enter a number from 0 to 999.99 with at most two decimals."
    return f"{test_range.name}: enter {test_range.words}."


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else MOST_DECIMALS + 1
