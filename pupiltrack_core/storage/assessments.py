"""Assessments, the year groups they are for and the subjects they have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.domain.subjects import (
    CORE_SUBJECTS,
    AnySubject,
    OwnSubject,
    in_shown_order,
    is_own_code,
)
from pupiltrack_core.domain.test_ranges import TestRange
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
)
from pupiltrack_core.storage.school_subjects import find_own_subjects
from pupiltrack_core.storage.test_types import find_test_types

_CORE_CODES = frozenset(subject.value for subject in CORE_SUBJECTS)


@dataclass(frozen=True, slots=True)
class AssessmentInfo:
    """An assessment as people choose it; `subjects` in the order shown, year groups ascending.

    A title of None means that the assessment has no such columns. Test scores without a
    `test_type` go from 0 to 999.99. `version` goes up with every change of what stands here.
    """

    id: int
    name: str
    held_on: date
    year_groups: tuple[int, ...]
    subjects: tuple[AnySubject, ...]
    formative_title: str | None
    test_title: str | None
    has_phonics: bool
    test_type: TestRange | None = None
    test_type_id: int | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class DeletedAssessment:
    """An assessment that was deleted, and when; its judgements are still there."""

    assessment: AssessmentInfo
    academic_year: int
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class AssessmentDraft:
    """A checked assessment that is not stored yet."""

    name: str
    held_on: date
    year_groups: tuple[int, ...]
    subjects: tuple[AnySubject, ...]
    formative_title: str | None = None
    test_title: str | None = None
    has_phonics: bool = False
    test_type_id: int | None = None


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
    return _with_parts(session, school_id, {academic_year}, rows)


def find_assessments_by_year(
    session: Session, school_id: int, academic_years: Collection[int]
) -> dict[int, tuple[AssessmentInfo, ...]]:
    """Return what `find_assessments` does for each of the years, in as few queries as for one."""
    rows = session.scalars(
        select(Assessment)
        .where(
            Assessment.school_id == school_id,
            Assessment.academic_year.in_(sorted(academic_years)),
            Assessment.deleted_at.is_(None),
        )
        # The years too in the order of the index, so that nothing is sorted.
        .order_by(Assessment.academic_year.desc(), Assessment.held_on.desc(), Assessment.id.desc())
    ).all()
    found: dict[int, list[AssessmentInfo]] = {year: [] for year in sorted(academic_years)}
    for row, info in zip(rows, _with_parts(session, school_id, academic_years, rows), strict=True):
        found[row.academic_year].append(info)
    return {year: tuple(infos) for year, infos in found.items()}


def find_deleted_assessments(
    session: Session, school_id: int, *, since: datetime
) -> tuple[DeletedAssessment, ...]:
    """Return the school's assessments of any year that were deleted after `since`, last first."""
    rows = session.scalars(
        select(Assessment).where(Assessment.school_id == school_id, Assessment.deleted_at > since)
    ).all()
    years = {row.academic_year for row in rows}
    found = _with_parts(session, school_id, years, rows)
    deleted = [
        DeletedAssessment(info, row.academic_year, row.deleted_at)
        for info, row in zip(found, rows, strict=True)
        if row.deleted_at is not None
    ]
    # Here and not by the database: they are few, and no index has them in this order.
    return tuple(sorted(deleted, key=lambda item: (item.deleted_at, item.assessment.id))[::-1])


def lock_assessment(session: Session, school_id: int, assessment_id: int) -> Assessment | None:
    """Return the school's assessment as it is now, deleted or not, kept from others.

    It is kept until the transaction ends; None where the school has none of this id. Marks can be
    entered in it meanwhile.
    """
    return session.scalar(
        select(Assessment)
        .where(Assessment.id == assessment_id, Assessment.school_id == school_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
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
    row = Assessment(
        school_id=school_id,
        academic_year=academic_year,
        **_own_columns(draft),
        created_by=created_by,
        created_at=created_at,
    )
    session.add(row)
    session.flush()
    _add_parts(session, row, draft)
    return row.id


def update_assessment(
    session: Session, assessment: Assessment, draft: AssessmentDraft, *, version: int
) -> bool:
    """Store the assessment anew, over `version`; return whether it was still at that.

    Judgements stay whatever becomes of the columns they stand in.
    """
    changed = _set(
        session, assessment, version=version, values=_own_columns(draft) | {"version": version + 1}
    )
    if changed:
        for table in (AssessmentYearGroup, AssessmentSubject):
            session.execute(
                delete(table).where(
                    table.school_id == assessment.school_id,
                    table.academic_year == assessment.academic_year,
                    table.assessment_id == assessment.id,
                ),
                execution_options={"synchronize_session": False},
            )
        _add_parts(session, assessment, draft)
    return changed


def mark_deleted(session: Session, assessment: Assessment, deleted_at: datetime | None) -> None:
    """Mark the assessment as deleted at a moment, or as not deleted; its version goes up."""
    version = assessment.version
    _set(
        session,
        assessment,
        version=version,
        values={"deleted_at": deleted_at, "version": version + 1},
    )


def _set(session: Session, assessment: Assessment, *, version: int, values: dict[str, Any]) -> bool:
    result = cast(
        "CursorResult[Any]",
        session.execute(
            update(Assessment)
            .where(
                Assessment.id == assessment.id,
                Assessment.school_id == assessment.school_id,
                Assessment.version == version,
            )
            .values(**values),
            execution_options={"synchronize_session": False},
        ),
    )
    session.expire(assessment)
    return result.rowcount == 1


def _own_columns(draft: AssessmentDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "held_on": draft.held_on,
        "formative_title": draft.formative_title,
        "test_title": draft.test_title,
        "has_phonics": draft.has_phonics,
        "test_type_id": draft.test_type_id,
    }


def _add_parts(session: Session, assessment: Assessment, draft: AssessmentDraft) -> None:
    own = {
        "school_id": assessment.school_id,
        "academic_year": assessment.academic_year,
        "assessment_id": assessment.id,
    }
    session.execute(
        insert(AssessmentYearGroup),
        [own | {"year_group": year_group} for year_group in draft.year_groups],
    )
    session.execute(
        insert(AssessmentSubject),
        [own | {"subject": subject.value} for subject in draft.subjects],
    )


def _with_parts(
    session: Session, school_id: int, academic_years: Collection[int], rows: Iterable[Assessment]
) -> tuple[AssessmentInfo, ...]:
    """Return the assessments with what they are for and have; own subjects are read if there."""
    rows = list(rows)
    if not rows:
        return ()
    year_groups = _read_year_groups(session, school_id, academic_years)
    codes = _read_subjects(session, school_id, academic_years)
    own: dict[str, OwnSubject] = {}
    if any(is_own_code(code) for row in rows for code in codes[row.id]):
        own = find_own_subjects(session, school_id)
    types = _read_test_types(session, school_id, rows)
    return tuple(
        AssessmentInfo(
            id=row.id,
            name=row.name,
            held_on=row.held_on,
            year_groups=tuple(sorted(year_groups[row.id])),
            subjects=in_shown_order(_CORE_CODES.union(codes[row.id]), own),
            formative_title=row.formative_title,
            test_title=row.test_title,
            has_phonics=row.has_phonics,
            test_type=None if row.test_type_id is None else types[row.test_type_id],
            test_type_id=row.test_type_id,
            version=row.version,
        )
        for row in rows
    )


def _read_test_types(
    session: Session, school_id: int, rows: Iterable[Assessment]
) -> dict[int, TestRange]:
    wanted = {row.test_type_id for row in rows if row.test_type_id is not None}
    if not wanted:
        return {}
    found = find_test_types(session, school_id, test_type_ids=wanted)
    return {item.id: item.range for item in found}


def _read_year_groups(
    session: Session, school_id: int, academic_years: Collection[int]
) -> dict[int, list[int]]:
    table = AssessmentYearGroup
    found: dict[int, list[int]] = defaultdict(list)
    for assessment_id, year_group in session.execute(
        select(table.assessment_id, table.year_group).where(
            table.school_id == school_id, table.academic_year.in_(sorted(academic_years))
        )
    ):
        found[assessment_id].append(year_group)
    return found


def _read_subjects(
    session: Session, school_id: int, academic_years: Collection[int]
) -> dict[int, list[str]]:
    table = AssessmentSubject
    found: dict[int, list[str]] = defaultdict(list)
    for assessment_id, subject in session.execute(
        select(table.assessment_id, table.subject).where(
            table.school_id == school_id, table.academic_year.in_(sorted(academic_years))
        )
    ):
        found[assessment_id].append(subject)
    return found
