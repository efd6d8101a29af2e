"""The tables themselves refuse what must not be, whatever the code above them does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from pupiltrack_core.errors import Conflict
from pupiltrack_core.storage.engine import Database
from tests.builders import YEAR, make_assessment, make_pupil, make_school

_ENROLMENT = (
    "INSERT INTO enrolment (school_id, academic_year, pupil_id, year_group, year_override, "
    "include_in_data, alternative_assessment, version) "
    "VALUES (:school, :year, :pupil, 4, FALSE, TRUE, FALSE, 1)"
)
_JUDGEMENT = (
    "INSERT INTO judgement (school_id, academic_year, assessment_id, pupil_id, subject, kind, "
    "value, version, changed_at) "
    "VALUES (:school, :year, :assessment, :pupil, 'READ', 'tracking', 'O', 1, "
    "'2025-11-20 09:00:00')"
)
_RESULT = (
    "INSERT INTO statutory_result (school_id, pupil_id, collection, ending_year, sitting, measure, "
    "value, source, data_status) VALUES (:school, :pupil, 'KS2', 2026, 'main', 'READ', 100, 's', "
    "'final')"
)
_CHANGE = (
    "INSERT INTO cell_change (school_id, academic_year, pupil_id, assessment_id, subject, kind, "
    "value, version) VALUES (:school, :year, :pupil, :assessment, 'READ', 'tracking', 'O', 1)"
)
_OWN_RESULT = (
    "INSERT INTO school_result (school_id, pupil_id, collection, measure, value, version, "
    "changed_at) VALUES (:school, :pupil, 'KS1', 'READ_SCORE', '100', 1, '2025-11-20 09:00:00')"
)
_YEAR_GROUP = (
    "INSERT INTO assessment_year_group (school_id, academic_year, assessment_id, year_group) "
    "VALUES (:school, :year, :assessment, 6)"
)
_SUBJECT = (
    "INSERT INTO assessment_subject (school_id, academic_year, assessment_id, subject) "
    "VALUES (:school, :year, :assessment, 'HIST')"
)


@dataclass(frozen=True)
class Place:
    """One school with a pupil and an assessment."""

    school: int
    pupil: int
    assessment: int

    def row(self, **changed: Any) -> dict[str, Any]:
        own = {"school": self.school, "pupil": self.pupil, "assessment": self.assessment}
        return own | {"year": YEAR} | changed


@pytest.fixture
def places(database: Database) -> tuple[Place, Place]:
    def make() -> Place:
        school = make_school(database)
        return Place(school, make_pupil(database, school), make_assessment(database, school))

    return make(), make()


def _insert(database: Database, statement: str, row: dict[str, Any]) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.execute(text(statement), row)
        work.commit()


@pytest.mark.parametrize(
    ("statement", "foreign"),
    [
        (_ENROLMENT, "pupil"),
        (_JUDGEMENT, "pupil"),
        (_JUDGEMENT, "assessment"),
        (_RESULT, "pupil"),
        (_OWN_RESULT, "pupil"),
        (_CHANGE, "pupil"),
        (_YEAR_GROUP, "assessment"),
        (_SUBJECT, "assessment"),
    ],
)
def test_row_that_mixes_two_schools_is_refused(
    database: Database, places: tuple[Place, Place], statement: str, foreign: str
) -> None:
    ours, theirs = places
    own = ours.row(year=YEAR + 1) if statement == _ENROLMENT else ours.row()
    with pytest.raises(Conflict):
        _insert(database, statement, own | {foreign: getattr(theirs, foreign)})
    _insert(database, statement, own)  # the same row within one school is fine


def test_moving_a_row_to_another_school_is_refused(
    database: Database, places: tuple[Place, Place]
) -> None:
    ours, theirs = places
    _insert(database, _JUDGEMENT, ours.row())
    for table in ("judgement", "enrolment", "pupil", "assessment"):
        with pytest.raises(Conflict):
            _insert(
                database,
                f"UPDATE {table} SET school_id = :theirs WHERE school_id = :ours",  # noqa: S608
                {"ours": ours.school, "theirs": theirs.school},
            )


def test_judgement_of_a_year_the_pupil_was_not_there_is_refused(
    database: Database, places: tuple[Place, Place]
) -> None:
    ours, _ = places
    earlier = make_assessment(database, ours.school, academic_year=YEAR - 1)
    with pytest.raises(Conflict):
        _insert(database, _JUDGEMENT, ours.row(year=YEAR - 1, assessment=earlier))


def test_upn_is_unique_within_a_school_only(
    database: Database, places: tuple[Place, Place]
) -> None:
    ours, theirs = places
    make_pupil(database, ours.school, pupil={"upn": "H999200125001"})
    make_pupil(database, theirs.school, pupil={"upn": "H999200125001"})
    with pytest.raises(Conflict):
        make_pupil(database, ours.school, pupil={"upn": "H999200125001"})


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE judgement SET kind = :value", "other"),
        ("UPDATE pupil SET sex = :value", "X"),
        ("UPDATE statutory_result SET value = NULL, code = :value", None),
    ],
)
def test_value_outside_its_list_is_refused(
    database: Database, places: tuple[Place, Place], statement: str, value: str | None
) -> None:
    ours, _ = places
    _insert(database, _JUDGEMENT, ours.row())
    _insert(database, _RESULT, ours.row())
    with pytest.raises(Conflict):
        _insert(database, statement, {"value": value})


def test_pupil_with_judgements_cannot_be_removed(
    database: Database, places: tuple[Place, Place]
) -> None:
    ours, _ = places
    _insert(database, _JUDGEMENT, ours.row())
    for statement in (
        "DELETE FROM pupil WHERE id = :pupil",
        "DELETE FROM enrolment WHERE pupil_id = :pupil",
        "DELETE FROM assessment WHERE id = :assessment",
    ):
        with pytest.raises(Conflict):
            _insert(database, statement, ours.row())
