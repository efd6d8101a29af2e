"""The seven areas of learning of the early years, and what a child's profile says of each.

Source: the early years foundation stage profile handbook. The areas are the same in the framework
of 2012 and in that of 2021; which goals belong to which are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pupiltrack_core.domain.statutory import FIRST_YEAR_OF_ELGS, goals_of

GLD = "GLD"  # the measure of a good level of development, beside the areas


class AreaOfLearning(StrEnum):
    """An area of learning; the value is stored. No code of a subject begins so."""

    COMMUNICATION = "ALCO"
    PERSONAL = "ALPS"
    PHYSICAL = "ALPH"
    LITERACY = "ALLI"
    MATHEMATICS = "ALMA"
    WORLD = "ALUW"
    ARTS = "ALEX"

    @property
    def label(self) -> str:
        """The full name."""
        return _LABELS[self]


_LABELS = {
    AreaOfLearning.COMMUNICATION: "Communication and language",
    AreaOfLearning.PERSONAL: "Personal, social and emotional development",
    AreaOfLearning.PHYSICAL: "Physical development",
    AreaOfLearning.LITERACY: "Literacy",
    AreaOfLearning.MATHEMATICS: "Mathematics",
    AreaOfLearning.WORLD: "Understanding the world",
    AreaOfLearning.ARTS: "Expressive arts and design",
}
# The numbers of the first and the last goal of each area, in the framework of the year.
_GOALS = {
    AreaOfLearning.COMMUNICATION: (1, 2),
    AreaOfLearning.PERSONAL: (3, 5),
    AreaOfLearning.PHYSICAL: (6, 7),
    AreaOfLearning.LITERACY: (8, 10),
    AreaOfLearning.MATHEMATICS: (11, 12),
    AreaOfLearning.WORLD: (13, 15),
    AreaOfLearning.ARTS: (16, 17),
}
_FORMER_GOALS = {
    AreaOfLearning.COMMUNICATION: (1, 3),
    AreaOfLearning.PHYSICAL: (4, 5),
    AreaOfLearning.PERSONAL: (6, 8),
    AreaOfLearning.LITERACY: (9, 10),
    AreaOfLearning.MATHEMATICS: (11, 12),
    AreaOfLearning.WORLD: (13, 15),
    AreaOfLearning.ARTS: (16, 17),
}


def goals_of_area(area: AreaOfLearning, ending_year: int) -> tuple[str, ...]:
    """Return the measures of the early learning goals of an area, in the year's framework."""
    numbers = _GOALS if ending_year >= FIRST_YEAR_OF_ELGS else _FORMER_GOALS
    first, last = numbers[area]
    return goals_of(ending_year)[first - 1 : last]


def area_outcome(profile: Mapping[str, str], area: str, ending_year: int) -> str | None:
    """Return "Y" (expected or above), "N" or "A" (not assessed); None while a goal is missing.

    `profile` is one child's codes by measure, `area` an `AreaOfLearning` or `GLD`. An area is
    reached with at least expected in every goal of it. A child not assessed in all of the goals is
    "A"; in some of them, as could be before 2022, "N".
    """
    if area == GLD:
        return profile.get(GLD)
    goals = goals_of_area(AreaOfLearning(area), ending_year)
    codes = [profile[goal] for goal in goals if goal in profile]
    if len(codes) < len(goals):
        return None
    if all(code == "A" for code in codes):
        return "A"
    return "Y" if all(code in {"2", "3"} for code in codes) else "N"
