"""Where a cohort is: one school, or schools of a local authority, and what may be shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pupiltrack_core import access
from pupiltrack_core.access import Action
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.storage.report_lookups import find_schools_of_cohort

_FEW = 3  # schools named one by one in the heading of a report


@dataclass(frozen=True, slots=True)
class GroupOfSchools:
    """The schools of an authority that a cohort is of, by id, in the order of their names.

    `name` is what reports are headed with. Whoever `may_see_names` sees every figure and the pupils
    behind it; for others small figures are withheld.
    """

    name: str
    schools: Mapping[int, str]
    may_see_names: bool


def require_group(work: Work, selection: CohortSelection) -> GroupOfSchools:
    """Return the schools of a selection of a local authority, if the person may see them all.

    Raises `NotFound` for another authority or a school that is not one of it, `AccessDenied` where
    the role is not enough, `InvalidEntry` for a selection of one school.
    """
    authority = selection.local_authority_id
    if authority is None:
        raise InvalidEntry("Choose a local authority; nothing was changed.", field="school")
    held = work.require_over_authority(Action.SEE_ALL_SCHOOLS, authority)
    require_filters(work.principal, selection)
    schools = find_schools_of_cohort(work.session, selection)
    if set(selection.school_ids) - set(schools):
        raise NotFound("There is no such school, or it is not one of yours.")
    return GroupOfSchools(
        name=_name_of(held.name, selection, schools),
        schools=schools,
        may_see_names=access.may_over_authority(work.principal, Action.SEE_PUPILS, authority),
    )


def _name_of(authority: str, selection: CohortSelection, schools: Mapping[int, str]) -> str:
    if 0 < len(selection.school_ids) <= _FEW:
        return ", ".join(schools.values())
    parts = [authority]
    if selection.district is not None:
        parts.append(f"district {selection.district}")
    if selection.phase is not None:
        parts.append(f"{selection.phase} schools")
    if len(parts) > 1 or selection.school_ids:
        number = len(schools)
        parts.append("1 school" if number == 1 else f"{number} schools")
    return ", ".join(parts)
