from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Table, select

from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.bulk_rows import add_rows, follow_ids, next_id
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority, Pupil, School
from tests.builders import make_pupil, make_school

ASSESSMENT: Table = Assessment.__table__  # type: ignore[assignment]
PUPIL: Table = Pupil.__table__  # type: ignore[assignment]
SCHOOL: Table = School.__table__  # type: ignore[assignment]


def assessments(school_id: int, **values: Any) -> dict[str, Any]:
    return {
        "id": [1, 2],
        "school_id": school_id,
        "academic_year": 2025,
        "name": ["Autumn", "Spring, Löwe's"],
        "held_on": [date(2025, 12, 1), date(2026, 3, 1)],
        "has_phonics": [True, False],
        "test_title": ["Tests", None],
        "created_at": datetime(2025, 12, 1, 9, 30, tzinfo=UTC),
        "version": 1,
        **values,
    }


def test_add_rows_reads_back_as_any_other_row(database: Database) -> None:
    school_id = make_school(database)
    with database.unit_of_work(write=True) as work:
        assert add_rows(work.session.connection(), ASSESSMENT, assessments(school_id)) == 2
        work.commit()
    with database.unit_of_work() as work:
        first, second = work.session.scalars(select(Assessment).order_by(Assessment.id))
    assert (first.name, first.has_phonics, first.test_title) == ("Autumn", True, "Tests")
    assert first.created_at == datetime(2025, 12, 1, 9, 30, tzinfo=UTC)
    assert (second.name, second.has_phonics, second.test_title) == ("Spring, Löwe's", False, None)
    assert second.held_on == date(2026, 3, 1)
    assert second.deleted_at is None


def test_add_rows_converts_json(database: Database) -> None:
    make_school(database)
    with database.unit_of_work(write=True) as work:
        authority = work.session.scalar(select(LocalAuthority.id))
        add_rows(
            work.session.connection(),
            SCHOOL,
            {
                "id": [70],
                "local_authority_id": authority,
                "laestab": "9993000",
                "name": "Other School",
                "phase": "primary",
                "school_type": "Academy",
                "class_names": [["Oak", "Élan"]],
                "custom_filter_names": [[]],
            },
        )
        assert work.session.get_one(School, 70).class_names == ["Oak", "Élan"]


def test_add_rows_of_nothing(database: Database) -> None:
    with database.unit_of_work(write=True) as work:
        assert add_rows(work.session.connection(), ASSESSMENT, {"id": [], "version": 1}) == 0


@pytest.mark.parametrize("columns", [{"id": [1, 2], "name": ["one"]}, {"id": 1}])
def test_add_rows_refuses_lists_that_do_not_match(
    sqlite_database: Database, columns: dict[str, Any]
) -> None:
    with (
        sqlite_database.unit_of_work(write=True) as work,
        pytest.raises(ValueError, match="one length"),
    ):
        add_rows(work.session.connection(), ASSESSMENT, columns)


def test_ids_go_on_after_those_that_were_given(database: Database) -> None:
    school_id = make_school(database)
    first = make_pupil(database, school_id)
    with database.unit_of_work(write=True) as work:
        connection = work.session.connection()
        assert next_id(connection, PUPIL) == first + 1
        assert next_id(connection, ASSESSMENT) == 1
        add_rows(
            connection,
            PUPIL,
            {
                "id": [first + 50],
                "school_id": school_id,
                "person_key": "p",
                "upn": "X",
                "upn_is_local": True,
                "surname": "S",
                "forenames": "F",
                "date_of_birth": date(2016, 1, 1),
                "sex": "F",
                "postcode": "ZZ1 1AA",
            },
        )
        follow_ids(connection, [PUPIL])
        work.commit()
    assert make_pupil(database, school_id) == first + 51
