"""How many children reached each area of learning, and a good level of development."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pupiltrack_core.domain.areas_of_learning import GLD, AreaOfLearning, area_outcome


@dataclass(frozen=True, slots=True)
class ProfileCount:
    """The children of a cohort by what their profile says of one area, or of GLD.

    `pupils` is everyone: `reached` + `not_reached` + `not_assessed` + `no_data`.
    """

    area: str
    pupils: int
    reached: int
    not_reached: int
    not_assessed: int
    no_data: int


def count_profiles(
    profiles: Sequence[Mapping[str, str]], ending_year: int
) -> tuple[ProfileCount, ...]:
    """Return the counts of the seven areas and then of GLD, from each child's codes by measure.

    A child of whom nothing is held has an empty mapping, and counts as no data.
    """
    counts = []
    for area in (*AreaOfLearning, GLD):
        found = Counter(area_outcome(profile, area, ending_year) for profile in profiles)
        counts.append(
            ProfileCount(
                area=str(area),
                pupils=len(profiles),
                reached=found["Y"],
                not_reached=found["N"],
                not_assessed=found["A"],
                no_data=found[None],
            )
        )
    return tuple(counts)
