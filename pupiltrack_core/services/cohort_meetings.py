"""Progress meetings about a year group or class: listing, beginning, reading, taking away.

Whoever may record judgements of a school may keep its meetings; whoever may see its pupils and
assessments may read them. Writing in one is `cohort_meeting_saving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.cohort_meetings import (
    YEAR_GROUPS,
    MeetingContent,
    MeetingHead,
    area_label,
    begin_content,
    every_area,
)
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording, wording_of
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.meeting_figures import MeetingFigures
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.subjects import OwnSubject
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_meeting_entries import Offered, check_head
from pupiltrack_core.services.cohort_meeting_figures import MeetingCohort, load_meeting_cohort
from pupiltrack_core.services.reports import REPORT_MADE, ExportNote
from pupiltrack_core.storage.assessments import AssessmentInfo, find_assessments
from pupiltrack_core.storage.cohort_meetings import MeetingLine as MeetingLine
from pupiltrack_core.storage.cohort_meetings import (
    MeetingText,
    find_cohort_meeting,
    find_cohort_meetings,
    find_meeting_version,
    find_meeting_versions,
    find_names_of_pupils,
    mark_cohort_meeting_deleted,
)
from pupiltrack_core.storage.cohort_meetings import VersionLine as VersionLine
from pupiltrack_core.storage.cohort_meetings import (
    add_cohort_meeting as store_cohort_meeting,
)
from pupiltrack_core.storage.discussion_questions import find_questions
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.report_models import CohortMeeting
from pupiltrack_core.storage.school_subjects import find_school_subjects
from pupiltrack_core.storage.schools import find_classes

MEETING_ADDED = "cohort meeting added"
MEETING_DELETED = "cohort meeting deleted"
MEETING_BROUGHT_BACK = "cohort meeting brought back"
COHORT_MEETING = "cohort meeting"  # what the audit calls a meeting that was taken out
_GONE = (
    "This meeting is not there any more: someone may have deleted it. Nothing was changed. What "
    "you entered is still on this page, to be copied into another one."
)


@dataclass(frozen=True)
class CohortMeetings:
    """The meetings of an academic year, the newest first; `may_change` is whether to offer to."""

    meetings: tuple[MeetingLine, ...]
    may_change: bool


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


def describe_cohort(year_group: int, class_name: str | None, academic_year: int) -> str:
    """Return "Year 4, Robins, 2025/2026"."""
    parts = (LABELS[year_group], class_name, AcademicYear(academic_year).label)
    return ", ".join(part for part in parts if part)


def cohort_meetings(caller: Caller, school_id: int, academic_year: int) -> CohortMeetings:
    """Return the meetings of a school in a year.

    Raise `NotFound` for a school out of reach, `AccessDenied` where the role may not see pupils
    and assessments.
    """
    with caller.begin() as work:
        school = require_reader(work, school_id)
        found = find_cohort_meetings(work.session, school_id, academic_year)
        return CohortMeetings(
            meetings=tuple(sorted(found, key=lambda item: (item.held_on, item.id), reverse=True)),
            may_change=_may_change(work, school),
        )


def start_cohort_meeting(caller: Caller, school_id: int, academic_year: int) -> MeetingChoices:
    """Return what the form for a new meeting offers.

    Raise `AccessDenied` for who may not record judgements, `InvalidEntry` for no academic year,
    else as `cohort_meetings`.
    """
    with caller.begin() as work:
        require_writer(work, school_id)
        return load_choices(work, school_id, academic_year)


def add_cohort_meeting(
    caller: Caller, school_id: int, academic_year: int, head: MeetingHead
) -> int:
    """Begin a meeting and return its id.

    It gets the questions the school asks on its day, for ever, and the figures as they are now.
    Raise `InvalidEntry` with the field at fault, else as `start_cohort_meeting`.
    """
    with caller.begin(write=True, act=True) as work:
        require_writer(work, school_id)
        choices = load_choices(work, school_id, academic_year)
        checked = check_head(head, offered_in(choices))
        asked = find_questions(work.session, school_id, MeetingKind.COHORT)
        questions = [item.description for item in asked if item.is_live(checked.held_on)]
        cohort = _load_cohort(work, school_id, choices, checked)
        number = store_cohort_meeting(
            work.session,
            school_id,
            academic_year,
            MeetingText(begin_content(checked, questions), cohort.figures),
            created_by=work.user_id,
            created_at=work.now,
        )
        work.audit(
            MEETING_ADDED,
            school_id=school_id,
            meeting=number,
            academic_year=academic_year,
            year_group=checked.year_group,
        )
        work.commit()
    return number


def cohort_meeting(
    caller: Caller, school_id: int, meeting_id: int, *, version: int | None = None
) -> CohortMeetingRecord:
    """Return one meeting, as it stands or as it stood at a `version`.

    Raises as `cohort_meetings`, and `NotFound` for one that is not there.
    """
    with caller.begin() as work:
        school = require_reader(work, school_id)
        row = require_meeting(find_cohort_meeting(work.session, school_id, meeting_id))
        return load_record(work, school, row, version=version)


def meeting_versions(caller: Caller, school_id: int, meeting_id: int) -> tuple[VersionLine, ...]:
    """Return every saving of a meeting that is kept, the last first; raises as `cohort_meeting`.

    What one person writes within a quarter of an hour is one of them.
    """
    with caller.begin() as work:
        require_reader(work, school_id)
        row = require_meeting(find_cohort_meeting(work.session, school_id, meeting_id))
        return find_meeting_versions(work.session, row)


def delete_cohort_meeting(
    caller: Caller, school_id: int, meeting_id: int, *, seen: datetime
) -> None:
    """Mark a meeting as deleted; it can be brought back.

    `seen` is when it was saved last as far as the person knows: raise `Conflict` where someone
    wrote in it since, else as `add_cohort_meeting`, and `NotFound` for one that is not there.
    """
    with caller.begin(write=True, act=True) as work:
        require_writer(work, school_id)
        row = require_meeting(
            find_cohort_meeting(work.session, school_id, meeting_id, for_update=True)
        )
        if row.saved_at != seen:
            raise Conflict(
                "Someone wrote in this meeting after it was shown to you. It was not deleted. "
                "Look at it as it is now, and delete it again if it is not wanted.",
                yours=None,
                theirs=None,
                version=row.version,
            )
        mark_cohort_meeting_deleted(work.session, row, work.now)
        work.audit(MEETING_DELETED, school_id=school_id, meeting=meeting_id)
        work.commit()


def bring_back_cohort_meeting(caller: Caller, school_id: int, meeting_id: int) -> None:
    """Bring a deleted meeting back as it was; one that is not deleted stays as it is.

    Raise `NotFound` and `AccessDenied` as `delete_cohort_meeting`.
    """
    with caller.begin(write=True, act=True) as work:
        require_writer(work, school_id)
        row = find_cohort_meeting(work.session, school_id, meeting_id, for_update=True)
        if row is None:
            raise NotFound(_GONE)
        if row.deleted_at is not None:
            mark_cohort_meeting_deleted(work.session, row, None)
            work.audit(MEETING_BROUGHT_BACK, school_id=school_id, meeting=meeting_id)
            work.commit()


def note_cohort_meeting_export(caller: Caller, school_id: int, meeting_id: int) -> ExportNote:
    """Check that the reader may take a meeting away, write it to the audit, say who and when.

    Raises as `cohort_meeting`; the audit row is committed before anything is made.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EXPORT, school_id)
        require_reader(work, school_id)
        require_meeting(find_cohort_meeting(work.session, school_id, meeting_id))
        work.audit(
            REPORT_MADE,
            school_id=school_id,
            what=COHORT_MEETING,
            meeting=meeting_id,
            with_names=True,
        )
        work.commit()
        return ExportNote(by=work.principal.display_name, at=work.now)


# --- what writing in a meeting needs too ----------------------------------------------------------


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
        raise NotFound(_GONE)
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


def offered_in(
    choices: MeetingChoices, *, areas: Iterable[str] = (), pupils: Iterable[int] = ()
) -> Offered:
    """Return the choices as entries are checked against."""
    return Offered(
        academic_year=choices.academic_year,
        assessments={item.id: item.year_groups for item in choices.assessments},
        classes=choices.classes,
        areas=frozenset(areas),
        pupils=frozenset(pupils),
    )


def load_record(
    work: Work, school: School, row: CohortMeeting, *, version: int | None = None
) -> CohortMeetingRecord:
    """Return a meeting, as it stands or as it stood at a `version`.

    Raise `NotFound` for a version that is not there.
    """
    saved = find_meeting_version(work.session, row, row.version if version is None else version)
    if saved is None:
        raise NotFound("There is no such version of this meeting. Choose another.")
    text = MeetingText.read(saved.content)
    choices = load_choices(work, school.id, row.academic_year)
    cohort = _load_cohort(work, school.id, choices, text.content.head)
    missing = text.content.pupil_ids - cohort.pupils.keys()
    others = find_names_of_pupils(work.session, school.id, missing) if missing else {}
    names = {
        **cohort.pupils,
        **{number: f"{surname}, {first}" for number, (surname, first) in others.items()},
    }
    own = {item.subject.value: item for item in find_school_subjects(work.session, school.id)}
    used = {area.key for area in text.content.areas}
    offered = [item.subject for code, item in own.items() if not item.is_archived or code in used]
    (line,) = (
        item for item in find_meeting_versions(work.session, row) if item.version == saved.version
    )
    return CohortMeetingRecord(
        id=row.id,
        academic_year=row.academic_year,
        version=saved.version,
        saved_at=saved.saved_at,
        saved_by=line.saved_by,
        school_name=school.name,
        content=text.content,
        figures=text.figures,
        figures_now=cohort.figures,
        names=dict(sorted(names.items(), key=lambda item: (name_key(item[1]), item[0]))),
        pupils=tuple(cohort.pupils),
        areas=_labels(text.content.head.year_group, offered),
        choices=choices,
        wording=wording_of(school.judgement_wording or {}),
        may_change=_may_change(work, school),
    )


def _load_cohort(
    work: Work, school_id: int, choices: MeetingChoices, head: MeetingHead
) -> MeetingCohort:
    return load_meeting_cohort(work, school_id, choices.academic_year, head, choices.assessments)


def _labels(year_group: int, own: Sequence[OwnSubject]) -> dict[str, str]:
    labels = {subject.value: subject.label for subject in own}
    return {area: area_label(area, labels) for area in every_area(year_group, own)}


def _may_change(work: Work, school: School) -> bool:
    scope = SchoolScope(school.id, school.local_authority_id)
    return may(work.principal, Action.RECORD_JUDGEMENTS, scope)
