"""Which cohort is a part of which."""

from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohort_overlap import are_apart, holds
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange

SEX, SEN = Characteristic.SEX, Characteristic.SEN
ETHNICITY, KS1 = Characteristic.ETHNICITY, Characteristic.KS1


def cohort(**values: Any) -> CohortSelection:
    filters = values.pop("filters", {})
    given = {"academic_year": 2025, "school_id": 1, "years": 4, **values}
    return CohortSelection(**given, characteristics=tuple(filters.items()))


def is_held(wider: CohortSelection, narrower: CohortSelection) -> bool:
    return holds(wider, narrower, wider_schools={1}, narrower_schools={1})


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ({}, {}),
        ({}, {"class_name": "Elm"}),
        ({"class_name": "Elm"}, {"class_name": "Elm", "filters": {SEX: "F"}}),
        ({}, {"filters": {SEX: "F"}}),
        ({}, {"assessment_id": 7}),
        ({"years": YearRange.ALL_YEARS}, {"years": YearRange.KEY_STAGE_2}),
        ({"years": YearRange.KEY_STAGE_2}, {}),
        ({"filters": {SEN: "KE"}}, {"filters": {SEN: "K"}}),
        ({"filters": {SEN: "U"}}, {"filters": {SEN: "U"}}),
        ({"filters": {ETHNICITY: "ASIAN"}}, {"filters": {ETHNICITY: "AIND"}}),
        ({"filters": {KS1: "EXS"}}, {"filters": {KS1: "GDS"}}),
    ],
)
def test_holds_a_cohort_chosen_by_more(wider: dict[str, Any], narrower: dict[str, Any]) -> None:
    assert is_held(cohort(**wider), cohort(**narrower))
    assert is_held(cohort(**narrower), cohort(**wider)) is (
        wider == narrower or "assessment_id" in narrower
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"academic_year": 2024}, {}),
        ({"years": 3}, {}),
        ({"years": YearRange.KEY_STAGE_1}, {}),
        ({"class_name": "Elm"}, {"class_name": "Oak"}),
        ({"filters": {SEX: "F"}}, {"filters": {SEX: "M"}}),
        ({"filters": {SEX: "F"}}, {"filters": {SEN: "K"}}),
        ({"filters": {SEN: "K"}}, {"filters": {SEN: "U"}}),
        ({"filters": {KS1: "EXS"}}, {"filters": {KS1: "U"}}),
    ],
)
def test_holds_neither_of_two_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not is_held(cohort(**one), cohort(**other))
    assert not is_held(cohort(**other), cohort(**one))


def test_holds_a_school_of_the_group() -> None:
    group = cohort(school_id=None, local_authority_id=1)
    assert holds(group, cohort(), wider_schools={1, 2}, narrower_schools={1})
    assert not holds(group, cohort(), wider_schools={2, 3}, narrower_schools={1})
    assert not holds(cohort(), group, wider_schools={1}, narrower_schools={1, 2})


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [
        ({"filters": {SEX: "F"}}, {"filters": {SEX: "M"}}, True),
        ({"filters": {SEN: "KE"}}, {"filters": {SEN: "N", SEX: "F"}}, True),
        ({"filters": {KS1: "BEL"}}, {"filters": {KS1: "EXS"}}, True),
        ({"class_name": "Elm"}, {"class_name": "Oak"}, True),
        ({"years": YearRange.KEY_STAGE_1}, {}, True),
        ({}, {}, False),
        ({"class_name": "Elm"}, {}, False),
        ({"class_name": "Elm"}, {"class_name": "Elm"}, False),
        ({"filters": {SEX: "F"}}, {"filters": {SEN: "K"}}, False),
        ({"filters": {KS1: "GDS"}}, {"filters": {KS1: "EXS"}}, False),
        ({"academic_year": 2024, "class_name": "Elm"}, {"class_name": "Oak"}, False),
    ],
)
def test_are_apart_only_where_no_pupil_can_be_in_both(
    one: dict[str, Any], other: dict[str, Any], is_so: bool
) -> None:
    first, second = cohort(**one), cohort(**other)
    assert are_apart(first, second, schools={1}, other_schools={1}) is is_so
    assert are_apart(second, first, schools={1}, other_schools={1}) is is_so


def test_are_apart_at_different_schools() -> None:
    assert are_apart(cohort(), cohort(school_id=2), schools={1}, other_schools={2})
