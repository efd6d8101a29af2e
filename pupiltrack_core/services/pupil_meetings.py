"""Progress meetings about a pupil: every one is kept, with its own copy of what was asked.

Whoever may record judgements of a school may keep its meetings; whoever may see its pupils and
assessments may read them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from pupiltrack_core.access import Action, SchoolScope, may
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.assessed_subjects import AssessedSubject
from pupiltrack_core.domain.judgement_wording import JudgementWording, wording_of
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.meetings import (
    DatedStandards,
    MeetingKind,
    Question,
    standards_on,
)
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import AccessDenied, Conflict, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.meeting_entries import MeetingEntry, check_meeting, stored_in_words
from pupiltrack_core.services.pupil_access import find_years_of_pupil, require_pupil
from pupiltrack_core.services.reports import REPORT_MADE, ExportNote
from pupiltrack_core.storage.archived_pupils import has_left
from pupiltrack_core.storage.assessed_subjects import find_assessed_subjects
from pupiltrack_core.storage.discussion_questions import find_questions
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.pupil_meetings import MeetingDraft as MeetingDraft
from pupiltrack_core.storage.pupil_meetings import StoredMeeting as StoredMeeting
from pupiltrack_core.storage.pupil_meetings import (
    add_meeting,
    draft_of,
    find_meeting,
    find_meetings_of_pupil,
    find_pupils_with_meetings,
    mark_meeting_deleted,
    update_meeting,
)
from pupiltrack_core.storage.support_models import PupilMeeting

MEETING_ADDED = "pupil meeting added"
MEETING_CHANGED = "pupil meeting changed"
MEETING_DELETED = "pupil meeting deleted"
MEETING_BROUGHT_BACK = "pupil meeting brought back"
PUPIL_MEETING = "pupil meeting"  # what the audit calls a meeting that was taken out
_GONE = (
    "This meeting is not there any more: someone may have deleted it. Nothing was changed. What "
    "you entered is still here, to be copied into a new one."
)


@dataclass(frozen=True)
class PupilMeetings:
    """The meetings about a pupil in order of date; `may_change` is whether to offer to.

    Once the pupil has left the school they are `frozen`: to be read, and no more.
    """

    meetings: tuple[StoredMeeting, ...]
    may_change: bool
    is_frozen: bool = False


@dataclass(frozen=True)
class MeetingRecord:
    """A meeting as it stands, with where the pupil was in school then.

    `place` is like "Year 4, Robins, 2025/2026", as far as it is known. `wording` is what the school
    calls the judgements now.
    """

    id: int
    version: int
    school_name: str
    surname: str
    forenames: str
    place: str
    meeting: MeetingDraft
    wording: JudgementWording

    @property
    def pupil_name(self) -> str:
        """ "Surname, Forenames", as lists write it."""
        return f"{self.surname}, {self.forenames}"


@dataclass(frozen=True)
class MeetingStart:
    """What a new meeting is filled with, for any day, as it was when the form was opened.

    What is deleted or changed meanwhile stays in it: the form's own copy is what is saved. `day` is
    today, or the day nearest to it in the latest year that the pupil is on the roll.
    """

    teacher: str
    day: date
    questions: tuple[Question, ...]
    assessed: tuple[AssessedSubject, ...]
    wording: JudgementWording

    def questions_on(self, day: date) -> tuple[str, ...]:
        """Return the questions that are asked at a meeting of that day."""
        return tuple(item.description for item in self.questions if item.is_live(day))

    def standards_on(self, day: date) -> tuple[DatedStandards, DatedStandards]:
        """Return where the pupil stands on that day, and stood before: (current, previous)."""
        return standards_on(self.assessed, day)


def meetings_of(caller: Caller, school_id: int, pupil_id: int) -> PupilMeetings:
    """Return the meetings about a pupil.

    Raise `NotFound` for a pupil of another school or an archived one, `AccessDenied` where the role
    may not see pupils and assessments.
    """
    with caller.begin() as work:
        school, _ = _require_reader(work, school_id, pupil_id)
        found = find_meetings_of_pupil(work.session, school_id, pupil_id)
        scope = SchoolScope(school_id, school.local_authority_id)
        is_frozen = _has_left(work, school_id, pupil_id)
        return PupilMeetings(
            meetings=tuple(sorted(found, key=lambda item: (item.held_on, item.id))),
            may_change=not is_frozen and may(work.principal, Action.RECORD_JUDGEMENTS, scope),
            is_frozen=is_frozen,
        )


def pupil_meeting(caller: Caller, school_id: int, pupil_id: int, meeting_id: int) -> MeetingRecord:
    """Return one meeting. Raises as `meetings_of`, and `NotFound` for one that is not there."""
    with caller.begin() as work:
        school, pupil = _require_reader(work, school_id, pupil_id)
        row = _present(find_meeting(work.session, school_id, pupil_id, meeting_id))
        return MeetingRecord(
            id=row.id,
            version=row.version,
            school_name=school.name,
            surname=pupil.surname,
            forenames=pupil.forenames,
            place=_place(work, row),
            meeting=draft_of(work.session, row),
            wording=wording_of(school.judgement_wording),
        )


def start_meeting(caller: Caller, school_id: int, pupil_id: int) -> MeetingStart:
    """Return what a form for a new meeting is filled with.

    Raise `NotFound` for a pupil of another school or an archived one, `AccessDenied` for who may
    not record judgements, and for everyone once the pupil has left.
    """
    with caller.begin() as work:
        _require_keeper(work, school_id, pupil_id)
        years = _years(work, school_id, pupil_id)
        return MeetingStart(
            teacher=work.principal.display_name,
            day=_likely_day(day_in_london(work.now), years),
            questions=find_questions(work.session, school_id, MeetingKind.PUPIL),
            assessed=find_assessed_subjects(work.session, school_id, pupil_id, years),
            wording=_wording(work, school_id),
        )


def add_pupil_meeting(caller: Caller, school_id: int, pupil_id: int, entry: MeetingEntry) -> int:
    """Add a meeting about a pupil and return its id.

    The questions are those of the entry, whatever has become of them since. Raise `InvalidEntry`
    with the field at fault, else as `start_meeting`.
    """
    with caller.begin(write=True, act=True) as work:
        _require_keeper(work, school_id, pupil_id)
        number = add_meeting(
            work.session,
            school_id,
            pupil_id,
            check_meeting(entry, _years(work, school_id, pupil_id)),
            created_by=work.user_id,
            created_at=work.now,
        )
        work.audit(MEETING_ADDED, school_id=school_id, pupil=pupil_id, meeting=number)
        work.commit()
    return number


def change_pupil_meeting(
    caller: Caller,
    school_id: int,
    pupil_id: int,
    meeting_id: int,
    entry: MeetingEntry,
    *,
    version: int,
) -> None:
    """Store a meeting anew, over the `version` that was shown; its questions stay as they are.

    Raise `Conflict` where someone else changed it first, whose `theirs` says line by line what
    is stored in the parts that differ; else as `add_pupil_meeting`, and `NotFound` for one that is
    not there.
    """
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, pupil_id, meeting_id)
        present = draft_of(work.session, row)
        years = (*_years(work, school_id, pupil_id), present.academic_year)
        draft = check_meeting(entry, years, present=present)
        changed = draft.changed_from(present)
        if not changed:
            return
        if row.version != version:
            raise Conflict(
                "Someone else changed this meeting after it was shown to you. Nothing was saved; "
                "what you entered is still here. Save again to put it in place of theirs.",
                yours=None,
                theirs="\n".join(
                    stored_in_words(present, draft, changed, wording=_wording(work, school_id))
                ),
                version=row.version,
            )
        update_meeting(work.session, row, draft)
        work.audit(
            MEETING_CHANGED,
            school_id=school_id,
            pupil=pupil_id,
            meeting=meeting_id,
            fields=changed,
        )
        work.commit()


def delete_pupil_meeting(
    caller: Caller, school_id: int, pupil_id: int, meeting_id: int, *, version: int
) -> None:
    """Mark a meeting as deleted; it can be brought back.

    Raise `Conflict` where someone changed it after `version` was shown, else as
    `change_pupil_meeting`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, pupil_id, meeting_id)
        if row.version != version:
            raise Conflict(
                "Someone else changed this meeting after it was shown to you. It was not deleted. "
                "Look at it as it is now, and delete it again if it is not wanted.",
                version=row.version,
            )
        _mark(work, row, MEETING_DELETED)


def bring_back_pupil_meeting(
    caller: Caller, school_id: int, pupil_id: int, meeting_id: int
) -> None:
    """Bring a deleted meeting back as it was; one that is not deleted stays as it is.

    Raise `NotFound` and `AccessDenied` as `delete_pupil_meeting`.
    """
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, pupil_id, meeting_id, even_deleted=True)
        if row.deleted_at is not None:
            _mark(work, row, MEETING_BROUGHT_BACK)


def meetings_held(
    caller: Caller, school_id: int, academic_year: int, pupil_ids: Collection[int]
) -> frozenset[int]:
    """Return those of the pupils about whom there was a meeting in the academic year; one query.

    Pupils of other schools are never among them. Raise `NotFound` for a school out of reach,
    `AccessDenied` where the role may not see pupils.
    """
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
        return find_pupils_with_meetings(work.session, school_id, academic_year, pupil_ids)


def note_meeting_export(
    caller: Caller, school_id: int, pupil_id: int, meeting_id: int
) -> ExportNote:
    """Check that the reader may take a meeting away, write it to the audit, say who and when.

    Raises as `pupil_meeting`; the audit row is committed before anything is made.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.EXPORT, school_id)
        _require_reader(work, school_id, pupil_id)
        _present(find_meeting(work.session, school_id, pupil_id, meeting_id))
        work.audit(
            REPORT_MADE,
            school_id=school_id,
            what=PUPIL_MEETING,
            pupil=pupil_id,
            meeting=meeting_id,
            with_names=True,
        )
        work.commit()
        return ExportNote(by=work.principal.display_name, at=work.now)


def _require_reader(work: Work, school_id: int, pupil_id: int) -> tuple[School, Any]:
    return require_pupil(work, school_id, pupil_id, Action.SEE_PUPILS, Action.SEE_ASSESSMENTS)


def _require_keeper(work: Work, school_id: int, pupil_id: int) -> None:
    require_pupil(work, school_id, pupil_id, Action.RECORD_JUDGEMENTS)
    if _has_left(work, school_id, pupil_id):
        raise AccessDenied(
            "The pupil has left your school, and the meetings stay as they were then. Nothing was "
            "changed."
        )


def _has_left(work: Work, school_id: int, pupil_id: int) -> bool:
    return has_left(work.session, school_id, pupil_id, on=day_in_london(work.now))


def _wording(work: Work, school_id: int) -> JudgementWording:
    return wording_of(work.session.get_one(School, school_id).judgement_wording)


def _years(work: Work, school_id: int, pupil_id: int) -> tuple[int, ...]:
    return tuple(year.academic_year for year in find_years_of_pupil(work, school_id, pupil_id))


def _likely_day(today: date, academic_years: Collection[int]) -> date:
    if not academic_years:
        return today
    latest = AcademicYear(max(academic_years))
    return min(max(today, latest.first_day), latest.last_day)


def _place(work: Work, row: PupilMeeting) -> str:
    label = AcademicYear(row.academic_year).label
    for year in find_years_of_pupil(work, row.school_id, row.pupil_id):
        if year.academic_year == row.academic_year:
            parts = (LABELS[year.year_group], year.class_name, label)
            return ", ".join(part for part in parts if part)
    return label


def _present(row: PupilMeeting | None, *, even_deleted: bool = False) -> PupilMeeting:
    if row is None or (row.deleted_at is not None and not even_deleted):
        raise NotFound(_GONE)
    return row


def _lock(
    work: Work, school_id: int, pupil_id: int, meeting_id: int, *, even_deleted: bool = False
) -> PupilMeeting:
    _require_keeper(work, school_id, pupil_id)
    row = find_meeting(work.session, school_id, pupil_id, meeting_id, for_update=True)
    return _present(row, even_deleted=even_deleted)


def _mark(work: Work, row: PupilMeeting, action: str) -> None:
    mark_meeting_deleted(work.session, row, work.now if action == MEETING_DELETED else None)
    work.audit(action, school_id=row.school_id, pupil=row.pupil_id, meeting=row.id)
    work.commit()
