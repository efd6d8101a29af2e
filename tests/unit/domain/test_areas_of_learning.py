"""Which goals make an area of learning, and what a child's profile says of it."""

from __future__ import annotations

import pytest

from pupiltrack_core.domain.areas_of_learning import (
    GLD,
    AreaOfLearning,
    area_outcome,
    goals_of_area,
)
from pupiltrack_core.domain.statutory import goals_of
from pupiltrack_core.domain.subjects import Subject


@pytest.mark.parametrize("ending_year", [2019, 2022, 2026])
def test_goals_of_area_share_out_every_goal_of_the_framework(ending_year: int) -> None:
    shared = [goal for area in AreaOfLearning for goal in goals_of_area(area, ending_year)]
    assert sorted(shared) == sorted(goals_of(ending_year))


def test_goals_of_area_are_those_of_the_year() -> None:
    assert goals_of_area(AreaOfLearning.PERSONAL, 2026) == ("E03", "E04", "E05")
    assert goals_of_area(AreaOfLearning.PERSONAL, 2019) == ("G06", "G07", "G08")
    assert goals_of_area(AreaOfLearning.PHYSICAL, 2019) == ("G04", "G05")


@pytest.mark.parametrize(
    ("codes", "ending_year", "outcome"),
    [
        ("22", 2026, "Y"),
        ("12", 2026, "N"),
        ("AA", 2026, "A"),
        ("2", 2026, None),
        ("", 2026, None),
        ("232", 2019, "Y"),
        ("2A2", 2019, "N"),
        ("331", 2019, "N"),
        ("AAA", 2019, "A"),
    ],
)
def test_area_outcome_needs_every_goal(codes: str, ending_year: int, outcome: str | None) -> None:
    goals = goals_of_area(AreaOfLearning.COMMUNICATION, ending_year)
    profile = dict(zip(goals, codes, strict=False))
    assert area_outcome(profile, AreaOfLearning.COMMUNICATION, ending_year) == outcome


def test_area_outcome_of_a_good_level_is_what_is_held() -> None:
    assert area_outcome({GLD: "N"}, GLD, 2026) == "N"
    assert area_outcome({}, GLD, 2026) is None


def test_areas_have_labels_and_codes_no_subject_has() -> None:
    assert {area.value for area in AreaOfLearning}.isdisjoint(subject.value for subject in Subject)
    assert AreaOfLearning.WORLD.label == "Understanding the world"
    assert len({area.label for area in AreaOfLearning}) == 7
