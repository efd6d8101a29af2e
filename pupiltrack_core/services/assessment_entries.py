"""What a person enters of an assessment, checked before it becomes one or changes one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, AnySubject, Subject, in_shown_order
from pupiltrack_core.domain.test_ranges import TestRange
from pupiltrack_core.domain.year_groups import PRIMARY
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.entered_names import required_name, tidy_name
from pupiltrack_core.storage.assessments import AssessmentDraft, AssessmentInfo, find_assessments
from pupiltrack_core.storage.school_subjects import find_school_subjects
from pupiltrack_core.storage.test_types import find_test_types

MAX_NAME, MAX_TITLE = 100, 60
NOT_CREATED, NOT_SAVED = "Nothing was created.", "Nothing was saved."


@dataclass(frozen=True, slots=True)
class AssessmentEntry:
    """An assessment as a form holds it: nothing of it has been checked.

    Subjects are codes; reading, writing and maths need not be among them. A test type without a
    test title counts for nothing.
    """

    name: str
    held_on: date
    year_groups: Collection[int]
    subjects: Collection[Subject | str]
    formative_title: str | None = None
    test_title: str | None = None
    test_type_id: int | None = None
    has_phonics: bool = False


def check_entry(
    work: Work,
    school_id: int,
    academic_year: int,
    entry: AssessmentEntry,
    *,
    present: AssessmentInfo | None = None,
) -> AssessmentDraft:
    """Return the entry as it may be stored; raise `InvalidEntry` with the field at fault.

    `present` is the assessment it changes: that one may keep subjects and a kind of test that have
    been archived since, and its own name and date.
    """
    undone = NOT_CREATED if present is None else NOT_SAVED
    test_title = _title(entry.test_title, "test_title", undone)
    draft = AssessmentDraft(
        name=required_name(
            entry.name,
            field="name",
            longest=MAX_NAME,
            missing="Give the assessment a name.",
            undone=undone,
        ),
        held_on=_held_in(entry.held_on, academic_year, undone),
        year_groups=_known_year_groups(entry.year_groups, undone),
        subjects=_known_subjects(work, school_id, entry.subjects, present, undone),
        formative_title=_title(entry.formative_title, "formative_title", undone),
        test_title=test_title,
        test_type_id=(
            None
            if test_title is None
            else _known_test_type(work, school_id, entry.test_type_id, present, undone)
        ),
        has_phonics=entry.has_phonics,
    )
    refuse_repeated(
        work,
        school_id,
        academic_year,
        draft,
        besides=None if present is None else present.id,
        undone=f"{undone} Open that one, or give this another name.",
    )
    return draft


def range_of_test(work: Work, school_id: int, test_type_id: int | None) -> TestRange | None:
    """Return the range of one of the school's kinds of test; None for none."""
    if test_type_id is None:
        return None
    found = find_test_types(work.session, school_id, test_type_ids=[test_type_id])
    return found[0].range if found else None


def refuse_repeated(
    work: Work,
    school_id: int,
    academic_year: int,
    draft: AssessmentDraft,
    *,
    besides: int | None,
    undone: str,
) -> None:
    """Raise `InvalidEntry` if there is another of this name and date for one of the year groups."""
    for item in find_assessments(work.session, school_id, academic_year):
        same = item.name.casefold() == draft.name.casefold() and item.held_on == draft.held_on
        if item.id != besides and same and not set(item.year_groups).isdisjoint(draft.year_groups):
            raise InvalidEntry(
                f"There is an assessment of this name on {draft.held_on:%d/%m/%Y} already for one "
                f"of these years. {undone}",
                field="name",
            )


def _title(title: str | None, field: str, undone: str) -> str | None:
    return tidy_name(title or "", field=field, longest=MAX_TITLE, undone=undone) or None


def _held_in(held_on: date, academic_year: int, undone: str) -> date:
    if not FIRST_START <= academic_year <= LAST_START:
        raise InvalidEntry(f"There is no such academic year. {undone}", field="held_on")
    year = AcademicYear(academic_year)
    if not year.first_day <= held_on <= year.last_day:
        raise InvalidEntry(
            f"The date must be in the academic year {year.label}: from "
            f"{year.first_day:%d/%m/%Y} to {year.last_day:%d/%m/%Y}. {undone}",
            field="held_on",
        )
    return held_on


def _known_year_groups(year_groups: Collection[int], undone: str) -> tuple[int, ...]:
    if not year_groups:
        raise InvalidEntry(f"Choose at least one year. {undone}", field="year_groups")
    if not set(PRIMARY).issuperset(year_groups):
        raise InvalidEntry(f"There is no such year group. {undone}", field="year_groups")
    return tuple(sorted(set(year_groups)))


def _known_subjects(
    work: Work,
    school_id: int,
    subjects: Collection[Subject | str],
    present: AssessmentInfo | None,
    undone: str,
) -> tuple[AnySubject, ...]:
    wanted = {str(subject) for subject in subjects}
    kept = set() if present is None else {subject.value for subject in present.subjects}
    own = {}
    if wanted - set(Subject):
        own = {
            item.subject.value: item.subject
            for item in find_school_subjects(work.session, school_id)
            if not item.is_archived or item.subject.value in kept
        }
    if not wanted <= {*Subject, *own}:
        raise InvalidEntry(
            f"There is no such subject, or it was archived. {undone}", field="subjects"
        )
    return in_shown_order(wanted.union(CORE_SUBJECTS), own)


def _known_test_type(
    work: Work,
    school_id: int,
    test_type_id: int | None,
    present: AssessmentInfo | None,
    undone: str,
) -> int | None:
    if test_type_id is None:
        return None
    kept = None if present is None else present.test_type_id
    found = find_test_types(work.session, school_id, test_type_ids=[test_type_id])
    if not found or (found[0].is_archived and test_type_id != kept):
        raise InvalidEntry(
            f"There is no such kind of test, or it was archived. {undone}", field="test_type"
        )
    return test_type_id
