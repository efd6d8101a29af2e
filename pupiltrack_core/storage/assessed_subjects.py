"""What one pupil was judged at every assessment that was for the pupil's year group."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from pupiltrack_core.domain.assessed_subjects import AssessedSubject
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
    JudgementRow,
)
from pupiltrack_core.storage.models import Enrolment


def find_assessed_subjects(
    session: Session, school_id: int, pupil_id: int, academic_years: Collection[int]
) -> tuple[AssessedSubject, ...]:
    """Return each subject of each assessment for the pupil in these years, judged or not.

    In no order. Deleted assessments are left out; the years make it a look-up by keys.
    """
    rows = session.execute(
        select(
            Assessment.id,
            Assessment.academic_year,
            Assessment.name,
            Assessment.held_on,
            AssessmentSubject.subject,
            JudgementRow.value,
        )
        .select_from(Enrolment)
        .join(
            Assessment,
            and_(
                Assessment.school_id == Enrolment.school_id,
                Assessment.academic_year == Enrolment.academic_year,
            ),
        )
        .join(
            AssessmentYearGroup,
            and_(
                AssessmentYearGroup.school_id == Assessment.school_id,
                AssessmentYearGroup.academic_year == Assessment.academic_year,
                AssessmentYearGroup.assessment_id == Assessment.id,
                AssessmentYearGroup.year_group == Enrolment.year_group,
            ),
        )
        .join(
            AssessmentSubject,
            and_(
                AssessmentSubject.school_id == Assessment.school_id,
                AssessmentSubject.academic_year == Assessment.academic_year,
                AssessmentSubject.assessment_id == Assessment.id,
            ),
        )
        .outerjoin(
            JudgementRow,
            and_(
                JudgementRow.school_id == Assessment.school_id,
                JudgementRow.academic_year == Assessment.academic_year,
                JudgementRow.assessment_id == Assessment.id,
                JudgementRow.pupil_id == Enrolment.pupil_id,
                JudgementRow.subject == AssessmentSubject.subject,
                JudgementRow.kind == "tracking",
            ),
        )
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year.in_(sorted(academic_years)),
            Enrolment.pupil_id == pupil_id,
            Assessment.deleted_at.is_(None),
        )
    )
    return tuple(
        AssessedSubject(
            assessment_id=number,
            academic_year=academic_year,
            name=name,
            held_on=held_on,
            subject=subject,
            judgement=None if value is None else Judgement(value),
        )
        for number, academic_year, name, held_on, subject, value in rows
    )
