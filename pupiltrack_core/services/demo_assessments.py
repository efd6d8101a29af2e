"""The demo schools' assessments, and the cells of their grids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.services.demo_children import DemoChildren
from pupiltrack_core.services.demo_recipe import Floats, Random, Recipe, Whole, cut_points
from pupiltrack_core.services.demo_rolls import Roll, day_in_year
from pupiltrack_core.services.demo_schools import YEAR_GROUPS, DemoSchools

TERMS = 3
_CORE = tuple(str(subject) for subject in CORE_SUBJECTS)
_CODES = np.array([item.value for item in Judgement], dtype=object)
_OLDEST_WITH_PHONICS = 2
_TEST_SUBJECTS = ("GPS", "MATH", "READ")
_FORMATIVE_SUBJECTS = ("MATH", "READ", "WRIT")


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """What one school assesses, the same at every assessment. Subjects stand in order of code."""

    subjects: tuple[str, ...]
    has_tests: bool
    has_formative: bool
    has_phonics: bool


@dataclass(frozen=True, slots=True)
class DemoAssessment:
    """One assessment of one school."""

    school: int
    academic_year: int
    term: int
    name: str
    held_on: date

    @property
    def recorded_at(self) -> datetime:
        """When its cells were entered."""
        return datetime.combine(self.held_on, time(16, 0), UTC)


Cells = dict[str, list[Any]]


def make_plans(recipe: Recipe, schools: DemoSchools, random: Random) -> list[SchoolPlan]:
    """Return each school's plan; the first school has something of everything."""
    rules = recipe["assessments"]
    foundation = [str(item) for item in Subject if str(item) not in {*_CORE, "GPS", "SCIE"}]
    plans = []
    for school in range(len(schools)):
        chance: list[float] = random.random(7).tolist()
        extra = ["SCIE"] * (chance[0] < rules["with_science"])
        extra += ["GPS"] * (chance[1] < rules["with_gps"])
        if chance[2] < rules["with_all_foundation"]:
            extra += foundation
        elif chance[3] < rules["with_some_foundation"]:
            extra += rules["some_foundation"]
        if school == 0:
            extra, chance = rules["first_school_subjects"], [0.0] * 7
        plans.append(
            SchoolPlan(
                subjects=tuple(sorted({*_CORE, *extra})),
                has_tests=chance[4] < rules["with_tests"],
                has_formative=chance[5] < rules["with_formative"],
                has_phonics=chance[6] < rules["with_phonics"],
            )
        )
    return plans


def make_assessments(
    recipe: Recipe, schools: DemoSchools, academic_year: int, random: Random
) -> list[DemoAssessment]:
    """Return three assessments for each school, school by school, autumn first."""
    rules = recipe["assessments"]
    later = random.integers(0, rules["spread_days"] + 1, (len(schools), TERMS))
    assessments = []
    for school in range(len(schools)):
        for term in range(TERMS):
            month, day = (int(part) for part in rules["earliest"][term].split("-"))
            held = date(academic_year + (month < 9), month, day)
            held += timedelta(days=int(later[school, term]))
            held -= timedelta(days=max(0, held.weekday() - 4))  # on a school day
            name = rules["names"][term].format(first=academic_year, second=academic_year + 1)
            assessments.append(DemoAssessment(school, academic_year, term, name, held))
    return assessments


class CellMaker:
    """Makes the cells of one year's assessments, school by school.

    The latent score of a pupil at an assessment is the ability in the subject and what that
    assessment alone says; it is cut into judgements by the recipe's shares.
    """

    def __init__(
        self, recipe: Recipe, children: DemoChildren, roll: Roll, schools: int, random: Random
    ) -> None:
        self._recipe = recipe
        self._children = children
        self._roll = roll
        self._random = random
        self._bounds = np.searchsorted(roll.school, np.arange(schools + 1))
        self._cuts = {
            subject: cut_points(shares)
            for subject, shares in recipe["judgements"]["shares"].items()
        }

    def cells(self, assessment: DemoAssessment, plan: SchoolPlan) -> Iterator[tuple[str, Cells]]:
        """Yield the columns pupil, subject and value of the assessment's cells, by kind."""
        first, last = self._bounds[assessment.school], self._bounds[assessment.school + 1]
        places = np.arange(first, last)[self._present(assessment, first, last)]
        child = self._roll.child[places]
        pupil = self._roll.pupil[places]
        scores = {
            subject: self._scores(subject, child, assessment.term) for subject in plan.subjects
        }
        yield "tracking", self._judgements(pupil, plan.subjects, scores)
        if plan.has_tests and assessment.term != 1:
            older = self._roll.year_group[places] >= 1
            yield "test", self._tests(pupil[older], child[older], assessment.term)
        if plan.has_formative:
            yield "formative", self._steps(pupil, self._roll.year_group[places], scores)
        if plan.has_phonics:
            young = self._roll.year_group[places] <= _OLDEST_WITH_PHONICS
            yield (
                "phonics",
                self._phases(
                    pupil[young],
                    self._roll.year_group[places][young],
                    scores["READ"][young],
                    assessment.term,
                ),
            )

    def _present(self, assessment: DemoAssessment, first: int, last: int) -> Any:
        """Tell who was on the school's roll on the day, and not away."""
        roll, year = self._roll, assessment.academic_year
        joined, left = roll.joined_place[first:last], roll.left_place[first:last]
        there = np.ones(last - first, dtype=bool)
        for place in range(4):
            day = day_in_year(year, place)
            if day > assessment.held_on:
                there &= joined != place
            else:
                there &= left != place
        away = self._random.random(last - first) < self._recipe["judgements"]["absent"]
        return there & ~away

    def _scores(self, subject: str, child: Whole, term: int) -> Floats:
        spread = self._recipe["ability"]["from_term_to_term"]
        stable = np.sqrt(1 - spread**2)
        noise = self._random.standard_normal(len(child))
        shift = self._recipe["judgements"]["term_shift"][term]
        result: Floats = stable * self._children.ability[subject][child] + spread * noise + shift
        return result

    def _judgements(
        self, pupil: Whole, subjects: tuple[str, ...], scores: dict[str, Floats]
    ) -> Cells:
        codes = np.stack(
            [
                np.searchsorted(self._cuts.get(subject, self._cuts["other"]), scores[subject])
                for subject in subjects
            ],
            axis=1,
        )
        gaps = self._random.random(codes.shape) < self._recipe["judgements"]["missing"]
        rows, columns = np.nonzero(~gaps)
        return {
            "pupil": pupil[rows].tolist(),
            "subject": np.array(subjects, dtype=object)[columns].tolist(),
            "value": _CODES[codes[rows, columns]].tolist(),
        }

    def _tests(self, pupil: Whole, child: Whole, term: int) -> Cells:
        """Standardised scores: mean 100, standard deviation 15, from 70 to 130."""
        marks = np.stack([self._scores(item, child, term) for item in _TEST_SUBJECTS], axis=1)
        marks = np.clip(np.rint(100 + 15 * marks), 70, 130).astype(np.int64)
        taken = self._random.random(marks.shape) >= 2 * self._recipe["judgements"]["missing"]
        rows, columns = np.nonzero(taken)
        return {
            "pupil": pupil[rows].tolist(),
            "subject": np.array(_TEST_SUBJECTS, dtype=object)[columns].tolist(),
            "value": [str(mark) for mark in marks[rows, columns].tolist()],
        }

    def _steps(self, pupil: Whole, year_group: Whole, scores: dict[str, Floats]) -> Cells:
        """A step of the year group's own curriculum, or of the year before."""
        steps = self._recipe["assessments"]["formative_steps"]
        cells: Cells = {"pupil": [], "subject": [], "value": []}
        for subject in _FORMATIVE_SUBJECTS:
            level = np.floor(1.2 * scores[subject] + 1.6).astype(np.int64)
            behind = (level < 0) & (year_group > 0)
            level = np.clip(np.where(behind, 2, level), 0, len(steps) - 1)
            cells["pupil"] += pupil.tolist()
            cells["subject"] += [subject] * len(pupil)
            cells["value"] += [
                f"{LABELS[year]} {steps[place]}"
                for year, place in zip((year_group - behind).tolist(), level.tolist(), strict=True)
            ]
        return cells

    def _phases(self, pupil: Whole, year_group: Whole, scores: Floats, term: int) -> Cells:
        phases = self._recipe["assessments"]["phonics_phases"]
        reached = np.floor(1.7 * year_group + 0.6 * term + 0.8 * scores + 0.5).astype(np.int64)
        reached = np.clip(reached, 0, len(phases) - 1)
        return {
            "pupil": pupil.tolist(),
            "subject": [str(Subject.READING)] * len(pupil),
            "value": [phases[place] for place in reached.tolist()],
        }


def assessed_year_groups() -> range:
    """Return the year groups every assessment is for: Reception to Year 6."""
    return range(YEAR_GROUPS)
