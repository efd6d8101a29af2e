"""Searching a school's pupils: one rule for the list and for the grid of many pupils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pupiltrack_core.access import SchoolScope
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_grid import find_pupils_under
from pupiltrack_core.storage.pupil_records import find_pupils_of_year


@dataclass(frozen=True, slots=True)
class PupilSearch:
    """What is searched for; what is left blank is not.

    `surname` and `upn` are found anywhere in the name or number, whatever the capitals; a search
    without accents finds names with them.
    """

    surname: str = field(default="", repr=False)
    upn: str = field(default="", repr=False)
    class_name: str | None = None
    year_group: int | None = None
    characteristics: tuple[tuple[Characteristic, str], ...] = ()


def find_searched(
    work: Work, school: School, academic_year: int, search: PupilSearch
) -> Sequence[Any]:
    """Return the rows of `find_pupils_of_year` that are searched for, by surname and forenames.

    Raise `InvalidEntry` for a characteristic or an academic year that cannot be chosen, and
    `AccessDenied` for pupils searched for by what the person may not see.
    """
    session, filters = work.session, search.characteristics
    under: set[int] | None = None
    if filters:
        chosen = CohortSelection(academic_year, school_id=school.id, characteristics=filters)
        scope = SchoolScope(school.id, school.local_authority_id)
        require_filters(work.principal, chosen, scope)
        under = find_pupils_under(session, school.id, academic_year, filters)
    found = find_pupils_of_year(
        session,
        school.id,
        academic_year,
        class_name=search.class_name,
        year_group=search.year_group,
    )
    name, upn = name_key(search.surname), "".join(search.upn.split()).upper()
    kept = [
        row
        for row in found
        if (under is None or row.pupil_id in under)
        and (not name or name in name_key(row.surname))
        and upn in row.upn
    ]
    kept.sort(key=lambda row: (name_key(row.surname), name_key(row.forenames), row.pupil_id))
    return kept
