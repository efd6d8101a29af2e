from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import LABELS, YearRange
from pupiltrack_core.errors import InvalidEntry

FILTERS = [(item, choice.value) for item in Characteristic for choice in item.values]


def test_selection_of_one_year_group() -> None:
    selection = CohortSelection(2025, school_id=7, years=4)
    assert selection.year_groups == (4,)
    assert selection.uses_latest_assessment
    assert selection.to_query() == {"year": "2025", "years": "4", "school_id": "7"}


def test_selection_of_a_local_authority() -> None:
    selection = CohortSelection(2025, local_authority_id=1, years=YearRange.KEY_STAGE_2)
    assert selection.year_groups == (3, 4, 5, 6)
    assert selection.to_query() == {"year": "2025", "years": "ks2", "authority_id": "1"}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "school"),
        ({"school_id": 1, "local_authority_id": 1}, "school"),
        ({"local_authority_id": 1, "years": 4, "assessment_id": 9}, "assessment"),
        ({"local_authority_id": 1, "class_name": "Maple"}, "class"),
        (
            {
                "local_authority_id": 1,
                "characteristics": ((Characteristic.CUSTOM_1, "Y"),),
            },
            "characteristics",
        ),
        ({"school_id": 1, "academic_year": 1999}, "year"),
        ({"school_id": 1, "academic_year": 2101}, "year"),
        ({"school_id": 1, "years": 7}, "years"),
        ({"school_id": 1, "years": -3}, "years"),
        ({"school_id": 1, "years": YearRange.ALL_YEARS, "assessment_id": 9}, "assessment"),
        ({"school_id": 1, "class_name": ""}, "class"),
        ({"school_id": 1, "class_name": "x" * 61}, "class"),
        ({"school_id": 1, "characteristics": ((Characteristic.SEX, "X"),)}, "sex"),
        (
            {
                "school_id": 1,
                "characteristics": ((Characteristic.SEX, "F"), (Characteristic.SEX, "M")),
            },
            "characteristics",
        ),
        ({"school_id": 1, "school_ids": (2, 3)}, "school"),
        ({"school_id": 1, "district": "North"}, "school"),
        ({"local_authority_id": 1, "school_ids": (2, 3), "district": "North"}, "school"),
        ({"local_authority_id": 1, "school_ids": (2, 3), "phase": "infant"}, "school"),
        ({"local_authority_id": 1, "school_ids": tuple(range(201))}, "school"),
        ({"local_authority_id": 1, "district": ""}, "district"),
        ({"local_authority_id": 1, "district": "x" * 81}, "district"),
        ({"local_authority_id": 1, "phase": "x" * 21}, "phase"),
    ],
)
def test_selection_that_means_nothing(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        CohortSelection(**{"academic_year": 2025, **fields})
    assert caught.value.field == fault
    assert "othing was changed" in str(caught.value)


def test_selection_of_several_schools_is_the_same_in_any_order() -> None:
    one = CohortSelection(2025, local_authority_id=1, school_ids=(9, 2, 9))
    assert one == CohortSelection(2025, local_authority_id=1, school_ids=(2, 9))
    assert one.to_query()["school_ids"] == "2,9"


def test_at_school_keeps_all_but_the_place() -> None:
    whole = CohortSelection(2025, local_authority_id=1, years=4, district="North", phase="infant")
    assert whole.at_school(7) == CohortSelection(2025, school_id=7, years=4)
    named = CohortSelection(2025, local_authority_id=1, school_ids=(7, 8))
    assert named.at_school(8) == CohortSelection(2025, school_id=8)


def test_describe_names_every_part() -> None:
    selection = CohortSelection(
        2025,
        school_id=1,
        years=4,
        assessment_id=9,
        class_name="Maple",
        characteristics=((Characteristic.SEX, "F"), (Characteristic.CUSTOM_2, "Y")),
    )
    assert selection.describe(
        assessment="Autumn 2025", custom_names={Characteristic.CUSTOM_2: "Choir"}
    ) == ("Year 4, 2025/2026, Autumn 2025, class Maple, Sex: Female, Choir: Yes")
    assert selection.describe() == (
        "Year 4, 2025/2026, one assessment, class Maple, Sex: Female, Custom 2: Yes"
    )


def test_describe_says_when_the_latest_assessment_is_meant() -> None:
    one = CohortSelection(2025, school_id=1, years=0)
    assert one.describe() == "Reception, 2025/2026, latest assessment"
    many = CohortSelection(2025, school_id=1, years=YearRange.KEY_STAGE_1)
    assert many.describe() == "Key stage 1, 2025/2026, latest assessment of each year group"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"school_id": "1"}, "year"),
        ({"year": "2025"}, "school"),
        ({"year": "next", "school_id": "1"}, "year"),
        ({"year": "²", "school_id": "1"}, "year"),
        ({"year": "-1", "school_id": "1"}, "year"),
        ({"year": "1" * 16, "school_id": "1"}, "year"),
        ({"year": "2025", "school_id": "1 or 1=1"}, "school_id"),
        ({"year": "2025", "school_id": "1", "years": "ks3"}, "years"),
        ({"year": "2025", "school_id": "1", "years": "4", "assessment": "x"}, "assessment"),
        ({"year": "2025", "school_id": "1", "sex": "<b>"}, "sex"),
        ({"year": "2025", "authority_id": "1", "school_ids": "1,2,x3333"}, "school_ids"),
        ({"year": "2025", "authority_id": "1", "school_ids": "1", "phase": "infant"}, "school"),
    ],
)
def test_from_query_refuses_nonsense(query: dict[str, str], fault: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        CohortSelection.from_query(query)
    assert caught.value.field == fault
    assert not any(value in str(caught.value) for value in query.values() if len(value) > 4)


def test_from_query_takes_the_place_it_is_given() -> None:
    query = {"year": "2025", "school_id": "1", "school": "9992001", "years": "", "fsm": ""}
    selection = CohortSelection.from_query(query, school_id=5)
    assert selection == CohortSelection(2025, school_id=5)
    part = {**query, "school_ids": "3", "district": "North", "phase": "infant"}
    assert CohortSelection.from_query(part, school_id=5) == selection
    over = CohortSelection.from_query(query, local_authority_id=2)
    assert over == CohortSelection(2025, local_authority_id=2)


schools_of_an_authority: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"school_ids": st.lists(st.integers(1, 10**9), max_size=5).map(tuple)}),
    st.fixed_dictionaries(
        {
            "district": st.none() | st.text(min_size=1, max_size=80),
            "phase": st.sampled_from([None, "infant", "primary"]),
        }
    ),
)


@st.composite
def selections(draw: st.DrawFn) -> CohortSelection:
    over_authority = draw(st.booleans())
    years = draw(st.sampled_from([*YearRange, *LABELS]))
    one_year = not isinstance(years, YearRange)
    filters = draw(st.lists(st.sampled_from(FILTERS), unique_by=lambda pair: pair[0], max_size=4))
    ordered = sorted(filters, key=lambda pair: list(Characteristic).index(pair[0]))
    if over_authority:
        return CohortSelection(
            draw(st.integers(2000, 2100)),
            local_authority_id=draw(st.integers(1, 10**9)),
            years=years,
            characteristics=tuple(pair for pair in ordered if not pair[0].is_custom),
            **draw(schools_of_an_authority),
        )
    return CohortSelection(
        draw(st.integers(2000, 2100)),
        school_id=draw(st.integers(1, 10**9)),
        years=years,
        assessment_id=draw(st.none() | st.integers(1, 10**9)) if one_year else None,
        class_name=draw(st.none() | st.text(min_size=1, max_size=60)),
        characteristics=tuple(ordered),
    )


@given(selections())
def test_query_is_read_back_unchanged(selection: CohortSelection) -> None:
    query = selection.to_query()
    assert all(isinstance(value, str) for value in query.values())
    assert CohortSelection.from_query(query) == selection
