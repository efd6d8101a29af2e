"""Reading what an address, or the filter bar, asks for: never more than the person may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pupiltrack_core.access import Principal, SchoolScope
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.services.schools import SchoolChoice, class_year_groups
from pupiltrack_portal.pages.applied_filters import CLASS, CUSTOM_KEYS
from pupiltrack_portal.pages.class_walk import class_places
from pupiltrack_portal.pages.cohort_place import (
    DISTRICT,
    GROUPS,
    PHASE,
    SCHOOL,
    SCHOOLS,
    WHOLE_AUTHORITY,
    group_query,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.school_choice import find_school

WHOLE_YEAR = "year"
ENTRY_YEAR_GROUPS = (0, 1, 2, 3, 4, 5, 6)
_SCHOOL_ONLY = frozenset({"assessment", CLASS, *CUSTOM_KEYS})
_PLACE = frozenset({SCHOOL, SCHOOLS, DISTRICT, PHASE})


@dataclass(frozen=True)
class CohortAddress:
    """How one page reads a cohort for one person, among the schools within their reach."""

    context: PageContext
    principal: Principal
    schools: Sequence[SchoolChoice]
    by_year_group: bool = False
    with_authority: bool = False

    @property
    def offers_authority(self) -> bool:
        """Whether schools of the local authority can be chosen together."""
        return self.with_authority and bool(self.principal.local_authority_ids)

    def read(self, values: Mapping[str, str]) -> CohortSelection:
        """Return the cohort asked for; what is left unsaid is filled in as the page starts.

        Raise `InvalidEntry` for nonsense, `NotFound` for a school out of reach, `AccessDenied` for
        pupils chosen by what the person may not see.
        """
        place = values.get(SCHOOL, "")
        if self.offers_authority and not place and len(self.schools) > 1:
            place = WHOLE_AUTHORITY
        if self.offers_authority and place in GROUPS:
            asked = {k: v for k, v in values.items() if v and k not in _SCHOOL_ONLY | _PLACE}
            asked |= group_query({**values, SCHOOL: place}, self.schools)
            selection = CohortSelection.from_query(
                {"year": str(self.years_of(*self.schools)[0]), **asked},
                local_authority_id=self.principal.local_authority_ids[0],
            )
        else:
            school = find_school(self.schools, place) if place else self.schools[0]
            wanted = self._completed({k: v for k, v in values.items() if v}, school)
            selection = CohortSelection.from_query(wanted, school_id=school.school_id)
        require_filters(self.principal, selection, self.scope(selection))
        return selection

    def years_of(self, *schools: SchoolChoice) -> tuple[int, ...]:
        """Return the academic years on record, newest first; this one for schools without any."""
        every = {year for school in schools for year in school.academic_years}
        return tuple(sorted(every, reverse=True)) or (self.context.academic_year_now(),)

    def school(self, school_id: int) -> SchoolChoice:
        """Return one of the person's schools; raise `NotFound` for any other."""
        for school in self.schools:
            if school.school_id == school_id:
                return school
        raise NotFound("There is no such school, or it is not one of yours.")

    def scope(self, selection: CohortSelection) -> SchoolScope | None:
        """Return what permission in the selection's school depends on; None for an authority."""
        if selection.school_id is None:
            return None
        school = self.school(selection.school_id)
        return SchoolScope(school.school_id, school.local_authority_id)

    def _completed(self, asked: Mapping[str, str], school: SchoolChoice) -> dict[str, str]:
        wanted = dict(asked)
        years = self.years_of(school)
        if wanted.get("year") not in {str(year) for year in years}:
            wanted["year"] = str(years[0])
        if "years" not in wanted:
            wanted = self._start(school, int(wanted["year"])) | wanted
        if self.by_year_group and wanted["years"] not in {str(g) for g in ENTRY_YEAR_GROUPS}:
            wanted["years"] = "1"
        ranges = {item.value for item in YearRange}
        if wanted["years"] in ranges or wanted.get("assessment") == WHOLE_YEAR:
            wanted.pop("assessment", None)
        return wanted

    def _start(self, school: SchoolChoice, year: int) -> dict[str, str]:
        """Return what is chosen when nothing is asked for: a class teacher's first own class."""
        own = self.principal.classes_at(school.school_id)
        if own:
            year_groups = class_year_groups(self.context.caller, school.school_id, year)
            for place in class_places(year_groups, ENTRY_YEAR_GROUPS):
                if place.name in own:
                    return {"years": str(place.year_group), CLASS: place.name}
        return {"years": "1" if self.by_year_group else YearRange.ALL_YEARS.value}
