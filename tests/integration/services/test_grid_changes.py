"""What others changed since a grid was read: all of it, each cell once; on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from pupiltrack_core import access
from pupiltrack_core.access import Role
from pupiltrack_core.errors import AccessDenied, NotFound, NotSignedIn, StorageUnavailable
from pupiltrack_core.services import cell_plan, grid_changes
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_changes import ChangedCell, changes_since, has_news
from pupiltrack_core.services.grid_sections import Section
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.storage.assessment_models import CellChange as CellChangeRow
from pupiltrack_core.storage.cell_changes import add_cell_changes
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.locks import LockSpace
from pupiltrack_core.storage.models import UserSession
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupils,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.grid_world import World, selection_of

SCORE = "result:KS1:READ_SCORE"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def colleague(world: World, role: Role = Role.TEACHER, **more: Any) -> Caller:
    place = {} if role is Role.LA_ADVISER else {"school_id": world.school}
    user = make_user(world.database, role, **place, **more)
    return Caller.for_session(world.database, make_session(world.database, user))


def mark_of(world: World) -> int:
    return load_grid(world.caller, selection_of(world), [world.assessment]).mark


def test_changes_since_gives_each_changed_cell_as_it_is_now(world: World) -> None:
    other, mark = colleague(world), mark_of(world)
    world.put("O")
    world.put("D", 1)
    world.record(
        CellChange(world.ben, world.key("MATH"), "B", 0, "red", recolour=True),
        CellChange(world.ben, "include", "N", 1),
        CellChange(world.ben, SCORE, "101", 0),
        CellChange(world.ben, world.key("WRIT"), "nonsense", 0),
    )
    changes = changes_since(other, world.school, YEAR, mark)
    assert set(changes.cells) == {
        ChangedCell(world.ana, world.key(), "D", 2, None),
        ChangedCell(world.ben, world.key("MATH"), "B", 1, "red"),
        ChangedCell(world.ben, "include", "N", 2, None),
        ChangedCell(world.ben, SCORE, "101", 1, None),
    }
    assert len(changes.cells) == 4
    assert not changes.too_many
    assert changes.mark == mark_of(world) > mark
    assert changes_since(other, world.school, YEAR, changes.mark).cells == ()


def test_changes_since_without_any_keeps_the_mark(world: World) -> None:
    assert mark_of(world) == 0
    assert changes_since(world.caller, world.school, YEAR, 0) == grid_changes.GridChanges(0, ())
    world.put("nonsense")
    world.put(None)
    assert changes_since(world.caller, world.school, YEAR, 0).cells == ()


def test_changes_since_tells_of_the_pupils_asked_for_only(world: World) -> None:
    world.record(
        CellChange(world.ana, world.key(), "O", 0), CellChange(world.ben, world.key(), "B", 0)
    )
    changes = changes_since(world.caller, world.school, YEAR, 0, pupil_ids={world.ben})
    assert [cell.pupil_id for cell in changes.cells] == [world.ben]
    assert changes.mark == mark_of(world)


def test_changes_since_keeps_schools_and_years_apart(world: World) -> None:
    world.put("O")
    elsewhere = make_school(world.database)
    user = make_user(world.database, school_id=elsewhere)
    caller = Caller.for_session(world.database, make_session(world.database, user))
    assert changes_since(caller, elsewhere, YEAR, 0).cells == ()
    assert changes_since(world.caller, world.school, YEAR + 1, 0).cells == ()
    assert not has_news(caller, elsewhere, YEAR, 0)
    assert not has_news(world.caller, world.school, YEAR + 1, 0)
    with pytest.raises(NotFound):
        changes_since(caller, world.school, YEAR, 0)


def test_changes_since_is_for_those_who_may_see_assessments(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("O")
    assert changes_since(colleague(world, Role.LA_ADVISER), world.school, YEAR, 0).cells
    monkeypatch.setitem(access.GRANTS, Role.TEACHER, frozenset())
    with pytest.raises(AccessDenied):
        changes_since(world.caller, world.school, YEAR, 0)


def test_changes_since_of_too_many_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_changes, "MOST_CHANGES", 2)
    for version, value in enumerate("OD"):
        world.put(value, version)
    assert len(changes_since(world.caller, world.school, YEAR, 0).cells) == 1
    world.put("B", 2)
    changes = changes_since(world.caller, world.school, YEAR, 0)
    assert (changes.mark, changes.cells, changes.too_many) == (0, (), True)


def test_changes_since_of_a_mark_beyond_all_there_is_says_to_read_afresh(world: World) -> None:
    """As after a backup was put in the place of the database."""
    world.put("O")
    beyond = mark_of(world) + 5
    assert has_news(world.caller, world.school, YEAR, beyond)
    changes = changes_since(world.caller, world.school, YEAR, beyond)
    assert (changes.mark, changes.cells, changes.too_many) == (beyond, (), True)


def test_changes_since_is_no_act_of_the_person(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        session = work.session.get_one(UserSession, world.session)
        before = session.last_act_at = session.last_act_at - timedelta(minutes=5)
        work.commit()
    changes_since(world.caller, world.school, YEAR, 0)
    has_news(world.caller, world.school, YEAR, 0)
    with world.database.unit_of_work() as work:
        assert work.session.get_one(UserSession, world.session).last_act_at == before


def test_changes_since_in_a_session_that_is_over_is_refused(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(UserSession, world.session).revoked_at = NOW
        work.commit()
    with pytest.raises(NotSignedIn):
        changes_since(world.caller, world.school, YEAR, 0)


def test_changes_since_tells_of_a_cell_older_than_its_history_once(world: World) -> None:
    make_judgements(world.database, world.assessment, {world.ana: {"READ": "T"}})
    world.put("O", 1)
    changes = changes_since(world.caller, world.school, YEAR, 0)
    assert changes.cells == (ChangedCell(world.ana, world.key(), "O", 2, None),)


def test_has_news_after_a_change_until_it_was_seen(world: World) -> None:
    other = colleague(world)
    assert not has_news(other, world.school, YEAR, 0)
    world.put("O")
    assert has_news(other, world.school, YEAR, 0)
    assert not has_news(other, world.school, YEAR, changes_since(other, world.school, YEAR, 0).mark)


def test_has_news_keeps_no_transaction_open(world: World) -> None:
    has_news(world.caller, world.school, YEAR, 0)
    assert world.database.reader.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool


def test_has_news_of_a_database_that_is_away_is_unavailable(sqlite_url: str, tmp_path: Any) -> None:
    world = World(Database.open(sqlite_url))
    (tmp_path / "pupiltrack.sqlite").rename(tmp_path / "away.sqlite")
    with pytest.raises(StorageUnavailable):
        has_news(world.caller, world.school, YEAR, 0)
    world.database.dispose()


# --- nothing is missed --------------------------------------------------------------------------

CHANGES = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(["tracking:READ", "tracking:MATH", "formative:READ", "include", SCORE]),
        st.sampled_from(["B", "D", "N", "Y", "100", "99", None]),
        st.sampled_from([None, "red", "blue"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(CHANGES, min_size=1, max_size=2))
def test_changes_since_keeps_a_grid_in_step(world: World, batches: list[Any]) -> None:
    """A grid that follows the feed is the grid loaded afresh, whatever was entered."""

    def load() -> Any:
        sections = [Section.STATUTORY]
        return load_grid(world.caller, selection_of(world), [world.assessment], sections=sections)

    held = load()
    followed, mark = dict(held.cells), held.mark
    for batch in batches:
        now = load().cells
        changes = []
        for is_ana, column, value, colour, recolour in batch:
            key = f"{world.assessment}:{column}" if column[0] in "tf" else column
            pupil = world.ana if is_ana else world.ben
            version = now.get((pupil, key), (None, 0, None))[1]
            changes.append(CellChange(pupil, key, value, version, colour, recolour))
        world.record(*changes)
        news = changes_since(world.caller, world.school, YEAR, mark)
        mark = news.mark
        followed |= {
            (cell.pupil_id, cell.column_key): (cell.value, cell.version, cell.colour)
            for cell in news.cells
        }
        assert followed == dict(load().cells)
        assert mark == load().mark


def test_changes_are_numbered_with_the_lock_of_the_audit_held(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody sees a number before a lower one: ids are given in the order of commits."""
    world, held = World(postgres_database), []

    def add(*args: Any) -> None:
        with postgres_database.unit_of_work(write=True) as other:
            free = text(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :s"
            )
            held.append(other.session.scalar(free, {"s": int(LockSpace.AUDIT)}))
        add_cell_changes(*args)

    monkeypatch.setattr(cell_plan, "add_cell_changes", add)
    world.put("O")
    assert held == [1]


def test_changes_since_misses_nothing_while_many_record(database_url: str) -> None:
    """Three people fill three columns while a fourth follows: every mark is seen, at last."""
    database = Database.open(database_url, busy_timeout=20.0, idle_connections=5)
    school = make_school(database)
    pupils = make_pupils(database, school, 8)
    assessment = make_assessment(database, school)
    people = [
        Caller.for_session(database, make_session(database, make_user(database, school_id=school)))
        for _ in range(4)
    ]
    errors: list[BaseException] = []

    def fill(caller: Caller, subject: str) -> None:
        try:
            for pupil in pupils:
                change = CellChange(pupil, f"{assessment}:tracking:{subject}", "O", 0)
                (outcome,) = record_changes(caller, school, YEAR, [change])
                assert outcome.status == "saved"
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    threads = [
        threading.Thread(target=fill, args=(caller, subject))
        for caller, subject in zip(people, ("READ", "WRIT", "MATH"), strict=False)
    ]
    for thread in threads:
        thread.start()
    seen: list[ChangedCell] = []
    mark, is_last = 0, False
    while not is_last:
        is_last = not any(thread.is_alive() for thread in threads)
        if has_news(people[3], school, YEAR, mark):
            news = changes_since(people[3], school, YEAR, mark)
            assert news.mark > mark
            mark = news.mark
            seen += news.cells
    assert errors == []
    assert len(seen) == len(set(seen)) == 3 * len(pupils)
    with database.unit_of_work() as work:
        assert work.session.scalar(select(func.max(CellChangeRow.id))) == mark
    database.dispose()
