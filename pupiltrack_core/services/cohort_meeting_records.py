"""A progress meeting about a cohort as it is read: what is stored, and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.cohort_meetings import (
    YEAR_GROUPS,
    MeetingContent,
    MeetingHead,
    area_label,
    every_area,
)
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording, wording_of
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.meeting_figures import MeetingFigures
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.subjects import OwnSubject
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import InvalidEntry, NotFound
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.cohort_meeting_entries import Offered
from pupiltrack_core.services.cohort_meeting_figures import (
    MeetingCohort,
    load_meeting_cohort,
    look_up_meeting_figures,
)
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments
from pupiltrack_core.storage.cohort_meetings import (
    MeetingText,
    find_meeting_version,
    find_meeting_versions,
    find_names_of_pupils,
)
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.report_models import CohortMeeting
from pupiltrack_core.storage.school_subjects import find_school_subjects
from pupiltrack_core.storage.schools import find_classes

GONE = (
    "This meeting is not there any more: someone may have deleted it. Nothing was changed. What "
    "you entered is still on this page, to be copied into another one."
)


@dataclass(frozen=True)
class MeetingChoices:
    """What a meeting of the academic year can be about; assessments stand newest first."""

    academic_year: int
    teacher: str
    day: date
    assessments: tuple[AssessmentInfo, ...]
    classes: Mapping[int, Sequence[str]]

    def assessments_of(self, year_group: int) -> tuple[AssessmentInfo, ...]:
        """Return the assessments of a year group, newest first."""
        return tuple(item for item in self.assessments if year_group in item.year_groups)

    @property
    def offered(self) -> Offered:
        """What the head of a meeting is checked against."""
        return Offered(
            academic_year=self.academic_year,
            assessments={item.id: item.year_groups for item in self.assessments},
            classes=self.classes,
        )


@dataclass(frozen=True)
class CohortMeetingRecord:
    """A meeting as it stands, or as it stood at one saving.

    `names` has every pupil of the cohort and everyone named in it, as they are called now; `pupils`
    are the ids of the cohort by name. `figures` are those looked up for the meeting, and
    `figures_now` what they are at this moment. `assessment` describes the one chosen, whether or
    not it was deleted since; `areas` are what can be talked about, with their labels.
    """

    id: int
    academic_year: int
    version: int
    saved_at: datetime
    saved_by: str | None
    school_name: str
    content: MeetingContent
    figures: MeetingFigures
    figures_now: MeetingFigures
    names: Mapping[int, str]
    pupils: tuple[int, ...]
    areas: Mapping[str, str]
    choices: MeetingChoices
    wording: JudgementWording = STANDARD_WORDING
    may_change: bool = False

    @property
    def cohort(self) -> str:
        """ "Year 4, Robins, 2025/2026"."""
        return describe_cohort(
            self.content.head.year_group, self.content.head.class_name, self.academic_year
        )

    def label_of(self, area: str) -> str:
        """Return the words for an area, a subject archived since too."""
        return self.areas.get(area) or area_label(area, self.areas)


@dataclass(frozen=True)
class StandingMeeting:
    """What is stored of a meeting at one saving, and what it can be about now."""

    text: MeetingText
    choices: MeetingChoices
    cohort: MeetingCohort
    areas: Mapping[str, str]

    @property
    def offered(self) -> Offered:
        """What entries are checked against."""
        return replace(
            self.choices.offered,
            areas=frozenset(self.areas),
            pupils=frozenset(self.cohort.pupils),
        )


def describe_cohort(year_group: int, class_name: str | None, academic_year: int) -> str:
    """Return "Year 4, Robins, 2025/2026"."""
    parts = (LABELS[year_group], class_name, AcademicYear(academic_year).label)
    return ", ".join(part for part in parts if part)


def require_reader(work: Work, school_id: int) -> School:
    """Return the school if the person may read its meetings; raises as `cohort_meetings`."""
    work.require(Action.SEE_PUPILS, school_id)
    return work.require(Action.SEE_ASSESSMENTS, school_id)


def require_writer(work: Work, school_id: int) -> School:
    """Return the school if the person may write in its meetings; raises as `cohort_meetings`."""
    require_reader(work, school_id)
    return work.require(Action.RECORD_JUDGEMENTS, school_id)


def require_meeting(row: CohortMeeting | None) -> CohortMeeting:
    """Return a meeting that is there; raise `NotFound` for none and for a deleted one."""
    if row is None or row.deleted_at is not None:
        raise NotFound(GONE)
    return row


def load_choices(work: Work, school_id: int, academic_year: int) -> MeetingChoices:
    """Return what a meeting of the year can be about; raise `InvalidEntry` for no such year."""
    if not FIRST_START <= academic_year <= LAST_START:
        raise InvalidEntry("There is no such academic year. Nothing was changed.", field="year")
    year = AcademicYear(academic_year)
    classes: dict[int, list[str]] = {group: [] for group in YEAR_GROUPS}
    for name, groups in find_classes(work.session, school_id, academic_year).items():
        for group in groups:
            classes.setdefault(group, []).append(name)
    today = day_in_london(work.now)
    return MeetingChoices(
        academic_year=academic_year,
        teacher=work.principal.display_name,
        day=max(today, year.first_day) if today <= year.last_day else year.last_day,
        assessments=find_assessments(work.session, school_id, academic_year),
        classes=classes,
    )


def load_standing(
    work: Work, school_id: int, row: CohortMeeting, stored: dict[str, Any]
) -> StandingMeeting:
    """Return what `stored`, the content of one saving of the meeting, stands for."""
    text = MeetingText.read(stored)
    choices = load_choices(work, school_id, row.academic_year)
    used = {area.key for area in text.content.areas}
    own = [
        item.subject
        for item in find_school_subjects(work.session, school_id)
        if not item.is_archived or item.subject.value in used
    ]
    return StandingMeeting(
        text=text,
        choices=choices,
        cohort=load_cohort_of(work, school_id, choices, text.content.head),
        areas=_labels(text.content.head.year_group, own),
    )


def load_cohort_of(
    work: Work, school_id: int, choices: MeetingChoices, head: MeetingHead
) -> MeetingCohort:
    """Return the cohort a meeting of the choices' year is about."""
    return load_meeting_cohort(work, school_id, choices.academic_year, head, choices.assessments)


def load_record(
    work: Work, school: School, row: CohortMeeting, *, version: int | None = None
) -> CohortMeetingRecord:
    """Return a meeting, as it stands or as it stood at a `version`.

    Raise `NotFound` for a version that is not there.
    """
    wanted = row.version if version is None else version
    lines = find_meeting_versions(work.session, row)
    line = next((item for item in lines if item.version == wanted), None)
    saved = find_meeting_version(work.session, row, wanted)
    if saved is None or line is None:
        raise NotFound("There is no such version of this meeting. Choose another.")
    standing = load_standing(work, school.id, row, saved.content)
    content, pupils = standing.text.content, standing.cohort.pupils
    missing = content.pupil_ids - pupils.keys()
    others = find_names_of_pupils(work.session, school.id, missing) if missing else {}
    names = {**pupils, **{number: ", ".join(name) for number, name in others.items()}}
    return CohortMeetingRecord(
        id=row.id,
        academic_year=row.academic_year,
        version=line.version,
        saved_at=line.saved_at,
        saved_by=line.saved_by,
        school_name=school.name,
        content=content,
        figures=standing.text.figures,
        figures_now=look_up_meeting_figures(work, standing.cohort),
        names=dict(sorted(names.items(), key=lambda item: (name_key(item[1]), item[0]))),
        pupils=tuple(pupils),
        areas=standing.areas,
        choices=standing.choices,
        wording=wording_of(school.judgement_wording),
        may_change=may_write(work, school),
    )


def _labels(year_group: int, own: Sequence[OwnSubject]) -> dict[str, str]:
    labels = {subject.value: subject.label for subject in own}
    return {area: area_label(area, labels) for area in every_area(year_group, own)}


def may_write(work: Work, school: School) -> bool:
    """Whether the person may write in the meetings of the school."""
    scope = SchoolScope(school.id, school.local_authority_id)
    return may(work.principal, Action.RECORD_JUDGEMENTS, scope)
