"""Progress meetings about a year group or class: listing, beginning, reading, taking away.

Whoever may record judgements of a school may keep its meetings; whoever may see its pupils and
assessments may read them. Writing in one is `cohort_meeting_saving`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pupiltrack_core.access import Action
from pupiltrack_core.domain.cohort_meetings import MeetingHead, begin_content
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_meeting_entries import check_head
from pupiltrack_core.services.cohort_meeting_figures import look_up_meeting_figures
from pupiltrack_core.services.cohort_meeting_records import (
    GONE,
    CohortMeetingRecord,
    MeetingChoices,
    load_choices,
    load_cohort_of,
    load_record,
    may_write,
    require_meeting,
    require_reader,
    require_writer,
)
from pupiltrack_core.services.reports import REPORT_MADE, ExportNote
from pupiltrack_core.storage import cohort_meetings as stored
from pupiltrack_core.storage.cohort_meetings import MeetingLine as MeetingLine
from pupiltrack_core.storage.cohort_meetings import VersionLine as VersionLine
from pupiltrack_core.storage.cohort_meetings import (
    find_cohort_meeting,
    find_cohort_meetings,
    find_meeting_versions,
    mark_cohort_meeting_deleted,
)
from pupiltrack_core.storage.discussion_questions import find_questions

MEETING_ADDED = "cohort meeting added"
MEETING_DELETED = "cohort meeting deleted"
MEETING_BROUGHT_BACK = "cohort meeting brought back"
COHORT_MEETING = "cohort meeting"  # what the audit calls a meeting that was taken out


@dataclass(frozen=True)
class CohortMeetings:
    """The meetings of an academic year, the newest first; `may_change` is whether to offer to."""

    meetings: tuple[MeetingLine, ...]
    may_change: bool


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
            may_change=may_write(work, school),
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
        checked = check_head(head, choices.offered)
        asked = find_questions(work.session, school_id, MeetingKind.COHORT)
        questions = [item.description for item in asked if item.is_live(checked.held_on)]
        figures = look_up_meeting_figures(work, load_cohort_of(work, school_id, choices, checked))
        number = stored.add_cohort_meeting(
            work.session,
            school_id,
            academic_year,
            stored.MeetingText(begin_content(checked, questions), figures),
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
            raise NotFound(GONE)
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
