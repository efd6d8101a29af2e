"""Everything a school assessed in a year, on both databases: whose, in which order, for whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from pupiltrack_core.access import Role
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.year_groups import YearRange
from pupiltrack_core.errors import AccessDenied, NotFound, NotSignedIn
from pupiltrack_core.services.all_data import load_all_data
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserSession
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_authority,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)

AUTUMN, SPRING = date(YEAR, 12, 1), date(YEAR + 1, 3, 20)


def caller_of(database: Database, role: Role, **place: int) -> Caller:
    return Caller.for_session(database, make_session(database, make_user(database, role, **place)))


@pytest.fixture
def school_id(database: Database) -> int:
    return make_school(database)


@pytest.fixture
def head(database: Database, school_id: int) -> Caller:
    return caller_of(database, Role.HEAD, school_id=school_id)


def named(database: Database, school_id: int, surname: str, **values) -> int:
    return make_pupil(database, school_id, pupil={"surname": surname}, **values)


def judge(database: Database, assessment: int, *pupils: int, value: str = "O") -> None:
    marks = {subject.value: value for subject in CORE_SUBJECTS}
    make_judgements(database, assessment, dict.fromkeys(pupils, marks))


def order_of(data) -> dict[int, list[str]]:
    return {year.year_group: [item.name for item in year.grid.assessments] for year in data.years}


def test_all_data_has_assessments_by_year_group_then_date(database, school_id, head) -> None:
    for year_group in (2, 1, 6):
        make_pupil(database, school_id, year_group=year_group)
    make_assessment(database, school_id, year_groups=[1, 2], held_on=SPRING, name="Spring")
    make_assessment(database, school_id, year_groups=[2], held_on=AUTUMN, name="Autumn 2")
    make_assessment(database, school_id, year_groups=[1], held_on=AUTUMN, name="Autumn 1")
    assert order_of(load_all_data(head, school_id, YEAR)) == {
        1: ["Autumn 1", "Spring"],
        2: ["Autumn 2", "Spring"],
        6: [],
    }


def test_all_data_has_the_pupils_of_all_years_and_of_reception_if_assessed(
    database, school_id, head
) -> None:
    for year_group in (-1, 0, 1, 6):
        make_pupil(database, school_id, year_group=year_group)
    make_assessment(database, school_id, year_groups=[1])
    assert [year.year_group for year in load_all_data(head, school_id, YEAR).years] == [1, 6]
    make_assessment(database, school_id, year_groups=[0, 1], name="Early")
    data = load_all_data(head, school_id, YEAR)
    assert [year.year_group for year in data.years] == [0, 1, 6]
    assert [year.is_counted for year in data.years] == [False, True, True]
    assert data.of_six_years == 2


def test_all_data_holds_each_pupil_s_own_cells(database, school_id, head) -> None:
    both = make_assessment(database, school_id, year_groups=[1, 2])
    younger = named(database, school_id, "Young", year_group=1)
    older = named(database, school_id, "Old", year_group=2)
    judge(database, both, younger, value="B")
    judge(database, both, older, value="D")
    make_judgements(database, both, {older: {"MATH": "104"}}, kind="test")
    data = load_all_data(head, school_id, YEAR)
    for year, pupil, value in zip(data.years, (younger, older), "BD", strict=True):
        assert list(year.grid.pupils["pupil_id"]) == [pupil]
        assert year.grid.cells[pupil, f"{both}:tracking:READ"] == (value, 1, None)
    # the assessment has no test scores: what was once entered is not a column
    assert (older, f"{both}:test:MATH") not in data.years[1].grid.cells


def test_all_data_counts_the_pupils_the_full_report_counts(database, school_id, head) -> None:
    assessment = make_assessment(database, school_id, year_groups=[3], held_on=SPRING)
    pupils = [make_pupil(database, school_id, year_group=3) for _ in range(3)]
    judge(database, assessment, *pupils)
    make_pupil(database, school_id, year_group=3, left_on=SPRING - timedelta(days=1))
    make_pupil(database, school_id, year_group=3, left_on=SPRING)
    make_pupil(database, school_id, year_group=5, include_in_data=False)
    make_pupil(database, school_id, year_group=5)
    make_pupil(database, school_id, year_group=5, pupil={"archived_from": 0})
    data = load_all_data(head, school_id, YEAR)
    report = full_report(head, data.selection)
    assert data.selection.years is YearRange.ALL_YEARS
    assert set(report.summary["pupils"]) == {5} == {data.of_six_years}
    assert [len(year.grid.pupils) for year in data.years] == [4, 2]


def test_all_data_leaves_out_what_is_deleted_of_another_year_or_school(
    database, school_id, head
) -> None:
    make_pupil(database, school_id, year_group=1)
    make_pupil(database, school_id, year_group=1, academic_year=YEAR - 1)
    gone = make_assessment(database, school_id, year_groups=[1], name="Gone")
    make_assessment(database, school_id, year_groups=[1], name="Last", academic_year=YEAR - 1)
    make_assessment(database, make_school(database), year_groups=[1], name="Elsewhere")
    with database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, gone).deleted_at = NOW
        work.commit()
    data = load_all_data(head, school_id, YEAR)
    assert order_of(data) == {1: []}
    assert len(data.years[0].grid.pupils) == 1


def test_all_data_of_a_year_without_pupils_is_empty(school_id, head) -> None:
    data = load_all_data(head, school_id, YEAR)
    assert (data.years, data.of_six_years) == ((), 0)
    assert data.school_name == "Hillside Primary School"


def test_all_data_takes_as_many_queries_for_many_assessments(database, school_id, head) -> None:
    def count() -> int:
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            sent.append(statement)

        event.listen(database.reader, "before_cursor_execute", note)
        try:
            load_all_data(head, school_id, YEAR)
        finally:
            event.remove(database.reader, "before_cursor_execute", note)
        return len(sent)

    for year_group in range(7):
        make_pupil(database, school_id, year_group=year_group)
    make_assessment(database, school_id, year_groups=range(7))
    before = count()
    for number in range(5):
        make_assessment(database, school_id, year_groups=range(7), name=f"Extra {number}")
    assert count() == before


@pytest.mark.parametrize("role", [Role.TEACHER, Role.HEAD, Role.DATA_MANAGER])
def test_all_data_is_for_the_school_s_staff(database, school_id, role) -> None:
    caller = caller_of(database, role, school_id=school_id)
    assert load_all_data(caller, school_id, YEAR).school_name == "Hillside Primary School"
    with pytest.raises(NotFound):
        load_all_data(caller, make_school(database), YEAR)


@pytest.mark.parametrize("role", [Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN])
def test_all_data_is_for_the_authority_s_staff(database, school_id, role) -> None:
    caller = caller_of(database, role, local_authority_id=make_authority(database))
    assert load_all_data(caller, school_id, YEAR).years == ()
    far = make_school(database, local_authority_id=make_authority(database, "888", "Far"))
    with pytest.raises(NotFound):
        load_all_data(caller, far, YEAR)


def test_all_data_is_not_for_a_session_that_has_ended(database, school_id, head) -> None:
    with database.unit_of_work(write=True) as work:
        session = work.session.get_one(UserSession, head.session_id)
        session.revoked_at = datetime.now(NOW.tzinfo)
        session.revoked_reason = "revoked"
        work.commit()
    with pytest.raises(NotSignedIn):
        load_all_data(head, school_id, YEAR)


def test_all_data_is_refused_where_the_role_may_not_export(
    database, school_id, head, monkeypatch
) -> None:
    monkeypatch.setattr("pupiltrack_core.access.GRANTS", {Role.HEAD: frozenset()})
    with pytest.raises(AccessDenied):
        load_all_data(head, school_id, YEAR)
