"""Works out what the start of an academic year does to each pupil of a school.

Pure: records and choices in, plan out. The same plan is made for the dry run and again inside the
transaction that writes; two plans are equal when they would write the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.moving_up import (
    LAST_YEAR_GROUP,
    NextPlace,
    guess_new_class,
    next_place,
    placed,
)
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.year_groups import LABELS


class Outcome(StrEnum):
    """What becomes of a pupil."""

    PROBLEM = "problem"
    MOVES = "moves"
    STAYS = "stays"
    LEAVES = "leaves"
    THERE = "there"
    GONE = "gone"

    @property
    def label(self) -> str:
        """The words people see."""
        return _OUTCOMES[self]

    @property
    def goes_on(self) -> bool:
        """Whether the pupil would be enrolled in the new year."""
        return self in (Outcome.MOVES, Outcome.STAYS)

    @property
    def writes(self) -> bool:
        """Whether anything would be written of the pupil."""
        return self.goes_on or self is Outcome.LEAVES


_OUTCOMES = {
    Outcome.PROBLEM: "Problem",
    Outcome.MOVES: "Moves",
    Outcome.STAYS: "Stays in the same year group",
    Outcome.LEAVES: "Leaves",
    Outcome.THERE: "Already there",
    Outcome.GONE: "Left before",
}


@dataclass(frozen=True, slots=True)
class ClassOfYear:
    """The pupils of one class and year group of the old year; "" are those without a class."""

    class_name: str
    year_group: int


@dataclass(frozen=True, slots=True)
class PupilChoice:
    """What a person decided about one pupil; None and False leave it to the rules.

    `class_name` "" is no class.
    """

    year_group: int | None = None
    leaves: bool = False
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class YearChoices:
    """The new class of each old class and year group, and the exceptions by pupil."""

    classes: Mapping[ClassOfYear, str] = field(default_factory=dict)
    pupils: Mapping[int, PupilChoice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PupilNow:
    """A pupil of the old year. `there_group` is None for one who is not in the new year yet."""

    pupil_id: int
    surname: str = field(repr=False)
    forenames: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    year_group: int
    is_override: bool
    class_name: str
    left_on: date | None
    there_group: int | None = None
    there_class: str = ""

    @property
    def of_class(self) -> ClassOfYear:
        """The class and year group of the old year."""
        return ClassOfYear(self.class_name, self.year_group)


@dataclass(frozen=True, slots=True)
class PlannedPupil:
    """What becomes of one pupil; `year_group` is None for one who is not in the new year."""

    pupil: PupilNow
    outcome: Outcome
    year_group: int | None = None
    is_override: bool = False
    class_name: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """ "Surname, Forenames", as lists write it."""
        return f"{self.pupil.surname}, {self.pupil.forenames}"

    @property
    def is_without_class(self) -> bool:
        """Whether the pupil would begin the new year without a class."""
        return self.outcome.goes_on and not self.class_name

    @property
    def words(self) -> str:
        """What happens, as people read it."""
        if self.outcome is Outcome.PROBLEM:
            return self.reason
        if self.outcome is Outcome.GONE:
            return f"Left on {self.pupil.left_on:%d/%m/%Y}"
        if self.outcome is Outcome.MOVES and self.year_group is not None:
            return f"Moves to {LABELS[self.year_group]}"
        return self.outcome.label


@dataclass(frozen=True, slots=True)
class MovingClass:
    """Pupils of one class and year group who go on: how many, into which class (a guess, or "")."""

    of_class: ClassOfYear
    pupils: int
    new_class: str

    @property
    def label(self) -> str:
        """ "Maple, Year 3"."""
        return f"{self.of_class.class_name or 'No class'}, {LABELS[self.of_class.year_group]}"


@dataclass(frozen=True, slots=True)
class RollForwardPlan:
    """Every pupil of the old year, by year group and name, and what becomes of each."""

    school_id: int
    from_year: int
    to_year: int
    choices: YearChoices = field(repr=False)
    pupils: tuple[PlannedPupil, ...] = field(repr=False)

    def count(self, outcome: Outcome) -> int:
        """Return how many pupils have this outcome."""
        return sum(item.outcome is outcome for item in self.pupils)

    @property
    def would_write(self) -> bool:
        """Whether starting the year would write anything."""
        return any(item.outcome.writes for item in self.pupils)

    @property
    def going_on(self) -> tuple[PlannedPupil, ...]:
        """The pupils who would be enrolled in the new year."""
        return tuple(item for item in self.pupils if item.outcome.goes_on)

    @property
    def without_class(self) -> int:
        """How many pupils would begin the year without a class."""
        return sum(item.is_without_class for item in self.pupils)

    @property
    def new_classes(self) -> tuple[str, ...]:
        """The names of the classes that pupils go into, in order."""
        found = {item.class_name for item in self.pupils if item.outcome.writes}
        return tuple(sorted(found - {""}, key=name_key))


def plan_year(
    pupils: Iterable[PupilNow], choices: YearChoices, *, school_id: int, academic_year: AcademicYear
) -> RollForwardPlan:
    """Return what becomes of each pupil of the year before in `academic_year`.

    Those who are in the new year already are kept as they are there, and those who left in the
    course of the old year stay away, whatever was chosen.
    """
    planned = [_planned(pupil, choices, academic_year) for pupil in pupils]
    return RollForwardPlan(
        school_id=school_id,
        from_year=academic_year.start - 1,
        to_year=academic_year.start,
        choices=choices,
        pupils=tuple(
            sorted(
                planned,
                key=lambda item: (
                    item.pupil.year_group,
                    name_key(item.pupil.surname),
                    name_key(item.pupil.forenames),
                    item.pupil.pupil_id,
                ),
            )
        ),
    )


def moving_classes(pupils: Sequence[PupilNow]) -> tuple[MovingClass, ...]:
    """Return the classes whose pupils go on, by year group and name, each with a guess."""
    going = Counter(
        pupil.of_class
        for pupil in pupils
        if pupil.left_on is None
        and pupil.there_group is None
        and pupil.year_group < LAST_YEAR_GROUP
    )
    groups: dict[str, set[int]] = {}
    for pupil in pupils:
        if pupil.class_name:
            groups.setdefault(pupil.class_name, set()).add(pupil.year_group)
    classes = {name: tuple(sorted(found)) for name, found in groups.items()}
    return tuple(
        MovingClass(key, number, guess_new_class(key.class_name, key.year_group, classes))
        for key, number in sorted(
            going.items(), key=lambda item: (item[0].year_group, name_key(item[0].class_name))
        )
    )


def is_begun(pupils: Sequence[PupilNow], academic_year: AcademicYear) -> bool:
    """Whether the academic year is under way without this: most of those who go on are in it."""
    going = [
        pupil
        for pupil in pupils
        if pupil.there_group is not None
        or (pupil.left_on is None and not _rule(pupil, academic_year).leaves)
    ]
    return 2 * sum(pupil.there_group is not None for pupil in going) > len(going)


def _rule(pupil: PupilNow, academic_year: AcademicYear) -> NextPlace:
    return next_place(
        pupil.date_of_birth,
        pupil.year_group,
        is_override=pupil.is_override,
        academic_year=academic_year,
    )


def _planned(pupil: PupilNow, choices: YearChoices, academic_year: AcademicYear) -> PlannedPupil:
    if pupil.there_group is not None:
        return PlannedPupil(pupil, Outcome.THERE, pupil.there_group, class_name=pupil.there_class)
    if pupil.left_on is not None:
        return PlannedPupil(pupil, Outcome.GONE)
    choice = choices.pupils.get(pupil.pupil_id, PupilChoice())
    if choice.leaves:
        return PlannedPupil(pupil, Outcome.LEAVES)
    if choice.year_group is None:
        place = _rule(pupil, academic_year)
    else:
        place = placed(pupil.date_of_birth, choice.year_group, academic_year=academic_year)
    if place.problem:
        return PlannedPupil(pupil, Outcome.PROBLEM, reason=place.problem)
    if place.year_group is None:
        return PlannedPupil(pupil, Outcome.LEAVES)
    stays = place.year_group == pupil.year_group
    return PlannedPupil(
        pupil,
        Outcome.STAYS if stays else Outcome.MOVES,
        place.year_group,
        place.is_override,
        _class_of(pupil, place.year_group, choice, choices),
    )


def _class_of(pupil: PupilNow, year_group: int, choice: PupilChoice, choices: YearChoices) -> str:
    """Return the class chosen, or that of the rest; who does not go with them has none yet.

    Who stays in the year group stays in the class, until somebody says otherwise.
    """
    if choice.class_name is not None:
        return choice.class_name
    if year_group == pupil.year_group:
        return pupil.class_name
    if year_group == pupil.year_group + 1:
        return choices.classes.get(pupil.of_class, "")
    return ""


def is_year_choice(year_group: int) -> bool:
    """Whether a pupil can be put into a year group of this number."""
    return min(LABELS) <= year_group <= LAST_YEAR_GROUP
