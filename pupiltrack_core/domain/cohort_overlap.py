"""Whether one cohort is a part of another or apart from it, told from how the two were chosen.

Taking the figures of a part from those of the whole leaves figures of the rest, which nobody
published: `calc.matrix` withholds what would tell of few children that way.
"""

from __future__ import annotations

from collections.abc import Collection

from pupiltrack_core.domain.characteristics import (
    KS1_STANDINGS,
    NOT_RECORDED,
    Characteristic,
    ethnicity_codes,
)
from pupiltrack_core.domain.cohorts import CohortSelection


def holds(
    wider: CohortSelection,
    narrower: CohortSelection,
    *,
    wider_schools: Collection[int],
    narrower_schools: Collection[int],
) -> bool:
    """Whether `wider` has every pupil of `narrower`, as far as the choices tell; so has itself.

    The schools are those each is of, by their keys. Assessments are not looked at: who is in a year
    group does not hang on them, but for children who left meanwhile.
    """
    return (
        wider.academic_year == narrower.academic_year
        and set(narrower.year_groups) <= set(wider.year_groups)
        and set(narrower_schools) <= set(wider_schools)
        and wider.class_name in (None, narrower.class_name)
        and _filters_hold(wider, narrower)
    )


def are_apart(
    one: CohortSelection,
    other: CohortSelection,
    *,
    schools: Collection[int],
    other_schools: Collection[int],
) -> bool:
    """Whether two cohorts of one academic year share no pupil, as far as the choices tell."""
    if one.academic_year != other.academic_year:
        return False
    chosen = dict(other.characteristics)
    return (
        not set(one.year_groups) & set(other.year_groups)
        or not set(schools) & set(other_schools)
        or (None not in (one.class_name, other.class_name) and one.class_name != other.class_name)
        or any(
            item in chosen and not _codes(item, value) & _codes(item, chosen[item])
            for item, value in one.characteristics
        )
    )


def _filters_hold(wider: CohortSelection, narrower: CohortSelection) -> bool:
    chosen = dict(narrower.characteristics)
    return all(
        item in chosen and _codes(item, chosen[item]) <= _codes(item, value)
        for item, value in wider.characteristics
    )


def _codes(item: Characteristic, value: str) -> frozenset[str]:
    """Return the codes that fall under a filter's value; not recorded falls under itself alone."""
    if value == NOT_RECORDED:
        return frozenset({NOT_RECORDED})
    if item is Characteristic.SEN:
        return frozenset(value)
    if item is Characteristic.ETHNICITY:
        return frozenset(ethnicity_codes(value))
    if item is Characteristic.KS1:
        return KS1_STANDINGS[value]
    return frozenset({value})
