"""A school with one year group of 210 pupils whose grid has 40 columns, in a new database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.services.accounts import create_user
from pupiltrack_core.services.grid_columns import FORMATIVE_SUBJECTS, TEST_SUBJECTS, Kind
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage import schema
from pupiltrack_core.storage.assessment_models import (
    Assessment,
    AssessmentSubject,
    AssessmentYearGroup,
    JudgementRow,
)
from pupiltrack_core.storage.bulk_rows import add_rows
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, LocalAuthority, Pupil, School

PUPILS, COLUMNS = 210, 40
YEAR, YEAR_GROUP, LAESTAB = 2025, 4, "9992001"
ADDRESS = f"school={LAESTAB}&year={YEAR}&years={YEAR_GROUP}&assessment=year"
ENTERER, ADVISER = "enterer", "adviser"
COLLEAGUES = ("colleague1", "colleague2", "colleague3")
CROWD = tuple(f"crowd{number}" for number in range(1, 6))
PASSWORD = secrets.token_urlsafe(16)
_NOW = datetime(2026, 1, 9, 16, 0, tzinfo=UTC)
_SHARE_FILLED = 0.92
# Include in data, 6 statutory results, then 3 formative + 11 judgements + 1 worked out + 4 tests,
# then 3 + 6 + 1 + 4.
_ASSESSMENTS = (
    ("Autumn 2025", date(2025, 12, 12), tuple(Subject)[:11]),
    ("Spring 2026", date(2026, 3, 20), tuple(Subject)[:6]),
)


def make_year_group(path: Path) -> str:
    """Make the database at `path` and return its address."""
    return make_schools(path, {LAESTAB: PUPILS})


def make_schools(path: Path, pupils: Mapping[str, int]) -> str:
    """Make a database of schools of one year group each, by LAESTAB, and return its address."""
    url = f"sqlite:///{path}"
    schema.upgrade(url)
    database = Database.open(url)
    try:
        with database.unit_of_work(write=True) as work:
            authority = LocalAuthority(code=LAESTAB[:3], name="Westmere")
            work.session.add(authority)
            work.session.flush()
            authority_id = authority.id
            ids = [
                _add_school(work.session, authority_id, laestab, count, first=10_000 * at + 1)
                for at, (laestab, count) in enumerate(pupils.items())
            ]
            work.commit()
        people = {
            ENTERER: Membership(Role.DATA_MANAGER, authority_id, ids[0]),
            ADVISER: Membership(Role.LA_ADVISER, authority_id),
        }
        teacher = Membership(Role.TEACHER, authority_id, ids[0])
        people |= dict.fromkeys((*COLLEAGUES, *CROWD), teacher)
        for name, membership in people.items():
            create_user(
                database,
                user_name=name,
                display_name=name.title(),
                password=PASSWORD,
                memberships=[membership],
                hashing=PasswordHashing.FLOOR,
            )
    finally:
        database.dispose()
    return url


def _add_school(
    session: Session, authority_id: int, laestab: str, pupils: int, *, first: int
) -> int:
    school = School(
        local_authority_id=authority_id,
        laestab=laestab,
        name="Alderbrook Primary School",
        class_names=[f"{YEAR_GROUP}{letter}" for letter in "ABCDEFG"],
    )
    session.add(school)
    session.flush()
    numbers = list(range(first, first + pupils))
    _add_pupils(session.connection(), school.id, numbers)
    for at, assessment in enumerate(_ASSESSMENTS):
        _add_assessment(session.connection(), school.id, first + at, assessment, numbers)
    return school.id


def _add_pupils(connection: Connection, school_id: int, numbers: list[int]) -> None:
    add_rows(
        connection,
        Pupil.__table__,
        {
            "id": numbers,
            "school_id": school_id,
            "person_key": [f"person-{number}" for number in numbers],
            "upn": [f"A9992001{number:05}" for number in numbers],
            "upn_is_local": False,
            "surname": [f"Surname{number:03}" for number in numbers],
            "forenames": [f"Forename{number:03}" for number in numbers],
            "date_of_birth": date(YEAR - 4 - YEAR_GROUP, 10, 1),
            "sex": ["FM"[number % 2] for number in numbers],
            "postcode": "ZZ99 3AA",
        },
    )
    add_rows(
        connection,
        Enrolment.__table__,
        {
            "school_id": school_id,
            "academic_year": YEAR,
            "pupil_id": numbers,
            "year_group": YEAR_GROUP,
            "year_override": False,
            "class_name": [f"{YEAR_GROUP}{'ABCDEFG'[number % 7]}" for number in numbers],
            # The first rows, which are typed in, all count: each change then shows in the foot.
            "include_in_data": [number % 70 != 0 for number in numbers],
            "alternative_assessment": False,
            "version": 1,
        },
    )


def _add_assessment(
    connection: Connection,
    school_id: int,
    number: int,
    assessment: tuple[str, date, tuple[Subject, ...]],
    numbers: list[int],
) -> None:
    name, held_on, subjects = assessment
    key: dict[str, Any] = {"school_id": school_id, "academic_year": YEAR}
    add_rows(
        connection,
        Assessment.__table__,
        {
            "id": [number],
            **key,
            "name": name,
            "held_on": held_on,
            "formative_title": "Steps",
            "test_title": "Standardised score",
            "has_phonics": False,
            "created_at": _NOW,
            "version": 1,
        },
    )
    key["assessment_id"] = number
    add_rows(connection, AssessmentYearGroup.__table__, {**key, "year_group": [YEAR_GROUP]})
    codes = sorted({str(item) for item in (*CORE_SUBJECTS, *subjects)})
    add_rows(connection, AssessmentSubject.__table__, {**key, "subject": codes})
    random = np.random.default_rng(number)
    marks = [item.value for item in Judgement]
    columns = [(Kind.TRACKING, subject) for subject in subjects]
    columns += [(Kind.FORMATIVE, subject) for subject in FORMATIVE_SUBJECTS]
    columns += [(Kind.TEST, subject) for subject in TEST_SUBJECTS]
    for kind, subject in columns:
        pupils = [n for n in numbers if random.random() < _SHARE_FILLED]
        values = {
            Kind.TRACKING: [marks[place] for place in random.integers(0, 4, len(pupils))],
            Kind.FORMATIVE: [f"Step {place}" for place in random.integers(1, 9, len(pupils))],
            Kind.TEST: [str(score) for score in random.integers(70, 131, len(pupils))],
        }[kind]
        add_rows(
            connection,
            JudgementRow.__table__,
            {
                **key,
                "pupil_id": pupils,
                "subject": str(subject),
                "kind": str(kind),
                "value": values,
                "version": 1,
                "changed_at": _NOW,
            },
        )
