"""The list given out: who may have it, who is in it, and that bringing it in changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from pupiltrack_core.access import Action, Role
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.interchange.pupil_template import parse
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.mapped_import import open_pupil_file
from pupiltrack_core.services.pupil_export import PUPILS_EXPORTED, ExportForm, export_pupils
from pupiltrack_core.services.pupil_import import ImportPreview
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, Enrolment, Pupil
from tests.builders import NOW, YEAR, make_pupil, make_school
from tests.integration.services.people import caller_at
from tests.unit.interchange.files import upn


@pytest.fixture
def school(database: Database) -> int:
    return make_school(database)


@pytest.fixture
def caller(database: Database, school: int) -> Caller:
    return caller_at(database, school)


def surnames(caller: Caller, school: int, form: ExportForm, year: int = YEAR) -> list[str]:
    name, content = export_pupils(caller, school, year, form)
    return [row.surname for row in parse(content, name).rows]


def brought_in(caller: Caller, school: int, form: ExportForm) -> ImportPreview:
    name, content = export_pupils(caller, school, YEAR, form)
    preview = open_pupil_file(
        caller, school_id=school, academic_year=YEAR, file_name=name, content=content
    )
    assert isinstance(preview, ImportPreview)
    return preview


def named(number: int, surname: str, **more: Any) -> dict[str, Any]:
    return {"upn": upn(number), "surname": surname, **more}


def test_export_pupils_is_the_list_of_the_year_in_its_order(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=named(1, "Zeal"), ethnicity="WBRI")
    make_pupil(database, school, pupil=named(2, "Çelik"), ethnicity="WTUR", include_in_data=False)
    make_pupil(database, school, pupil=named(3, "Earlier"), academic_year=YEAR - 1)
    gone = make_pupil(database, school, pupil=named(4, "Gone"), ethnicity="WBRI")
    make_pupil(database, make_school(database), pupil=named(5, "Elsewhere"), ethnicity="WBRI")
    with database.unit_of_work(write=True) as work:
        work.session.execute(
            update(Pupil).where(Pupil.id == gone).values(archived_from=YEAR, archived_at=NOW)
        )
        work.commit()
    for form in ExportForm:
        assert surnames(caller, school, form) == ["Çelik", "Zeal"]
        name, _ = export_pupils(caller, school, YEAR, form)
        assert name == f"pupils 9992001 2025-2026.{form.value}"
    with database.unit_of_work() as work:
        query = (
            select(AuditEntry.detail)
            .where(AuditEntry.action == PUPILS_EXPORTED)
            .order_by(AuditEntry.id)
        )
        details = [json.loads(detail) for detail in work.session.scalars(query)]
    assert [detail["form"] for detail in details] == ["xlsx", "xlsx", "csv", "csv"]
    assert {(detail["academic_year"], detail["pupils"]) for detail in details} == {(YEAR, 2)}


def test_export_pupils_brought_in_again_changes_nothing(
    database: Database, school: int, caller: Caller
) -> None:
    odd = ["=1+1", "'=1+1", "O'Brien", "مريم", "N" * 200, "<b>x</b>", "Núñez-Marsh, Jr", "-"]
    for number, surname in enumerate(odd):
        values = [(None, None, None), (True, False, "N"), (False, True, "E")][number % 3]
        make_pupil(
            database,
            school,
            pupil=named(number, surname, local_number="=7" if number == 2 else None),
            ethnicity=("WBRI", "AOPK", "XXXX")[number % 3],
            **dict(zip(("fsm", "eal", "sen"), values, strict=True)),
        )
    for form in ExportForm:
        preview = brought_in(caller, school, form)
        assert [problem.reason for problem in preview.problems if problem.blocking] == []
        assert (preview.counts.unchanged, preview.would_write) == (len(odd), False)


TRISTATE = st.none() | st.booleans()


@settings(
    max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    facts=st.lists(
        st.tuples(TRISTATE, TRISTATE, st.sampled_from([None, "N", "K", "E"])),
        min_size=4,
        max_size=4,
    ),
    form=st.sampled_from(ExportForm),
)
def test_export_pupils_whatever_is_recorded_is_unchanged_by_its_own_export(
    database: Database, school: int, caller: Caller, facts: list[Any], form: ExportForm
) -> None:
    with database.unit_of_work(write=True) as work:
        pupils = list(work.session.scalars(select(Pupil.id).order_by(Pupil.id)))
    while len(pupils) < len(facts):
        pupils.append(
            make_pupil(database, school, pupil=named(len(pupils), "'=Marsh"), ethnicity="WBRI")
        )
    with database.unit_of_work(write=True) as work:
        for pupil, (fsm, eal, sen) in zip(pupils, facts, strict=True):
            work.session.execute(
                update(Enrolment)
                .where(Enrolment.pupil_id == pupil)
                .values(fsm=fsm, eal=eal, sen=sen)
            )
        work.commit()
    assert brought_in(caller, school, form).counts.unchanged == len(facts)


def test_export_pupils_without_an_ethnic_code_is_asked_for_it_and_nothing_else(
    database: Database, school: int, caller: Caller
) -> None:
    make_pupil(database, school, pupil=named(1, "Marsh"), ethnicity=None)
    preview = brought_in(caller, school, ExportForm.CSV)
    assert [problem.column for problem in preview.problems] == ["Ethnic code"]
    assert not preview.would_write


def test_export_pupils_is_for_those_who_may_export_there(
    database: Database, school: int, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pupil(database, school, pupil=named(1, "Marsh"), ethnicity="WBRI")
    for role in (Role.TEACHER, Role.HEAD, Role.DATA_MANAGER):
        assert surnames(caller_at(database, school, role), school, ExportForm.CSV) == ["Marsh"]
    with pytest.raises(NotFound):
        export_pupils(caller, make_school(database), YEAR, ExportForm.CSV)
    with pytest.raises(InvalidEntry):
        export_pupils(caller, school, 0, ExportForm.CSV)
    assert surnames(caller, school, ExportForm.CSV, YEAR + 1) == []
    without = {role: frozenset({Action.SEE_PUPILS}) for role in Role}
    monkeypatch.setattr("pupiltrack_core.access.GRANTS", without)
    with pytest.raises(AccessDenied):
        export_pupils(caller, school, YEAR, ExportForm.CSV)
