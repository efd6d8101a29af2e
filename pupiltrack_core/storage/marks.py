"""The marks of one assessment as somebody deciding about it needs them: where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.archived_pupils import is_there
from pupiltrack_core.storage.assessment_models import JudgementRow
from pupiltrack_core.storage.models import Enrolment, Pupil


class Mark(NamedTuple):
    """A cell that holds something."""

    pupil_id: int
    year_group: int
    subject: str
    kind: str
    value: str


def find_marks(
    session: Session, school_id: int, academic_year: int, assessment_id: int
) -> Sequence[Mark]:
    """Return every filled cell of the assessment, of pupils there in the year, in no order."""
    cell = JudgementRow
    rows = session.execute(
        select(cell.pupil_id, Enrolment.year_group, cell.subject, cell.kind, cell.value)
        .join(
            Enrolment,
            and_(
                Enrolment.school_id == cell.school_id,
                Enrolment.academic_year == cell.academic_year,
                Enrolment.pupil_id == cell.pupil_id,
            ),
        )
        .join(
            Pupil,
            and_(Pupil.id == Enrolment.pupil_id, Pupil.school_id == Enrolment.school_id),
        )
        .where(
            cell.school_id == school_id,
            cell.academic_year == academic_year,
            cell.assessment_id == assessment_id,
            cell.value.is_not(None),
            is_there(academic_year),
        )
    )
    return [
        Mark(pupil_id, year_group, subject, kind, value)
        for pupil_id, year_group, subject, kind, value in rows
        if value is not None
    ]
