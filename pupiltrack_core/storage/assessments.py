"""Assessments, the year groups they are for and the subjects they have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.storage.models import Assessment, AssessmentSubject, AssessmentYearGroup


@dataclass(frozen=True, slots=True)
class AssessmentInfo:
    """An assessment as people choose it; `subjects` in the order shown, year groups ascending.

    A title of None means that the assessment has no such columns.
    """

    id: int
    name: str
    held_on: date
    year_groups: tuple[int, ...]
    subjects: tuple[Subject, ...]
    formative_title: str | None
    test_title: str | None
    has_phonics: bool


@dataclass(frozen=True, slots=True)
class AssessmentDraft:
    """A checked assessment that is not stored yet."""

    name: str
    held_on: date
    year_groups: tuple[int, ...]
    subjects: tuple[Subject, ...]
    formative_title: str | None = None
    test_title: str | None = None
    has_phonics: bool = False


def find_assessments(
    session: Session,
    school_id: int,
    academic_year: int,
    *,
    assessment_ids: Collection[int] | None = None,
) -> tuple[AssessmentInfo, ...]:
    """Return the school's assessments of that year that are not deleted, newest first.

    Of several on one day the one made last comes first, as in the rule for the latest assessment.
    """
    query = (
        select(Assessment)
        .where(
            Assessment.school_id == school_id,
            Assessment.academic_year == academic_year,
            Assessment.deleted_at.is_(None),
        )
        .order_by(Assessment.held_on.desc(), Assessment.id.desc())
    )
    if assessment_ids is not None:
        query = query.where(Assessment.id.in_(sorted(assessment_ids)))
    rows = session.scalars(query).all()
    year_groups = _read_year_groups(session, school_id, academic_year)
    subjects = _read_subjects(session, school_id, academic_year)
    return tuple(
        AssessmentInfo(
            id=row.id,
            name=row.name,
            held_on=row.held_on,
            year_groups=tuple(sorted(year_groups[row.id])),
            subjects=tuple(
                item for item in Subject if item in CORE_SUBJECTS or item in subjects[row.id]
            ),
            formative_title=row.formative_title,
            test_title=row.test_title,
            has_phonics=row.has_phonics,
        )
        for row in rows
    )


def add_assessment(
    session: Session,
    school_id: int,
    academic_year: int,
    draft: AssessmentDraft,
    *,
    created_by: int | None,
    created_at: datetime,
) -> int:
    """Add an assessment with its year groups and subjects; return its id."""
    key = {"school_id": school_id, "academic_year": academic_year}
    row = Assessment(
        **key,
        name=draft.name,
        held_on=draft.held_on,
        formative_title=draft.formative_title,
        test_title=draft.test_title,
        has_phonics=draft.has_phonics,
        created_by=created_by,
        created_at=created_at,
    )
    session.add(row)
    session.flush()
    own = key | {"assessment_id": row.id}
    session.execute(
        insert(AssessmentYearGroup),
        [own | {"year_group": year_group} for year_group in draft.year_groups],
    )
    session.execute(
        insert(AssessmentSubject),
        [own | {"subject": subject.value} for subject in draft.subjects],
    )
    return row.id


def _read_year_groups(session: Session, school_id: int, academic_year: int) -> dict[int, list[int]]:
    table = AssessmentYearGroup
    found: dict[int, list[int]] = defaultdict(list)
    for assessment_id, year_group in session.execute(
        select(table.assessment_id, table.year_group).where(
            table.school_id == school_id, table.academic_year == academic_year
        )
    ):
        found[assessment_id].append(year_group)
    return found


def _read_subjects(session: Session, school_id: int, academic_year: int) -> dict[int, list[str]]:
    table = AssessmentSubject
    found: dict[int, list[str]] = defaultdict(list)
    for assessment_id, subject in session.execute(
        select(table.assessment_id, table.subject).where(
            table.school_id == school_id, table.academic_year == academic_year
        )
    ):
        found[assessment_id].append(subject)
    return found
