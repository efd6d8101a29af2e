"""Reports of many schools at once: which schools, and whether a file made before still holds."""

from __future__ import annotations

from pupiltrack_core.access import Action
from pupiltrack_core.domain.report_batches import BatchRequest
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.schools import SchoolChoice, schools_for
from pupiltrack_core.storage.school_digests import digest_of_school


def schools_of(
    caller: Caller, request: BatchRequest, *, local_authority_id: int | None = None
) -> tuple[SchoolChoice, ...]:
    """Return the schools of a batch within the person's reach, by number.

    With a `local_authority_id` those of this authority alone. Raises `NotFound` for a named school
    out of reach, and where there is none.
    """
    reach = [
        school
        for school in schools_for(caller)
        if local_authority_id in (None, school.local_authority_id)
    ]
    if request.schools:
        missing = set(request.schools) - {school.laestab for school in reach}
        if missing:
            numbers = ", ".join(f"{number[:3]}/{number[3:]}" for number in sorted(missing))
            raise NotFound(
                f"There is no such school, or it is not one of yours: {numbers}. Nothing was made."
            )
    chosen = [
        school
        for school in reach
        if (not request.schools or school.laestab in request.schools)
        and request.district in (None, school.district)
        and request.phase in (None, school.phase)
    ]
    if not chosen:
        raise NotFound("There is no such school. Nothing was made.")
    return tuple(sorted(chosen, key=lambda school: school.laestab))


def inputs_of_school(caller: Caller, school_id: int, laestab: str) -> str:
    """Return a digest of everything the reports of a school are made of.

    Raises `NotFound` for a school out of reach or with another number, as in another database, and
    `AccessDenied` where the role does not let the person export.
    """
    with caller.begin() as work:
        school = work.require(Action.EXPORT, school_id)
        if school.laestab != laestab:
            raise NotFound(
                "This database has another school in its place: it is not the one the batch was "
                "begun with. Nothing was made of this school."
            )
        return digest_of_school(work.session, school_id)
