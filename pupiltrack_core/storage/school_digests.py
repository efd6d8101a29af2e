"""What a school's reports are made of, as one digest: another digest means other inputs."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
    JudgementRow,
    SchoolResult,
    SchoolSubject,
    StatutoryResult,
    TestType,
)
from pupiltrack_core.storage.models import Enrolment, Pupil, School, SchoolLogo

# Every table of a school that a report reads. The order is part of the digest.
READ = tuple(
    model.__table__
    for model in (
        *(School, SchoolLogo, SchoolSubject, TestType, Pupil, Enrolment),
        *(Assessment, AssessmentYearGroup, AssessmentSubject),
        *(JudgementRow, SchoolResult, StatutoryResult),
    )
)
# Who wrote a row and when is on no report: the same mark typed again is the same report.
_UNREAD = frozenset(
    {"version", "changed_at", "changed_by", "created_at", "created_by", "saved_at", "saved_by"}
)


def digest_of_school(session: Session, school_id: int) -> str:
    """Return the SHA-256, in hexadecimal, of all that a school's reports can be made of."""
    digest = sha256()
    for table in READ:
        assert isinstance(table, Table)  # noqa: S101 - models of tables, which mypy cannot know
        own = table.c.id if table is School.__table__ else table.c.school_id
        columns = [column for column in table.columns if column.name not in _UNREAD]
        query = select(*columns).where(own == school_id).order_by(*table.primary_key.columns)
        digest.update(table.name.encode())
        for row in session.execute(query):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
