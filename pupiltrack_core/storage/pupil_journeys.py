"""What a school holds of one pupil, over all academic years: each a query by the pupil's keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there, was_ever_there
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    JudgementRow,
    SchoolResult,
    SchoolSubject,
    StatutoryResult,
)
from pupiltrack_core.storage.models import Enrolment, Pupil


def find_pupil(session: Session, school_id: int, pupil_id: int) -> Any | None:
    """Return surname and forenames of a pupil of the school; None for an unknown one.

    A pupil archived from every year is unknown.

    Columns: surname, forenames.
    """
    return session.execute(
        select(Pupil.surname, Pupil.forenames).where(
            Pupil.school_id == school_id, Pupil.id == pupil_id, was_ever_there()
        )
    ).first()


def find_enrolments_of_pupil(
    session: Session, school_id: int, pupil_id: int, academic_years: Collection[int]
) -> Sequence[Any]:
    """Return the pupil's enrolments among these years; the years make it a look-up by the key.

    Those from which the pupil is archived are left out. Columns: academic_year, year_group,
    class_name; in no order.
    """
    return session.execute(
        select(Enrolment.academic_year, Enrolment.year_group, Enrolment.class_name)
        .join(Pupil, and_(Pupil.school_id == Enrolment.school_id, Pupil.id == Enrolment.pupil_id))
        .where(
            Enrolment.school_id == school_id,
            Enrolment.academic_year.in_(sorted(academic_years)),
            Enrolment.pupil_id == pupil_id,
            is_there(Enrolment.academic_year),
        )
    ).all()


def find_cells_of_pupil(
    session: Session, school_id: int, pupil_id: int, academic_years: Collection[int]
) -> Sequence[Any]:
    """Return the pupil's filled cells at every assessment that is not deleted, in no order.

    Columns: assessment_id, academic_year, name, held_on, formative_title, test_title, kind,
    subject, value.
    """
    return session.execute(
        select(
            Assessment.id.label("assessment_id"),
            Assessment.academic_year,
            Assessment.name,
            Assessment.held_on,
            Assessment.formative_title,
            Assessment.test_title,
            JudgementRow.kind,
            JudgementRow.subject,
            JudgementRow.value,
        )
        .join(
            JudgementRow,
            and_(
                JudgementRow.school_id == Assessment.school_id,
                JudgementRow.academic_year == Assessment.academic_year,
                JudgementRow.assessment_id == Assessment.id,
            ),
        )
        .where(
            Assessment.school_id == school_id,
            Assessment.academic_year.in_(sorted(academic_years)),
            Assessment.deleted_at.is_(None),
            JudgementRow.pupil_id == pupil_id,
            JudgementRow.value.is_not(None),
        )
    ).all()


def find_results_of_pupil(session: Session, school_id: int, pupil_id: int) -> Sequence[Any]:
    """Return every statutory result of the pupil that the school holds, in no order.

    Columns: collection, ending_year, sitting, measure, value, code, data_status.
    """
    return session.execute(
        select(
            StatutoryResult.collection,
            StatutoryResult.ending_year,
            StatutoryResult.sitting,
            StatutoryResult.measure,
            StatutoryResult.value,
            StatutoryResult.code,
            StatutoryResult.data_status,
        ).where(StatutoryResult.school_id == school_id, StatutoryResult.pupil_id == pupil_id)
    ).all()


def find_school_results_of_pupil(session: Session, school_id: int, pupil_id: int) -> Sequence[Any]:
    """Return the results of the pupil that the school entered itself, cleared ones left out.

    Columns: collection, measure, value; in no order.
    """
    return session.execute(
        select(SchoolResult.collection, SchoolResult.measure, SchoolResult.value).where(
            SchoolResult.school_id == school_id,
            SchoolResult.pupil_id == pupil_id,
            SchoolResult.value.is_not(None),
        )
    ).all()


def find_own_subjects(session: Session, school_id: int) -> Sequence[Any]:
    """Return the subjects of the school's own, archived ones too: they stand in older assessments.

    Columns: code, label, short; in no order.
    """
    return session.execute(
        select(SchoolSubject.code, SchoolSubject.label, SchoolSubject.short).where(
            SchoolSubject.school_id == school_id
        )
    ).all()
