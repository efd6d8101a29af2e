"""Which cohort is a part of which."""

from __future__ import annotations

from typing import Any

import pytest

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohort_overlap import holds
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
