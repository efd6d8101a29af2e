from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_portal.pages.class_walk import ClassPlace, class_places, neighbours

OFFERED = (0, 1, 2, 3, 4, 5, 6)
# In the order of their names, as the service gives them.
YEAR_GROUPS = {
    "Ash": (4,),
    "Birch": (1, 2),
    "Elm": (4,),
    "Maple": (-1, 0),
    "Nest": (-2, -1),
    "Oak": (1,),
}
MAPLE, BIRCH, OAK = ClassPlace("Maple", 0), ClassPlace("Birch", 1), ClassPlace("Oak", 1)
ASH, ELM = ClassPlace("Ash", 4), ClassPlace("Elm", 4)


def test_class_places_stand_by_year_group_then_name() -> None:
    # Nest has nursery children only, of no year group on offer.
    assert class_places(YEAR_GROUPS, OFFERED) == (MAPLE, BIRCH, OAK, ASH, ELM)
    assert class_places({}, OFFERED) == ()


@pytest.mark.parametrize(
    ("class_name", "year_group", "around"),
    [
        ("Maple", 0, (None, BIRCH)),
        ("Birch", 1, (MAPLE, OAK)),
        ("Birch", 2, (MAPLE, OAK)),  # a mixed class, chosen by hand in its second year group
        ("Elm", 4, (ASH, None)),
        (None, 0, (None, MAPLE)),
        (None, 1, (MAPLE, BIRCH)),
        (None, 2, (OAK, ASH)),
        (None, 6, (ELM, None)),
        ("Gone", 4, (OAK, ASH)),
    ],
)
def test_neighbours(
    class_name: str | None,
    year_group: int,
    around: tuple[ClassPlace | None, ClassPlace | None],
) -> None:
    places = class_places(YEAR_GROUPS, OFFERED)
    assert neighbours(places, class_name=class_name, year_group=year_group) == around


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=3), st.sets(st.integers(-2, 6), min_size=1).map(tuple)
    )
)
def test_walk_goes_through_every_class_once_and_back(
    year_groups: dict[str, tuple[int, ...]],
) -> None:
    places = class_places(year_groups, OFFERED)
    walked, at, year_group = [], None, -1
    while True:
        _, after = neighbours(places, class_name=at, year_group=year_group)
        if after is None:
            break
        walked.append(after)
        at, year_group = after.name, after.year_group
    assert walked == list(places)
    assert {place.name for place in walked} == {
        name for name, groups in year_groups.items() if max(groups) >= 0
    }
    for before, place in itertools.pairwise(walked):
        back, _ = neighbours(places, class_name=place.name, year_group=place.year_group)
        assert back == before
