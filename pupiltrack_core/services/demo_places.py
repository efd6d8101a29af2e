"""Which child is at which school in which of the two years: who stays, moves, joins and leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pupiltrack_core.services.demo_recipe import Flags, Random, Recipe, Whole
from pupiltrack_core.services.demo_schools import YEAR_GROUPS, DemoSchools

EARLIER, LATER = 2024, 2025  # the two academic years, by the calendar year they start in
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class DemoPlaces:
    """One place of each array a child. `cohort` is the year group of the later year; 7 has left.

    `earlier` and `later` are the schools' numbers, `NOWHERE` where the child was at none of them.
    """

    cohort: Whole
    earlier: Whole
    later: Whole
    moved_in: Flags  # came from elsewhere for the later year
    moved_within: Flags  # came from another school of the authority
    left_in_year: Flags  # left during the later year

    def __len__(self) -> int:
        return len(self.cohort)

    def school_in(self, academic_year: int) -> Whole:
        """Return the schools' numbers in one of the two years."""
        return self.earlier if academic_year == EARLIER else self.later


def make_places(recipe: Recipe, schools: DemoSchools, random: Random) -> DemoPlaces:
    """Return every child of the two years."""
    rates = recipe["movement"]
    number = len(schools)
    grid = (number, YEAR_GROUPS + 1)
    seats = random.integers(schools.least[:, None], schools.most[:, None] + 1, grid)
    school = np.repeat(np.tile(np.arange(number), YEAR_GROUPS + 1), seats.T.ravel())
    cohort = np.repeat(np.arange(YEAR_GROUPS + 1), seats.sum(axis=0))
    has_left = cohort == YEAR_GROUPS
    roll = random.random(len(cohort))
    rolling = (cohort > 0) & ~has_left
    within = rolling & (roll < rates["moved_within"]) & (number > 1)
    outside = rolling & ~within & (roll < rates["moved_within"] + rates["moved_in"])
    elsewhere = (school + random.integers(1, max(number, 2), len(school))) % number
    earlier = np.where(within, elsewhere, school)
    earlier = np.where(outside | (cohort == 0), NOWHERE, earlier)
    later = np.where(has_left, NOWHERE, school)
    left = (random.random(len(cohort)) < rates["left_in_year"]) & (later > 0)  # never the first
    leavers = random.binomial(seats[:, 1:YEAR_GROUPS], rates["moved_out"])
    gone_school = np.repeat(np.tile(np.arange(number), YEAR_GROUPS - 1), leavers.T.ravel())
    gone_cohort = np.repeat(np.arange(1, YEAR_GROUPS), leavers.sum(axis=0))
    nobody = np.zeros(len(gone_school), dtype=bool)
    return DemoPlaces(
        cohort=np.concatenate([cohort, gone_cohort]),
        earlier=np.concatenate([earlier, gone_school]),
        later=np.concatenate([later, np.full(len(gone_school), NOWHERE)]),
        moved_in=np.concatenate([outside, nobody]),
        moved_within=np.concatenate([within, nobody]),
        left_in_year=np.concatenate([left, nobody]),
    )
