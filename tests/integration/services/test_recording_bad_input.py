"""What a browser must not get past recording, and what must not be lost; on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.errors import NotSignedIn, StorageUnavailable
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow, SchoolSubject
from pupiltrack_core.storage.assessment_models import CellChange as CellChangeRow
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, Pupil, UserSession
from tests.builders import NOW, YEAR, make_assessment, make_school
from tests.integration.services.grid_world import World, selection_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def is_untouched(world: World) -> bool:
    with world.database.unit_of_work() as work:
        tables = (JudgementRow, CellChangeRow)
        return not any(work.session.scalars(select(table)).all() for table in tables)


def test_record_changes_of_a_paste_with_a_wrong_value_in_it_saves_the_others(world: World) -> None:
    values = {"READ": "O", "WRIT": "on track", "MATH": "D", "SCIE": "OO"}
    outcomes = world.record(
        *(
            CellChange(pupil, world.key(subject), value, 0)
            for pupil in (world.ana, world.ben)
            for subject, value in values.items()
        )
    )
    assert [item.status for item in outcomes] == ["saved", "refused"] * 4
    assert {item.reason for item in outcomes if item.status == "refused"} == {
        "Choose one of Below, Towards, On track, Deeper learning, or leave it blank."
    }
    assert [row[:2] + row[3:4] for row in world.stored()] == [
        (pupil, subject, values[subject])
        for pupil in (world.ana, world.ben)
        for subject in ("MATH", "READ")
    ]


def test_record_changes_refuses_forged_columns(world: World) -> None:
    for key in (
        "{assessment}:rwm:RWM",
        "{assessment}:tracking:RWM",
        "{assessment}:tracking:MUSI",
        "{assessment}:tracking:X01",
        "{assessment}:phonics:MATH",
        "{assessment}:result:READ",
        "pupil:sen",
        "pupil:surname",
        "result:KS2:READ",
        "include:1",
    ):
        change = CellChange(world.ana, key.format(assessment=world.assessment), "O", 0)
        (outcome,) = world.record(change)
        assert outcome.status == "refused"
        assert outcome.reason.endswith(("Nothing was changed.", "Open the page again."))
    assert is_untouched(world)


def test_record_changes_refuses_an_assessment_of_another_school(world: World) -> None:
    elsewhere = make_school(world.database)
    with world.database.unit_of_work(write=True) as work:
        work.session.add(SchoolSubject(school_id=elsewhere, code="X01", label="Bells", short="Bel"))
        work.commit()
    foreign = make_assessment(world.database, elsewhere, subjects=(*CORE_SUBJECTS, "X01"))
    for subject in ("READ", "X01"):
        change = CellChange(world.ana, f"{foreign}:tracking:{subject}", "O", 0)
        (outcome,) = world.record(change)
        assert outcome.status == "refused"
    assert is_untouched(world)


def test_record_changes_saves_a_subject_of_the_schools_own(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.add(
            SchoolSubject(school_id=world.school, code="X01", label="Bells", short="Bel")
        )
        work.commit()
    own = make_assessment(world.database, world.school, subjects=(*CORE_SUBJECTS, "X01"))
    (outcome,) = world.record(CellChange(world.ana, f"{own}:tracking:X01", "O", 0))
    assert outcome.status == "saved"


def test_record_changes_after_the_assessment_was_deleted_says_so(world: World) -> None:
    world.put("O")
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, world.assessment).deleted_at = NOW
        work.commit()
    outcome = world.put("D", 1)
    assert outcome.status == "refused"
    assert "deleted" in outcome.reason
    assert world.stored() == [(world.ana, "READ", "tracking", "O", 1)]


def test_record_changes_after_the_pupil_was_archived_saves_the_others(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, world.ana).archived_from = 0
        work.commit()
    outcomes = world.record(
        CellChange(world.ana, world.key(), "O", 0),
        CellChange(world.ana, "include", "N", 1),
        CellChange(world.ana, "result:EYFSP:GLD", "Y", 0),
        CellChange(world.ben, world.key(), "B", 0),
    )
    assert [item.status for item in outcomes] == ["refused"] * 3 + ["saved"]
    assert "roll" in outcomes[0].reason
    assert world.stored() == [(world.ben, "READ", "tracking", "B", 1)]


def test_record_changes_in_an_expired_session_saves_nothing(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(UserSession, world.session).expires_at = NOW
        work.commit()
    with pytest.raises(NotSignedIn):
        world.put("O")
    assert is_untouched(world)


def test_record_changes_refuses_64_kilobytes_in_a_cell(world: World) -> None:
    for kind in ("formative", "phonics", "test", "tracking"):
        outcome = world.put("x" * 65_536, kind=kind)
        assert (outcome.status, outcome.value) == ("refused", None)
        assert 0 < len(outcome.reason) < 200
    assert is_untouched(world)


FAMILY = "👩‍👩‍👧‍👦"  # seven code points, one picture


def test_record_changes_keeps_emoji_as_they_are(world: World) -> None:
    texts = {
        "formative": (f"{FAMILY} read", "📚" * 1000, "\u0283i\u02d0 \u202eolleh\u202c e\u0301"),
        "phonics": ("🐝" * 50, FAMILY * 7),
    }
    for kind, typed in texts.items():
        for version, text_ in enumerate(typed):
            assert world.put(text_, version, kind=kind).status == "saved"
            grid = load_grid(world.caller, selection_of(world), [world.assessment])
            assert grid.cells[world.ana, world.key(kind=kind)][0] == text_


def test_record_changes_counts_code_points_of_emoji(world: World) -> None:
    too_long = (("formative", "📚" * 1001), ("phonics", "🐝" * 51), ("phonics", FAMILY * 8))
    for kind, typed in too_long:
        outcome = world.put(typed, kind=kind)
        assert outcome.status == "refused"
        assert str(len(typed)) in outcome.reason


@contextmanager
def _held(database_url: str) -> Iterator[None]:
    """Keep every writer out, as another program would that hangs in a transaction."""
    if database_url.startswith("sqlite"):
        path = database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as outside:
            outside.execute("BEGIN IMMEDIATE")
            yield
            outside.execute("ROLLBACK")
        return
    outside_database = Database.open(database_url)
    with outside_database.unit_of_work(write=True) as work:
        work.session.execute(text("LOCK TABLE judgement IN ACCESS EXCLUSIVE MODE"))
        yield
    outside_database.dispose()


def test_record_changes_of_a_locked_database_saves_nothing_and_says_so(database_url: str) -> None:
    database = Database.open(database_url, busy_timeout=0.1)
    world = World(database)
    with _held(database_url), pytest.raises(StorageUnavailable, match="Nothing was changed"):
        world.put("O")
    assert is_untouched(world)
    with database.unit_of_work() as work:
        assert work.session.scalars(select(AuditEntry)).all() == []
    assert world.put("O").status == "saved"
    database.dispose()


def test_record_changes_of_any_shape_never_fails(world: World) -> None:
    """Whatever the channel lets through is answered cell by cell."""
    strange: list[Any] = [None, 7, 7.5, True, "", "\x00", [], {}]
    changes = [
        CellChange(world.ana, key, value, version, colour, recolour=True)
        for key in (world.key(), world.key(kind="test"), "include", "result:EYFSP:GLD")
        for value in strange
        for version in (0, -1, 2**70)
        for colour in strange
    ]
    outcomes = record_changes(world.caller, world.school, YEAR, changes)
    assert len(outcomes) == len(changes)
    assert {row[3] for row in world.stored()} <= {None}
