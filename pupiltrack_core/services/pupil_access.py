"""One pupil of one school, for whoever may do something with the record."""

from __future__ import annotations

from typing import Any

from pupiltrack_core.access import Action
from pupiltrack_core.domain.journeys import JourneyYear
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.entry_columns import is_pupil_id
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_journeys import find_enrolments_of_pupil, find_pupil
from pupiltrack_core.storage.schools import find_academic_years

NO_SUCH_PUPIL = (
    "There is no such pupil at this school, or the record was archived. Choose another pupil."
)


def require_pupil(
    work: Work, school_id: int, pupil_id: int, *actions: Action
) -> tuple[School, Any]:
    """Return the school, and surname and forenames of a pupil with whom all `actions` may be done.

    Raise `NotFound` for a pupil of another school or an archived one, `AccessDenied` where the
    role does not allow one of the actions.
    """
    for action in actions:
        school = work.require(action, school_id)
    pupil = find_pupil(work.session, school_id, pupil_id) if is_pupil_id(pupil_id) else None
    if pupil is None:
        raise NotFound(NO_SUCH_PUPIL)
    return school, pupil


def find_years_of_pupil(work: Work, school_id: int, pupil_id: int) -> tuple[JourneyYear, ...]:
    """Return the academic years in which the pupil is enrolled at the school, earliest first."""
    known = find_academic_years(work.session, [school_id]).get(school_id, ())
    rows = find_enrolments_of_pupil(work.session, school_id, pupil_id, known)
    return tuple(
        JourneyYear(row.academic_year, row.year_group, row.class_name)
        for row in sorted(rows, key=lambda row: int(row.academic_year))
    )
