"""Builders of rows for tests: a school, its pupils, its assessments, one call each.

Every builder takes an open database, commits, and returns the new row's id. All people are made up.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
    JudgementRow,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import (
    Enrolment,
    LocalAuthority,
    MembershipRow,
    Pupil,
    School,
    UserAccount,
    UserSession,
)

NOW = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)
YEAR = 2025
_numbers = itertools.count(1)


def make_authority(database: Database, code: str = "999", name: str = "Demo Authority") -> int:
    """Return the id of the local authority with this number, made if it is not there."""
    with database.unit_of_work(write=True) as work:
        found = work.session.scalar(select(LocalAuthority).where(LocalAuthority.code == code))
        if found is None:
            found = LocalAuthority(code=code, name=name)
            work.session.add(found)
            work.commit()
        return found.id


def make_school(
    database: Database,
    name: str = "Hillside Primary School",
    *,
    laestab: str | None = None,
    local_authority_id: int | None = None,
    **values: Any,
) -> int:
    """Add a school; without `laestab` the next of 9992001, 9992002, ... that is free."""
    authority = local_authority_id or make_authority(database)
    with database.unit_of_work(write=True) as work:
        if laestab is None:
            taken = set(work.session.scalars(select(School.laestab)))
            laestab = next(
                str(number) for number in itertools.count(9992001) if str(number) not in taken
            )
        school = School(local_authority_id=authority, laestab=laestab, name=name, **values)
        work.session.add(school)
        work.commit()
        return school.id


def make_pupil(
    database: Database,
    school_id: int,
    *,
    academic_year: int = YEAR,
    year_group: int = 4,
    pupil: Mapping[str, Any] | None = None,
    **enrolment: Any,
) -> int:
    """Add a pupil enrolled in `academic_year`; `pupil` and the keywords set columns."""
    number = next(_numbers)
    details: dict[str, Any] = {
        "person_key": str(uuid.uuid4()),
        "upn": f"A999200{number:06d}",
        "surname": f"Surname{number:04d}",
        "forenames": f"Forename{number:04d}",
        "date_of_birth": date(academic_year - 4 - year_group, 10, 1),
        "sex": "F",
        "postcode": "ZZ99 3AA",
        **(pupil or {}),
    }
    with database.unit_of_work(write=True) as work:
        row = Pupil(school_id=school_id, **details)
        work.session.add(row)
        work.session.flush()
        work.session.add(
            Enrolment(
                school_id=school_id,
                academic_year=academic_year,
                pupil_id=row.id,
                year_group=year_group,
                **enrolment,
            )
        )
        work.commit()
        return row.id


def make_pupils(database: Database, school_id: int, number: int, **values: Any) -> list[int]:
    """Add `number` pupils that are alike but for their names and UPNs."""
    return [make_pupil(database, school_id, **values) for _ in range(number)]


def make_assessment(
    database: Database,
    school_id: int,
    *,
    academic_year: int = YEAR,
    year_groups: Iterable[int] = (4,),
    subjects: Iterable[str] = CORE_SUBJECTS,
    held_on: date | None = None,
    name: str = "Autumn",
    **values: Any,
) -> int:
    """Add an assessment, held on 15 December of the academic year unless told otherwise."""
    key = {"school_id": school_id, "academic_year": academic_year}
    with database.unit_of_work(write=True) as work:
        row = Assessment(
            **key,
            name=name,
            held_on=held_on or date(academic_year, 12, 15),
            created_at=NOW,
            **values,
        )
        work.session.add(row)
        work.session.flush()
        for year_group in year_groups:
            work.session.add(
                AssessmentYearGroup(**key, assessment_id=row.id, year_group=year_group)
            )
        for subject in subjects:
            work.session.add(AssessmentSubject(**key, assessment_id=row.id, subject=str(subject)))
        work.commit()
        return row.id


def make_judgements(
    database: Database,
    assessment_id: int,
    marks: Mapping[int, Mapping[str, str | None]],
    *,
    kind: str = "tracking",
) -> None:
    """Add cells: {pupil id: {subject: value}}; a value of None is a cell that was cleared."""
    with database.unit_of_work(write=True) as work:
        assessment = work.session.get_one(Assessment, assessment_id)
        for pupil_id, values in marks.items():
            for subject, value in values.items():
                work.session.add(
                    JudgementRow(
                        school_id=assessment.school_id,
                        academic_year=assessment.academic_year,
                        assessment_id=assessment_id,
                        pupil_id=pupil_id,
                        subject=str(subject),
                        kind=kind,
                        value=value,
                        changed_at=NOW,
                    )
                )
        work.commit()


def make_user(
    database: Database,
    role: Role = Role.TEACHER,
    *,
    school_id: int | None = None,
    local_authority_id: int | None = None,
    **values: Any,
) -> int:
    """Add an active account with one role, at a school or (no school) over an authority.

    The password hash is no hash at all: nobody signs in with it.
    """
    number = next(_numbers)
    authority = local_authority_id or make_authority(database)
    details = {
        "user_name": f"user{number}",
        "display_name": f"User {number}",
        "password_hash": "!",
        "status": "active",
        "created_at": NOW,
        **values,
    }
    with database.unit_of_work(write=True) as work:
        if school_id is not None:
            authority = work.session.get_one(School, school_id).local_authority_id
        user = UserAccount(**details)
        work.session.add(user)
        work.session.flush()
        work.session.add(
            MembershipRow(
                user_id=user.id,
                role=str(role),
                local_authority_id=authority,
                school_id=school_id,
            )
        )
        work.commit()
        return user.id


def make_session(
    database: Database, user_id: int, *, now: datetime | None = None, **values: Any
) -> int:
    """Add a live session that lasts twelve hours from `now`, the clock's time by default."""
    start = now or datetime.now(UTC)
    details = {
        "token_hash": uuid.uuid4().hex * 2,
        "created_at": start,
        "last_act_at": start,
        "expires_at": start + timedelta(hours=12),
        **values,
    }
    with database.unit_of_work(write=True) as work:
        session = UserSession(user_id=user_id, **details)
        work.session.add(session)
        work.commit()
        return session.id
