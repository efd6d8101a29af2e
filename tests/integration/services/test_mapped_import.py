"""Files of any kind through the database: the step for columns, what is remembered, one way in."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pupiltrack_core.access import Role
from pupiltrack_core.domain.moving_up import CARRIED
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services import mapped_import
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.mapped_import import (
    COLUMNS_KEPT,
    MappingStep,
    Target,
    faults_of_choice,
    open_pupil_file,
    preview_mapped,
)
from pupiltrack_core.services.pupil_import import ImportPreview, accept_import
from pupiltrack_core.storage import import_mappings
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import (
    AuditEntry,
    Enrolment,
    ImportBatch,
    Pupil,
    PupilFieldChange,
    School,
)
from pupiltrack_core.storage.school_year_models import ImportMapping
from tests.builders import NOW, YEAR, make_pupil, make_school
from tests.integration.services.people import caller_at
from tests.integration.services.primary import FACTS
from tests.unit.interchange.ctf_files import ctf_file, pupil_xml
from tests.unit.interchange.files import OWN, csv_file, row, upn, xlsx_file

LIST = csv_file(row(1, fsm="True", sen="K - SEN support"), row(2), headings=OWN)


@pytest.fixture
def school(database: Database) -> int:
    return make_school(database)


@pytest.fixture
def caller(database: Database, school: int) -> Caller:
    return caller_at(database, school)


def opened(caller: Caller, school: int, content: bytes, name: str = "a.csv", **more: Any) -> Any:
    return open_pupil_file(
        caller, school_id=school, academic_year=YEAR, file_name=name, content=content, **more
    )


def step_of(caller: Caller, school: int, content: bytes = LIST) -> MappingStep:
    step = opened(caller, school, content)
    assert isinstance(step, MappingStep)
    return step


def counted(database: Database, *tables: Any) -> list[int]:
    with database.unit_of_work() as work:
        return [
            work.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
        ]


def audited(database: Database, action: str) -> list[dict[str, Any]]:
    with database.unit_of_work() as work:
        query = select(AuditEntry.detail).where(AuditEntry.action == action)
        return [json.loads(detail) for detail in work.session.scalars(query)]


def test_a_list_is_asked_about_then_imported_then_remembered(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school)
    assert step.remembered_at is None
    assert step.choice[Target.SURNAME] == 1
    assert faults_of_choice(step, step.choice) == {}
    assert counted(database, ImportMapping, Pupil) == [0, 0]
    preview = preview_mapped(caller, step, step.choice)
    assert preview.counts.added == 2
    assert counted(database, ImportMapping, Pupil) == [1, 0]
    assert accept_import(caller, preview).added == 2
    with database.unit_of_work() as work:
        first = work.session.scalars(select(Enrolment).order_by(Enrolment.pupil_id)).first()
        assert (first.fsm, first.sen, first.ethnicity) == (True, "K", "WBRI")
    # The second time the school's own choice comes back, and nothing changes.
    again = step_of(caller, school)
    assert again.remembered_at is not None
    assert dict(again.choice) == dict(step.choice)
    second = preview_mapped(caller, again, again.choice)
    assert (second.counts.unchanged, second.would_write) == (2, False)
    assert second.already_imported_at is not None
    assert audited(database, COLUMNS_KEPT) == [{"columns": 10}]


PLACED = [*OWN, "NC year", "Reg"]


def placed(number: int, year: str, class_name: str, **more: Any) -> list[Any]:
    return [*row(number, **more), year, class_name]


def brought_in(caller: Caller, school: int, *rows: list[Any], year: int = YEAR) -> ImportPreview:
    step = open_pupil_file(
        caller,
        school_id=school,
        academic_year=year,
        file_name="a.csv",
        content=csv_file(*rows, headings=PLACED),
    )
    assert isinstance(step, MappingStep)
    preview = preview_mapped(caller, step, step.choice)
    accept_import(caller, preview)
    return preview


def test_class_and_year_group_go_on_the_enrolment_and_into_the_history(
    database: Database, school: int, caller: Caller
) -> None:
    with database.unit_of_work(write=True) as work:
        work.session.execute(update(School).where(School.id == school).values(class_names=["Oak"]))
        work.commit()
    first = brought_in(caller, school, placed(1, "Year 4", "oak"), placed(2, "5", "Elm"))
    assert first.plan.new_classes == ("Elm",)
    assert first.rows["class_name"].tolist() == ["Oak", "Elm"]
    again = brought_in(caller, school, placed(1, "Year 4", "OAK"), placed(2, "Y5", "elm"))
    assert (again.counts.unchanged, again.plan.new_classes) == (2, ())
    moved = brought_in(caller, school, placed(1, "3", "Elm"), placed(2, "4", ""))
    assert moved.rows["changes"].tolist() == [
        "Class: Oak → Elm; Year group: Year 4 → Year 3",
        "Year group: Year 5 → Year 4",
    ]
    with database.unit_of_work() as work:
        assert work.session.get_one(School, school).class_names == ["Oak", "Elm"]
        rows = work.session.scalars(select(Enrolment).order_by(Enrolment.pupil_id))
        assert [(one.class_name, one.year_group, one.year_override) for one in rows] == [
            ("Elm", 3, True),
            ("Elm", 4, False),
        ]
        noted = work.session.scalars(
            select(PupilFieldChange)
            .where(PupilFieldChange.field != "added")
            .order_by(PupilFieldChange.id)
        )
        assert [(one.field, one.before, one.after, one.academic_year) for one in noted] == [
            ("class_name", "Oak", "Elm", YEAR),
            ("year_group", None, "3", YEAR),
            ("year_group", "5", None, YEAR),
        ]


def test_a_class_named_since_the_preview_is_written_as_it_was_named(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school, csv_file(placed(1, "4", "oak"), headings=PLACED))
    preview = preview_mapped(caller, step, step.choice)
    with database.unit_of_work(write=True) as work:
        work.session.execute(update(School).where(School.id == school).values(class_names=["Oak"]))
        work.commit()
    with pytest.raises(Conflict, match="something else would be saved"):
        accept_import(caller, preview)
    assert counted(database, Pupil) == [0]


@pytest.mark.parametrize("years_ago", [1, 3])
def test_who_was_here_before_goes_on_with_all_the_file_does_not_state(
    database: Database, school: int, caller: Caller, years_ago: int
) -> None:
    make_pupil(
        database,
        school,
        pupil={"upn": upn(1), "date_of_birth": date(2016, 11, 4)},
        academic_year=YEAR - years_ago,
        year_group=4 - years_ago,
        class_name="Fir",
        left_on=date(YEAR, 7, 1),
        **FACTS,
    )
    preview = brought_in(caller, school, placed(1, "", "", fsm="", sen="N"))
    assert "All else: as the school recorded it last" in preview.rows["changes"][0]
    with database.unit_of_work() as work:
        new = work.session.scalars(select(Enrolment).where(Enrolment.academic_year == YEAR)).one()
        stated = {"sen": "N", "eal": False, "ethnicity": "WBRI"}
        assert {name: getattr(new, name) for name in CARRIED} == FACTS | stated
        assert (new.class_name, new.left_on, new.year_group) == (None, None, 4)


def test_a_year_before_the_first_one_begins_with_the_file_alone(
    database: Database, school: int, caller: Caller
) -> None:
    pupil = {"upn": upn(1), "date_of_birth": date(2016, 11, 4)}
    make_pupil(database, school, pupil=pupil, **FACTS)
    preview = brought_in(caller, school, placed(1, "", "", fsm=""), year=YEAR - 1)
    assert "All else" not in preview.rows["changes"][0]
    with database.unit_of_work() as work:
        old = work.session.get_one(Enrolment, (school, YEAR - 1, 1))
        assert (old.fsm, old.sen, old.ever6, old.include_in_data) == (None, "K", None, True)


def test_a_changed_choice_is_remembered_in_place_of_the_guess(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school)
    choice = {key: at for key, at in step.choice.items() if key is not Target.FSM}
    preview_mapped(caller, step, choice)
    assert dict(step_of(caller, school).choice) == choice
    other = make_school(database)
    elsewhere = step_of(caller_at(database, other), other)
    assert elsewhere.remembered_at is None
    assert Target.FSM in elsewhere.choice


def test_a_choice_that_cannot_be_read_any_more_is_guessed_again(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school)
    with database.unit_of_work(write=True) as work:
        kept = {"upn": 99, "no_such": 1, "sex": "4"}
        work.session.add(
            ImportMapping(
                school_id=school,
                fingerprint=step.table.fingerprint,
                mapping=kept,
                saved_at=NOW,
                saved_by=None,
            )
        )
        work.commit()
    again = step_of(caller, school)
    assert (dict(again.choice), again.remembered_at) == (dict(step.choice), None)


def test_only_the_newest_choices_of_a_school_are_kept(
    database: Database, school: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_mappings, "MOST_KEPT", 2)
    for number in range(4):
        with database.unit_of_work(write=True) as work:
            import_mappings.save_import_mapping(
                work.session,
                school,
                f"{number}",
                {"upn": 0},
                saved_at=NOW + timedelta(days=number),
                saved_by=None,
            )
            work.commit()
    with database.unit_of_work() as work:
        assert set(work.session.scalars(select(ImportMapping.fingerprint))) == {"2", "3"}


def test_two_people_naming_the_same_columns_at_once_are_both_served(
    database: Database, school: int
) -> None:
    callers = [caller_at(database, school) for _ in range(2)]
    steps = [step_of(caller, school) for caller in callers]
    shown: list[ImportPreview] = []
    gate = threading.Barrier(2)

    def choose(at: int) -> None:
        gate.wait()
        shown.append(preview_mapped(callers[at], steps[at], steps[at].choice))

    threads = [threading.Thread(target=choose, args=(at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [preview.counts.added for preview in shown] == [2, 2]
    assert counted(database, ImportMapping) == [1]


def test_a_choice_with_faults_is_refused_and_not_remembered(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school)
    for choice in ({}, dict(step.choice) | {Target.SEN: 0}, dict(step.choice) | {Target.SEN: 99}):
        with pytest.raises(InvalidEntry):
            preview_mapped(caller, step, choice)
    assert counted(database, ImportMapping) == [0]


def test_template_and_transfer_file_are_previewed_at_once(school: int, caller: Caller) -> None:
    files = (
        (csv_file(row(1)), "pupils.csv"),
        (xlsx_file(row(2)), "pupils.xlsx"),
        (ctf_file(pupil_xml(3)), "9992009_CTF_9992001_001.XML"),
    )
    for content, name in files:
        preview = opened(caller, school, content, name)
        assert isinstance(preview, ImportPreview)
        assert [problem for problem in preview.problems if problem.blocking] == []
        assert accept_import(caller, preview).added == 1
        assert opened(caller, school, content, name).counts.unchanged == 1


def test_all_kinds_of_file_meet_in_the_same_records(school: int, caller: Caller) -> None:
    """One child from the template, a list and a transfer file: added once, then as in the file."""
    accept_import(caller, opened(caller, school, csv_file(row(1))))
    step = step_of(caller, school, csv_file(row(1), headings=OWN))
    assert preview_mapped(caller, step, step.choice).counts.unchanged == 1
    assert opened(caller, school, ctf_file(), "a.xml").counts.unchanged == 1
    (changed,) = opened(
        caller, school, ctf_file(pupil_xml(1, postcode="LA1 4ZZ")), "a.xml"
    ).changes.to_dict("records")
    assert (changed["field"], changed["old"], changed["new"]) == ("Postcode", "LA1 4YF", "LA1 4ZZ")


def test_other_ways_to_open_a_file(school: int, caller: Caller) -> None:
    """The template asked about all the same, files that cannot be read, and what is told."""
    content = csv_file(row(1, fsm="True"))
    assert opened(caller, school, content).has_blocking_problems
    told: list[str] = []
    step = opened(caller, school, content, as_list=True, tell=told.append)
    preview = preview_mapped(caller, step, step.choice, tell=told.append)
    assert not preview.has_blocking_problems
    reading = mapped_import.READING
    assert told == [reading, reading, "Comparing 1 row with the school's pupils …"]
    for content, name in ((b"a,b\n1,2\n", "a.csv"), (b"<x/>", "a.xml"), (b"PK\x03\x04", "a.zip")):
        preview = opened(caller, school, content, name)
        assert not preview.is_readable
        assert not preview.would_write


def test_roles_and_schools_are_checked_at_each_step(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school)
    teacher = caller_at(database, school, Role.TEACHER)
    stranger = caller_at(database, make_school(database))
    for who, error in ((teacher, AccessDenied), (stranger, NotFound)):
        with pytest.raises(error):
            opened(who, school, LIST)
        with pytest.raises(error):
            preview_mapped(who, step, step.choice)
    with pytest.raises(InvalidEntry):
        open_pupil_file(
            caller, school_id=school, academic_year=0, file_name="a.csv", content=csv_file(row(1))
        )
    assert counted(database, ImportMapping) == [0]


def test_a_choice_killed_before_it_is_kept_leaves_nothing(
    database: Database, school: int, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = step_of(caller, school)
    real = mapped_import.save_import_mapping

    def dies(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(mapped_import, "save_import_mapping", dies)
    with pytest.raises(KeyboardInterrupt):
        preview_mapped(caller, step, step.choice)
    assert counted(database, ImportMapping, Pupil) == [0, 0]
    assert audited(database, COLUMNS_KEPT) == []


def test_the_log_and_the_audit_hold_no_child(
    database: Database, school: int, caller: Caller
) -> None:
    step = step_of(caller, school)
    preview = preview_mapped(caller, step, step.choice)
    accept_import(caller, preview)
    with database.unit_of_work() as work:
        laestab = work.session.get_one(School, school).laestab
        details = str(list(work.session.scalars(select(AuditEntry.detail))))
    for text in (repr(step), repr(preview), details):
        assert "Marsh" not in text
        assert upn(1) not in text
    assert laestab not in repr(step)


KILLED = """
import os, signal, sys
from pupiltrack_core.services import pupil_import
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.mapped_import import open_pupil_file
from pupiltrack_core.storage.engine import Database
from tests.unit.interchange.ctf_files import ctf_file, pupil_xml

url, session, school = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
caller = Caller.for_session(Database.open(url), session)
content = ctf_file(*(pupil_xml(number) for number in range(20)))
preview = open_pupil_file(
    caller, school_id=school, academic_year=2025, file_name="a.xml", content=content
)
pupil_import.add_import_batch = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
pupil_import.accept_import(caller, preview)
"""


def test_an_acceptance_whose_process_is_killed_half_way_leaves_nothing(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    school = make_school(database)
    caller = caller_at(database, school)
    arguments = [sqlite_url, str(caller.session_id), str(school)]
    command = [sys.executable, "-c", KILLED, *arguments]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert counted(database, Pupil, Enrolment, ImportBatch) == [0, 0, 0]
    content = ctf_file(*(pupil_xml(number) for number in range(20)))
    assert accept_import(caller, opened(caller, school, content, "a.xml")).added == 20
    database.dispose()
