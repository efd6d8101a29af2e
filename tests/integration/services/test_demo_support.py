"""The demo's interventions and meetings: how many, whose, when."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.services import demo_rows
from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.services.discussion_questions import ready_questions
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.assessment_models import JudgementRow, StatutoryResult
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil, School
from pupiltrack_core.storage.support_models import DiscussionQuestion, Intervention, PupilMeeting
from pupiltrack_core.storage.table_base import Base

YEARS = (2024, 2025)


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A demo of two schools, made once: the tests of this module only read it."""
    path = tmp_path_factory.mktemp("support") / "demo.sqlite"
    shutil.copyfile(sqlite_template, path)
    database = Database.open(f"sqlite:///{path}")
    create_demo(database, schools=2, hashing=PasswordHashing.FLOOR)
    yield database
    database.dispose()


def rows(database: Database, *columns: Any, **by: Any) -> list[Any]:
    with database.unit_of_work() as work:
        return list(work.session.execute(select(*columns).filter_by(**by)).all())


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(
    ("model", "share"), [(Intervention, 1 / 8), (PupilMeeting, 1 / 12)], ids=["one in 8", "in 12"]
)
def test_share_of_the_pupils_have_one(
    filled: Database, model: type[Base], share: float, year: int
) -> None:
    pupils = len(rows(filled, Enrolment.pupil_id, academic_year=year))
    held = rows(filled, model.pupil_id, academic_year=year)
    assert len(set(held)) == len(held)
    assert 0.85 * share < len(held) / pupils < 1.05 * share


def test_interventions_suit_the_year_group_and_lie_in_their_year(filled: Database) -> None:
    groups = {
        (row.pupil_id, row.academic_year): row.year_group
        for row in rows(filled, Enrolment.pupil_id, Enrolment.academic_year, Enrolment.year_group)
    }
    found = [row[0] for row in rows(filled, Intervention)]
    for item in found:
        year = AcademicYear(item.academic_year)
        assert year.first_day <= item.starts_on < (item.ends_on or year.last_day) <= year.last_day
        assert item.starts_on.weekday() < 5
        group = groups[item.pupil_id, item.academic_year]
        assert group >= 5 or item.title != "Maths booster"
        assert group <= 2 or item.title != "Phonics catch-up"
    assert {item.subject for item in found} == {"READ", "WRIT", "MATH", None}
    assert 0 < sum(item.ends_on is None for item in found) < len(found) / 4


def test_meetings_are_held_on_school_days_and_say_something(filled: Database) -> None:
    found = [row[0] for row in rows(filled, PupilMeeting)]
    for item in found:
        assert AcademicYear.containing(item.held_on).start == item.academic_year
        assert item.held_on.weekday() < 5
        assert item.teacher
        assert item.comments
    assert len({item.held_on for item in found}) > 5


def test_every_school_asks_the_questions_that_come_with_the_portal(filled: Database) -> None:
    schools = rows(filled, School.id)
    for kind in MeetingKind:
        asked = rows(
            filled, DiscussionQuestion.school_id, DiscussionQuestion.description, kind=kind.value
        )
        assert {tuple(row) for row in asked} == {
            (school.id, description) for school in schools for description in ready_questions(kind)
        }
    begun = {row.starts_on for row in rows(filled, DiscussionQuestion.starts_on)}
    assert begun == {AcademicYear(YEARS[0]).first_day}


def test_pupils_with_an_intervention_are_those_behind(filled: Database) -> None:
    helped = {row.pupil_id for row in rows(filled, Intervention.pupil_id)}
    judged = rows(filled, JudgementRow.pupil_id, JudgementRow.value, kind="tracking")

    def behind(pupils: set[int]) -> float:
        own = [row.value in {"B", "T"} for row in judged if row.pupil_id in pupils]
        return sum(own) / len(own)

    assert behind(helped) > behind({row.pupil_id for row in judged} - helped) + 0.2


def test_support_leaves_every_other_row_of_the_demo_as_it_was(
    filled: Database, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*_given: Any) -> dict[str, list[Any]]:
        return {}

    monkeypatch.setattr(demo_rows, "make_interventions", without)
    monkeypatch.setattr(demo_rows, "make_meetings", without)
    create_demo(sqlite_database, schools=2, hashing=PasswordHashing.FLOOR)
    assert rows(sqlite_database, Intervention.id) == []
    for model in (Pupil, Enrolment, JudgementRow, StatutoryResult):
        columns = [column for column in model.__table__.columns if column.name != "changed_at"]
        query = select(*columns).order_by(*model.__table__.primary_key.columns)
        with filled.unit_of_work() as one, sqlite_database.unit_of_work() as other:
            before = other.session.execute(query).all()
            assert one.session.execute(query).all() == before
            assert before
