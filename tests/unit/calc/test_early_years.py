"""Counting the profiles of a cohort, by hand and against a slow reference."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.early_years import ProfileCount, count_profiles
from pupiltrack_core.domain.areas_of_learning import GLD, AreaOfLearning, goals_of_area
from pupiltrack_core.domain.statutory import ELGS


def test_count_profiles_of_four_children() -> None:
    # Literacy is E08 to E10. Ann has expected in all, Bo emerging in one, Cy was not assessed,
    # and of Di nothing is held: 1 + 1 + 1 + 1 = 4.
    ann = {**dict.fromkeys(ELGS, "2"), GLD: "Y"}
    bo = {**dict.fromkeys(ELGS, "2"), "E09": "1", GLD: "N"}
    cy = {**dict.fromkeys(ELGS, "A"), GLD: "A"}
    counted = {item.area: item for item in count_profiles([ann, bo, cy, {}], 2026)}
    assert counted[AreaOfLearning.LITERACY] == ProfileCount("ALLI", 4, 1, 1, 1, 1)
    assert counted[AreaOfLearning.MATHEMATICS] == ProfileCount("ALMA", 4, 2, 0, 1, 1)
    assert counted[GLD] == ProfileCount("GLD", 4, 1, 1, 1, 1)
    assert list(counted) == [*AreaOfLearning, GLD]


def test_count_profiles_of_nobody() -> None:
    assert all(
        item.pupils == item.reached == item.no_data == 0 for item in count_profiles([], 2026)
    )


PROFILE = st.dictionaries(st.sampled_from([*ELGS, GLD]), st.sampled_from("12A"), max_size=18)


@given(st.lists(PROFILE, max_size=6))
def test_count_profiles_agrees_with_going_through_every_goal(
    profiles: list[dict[str, str]],
) -> None:
    counted = {item.area: item for item in count_profiles(profiles, 2026)}
    for area in AreaOfLearning:
        reached = not_assessed = no_data = 0
        for profile in profiles:
            codes = [profile.get(goal) for goal in goals_of_area(area, 2026)]
            if None in codes:
                no_data += 1
            elif set(codes) == {"A"}:
                not_assessed += 1
            elif set(codes) == {"2"}:
                reached += 1
        found = counted[area]
        assert (found.reached, found.not_assessed, found.no_data) == (
            reached,
            not_assessed,
            no_data,
        )
        whole = found.reached + found.not_reached + found.not_assessed + found.no_data
        assert whole == found.pupils == len(profiles)
