"""Writing in a progress meeting about a cohort: saved as people type, by several at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pupiltrack_core.domain.cohort_meetings import MeetingContent
from pupiltrack_core.domain.meeting_merging import Clash, merge
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_meeting_entries import check_content
from pupiltrack_core.services.cohort_meeting_figures import look_up_meeting_figures
from pupiltrack_core.services.cohort_meeting_records import (
    load_cohort_of,
    load_standing,
    require_meeting,
    require_writer,
)
from pupiltrack_core.storage.cohort_meetings import (
    MeetingText,
    find_cohort_meeting,
    find_meeting_version,
    update_cohort_meeting,
)
from pupiltrack_core.storage.report_models import CohortMeeting

MEETING_CHANGED = "cohort meeting changed"
FIGURES_LOOKED_UP = "cohort meeting figures looked up"
MINUTES_OF_A_VERSION = 15
_PARTS = ("head", "areas", "barriers", "support", "groups")


@dataclass(frozen=True)
class SavedMeeting:
    """A meeting after a saving: `content` is what stands, `mine` what was sent, tidied.

    Where both changed a value it stays as the other left it, and stands in `clashes`.
    """

    version: int
    saved_at: datetime
    content: MeetingContent
    mine: MeetingContent
    clashes: tuple[Clash, ...] = ()


def save_cohort_meeting(
    caller: Caller,
    school_id: int,
    meeting_id: int,
    *,
    base: MeetingContent,
    mine: MeetingContent,
    act: bool = False,
) -> SavedMeeting:
    """Store what was changed from `base`, which was shown, to `mine`, beside others' changes.

    A saving by a timer is no `act` of the person. Raise `InvalidEntry` with the path of what is
    wrong, `NotFound` for a meeting that is not there, `AccessDenied` for who may not record
    judgements; nothing is stored then.
    """
    with caller.begin(write=True, act=act) as work:
        row = _lock(work, school_id, meeting_id)
        standing = load_standing(work, school_id, row, row.content)
        theirs, offered = standing.text.content, standing.offered
        tidy = check_content(mine, offered, present=theirs)
        merged = merge(base, tidy, theirs)
        # Two additions that are each allowed may be too much together.
        content = check_content(merged.record, offered, present=theirs)
        changed = [name for name in _PARTS if getattr(content, name) != getattr(theirs, name)]
        if changed:
            figures = standing.text.figures
            if _cohort_of(content) != _cohort_of(theirs):
                cohort = load_cohort_of(work, school_id, standing.choices, content.head)
                figures = look_up_meeting_figures(work, cohort)
            _store(work, row, MeetingText(content, figures))
            work.audit(MEETING_CHANGED, school_id=school_id, meeting=meeting_id, fields=changed)
            work.commit()
        return SavedMeeting(row.version, row.saved_at, content, tidy, merged.clashes)


def look_up_figures(caller: Caller, school_id: int, meeting_id: int) -> None:
    """Let the meeting have the figures as they are now; raises as `save_cohort_meeting`."""
    with caller.begin(write=True, act=True) as work:
        row = _lock(work, school_id, meeting_id)
        standing = load_standing(work, school_id, row, row.content)
        figures = look_up_meeting_figures(work, standing.cohort)
        _store(work, row, MeetingText(standing.text.content, figures))
        work.audit(FIGURES_LOOKED_UP, school_id=school_id, meeting=meeting_id)
        work.commit()


def _cohort_of(content: MeetingContent) -> tuple[object, ...]:
    head = content.head
    return (head.year_group, head.class_name, head.assessment_id)


def _lock(work: Work, school_id: int, meeting_id: int) -> CohortMeeting:
    require_writer(work, school_id)
    row = find_cohort_meeting(work.session, school_id, meeting_id, for_update=True)
    return require_meeting(row)


def _store(work: Work, row: CohortMeeting, text: MeetingText) -> None:
    last = find_meeting_version(work.session, row, row.version)
    goes_on = (
        last is not None
        and last.saved_by == work.user_id
        and _quarter(last.saved_at) == _quarter(work.now)
    )
    update_cohort_meeting(
        work.session,
        row,
        text,
        saved_by=work.user_id,
        saved_at=work.now,
        in_place_of=last if goes_on else None,
    )


def _quarter(moment: datetime) -> int:
    return int(moment.timestamp()) // (60 * MINUTES_OF_A_VERSION)
