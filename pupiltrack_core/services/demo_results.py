"""The demo children's statutory results, in every year in which there was an assessment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from pupiltrack_core.domain.statutory import (
    MTC_MAX,
    PHONICS_MAX,
    SCALED_SCORES,
    Collection,
    Sitting,
    phonics_threshold,
    scaled_score_outcome,
)
from pupiltrack_core.services.demo_children import DemoChildren
from pupiltrack_core.services.demo_places import LATER, DemoPlaces
from pupiltrack_core.services.demo_recipe import Flags, Floats, Random, Recipe, Whole, cut_points
from pupiltrack_core.services.demo_rolls import Rolls

LATEST = LATER + 1  # the ending year of the later academic year
_NOISE = 0.45  # standard deviation of what a result says beyond the ability


@dataclass(frozen=True, slots=True)
class Results:
    """Results of one measure at one sitting: parallel lists; a value, a code or both."""

    collection: Collection
    ending_year: int
    sitting: Sitting
    measure: str
    child: Whole
    value: list[int | None]
    code: list[str | None]


def make_results(
    recipe: Recipe, places: DemoPlaces, children: DemoChildren, random: Random
) -> list[Results]:
    """Return every result of every child since Reception, by collection and year."""
    maker = _Maker(recipe, children, random)
    results: list[Results] = []
    for cohort in range(8):
        child = np.flatnonzero(places.cohort == cohort)
        ends = {year_group: LATEST - cohort + year_group for year_group in range(7)}
        met = np.zeros(len(child), dtype=bool)
        for year_group in range(min(cohort, 6) + 1):
            year = ends[year_group]
            if year_group == 0 and Collection.EYFSP.was_taken(year):
                results += maker.early_years(child, year)
            if year_group == 1:
                if Collection.PHONICS.was_taken(year):
                    results += maker.phonics(child, year, Sitting.YEAR_1, met)
                elif Collection.PHONICS.was_taken(year + 1):
                    # the check missed in June was taken in the autumn, a year group later
                    results += maker.phonics(child, year + 1, Sitting.AUTUMN, met)
            if year_group == 2:
                if Collection.PHONICS.was_taken(year):
                    results += maker.phonics_again(child, year, met)
                if Collection.KS1.was_taken(year):
                    results += maker.key_stage_1(child, year)
            if year_group == 4 and Collection.MTC.was_taken(year):
                results += maker.tables(child, year)
            if year_group == 6 and Collection.KS2.was_taken(year):
                results += maker.key_stage_2(child, year)
    return results


def results_of_pupils(
    results: list[Results], rolls: Rolls, children: int
) -> Iterator[tuple[Results, dict[str, list[Any]]]]:
    """Yield, for each set of results, its rows: columns pupil (from 1), school, value and code.

    A school holds what the child brought and what was taken there: an earlier school's record of
    a child who moved ends with the earlier year.
    """
    held_until = np.full(len(rolls.pupil_child), 0)
    for roll in rolls.years:
        held_until[roll.pupil - 1] = roll.academic_year + 1
    order = np.argsort(rolls.pupil_child, kind="stable")
    starts = np.searchsorted(rolls.pupil_child[order], np.arange(children + 1))
    for found in results:
        counts = starts[found.child + 1] - starts[found.child]
        rows = np.repeat(np.arange(len(found.child)), counts)
        offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        pupils = order[starts[found.child][rows] + offsets]
        kept = held_until[pupils] >= found.ending_year
        rows, pupils = rows[kept], pupils[kept]
        by_school = np.argsort(pupils, kind="stable")
        rows, pupils = rows[by_school], pupils[by_school]
        yield (
            found,
            {
                "pupil": (pupils + 1).tolist(),
                "school": rolls.pupil_school[pupils].tolist(),
                "value": [found.value[row] for row in rows.tolist()],
                "code": [found.code[row] for row in rows.tolist()],
            },
        )


class _Maker:
    def __init__(self, recipe: Recipe, children: DemoChildren, random: Random) -> None:
        self._rates = recipe["results"]
        self._children = children
        self._random = random

    def early_years(self, child: Whole, year: int) -> list[Results]:
        """A good level of development, or not."""
        scores = self._scores("READ", child)
        good = scores > NormalDist().inv_cdf(1 - self._rates["gld"])
        codes = np.where(good, "Y", "N").astype(object)
        return self._coded(Collection.EYFSP, year, Sitting.MAIN, "GLD", child, codes)

    def phonics(self, child: Whole, year: int, sitting: Sitting, met: Flags) -> list[Results]:
        """Marks and outcomes; `met` is brought up to date in place."""
        threshold = phonics_threshold(year)
        cut = NormalDist().inv_cdf(1 - self._rates["phonics"])
        scores = self._scores("READ", child) - cut
        marks = self._marks(scores, threshold)
        return self._checked(child, year, sitting, marks, met, threshold)

    def phonics_again(self, child: Whole, year: int, met: Flags) -> list[Results]:
        """Marks and outcomes of those who had not met the standard."""
        threshold = phonics_threshold(year)
        due = ~met
        scores = self._random.standard_normal(len(child))
        scores += NormalDist().inv_cdf(self._rates["phonics_resit"])
        marks = self._marks(scores, threshold)
        again = met[due]
        found = self._checked(child[due], year, Sitting.YEAR_2, marks[due], again, threshold)
        met[due] = again
        return found

    def key_stage_1(self, child: Whole, year: int) -> list[Results]:
        """Teacher assessment in reading, writing, maths and science."""
        labels = np.array(self._rates["ks1_codes"], dtype=object)
        results: list[Results] = []
        for measure in ("READ", "WRIT", "MATH"):
            cuts = cut_points(self._rates["ks1"][measure])
            codes = labels[np.searchsorted(cuts, self._scores(measure, child))]
            results += self._coded(Collection.KS1, year, Sitting.MAIN, measure, child, codes)
        met = self._scores("SCIE", child) > NormalDist().inv_cdf(1 - self._rates["ks1"]["SCIE"])
        codes = np.where(met, "EXS", "HNM").astype(object)
        return results + self._coded(Collection.KS1, year, Sitting.MAIN, "SCIE", child, codes)

    def tables(self, child: Whole, year: int) -> list[Results]:
        """Marks of 0 to 25, or why the check was not taken."""
        scores = self._scores("MATH", child)
        marks = np.rint(self._rates["mtc_mean"] + self._rates["mtc_spread"] * scores)
        marks = np.clip(marks, 0, MTC_MAX).astype(np.int64)
        reason = self._reasons(self._rates["mtc_not_taken"], scores)
        return self._marked(Collection.MTC, year, "MARK", child, marks, reason)

    def key_stage_2(self, child: Whole, year: int) -> list[Results]:
        """Scaled scores with their outcomes, and teacher assessment in writing and science."""
        results: list[Results] = []
        for measure, mean in self._rates["ks2_mean"].items():
            scores = self._scores(measure, child)
            marks = np.rint(mean + self._rates["ks2_spread"][measure] * scores)
            marks = np.clip(marks, SCALED_SCORES.start, SCALED_SCORES.stop - 1).astype(np.int64)
            reason = self._reasons(self._rates["ks2_not_taken"], scores)
            outcome = [
                scaled_score_outcome(mark) if why is None else why
                for mark, why in zip(marks.tolist(), reason, strict=True)
            ]
            results += self._marked(Collection.KS2, year, measure, child, marks, reason, outcome)
        labels = np.array(self._rates["ks2_writing_codes"], dtype=object)
        cuts = cut_points(self._rates["ks2_writing"])
        codes = labels[np.searchsorted(cuts, self._scores("WRIT", child))]
        results += self._coded(Collection.KS2, year, Sitting.MAIN, "WRIT", child, codes)
        met = self._scores("SCIE", child) > NormalDist().inv_cdf(1 - self._rates["ks2_science"])
        codes = np.where(met, "EXS", "HNM").astype(object)
        return results + self._coded(Collection.KS2, year, Sitting.MAIN, "SCIE", child, codes)

    def _scores(self, subject: str, child: Whole) -> Floats:
        noise = self._random.standard_normal(len(child))
        ability = self._children.ability[subject][child]
        result: Floats = np.sqrt(1 - _NOISE**2) * ability + _NOISE * noise
        return result

    def _marks(self, scores: Floats, threshold: int) -> Whole:
        """Return phonics marks: those at or over the threshold have a score above 0.

        Schools know the usual threshold, so that there are few marks just short of it.
        """
        above = threshold + np.floor(np.minimum(scores, 1.6) * 5.6)
        below = threshold - 1 - np.floor(-scores * 12)
        marks = np.where(scores > 0, above, below)
        return np.clip(marks, 0, PHONICS_MAX).astype(np.int64)

    def _checked(
        self,
        child: Whole,
        year: int,
        sitting: Sitting,
        marks: Whole,
        met: Flags,
        threshold: int,
    ) -> list[Results]:
        scores = self._children.general[child]
        absent, disapplied = self._rates["phonics_absent"], self._rates["phonics_disapplied"]
        reason = self._reasons({"D": disapplied, "A": absent}, scores)
        took = np.array([why is None for why in reason], dtype=bool)
        met |= took & (marks >= threshold)
        outcome = [
            why or ("Wa" if mark >= threshold else "Wt")
            for mark, why in zip(marks.tolist(), reason, strict=True)
        ]
        held = self._held(year, len(child))
        return [
            Results(
                Collection.PHONICS,
                year,
                sitting,
                "MARK",
                child[held & took],
                marks[held & took].tolist(),
                [None] * int((held & took).sum()),
            ),
            Results(
                Collection.PHONICS,
                year,
                sitting,
                "OUTCOME",
                child[held],
                [None] * int(held.sum()),
                np.array(outcome, dtype=object)[held].tolist(),
            ),
        ]

    def _reasons(self, rates: dict[str, float], scores: Floats) -> list[str | None]:
        """Say why some have no mark: B, U and D are for the lowest scores, A for anyone."""
        reasons = np.full(len(scores), None, dtype=object)
        share = np.argsort(np.argsort(scores)) / max(1, len(scores))
        given = 0.0
        for code, rate in rates.items():
            if code == "A":
                who = self._random.random(len(scores)) < rate
            else:
                who = (share >= given) & (share < given + rate)
                given += rate
            reasons[who & np.array([why is None for why in reasons], dtype=bool)] = code
        return list(reasons)

    def _held(self, year: int, number: int) -> Flags:
        """Tell which results are in; a few of the latest year are still to come."""
        if year < LATEST:
            return np.ones(number, dtype=bool)
        held: Flags = self._random.random(number) >= self._rates["missing"]
        return held

    def _coded(
        self,
        collection: Collection,
        year: int,
        sitting: Sitting,
        measure: str,
        child: Whole,
        codes: Any,
    ) -> list[Results]:
        held = self._held(year, len(child))
        nothing: list[int | None] = [None] * int(held.sum())
        return [
            Results(collection, year, sitting, measure, child[held], nothing, codes[held].tolist())
        ]

    def _marked(
        self,
        collection: Collection,
        year: int,
        measure: str,
        child: Whole,
        marks: Whole,
        reason: list[str | None],
        codes: list[str] | None = None,
    ) -> list[Results]:
        held = self._held(year, len(child)).tolist()
        rows = [place for place, is_held in enumerate(held) if is_held]
        all_codes: list[Any] = list(codes or reason)
        return [
            Results(
                collection,
                year,
                Sitting.MAIN,
                measure,
                child[rows],
                [int(marks[row]) if reason[row] is None else None for row in rows],
                [all_codes[row] for row in rows],
            )
        ]
