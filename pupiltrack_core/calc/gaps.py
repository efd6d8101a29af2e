"""How far two groups of pupils are apart, in percentage points and in pupils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from pupiltrack_core.calc.summary import summarise_cohort
from pupiltrack_core.domain.characteristics import Characteristic, matches
from pupiltrack_core.domain.groupings import Grouping
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.schemas.cohort import DATE_OF_BIRTH


@dataclass(frozen=True, slots=True)
class Gap:
    """The first group less the second; `points` are exact, both None where one has no pupils.

    `pupils` is how many of the first group would have to be counted, or not be, for its share to
    come to the second's, a part of a pupil left out: below zero where the first is behind.
    """

    points: Fraction | None
    pupils: int | None


def gap_between(count: int, of: int, *, other_count: int, other_of: int) -> Gap:
    """Return the gap of `count` in `of` to the other group's; raises as `percentage`."""
    share, other = percentage(count, of), percentage(other_count, other_of)
    if share is None or other is None:
        return Gap(None, None)
    points = share - other
    return Gap(points, int(of * points / 100))  # `int` cuts off towards zero


def split_by(cohort: pd.DataFrame, grouping: Grouping) -> dict[str, pd.DataFrame]:
    """Return the rows of a COHORT frame in each group, by its value; each pupil is in one.

    For summer born the frame must have been read with names.
    """
    is_date = grouping.characteristic is Characteristic.SUMMER_BORN
    column = cohort[DATE_OF_BIRTH if is_date else grouping.characteristic.value]
    recorded = [_plain(value, is_date=is_date) for value in column]
    found = {}
    for group in grouping.groups:
        inside = [matches(grouping.characteristic, group.value, value) for value in recorded]
        found[group.value] = cohort[pd.Series(inside, index=cohort.index, dtype=bool)]
    return found


def summarise_groups(
    cohort: pd.DataFrame, subjects: list[str], grouping: Grouping
) -> Mapping[str, pd.DataFrame]:
    """Return the SUMMARY of each group of a COHORT frame, by the group's value."""
    return {
        value: summarise_cohort(inside, subjects)
        for value, inside in split_by(cohort, grouping).items()
    }


def _plain(value: Any, *, is_date: bool) -> Any:
    if pd.isna(value):
        return None
    if is_date:
        return pd.Timestamp(str(value)).date()
    return value if isinstance(value, str) else bool(value)
