"""Assessments of a school: choosing and creating them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import FIRST_START, LAST_START, AcademicYear
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import PRIMARY
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.grid_columns import is_plain_text
from pupiltrack_core.storage.assessments import AssessmentDraft, add_assessment, find_assessments
from pupiltrack_core.storage.assessments import AssessmentInfo as AssessmentInfo

ASSESSMENT_CREATED = "assessment created"
MAX_NAME, MAX_TITLE = 100, 60


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
    has_phonics: bool = False,
) -> int:
    """Create an assessment and return its id; reading, writing and maths are always in it.

    Raise `InvalidEntry` with the field at fault, among others for a date outside the academic year
    and for an assessment that is there already; `NotFound` and `AccessDenied` as for all services.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MANAGE_ASSESSMENTS, school_id)
        draft = AssessmentDraft(
            name=_required_name(name),
            held_on=_held_in(held_on, academic_year),
            year_groups=_known_year_groups(year_groups),
            subjects=_known_subjects(subjects),
            formative_title=_title(formative_title, "formative_title"),
            test_title=_title(test_title, "test_title"),
            has_phonics=has_phonics,
        )
        _refuse_repeated(work, school_id, academic_year, draft)
        number = add_assessment(
            work.session,
            school_id,
            academic_year,
            draft,
            created_by=work.user_id,
            created_at=work.now,
        )
        work.audit(
            ASSESSMENT_CREATED,
            school_id=school_id,
            assessment=number,
            academic_year=academic_year,
            year_groups=list(draft.year_groups),
            subjects=len(draft.subjects),
        )
        work.commit()
    return number


# --- checking a new assessment ------------------------------------------------------------------


def _required_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise InvalidEntry("Give the assessment a name. Nothing was created.", field="name")
    return _short(tidy, "name", MAX_NAME)


def _title(title: str | None, field: str) -> str | None:
    tidy = " ".join((title or "").split())
    return _short(tidy, field, MAX_TITLE) if tidy else None


def _short(text: str, field: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidEntry(
            f"This is {len(text)} characters long and may have {longest}. Nothing was created.",
            field=field,
        )
    if not is_plain_text(text):
        raise InvalidEntry(
            "This holds characters that cannot be stored. Nothing was created.", field=field
        )
    return text


def _held_in(held_on: date, academic_year: int) -> date:
    if not FIRST_START <= academic_year <= LAST_START:
        raise InvalidEntry("There is no such academic year. Nothing was created.", field="held_on")
    year = AcademicYear(academic_year)
    if not year.first_day <= held_on <= year.last_day:
        raise InvalidEntry(
            f"The date must be in the academic year {year.label}: from "
            f"{year.first_day:%d/%m/%Y} to {year.last_day:%d/%m/%Y}. Nothing was created.",
            field="held_on",
        )
    return held_on


def _known_year_groups(year_groups: Collection[int]) -> tuple[int, ...]:
    if not year_groups:
        raise InvalidEntry("Choose at least one year. Nothing was created.", field="year_groups")
    if not set(PRIMARY).issuperset(year_groups):
        raise InvalidEntry("There is no such year group. Nothing was created.", field="year_groups")
    return tuple(sorted(set(year_groups)))


def _known_subjects(subjects: Collection[Subject | str]) -> tuple[Subject, ...]:
    wanted = {str(subject) for subject in subjects}
    if not wanted <= {subject.value for subject in Subject}:
        raise InvalidEntry("There is no such subject. Nothing was created.", field="subjects")
    return tuple(item for item in Subject if item in CORE_SUBJECTS or item.value in wanted)


def _refuse_repeated(
    work: Work, school_id: int, academic_year: int, draft: AssessmentDraft
) -> None:
    for item in find_assessments(work.session, school_id, academic_year):
        same = item.name.casefold() == draft.name.casefold() and item.held_on == draft.held_on
        if same and not set(item.year_groups).isdisjoint(draft.year_groups):
            raise InvalidEntry(
                f"There is an assessment of this name on {draft.held_on:%d/%m/%Y} already for one "
                "of these years. Nothing was created: open that one, or give this another name.",
                field="name",
            )
