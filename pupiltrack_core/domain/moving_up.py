"""How pupils go from one academic year into the next: year group, class, what goes along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.domain.year_groups import LABELS, PRIMARY, why_not_placed, year_group_by_age

LAST_YEAR_GROUP = max(PRIMARY)
# The summer term is over everywhere by then; before, this year's marks are still being entered,
# and every page would start with a year without any.
_OPENS = (8, 1)
_PREPARED = (6, 1)  # when schools make up the classes of the new year

# What the enrolment of the new year begins with. All that is said of the child goes along, for it
# is as true on 1 September as on 31 August: ethnicity, SEN and its notes, language, meals, premium,
# care, the school's own filters, and the mobility year and term, which say when the child joined
# the school once and for all. Whether the child is included in the data goes along too: the school
# took the child out for a reason, and a summer must not put it back into the figures unseen; the
# pages say how many are left out. What is only of the old year stays with it: the class, the days
# of joining and leaving, and how the record was changed.
CARRIED = (
    "include_in_data",
    *(
        name.value
        for name in PupilField
        if not name.is_of_pupil and name not in (PupilField.CLASS_NAME, PupilField.YEAR_GROUP)
    ),
)


def carried_over(enrolment: object) -> dict[str, object]:
    """Return what a new enrolment begins with, by column, of the `enrolment` that was the last."""
    return {name: getattr(enrolment, name) for name in CARRIED}


@dataclass(frozen=True, slots=True)
class NextPlace:
    """Where a pupil goes: a year group (`is_override`: against its age), or None for leaving.

    `problem` says why the rule alone cannot decide; there is no year group then.
    """

    year_group: int | None
    is_override: bool = False
    problem: str = ""

    @property
    def leaves(self) -> bool:
        """Whether the pupil has come to the end of Year 6."""
        return self.year_group is None and not self.problem


def next_year_group(
    date_of_birth: date, year_group: int, *, is_override: bool, academic_year: AcademicYear
) -> int:
    """Return the year group in `academic_year` of a pupil who was in `year_group` the year before.

    A pupil kept down or put up moves on with the rest of that year group. All others are where
    their date of birth puts them. The answer may lie outside `PRIMARY`.
    """
    return year_group + 1 if is_override else year_group_by_age(date_of_birth, academic_year)


def next_place(
    date_of_birth: date, year_group: int, *, is_override: bool, academic_year: AcademicYear
) -> NextPlace:
    """Return where `next_year_group` takes a pupil; after Year 6 it leaves.

    A date of birth that contradicts the year group the pupil was in is a problem: nobody should
    skip a year, or leave the school, because of a slip of the pen.
    """
    moved = next_year_group(
        date_of_birth, year_group, is_override=is_override, academic_year=academic_year
    )
    if moved != year_group + 1:
        return NextPlace(
            None,
            problem=f"Was in {LABELS[year_group]}, which does not fit the date of birth.",
        )
    if moved > LAST_YEAR_GROUP:
        return NextPlace(None)
    return placed(date_of_birth, moved, academic_year=academic_year)


def placed(date_of_birth: date, year_group: int, *, academic_year: AcademicYear) -> NextPlace:
    """Return the place of a pupil put into `year_group`; too far from its age is a problem."""
    problem = why_not_placed(date_of_birth, year_group, academic_year)
    if problem is not None:
        return NextPlace(None, problem=problem)
    return NextPlace(year_group, year_group != year_group_by_age(date_of_birth, academic_year))


def opens_on(academic_year: AcademicYear) -> date:
    """Return the day from which the pupils may be taken into the academic year."""
    return date(academic_year.start, *_OPENS)


def prepared_from(academic_year: AcademicYear) -> date:
    """Return the day from which there is a use in looking at what the academic year would bring."""
    return date(academic_year.start, *_PREPARED)


def guess_new_class(
    class_name: str, year_group: int, classes: Mapping[str, tuple[int, ...]]
) -> str:
    """Return the class the pupils of one class and year group may go into, "" for no idea.

    `classes` has the year groups of each class of the old year. The younger pupils of a class of
    two years stay in it. A name whose one number is the year's gets the next number: "4B" becomes
    "5B". Else it is the class of the next year group, if there is only one.
    """
    after = year_group + 1
    if after in classes.get(class_name, ()):
        return class_name
    if re.findall(r"\d+", class_name) == [str(year_group)]:
        return re.sub(r"\d+", str(after), class_name)
    now, of_next = (
        sorted((name for name, groups in classes.items() if group in groups), key=name_key)
        for group in (year_group, after)
    )
    if class_name in now and len(now) == len(of_next):
        return of_next[now.index(class_name)]
    return of_next[0] if len(of_next) == 1 else ""
