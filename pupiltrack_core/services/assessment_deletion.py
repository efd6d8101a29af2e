"""Deleting an assessment, and bringing it back within thirty days with every mark it had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.assessment_entries import refuse_repeated
from pupiltrack_core.services.assessment_marks import MarkCount, count_marks, marks_in_sight
from pupiltrack_core.services.assessments import GONE
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.assessments import (
    AssessmentDraft,
    AssessmentInfo,
    find_assessments,
    find_deleted_assessments,
    lock_assessment,
    mark_deleted,
)
from pupiltrack_core.storage.marks import find_marks
from pupiltrack_core.storage.school_settings import lock_school

ASSESSMENT_DELETED = "assessment deleted"
ASSESSMENT_BROUGHT_BACK = "assessment brought back"
KEPT_DAYS = 30
_TOO_LATE = (
    f"This assessment is not there to be brought back: it was deleted more than {KEPT_DAYS} days "
    "ago, or brought back already. Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class RestorableAssessment:
    """A deleted assessment that can be brought back for `days_left` more days, today included."""

    assessment: AssessmentInfo
    academic_year: int
    deleted_at: datetime
    days_left: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of a wish to delete: done, or to be agreed to first because of its `marks`."""

    is_done: bool
    marks: MarkCount


def marks_of_assessment(caller: Caller, school_id: int, assessment_id: int) -> MarkCount:
    """Return how many marks deleting the assessment would take out of sight.

    Raise `NotFound` when it is not the school's or was deleted; `AccessDenied`.
    """
    with caller.begin() as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        row = work.session.get(Assessment, assessment_id)
        return _marks(work, school_id, row)


def delete_assessment(
    caller: Caller, *, school_id: int, assessment_id: int, agreed: MarkCount
) -> Deletion:
    """Delete an assessment if it has no more marks in sight than the person `agreed` to.

    Its marks are kept, and come back with it. Raise `NotFound` and `AccessDenied` as
    `marks_of_assessment`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        row = lock_assessment(work.session, school_id, assessment_id)
        marks = _marks(work, school_id, row)
        if row is None or marks.marks > agreed.marks:
            return Deletion(False, marks)
        mark_deleted(work.session, row, work.now)
        work.audit(
            ASSESSMENT_DELETED,
            school_id=school_id,
            assessment=assessment_id,
            academic_year=row.academic_year,
            marks=marks.marks,
            pupils=marks.pupils,
        )
        work.commit()
    return Deletion(True, marks)


def deleted_assessments(caller: Caller, school_id: int) -> tuple[RestorableAssessment, ...]:
    """Return what can be brought back, of any year, last deleted first.

    Raise `NotFound` for a school out of reach, `AccessDenied` for who may not manage assessments.
    """
    with caller.begin() as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        since = work.now - timedelta(days=KEPT_DAYS)
        found = find_deleted_assessments(work.session, school_id, since=since)
        return tuple(
            RestorableAssessment(
                item.assessment,
                item.academic_year,
                item.deleted_at,
                days_left=KEPT_DAYS - (work.now - item.deleted_at).days,
            )
            for item in found
        )


def bring_back_assessment(caller: Caller, *, school_id: int, assessment_id: int) -> AssessmentInfo:
    """Bring a deleted assessment back with its marks, and return it.

    Raise `NotFound` when it is not among `deleted_assessments`, `InvalidEntry` when another has
    its name and date by now, `AccessDenied`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        lock_school(work.session, school_id)
        row = lock_assessment(work.session, school_id, assessment_id)
        since = work.now - timedelta(days=KEPT_DAYS)
        deleted = {
            item.assessment.id: item.assessment
            for item in find_deleted_assessments(work.session, school_id, since=since)
        }
        if row is None or assessment_id not in deleted:
            raise NotFound(_TOO_LATE)
        _refuse_clash(work, school_id, row.academic_year, deleted[assessment_id])
        mark_deleted(work.session, row, None)
        work.audit(
            ASSESSMENT_BROUGHT_BACK,
            school_id=school_id,
            assessment=assessment_id,
            academic_year=row.academic_year,
        )
        (back,) = find_assessments(
            work.session, school_id, row.academic_year, assessment_ids=[assessment_id]
        )
        work.commit()
    return back


def _marks(work: Work, school_id: int, row: Assessment | None) -> MarkCount:
    if row is None or row.school_id != school_id or row.deleted_at is not None:
        raise NotFound(GONE)
    (info,) = find_assessments(work.session, school_id, row.academic_year, assessment_ids=[row.id])
    marks = find_marks(work.session, school_id, row.academic_year, row.id)
    return count_marks(marks_in_sight(marks, info))


def _refuse_clash(work: Work, school_id: int, academic_year: int, item: AssessmentInfo) -> None:
    draft = AssessmentDraft(item.name, item.held_on, item.year_groups, item.subjects)
    refuse_repeated(
        work,
        school_id,
        academic_year,
        draft,
        besides=item.id,
        undone="This one was not brought back. Give that one another name or date first.",
    )
