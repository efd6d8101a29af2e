"""The figures of a cohort that meets: from the one summary, and from the early years profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pupiltrack_core.calc.early_years import ProfileCount, count_profiles
from pupiltrack_core.calc.gaps import split_by
from pupiltrack_core.calc.summary import sort_by_name, summarise_cohort
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.areas_of_learning import GLD
from pupiltrack_core.domain.cohort_meetings import (
    GROUPINGS,
    KNOWN_GROUPS,
    MeetingHead,
    group_code,
)
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.meeting_figures import (
    NO_PROFILE,
    NOT_ASSESSED,
    NOT_REACHED,
    OUTCOME_ROWS,
    REACHED,
    AreaFigures,
    GroupFigures,
    MeetingFigures,
    PointFigures,
)
from pupiltrack_core.domain.statutory import Collection, Sitting
from pupiltrack_core.domain.year_groups import RECEPTION
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.schemas.tallies import tallied_subjects
from pupiltrack_core.services.caller import Work
from pupiltrack_core.storage.assessments import AssessmentInfo
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.school_results import find_entered_results
from pupiltrack_core.storage.statutory_results import find_results_of_pupils

_GROUP = "group"


@dataclass(frozen=True)
class MeetingCohort:
    """The pupils a meeting is about, as a COHORT frame at the assessment `now`, if there is one.

    `before` is the assessment before it in the academic year, of the year group.
    """

    school_id: int
    academic_year: int
    head: MeetingHead
    frame: pd.DataFrame
    now: AssessmentInfo | None
    before: AssessmentInfo | None

    @property
    def pupils(self) -> dict[int, str]:
        """Everyone, included in the data or not, as "Surname, Forenames", by name."""
        ordered = sort_by_name(self.frame)
        rows = zip(
            ordered[columns.PUPIL_ID],
            ordered[columns.SURNAME],
            ordered[columns.FORENAMES],
            strict=True,
        )
        return {int(number): f"{surname}, {forenames}" for number, surname, forenames in rows}


def load_meeting_cohort(
    work: Work,
    school_id: int,
    academic_year: int,
    head: MeetingHead,
    assessments: Sequence[AssessmentInfo],
) -> MeetingCohort:
    """Return the cohort of a meeting, `assessments` being those of the year, newest first.

    An assessment that was deleted since is none.
    """
    mine = [item for item in assessments if head.year_group in item.year_groups]
    places = {item.id: place for place, item in enumerate(mine)}
    place = places.get(head.assessment_id or 0)
    now = None if place is None else mine[place]
    before = None if place is None or place + 1 >= len(mine) else mine[place + 1]
    frame = _load(work, school_id, academic_year, head, now)
    return MeetingCohort(school_id, academic_year, head, frame, now, before)


def look_up_meeting_figures(work: Work, cohort: MeetingCohort) -> MeetingFigures:
    """Return the figures of a cohort as they are now, of those whose data are included."""
    head, year, before = cohort.head, cohort.academic_year, cohort.before
    included = cohort.frame[cohort.frame[columns.INCLUDE_IN_DATA].to_numpy(dtype=bool)]
    profiles = (
        _profiles(work, cohort.school_id, year, included) if head.year_group == RECEPTION else None
    )
    return MeetingFigures(
        taken_at=work.now,
        pupils=len(included),
        now=None if cohort.now is None else _point(cohort.now, included),
        before=(
            None
            if before is None
            else _point(before, _load(work, cohort.school_id, year, head, before))
        ),
        profile=None if profiles is None else _profile_point(year, profiles),
        groups=_group_figures(included, year, profiles, assessed=cohort.now is not None),
    )


def _load(
    work: Work,
    school_id: int,
    academic_year: int,
    head: MeetingHead,
    assessment: AssessmentInfo | None,
) -> pd.DataFrame:
    selection = CohortSelection(
        academic_year=academic_year,
        school_id=school_id,
        years=head.year_group,
        assessment_id=None if assessment is None else assessment.id,
        class_name=head.class_name,
    )
    return load_cohort(work.session, selection)


def _point(assessment: AssessmentInfo, cohort: pd.DataFrame) -> PointFigures:
    return PointFigures(assessment.name, assessment.held_on, _subject_figures(cohort))


def _subject_figures(cohort: pd.DataFrame) -> tuple[AreaFigures, ...]:
    summary = summarise_cohort(cohort, columns.subjects_of(cohort))
    return tuple(
        AreaFigures(
            area=str(line[tallies.SUBJECT]),
            pupils=int(line[summaries.PUPILS]),
            counts={row.value: int(line[row.value]) for row in OUTCOME_ROWS},
        )
        for line in summary.to_dict("records")
    )


def _group_figures(
    included: pd.DataFrame,
    academic_year: int,
    profiles: Mapping[int, Mapping[str, str]] | None,
    *,
    assessed: bool,
) -> tuple[GroupFigures, ...]:
    inside = {
        group_code(grouping.characteristic, value): frame
        for grouping in GROUPINGS
        for value, frame in split_by(included, grouping).items()
    }
    subjects = _subjects_of_groups(inside) if assessed else {}
    ending = AcademicYear(academic_year).ending
    found = []
    for code in KNOWN_GROUPS:
        areas = list(subjects.get(code, ()))
        if profiles is not None:
            theirs = [profiles[int(number)] for number in inside[code][columns.PUPIL_ID]]
            areas += [
                AreaFigures(item.area, item.pupils, {REACHED: item.reached})
                for item in count_profiles(theirs, ending)
            ]
        found.append(GroupFigures(code, tuple(areas)))
    return tuple(found)


def _subjects_of_groups(
    inside: Mapping[str, pd.DataFrame],
) -> dict[str, list[AreaFigures]]:
    """Return how many of each group are on track or deeper, from one summary of them all."""
    subjects = columns.subjects_of(next(iter(inside.values())))
    needed = [columns.INCLUDE_IN_DATA, *subjects]
    everyone = pd.concat(
        [frame[needed].assign(**{_GROUP: code}) for code, frame in inside.items()],
        ignore_index=True,
    )
    summary = summarise_cohort(everyone, subjects, by=[_GROUP])
    counted = {
        (str(line[_GROUP]), str(line[tallies.SUBJECT])): (
            int(line[summaries.PUPILS]),
            int(line[summaries.ON_TRACK_OR_DEEPER]),
        )
        for line in summary.to_dict("records")
    }
    found = {}
    for code in inside:
        of = [(area, *counted.get((code, area), (0, 0))) for area in tallied_subjects(subjects)]
        found[code] = [AreaFigures(area, pupils, {REACHED: count}) for area, pupils, count in of]
    return found


def _profiles(
    work: Work, school_id: int, academic_year: int, cohort: pd.DataFrame
) -> dict[int, dict[str, str]]:
    """Return each pupil's codes by measure, a GLD the school entered where none is official."""
    pupils = [int(number) for number in cohort[columns.PUPIL_ID]]
    ending = AcademicYear(academic_year).ending
    held: dict[int, dict[str, str]] = {number: {} for number in pupils}
    entered = find_entered_results(work.session, school_id, pupil_ids=pupils)
    gld = f"{Collection.EYFSP}:{GLD}"
    for place, cell in entered.items():
        if place.subject == gld and cell.value is not None:
            held[place.pupil_id][GLD] = cell.value
    for row in find_results_of_pupils(work.session, school_id, pupils, until=ending):
        is_profile = row.collection == Collection.EYFSP and row.sitting == Sitting.MAIN
        if is_profile and row.ending_year == ending and row.code is not None:
            held[row.pupil_id][row.measure] = row.code
    return held


def _profile_point(academic_year: int, profiles: Mapping[int, Mapping[str, str]]) -> PointFigures:
    counted = count_profiles(list(profiles.values()), AcademicYear(academic_year).ending)
    return PointFigures(
        Collection.EYFSP.label, None, tuple(_profile_figures(item) for item in counted)
    )


def _profile_figures(counted: ProfileCount) -> AreaFigures:
    counts = {
        REACHED: counted.reached,
        NOT_REACHED: counted.not_reached,
        NOT_ASSESSED: counted.not_assessed,
        NO_PROFILE: counted.no_data,
    }
    return AreaFigures(counted.area, counted.pupils, counts)
