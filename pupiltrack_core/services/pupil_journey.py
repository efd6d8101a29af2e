"""Everything a school holds of one child's way through it, in order of time.

There are no points in it and no score of progress: judgements and results stand side by side, for
people to talk about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.journeys import JourneyEvent, JourneyYear, in_order
from pupiltrack_core.domain.judgement_wording import (
    STANDARD_WORDING,
    JudgementWording,
    wording_of,
)
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.journey_events import EventMaker
from pupiltrack_core.services.pupil_access import find_years_of_pupil, require_pupil
from pupiltrack_core.services.pupil_views import write_down_view
from pupiltrack_core.services.reports import REPORT_MADE, ExportNote
from pupiltrack_core.storage.interventions import find_interventions_of_pupil
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_journeys import (
    find_cells_of_pupil,
    find_own_subjects,
    find_results_of_pupil,
    find_school_results_of_pupil,
)
from pupiltrack_core.storage.pupil_meetings import find_meetings_of_pupil

PUPIL_JOURNEY = "pupil journey"  # what the audit calls a journey that was taken out


@dataclass(frozen=True)
class PupilJourney:
    """One child at one school. `years` are those enrolled in, `events` all in order of time."""

    school_id: int
    pupil_id: int
    school_name: str
    surname: str
    forenames: str
    years: tuple[JourneyYear, ...]
    events: tuple[JourneyEvent, ...]
    wording: JudgementWording = STANDARD_WORDING

    @property
    def name(self) -> str:
        """ "Surname, Forenames", as lists write it."""
        return f"{self.surname}, {self.forenames}"

    @property
    def place(self) -> str:
        """ "Year 4, Robins, 2025/2026": where the child is or was last; "" without an enrolment."""
        if not self.years:
            return ""
        last = self.years[-1]
        parts = (LABELS[last.year_group], last.class_name, AcademicYear(last.academic_year).label)
        return ", ".join(part for part in parts if part)


def journey_of(caller: Caller, school_id: int, pupil_id: int) -> PupilJourney:
    """Return what the school holds of a pupil: judgements, scores, results, what was done and said.

    Marks of deleted assessments and cleared cells are left out, and whatever is not about learning.
    Nine queries, each by a key, and what writes the view down. Raise `NotFound` for a pupil of
    another school or an archived one, `AccessDenied` where the role may not see pupils and
    assessments.
    """
    with caller.begin() as work:
        journey = _load(work, school_id, pupil_id)
    write_down_view(caller, school_id, pupil_id)
    return journey


def note_journey_export(caller: Caller, school_id: int, pupil_id: int) -> ExportNote:
    """Check that the reader may take a pupil's journey away, write it to the audit, say who, when.

    Raises as `journey_of`; the audit row holds the pupil's number, and is committed before anything
    is made.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EXPORT, school_id)
        _require_pupil(work, school_id, pupil_id)
        work.audit(
            REPORT_MADE, school_id=school_id, what=PUPIL_JOURNEY, pupil=pupil_id, with_names=True
        )
        work.commit()
        return ExportNote(by=work.principal.display_name, at=work.now)


def _require_pupil(work: Work, school_id: int, pupil_id: int) -> tuple[School, Any]:
    return require_pupil(work, school_id, pupil_id, Action.SEE_PUPILS, Action.SEE_ASSESSMENTS)


def _load(work: Work, school_id: int, pupil_id: int) -> PupilJourney:
    school, pupil = _require_pupil(work, school_id, pupil_id)
    session, key = work.session, (school_id, pupil_id)
    years = find_years_of_pupil(work, *key)
    wording = wording_of(school.judgement_wording)
    making = EventMaker(
        enrolled={year.academic_year: year for year in years},
        own={row.code: (row.label, row.short) for row in find_own_subjects(session, school_id)},
        wording=wording,
    )
    cells = find_cells_of_pupil(session, *key, [year.academic_year for year in years])
    events = [
        *making.assessments(cells),
        *making.statutory(find_results_of_pupil(session, *key)),
        *making.entered(find_school_results_of_pupil(session, *key)),
        *making.interventions(find_interventions_of_pupil(session, *key)),
        *making.meetings(find_meetings_of_pupil(session, *key)),
    ]
    return PupilJourney(
        school_id=school_id,
        pupil_id=pupil_id,
        school_name=school.name,
        surname=pupil.surname,
        forenames=pupil.forenames,
        years=years,
        events=in_order(events),
        wording=wording,
    )
