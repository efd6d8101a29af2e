"""Last year's assessments as this year's, all year groups in one step."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.subjects import AnySubject, OwnSubject
from pupiltrack_core.domain.year_moves import move_date, move_name
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.assessments import (
    AssessmentDraft,
    AssessmentInfo,
    add_assessment,
    find_assessments,
)
from pupiltrack_core.storage.school_settings import lock_school
from pupiltrack_core.storage.school_subjects import find_school_subjects

ASSESSMENTS_COPIED = "assessments copied from last year"


@dataclass(frozen=True, slots=True)
class PlannedCopy:
    """One of last year's assessments, and what it would become.

    `draft` is for the year groups that have none of its name yet; None where every one has.
    `there_already` are the others, and `left_out` the subjects archived since.
    """

    source: AssessmentInfo
    name: str
    draft: AssessmentDraft | None
    there_already: tuple[int, ...]
    left_out: tuple[AnySubject, ...]


@dataclass(frozen=True, slots=True)
class CopyResult:
    """The ids of what was created, and how many of those asked for were there already."""

    created: tuple[int, ...]
    skipped: int


def plan_copies(caller: Caller, school_id: int, academic_year: int) -> tuple[PlannedCopy, ...]:
    """Return what each of last year's assessments would become in `academic_year`, oldest first.

    Nothing is stored. Raise `InvalidEntry` for a year without one before it, `NotFound` for a
    school out of reach, `AccessDenied` for who may not manage assessments.
    """
    year = _year_after_another(academic_year)
    with caller.begin() as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        return _plan(work, school_id, year)


def copy_assessments(
    caller: Caller, school_id: int, academic_year: int, source_ids: Collection[int]
) -> CopyResult:
    """Create copies of the chosen ones of last year's assessments, all of them or none.

    One that is there by now is passed over and counted. Raise `InvalidEntry` for none chosen or
    one that is not among last year's; else as `plan_copies`.
    """
    year = _year_after_another(academic_year)
    wanted = set(source_ids)
    if not wanted:
        raise InvalidEntry("Choose at least one assessment. Nothing was created.", field="copies")
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        lock_school(work.session, school_id)
        planned = [item for item in _plan(work, school_id, year) if item.source.id in wanted]
        if len(planned) < len(wanted):
            raise InvalidEntry(
                "One of these is no longer among last year's assessments. Nothing was created: "
                "look at the list again.",
                field="copies",
            )
        drafts = [item.draft for item in planned if item.draft is not None]
        created = tuple(
            add_assessment(
                work.session,
                school_id,
                year.start,
                draft,
                created_by=work.user_id,
                created_at=work.now,
            )
            for draft in drafts
        )
        result = CopyResult(created, skipped=len(planned) - len(created))
        work.audit(
            ASSESSMENTS_COPIED,
            school_id=school_id,
            academic_year=year.start,
            created=len(created),
            skipped=result.skipped,
        )
        work.commit()
    return result


def _year_after_another(academic_year: int) -> AcademicYear:
    if not FIRST_START < academic_year <= LAST_START:
        raise InvalidEntry("There is no such academic year. Nothing was created.", field="copies")
    return AcademicYear(academic_year)


def _plan(work: Work, school_id: int, year: AcademicYear) -> tuple[PlannedCopy, ...]:
    archived = {
        item.subject.value
        for item in find_school_subjects(work.session, school_id)
        if item.is_archived
    }
    there = find_assessments(work.session, school_id, year.start)
    last_year = find_assessments(work.session, school_id, year.previous.start)
    planned: list[PlannedCopy] = []
    for source in reversed(last_year):
        name = move_name(source.name, year.previous)
        taken = _taken(name, there, source) | _repeated(name, planned, source)
        left_out = tuple(
            item
            for item in source.subjects
            if isinstance(item, OwnSubject) and item.value in archived
        )
        free = tuple(group for group in source.year_groups if group not in taken)
        draft = _moved(source, name, free, left_out) if free else None
        groups = tuple(group for group in source.year_groups if group in taken)
        planned.append(PlannedCopy(source, name, draft, groups, left_out))
    return tuple(planned)


def _taken(name: str, there: Iterable[AssessmentInfo], source: AssessmentInfo) -> set[int]:
    """Return the year groups of `source` that have an assessment of the name, of any date."""
    held = {
        group
        for item in there
        if item.name.casefold() == name.casefold()
        for group in item.year_groups
    }
    return held & set(source.year_groups)


def _repeated(name: str, planned: Iterable[PlannedCopy], source: AssessmentInfo) -> set[int]:
    """Return the year groups for which the same name and date is planned already.

    28 and 29 February fall together in the year after a leap year.
    """
    drafts = [item.draft for item in planned if item.draft is not None]
    return {
        group
        for draft in drafts
        if draft.name.casefold() == name.casefold() and draft.held_on == move_date(source.held_on)
        for group in draft.year_groups
    }


def _moved(
    source: AssessmentInfo,
    name: str,
    year_groups: tuple[int, ...],
    left_out: Collection[AnySubject],
) -> AssessmentDraft:
    return AssessmentDraft(
        name=name,
        held_on=move_date(source.held_on),
        year_groups=year_groups,
        subjects=tuple(item for item in source.subjects if item not in left_out),
        formative_title=source.formative_title,
        test_title=source.test_title,
        has_phonics=source.has_phonics,
        test_type_id=source.test_type_id,
    )
