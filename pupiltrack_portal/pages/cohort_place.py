"""Which schools a cohort is of, as the filter bar asks for it and the address names them.

One school by its number; all of the local authority, or those of a district, of a phase or both;
or several, ticked one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.schools import SchoolChoice
from pupiltrack_portal.pages.school_choice import find_school, school_options
from pupiltrack_portal.widgets.form import Field

SCHOOL, SCHOOLS, DISTRICT, PHASE = "school", "schools", "district", "phase"
WHOLE_AUTHORITY, SEVERAL = "all", "several"
GROUPS = frozenset({WHOLE_AUTHORITY, SEVERAL})
GROUP_OPTIONS = (
    (WHOLE_AUTHORITY, "All schools of the local authority"),
    (SEVERAL, "Several schools"),
)


def group_query(values: Mapping[str, str], schools: Sequence[SchoolChoice]) -> dict[str, str]:
    """Return what `CohortSelection.from_query` reads of a group of schools.

    `schools` in the values are numbers with commas between them. A district or phase that no
    school has falls away. Raise `NotFound` for a school that is none of `schools`.
    """
    if values.get(SCHOOL) == SEVERAL:
        wanted = [text for text in values.get(SCHOOLS, "").split(",") if text.strip()]
        numbers = (find_school(schools, text).school_id for text in wanted)
        return {"school_ids": ",".join(str(number) for number in numbers)}
    asked = {DISTRICT: values.get(DISTRICT, ""), PHASE: values.get(PHASE, "")}
    known = {DISTRICT: _districts(schools), PHASE: _phases(schools)}
    return {key: text for key, text in asked.items() if text in known[key]}


def require_several(values: Mapping[str, str]) -> None:
    """Raise `InvalidEntry` when several schools are asked for and none is ticked."""
    if values.get(SCHOOL) == SEVERAL and not values.get(SCHOOLS):
        raise InvalidEntry(
            "No school is ticked. Tick the schools to show, or choose all schools; the report on "
            "view is still the one before.",
            field=SCHOOLS,
        )


def schools_in(
    selection: CohortSelection, schools: Iterable[SchoolChoice]
) -> tuple[SchoolChoice, ...]:
    """Return those of the schools that a selection of an authority names one by one."""
    return tuple(school for school in schools if school.school_id in selection.school_ids)


def group_address(
    selection: CohortSelection, schools: Sequence[SchoolChoice], *, several: bool
) -> dict[str, str]:
    """Return the part of the address that says which schools of the authority are on view."""
    if not several:
        return {SCHOOL: WHOLE_AUTHORITY}
    numbers = (school.laestab for school in schools_in(selection, schools))
    return {SCHOOL: SEVERAL, SCHOOLS: ",".join(numbers)}


def group_fields(
    selection: CohortSelection, schools: Sequence[SchoolChoice], *, several: bool
) -> list[Field]:
    """Return the fields that choose among the schools of an authority."""
    if several:
        ticked = tuple(school.laestab for school in schools_in(selection, schools))
        return [Field(SCHOOLS, "Schools", "picks", ticked, school_options(schools))]
    offered = (
        (DISTRICT, "District", selection.district, _districts(schools), "All districts"),
        (PHASE, "Phase", selection.phase, _phases(schools), "All phases"),
    )
    return [
        Field(
            key,
            label,
            "select",
            chosen or "",
            (("", every), *((value, value[:1].upper() + value[1:]) for value in values)),
        )
        for key, label, chosen, values, every in offered
        if len(values) > 1 or chosen
    ]


def _districts(schools: Iterable[SchoolChoice]) -> tuple[str, ...]:
    return tuple(sorted({school.district for school in schools if school.district}))


def _phases(schools: Iterable[SchoolChoice]) -> tuple[str, ...]:
    return tuple(sorted({school.phase for school in schools if school.phase}))
