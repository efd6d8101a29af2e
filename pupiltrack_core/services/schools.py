"""The schools a person can choose from, and the academic years and classes of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pupiltrack_core.access import Action, Place
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.schools import find_academic_years, find_classes, find_schools

_LAESTAB = re.compile(r"([0-9]{3})/?([0-9]{4})")
_NUMBERS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class SchoolChoice:
    """A school within the person's reach; `laestab` is its seven digits.

    `academic_years` are those with enrolments, newest first: the first is the school's current one.
    `custom_filter_names` are the school's own names of the six custom filters, blank when unused.
    """

    school_id: int
    laestab: str
    name: str
    local_authority_id: int
    academic_years: tuple[int, ...]
    custom_filter_names: tuple[str, ...] = ()
    district: str | None = None
    phase: str = ""

    @property
    def place(self) -> Place:
        """The school as a place where roles are held."""
        return Place(self.local_authority_id, self.school_id)

    @property
    def written_laestab(self) -> str:
        """The number as schools write it: "999/2001"."""
        return f"{self.laestab[:3]}/{self.laestab[3:]}"


def schools_for(caller: Caller) -> tuple[SchoolChoice, ...]:
    """Return every school the person has a role at or over, by name; empty for no role."""
    with caller.begin() as work:
        return _schools_in_reach(work)


def school_by_laestab(caller: Caller, laestab: str) -> SchoolChoice:
    """Return the school written "999/2001" or "9992001".

    Raise `NotFound` for a number that is none, of no school, or of a school out of reach.
    """
    match = _LAESTAB.fullmatch(laestab.strip())
    digits = "" if match is None else f"{match[1]}{match[2]}"
    with caller.begin() as work:
        for school in _schools_in_reach(work):
            if school.laestab == digits:
                return school
    raise NotFound("There is no such school, or it is not one of yours.")


def classes(caller: Caller, school_id: int, academic_year: int) -> tuple[str, ...]:
    """Return the names of the classes with pupils that year, numbers in them sorted as numbers.

    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that may not see pupils.
    """
    return tuple(class_year_groups(caller, school_id, academic_year))


def class_year_groups(
    caller: Caller, school_id: int, academic_year: int
) -> dict[str, tuple[int, ...]]:
    """Return the year groups of the pupils of each class; order and errors as in `classes`."""
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
        found = find_classes(work.session, school_id, academic_year)
    return {name: found[name] for name in sorted(found, key=_natural)}


def _schools_in_reach(work: Work) -> tuple[SchoolChoice, ...]:
    principal = work.principal
    schools = find_schools(
        work.session,
        local_authority_ids=principal.local_authority_ids,
        school_ids=principal.school_ids,
    )
    years = find_academic_years(work.session, [school.id for school in schools])
    return tuple(
        SchoolChoice(
            school_id=school.id,
            laestab=school.laestab,
            name=school.name,
            local_authority_id=school.local_authority_id,
            academic_years=years.get(school.id, ()),
            custom_filter_names=tuple(school.custom_filter_names),
            district=school.district,
            phase=school.phase,
        )
        for school in schools
    )


def _natural(name: str) -> list[tuple[int, str]]:
    # "Class 10" after "Class 2": digits compare as numbers and stand before letters.
    return [
        (int(part), "") if _NUMBERS.fullmatch(part) else (10**9, part.casefold())
        for part in _NUMBERS.split(name)
        if part
    ]
