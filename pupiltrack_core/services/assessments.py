"""Assessments of a school: choosing, creating and changing them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from pupiltrack_core.access import Action
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.domain.year_groups import LABELS
from pupiltrack_core.errors import Conflict, NotFound
from pupiltrack_core.services.assessment_entries import (
    AssessmentEntry,
    check_entry,
    range_of_test,
)
from pupiltrack_core.services.assessment_marks import EditEffect, effect_of_edit
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.assessments import (
    AssessmentDraft,
    add_assessment,
    find_assessments,
    lock_assessment,
    update_assessment,
)
from pupiltrack_core.storage.assessments import AssessmentInfo as AssessmentInfo
from pupiltrack_core.storage.marks import find_marks
from pupiltrack_core.storage.school_settings import lock_school

ASSESSMENT_CREATED = "assessment created"
ASSESSMENT_CHANGED = "assessment changed"
GONE = "There is no such assessment, or it was deleted. Nothing was changed."
NO_EFFECT = EditEffect()


@dataclass(frozen=True, slots=True)
class EditResult:
    """What became of a change: saved, or to be agreed to first because of its `effect`."""

    is_saved: bool
    effect: EditEffect


def assessments_for(
    caller: Caller,
    school_id: int,
    academic_year: int,
    year_groups: Collection[int] | None = None,
) -> tuple[AssessmentInfo, ...]:
    """Return the assessments of the year, newest first, for any of `year_groups` if given.

    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that may not see them.
    """
    with caller.begin() as work:
        work.require(Action.SEE_ASSESSMENTS, school_id)
        found = find_assessments(work.session, school_id, academic_year)
    if year_groups is None:
        return found
    return tuple(item for item in found if not set(item.year_groups).isdisjoint(year_groups))


def create_assessment(
    caller: Caller,
    *,
    school_id: int,
    academic_year: int,
    name: str,
    held_on: date,
    year_groups: Collection[int],
    subjects: Collection[Subject | str],
    formative_title: str | None = None,
    test_title: str | None = None,
    test_type_id: int | None = None,
    has_phonics: bool = False,
) -> int:
    """Create an assessment and return its id; reading, writing and maths are always in it.

    Raise `InvalidEntry` with the field at fault, among others for a date outside the academic year
    and for an assessment that is there already; `NotFound` and `AccessDenied` as for all services.
    """
    entry = AssessmentEntry(
        name=name,
        held_on=held_on,
        year_groups=year_groups,
        subjects=subjects,
        formative_title=formative_title,
        test_title=test_title,
        test_type_id=test_type_id,
        has_phonics=has_phonics,
    )
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        lock_school(work.session, school_id)
        draft = check_entry(work, school_id, academic_year, entry)
        number = add_assessment(
            work.session,
            school_id,
            academic_year,
            draft,
            created_by=work.user_id,
            created_at=work.now,
        )
        _audit(work, ASSESSMENT_CREATED, school_id, academic_year, number, draft)
        work.commit()
    return number


def edit_assessment(
    caller: Caller,
    *,
    school_id: int,
    assessment_id: int,
    version: int,
    entry: AssessmentEntry,
    agreed: EditEffect = NO_EFFECT,
) -> EditResult:
    """Change an assessment over the `version` that was shown, and say what that does to marks.

    Nothing is saved, and `is_saved` is False, when more marks would go out of sight or lie outside
    the range of the kind of test than was `agreed`. No mark is ever removed. Raise `Conflict` when
    someone else changed the assessment since, with theirs in words and the version to save over;
    `InvalidEntry` as `create_assessment`; `NotFound` when it is not the school's or was deleted.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        lock_school(work.session, school_id)
        row, present = _require_present(work, school_id, assessment_id)
        if present.version != version:
            raise _conflict(present)
        draft = check_entry(work, school_id, row.academic_year, entry, present=present)
        marks = find_marks(work.session, school_id, row.academic_year, assessment_id)
        effect = effect_of_edit(marks, present, _as_changed(work, school_id, present, draft))
        if not effect.is_within(agreed):
            return EditResult(False, effect)
        if not update_assessment(work.session, row, draft, version=version):
            raise _conflict(present)
        _audit(
            work,
            ASSESSMENT_CHANGED,
            school_id,
            row.academic_year,
            assessment_id,
            draft,
            hidden=effect.hidden.marks,
            outside=effect.outside.marks,
        )
        work.commit()
    return EditResult(True, effect)


def describe_assessment(assessment: AssessmentInfo) -> str:
    """Return everything that can be set of an assessment, in words."""
    parts = [
        f"{assessment.name}, {assessment.held_on:%d/%m/%Y}",
        ", ".join(LABELS[group] for group in assessment.year_groups),
        ", ".join(subject.label for subject in assessment.subjects),
    ]
    if assessment.formative_title is not None:
        parts.append(f"formative curriculum: {assessment.formative_title}")
    if assessment.test_title is not None:
        kind = f" ({assessment.test_type.name})" if assessment.test_type else ""
        parts.append(f"test scores: {assessment.test_title}{kind}")
    if assessment.has_phonics:
        parts.append("a phonics column")
    return "; ".join(parts)


def _require_present(
    work: Work, school_id: int, assessment_id: int
) -> tuple[Assessment, AssessmentInfo]:
    row = lock_assessment(work.session, school_id, assessment_id)
    if row is None or row.deleted_at is not None:
        raise NotFound(GONE)
    (present,) = find_assessments(
        work.session, school_id, row.academic_year, assessment_ids=[assessment_id]
    )
    return row, present


def _as_changed(
    work: Work, school_id: int, present: AssessmentInfo, draft: AssessmentDraft
) -> AssessmentInfo:
    return replace(
        present,
        year_groups=draft.year_groups,
        subjects=draft.subjects,
        formative_title=draft.formative_title,
        test_title=draft.test_title,
        has_phonics=draft.has_phonics,
        test_type=range_of_test(work, school_id, draft.test_type_id),
        test_type_id=draft.test_type_id,
    )


def _conflict(theirs: AssessmentInfo) -> Conflict:
    told = describe_assessment(theirs)
    return Conflict(
        "Someone else changed this assessment after it was shown to you. Nothing of yours was "
        f"saved; it is still in the form. It is now: {told}. Save again to put yours in its place, "
        "or cancel to leave theirs.",
        yours=None,
        theirs=told,
        version=theirs.version,
    )


def _audit(
    work: Work,
    action: str,
    school_id: int,
    academic_year: int,
    assessment_id: int,
    draft: AssessmentDraft,
    **more: int,
) -> None:
    work.audit(
        action,
        school_id=school_id,
        assessment=assessment_id,
        academic_year=academic_year,
        year_groups=list(draft.year_groups),
        subjects=len(draft.subjects),
        **more,
    )
