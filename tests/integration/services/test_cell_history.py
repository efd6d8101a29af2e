"""The history of a cell: who set it, when, and what it was before; on both databases."""

from __future__ import annotations

from datetime import UTC

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services import cell_history
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cell_history import NOBODY, PastValue, history_of
from pupiltrack_core.services.recording import CellChange, record_changes
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow, SchoolResult
from pupiltrack_core.storage.assessment_models import CellChange as CellChangeRow
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Pupil, UserAccount
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.grid_world import World

SCORE, GLD = "result:KS1:READ_SCORE", "result:EYFSP:GLD"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def history(world: World, key: str | None = None, pupil: int | None = None) -> list[PastValue]:
    past = history_of(world.caller, world.school, YEAR, pupil or world.ana, key or world.key())
    return list(past)


def states(past: list[PastValue]) -> list[tuple[str, str | None, int]]:
    return [(item.text, item.colour, item.version) for item in past]


def name_of(world: World, user: int) -> str:
    with world.database.unit_of_work() as work:
        return work.session.get_one(UserAccount, user).display_name


def test_history_of_gives_every_value_newest_first(world: World) -> None:
    second = make_user(world.database, Role.HEAD, school_id=world.school)
    head = Caller.for_session(world.database, make_session(world.database, second))
    world.put("O")
    red = CellChange(world.ana, world.key(), "O", 1, "red", recolour=True)
    record_changes(head, world.school, YEAR, [red])
    world.put(None, 2)
    past = history(world)
    assert states(past) == [("", "red", 3), ("On track", "red", 2), ("On track", None, 1)]
    assert [item.value for item in past] == [None, "O", "O"]
    names = [name_of(world, world.user), name_of(world, second), name_of(world, world.user)]
    assert [item.who for item in past] == names
    assert all(item.at is not None and item.at.tzinfo is UTC for item in past)
    assert past == sorted(past, key=lambda item: -item.version)


def test_history_of_a_cell_never_filled_is_empty(world: World) -> None:
    assert history(world) == []
    assert history(world, "include") == []
    assert history(world, GLD) == []


def test_history_of_a_cell_filled_before_history_was_kept(world: World) -> None:
    make_judgements(world.database, world.assessment, {world.ana: {"READ": "T"}})
    before = PastValue("T", "Towards", None, 1, NOBODY, NOW)
    assert history(world) == [before]
    world.put("O", 1)
    assert states(history(world)) == [("On track", None, 2), ("Towards", None, 1)]
    assert history(world)[1] == before
    world.put("D", 2)
    assert [item.version for item in history(world)] == [3, 2, 1]


def test_history_of_a_cell_somebody_filled_before_history_was_kept_names_them(
    world: World,
) -> None:
    make_judgements(world.database, world.assessment, {world.ana: {"READ": "T"}})
    with world.database.unit_of_work(write=True) as work:
        work.session.scalars(select(JudgementRow)).one().changed_by = world.user
        work.commit()
    assert history(world)[0].who == name_of(world, world.user)
    world.put("O", 1)
    assert history(world)[1].who == name_of(world, world.user)


def test_history_of_a_cell_changed_past_its_history_has_the_gap_filled(world: World) -> None:
    world.put("O")
    with world.database.unit_of_work(write=True) as work:
        row = work.session.scalars(select(JudgementRow)).one()
        row.value, row.version, row.changed_by, row.changed_at = "B", 2, None, NOW
        work.commit()
    assert states(history(world)) == [("Below", None, 2), ("On track", None, 1)]
    world.put("D", 2)
    assert [item.text for item in history(world)] == ["Deeper learning", "Below", "On track"]
    assert [item.who == NOBODY for item in history(world)] == [False, True, False]


def test_history_of_include_in_data_begins_with_what_it_was(world: World) -> None:
    world.record(CellChange(world.ana, "include", "N", 1))
    world.record(CellChange(world.ana, "include", "Y", 2))
    past = history(world, "include")
    assert states(past) == [("Yes", None, 3), ("No", None, 2), ("Yes", None, 1)]
    assert (past[2].who, past[2].at) == (NOBODY, None)


def test_history_of_results_is_in_words(world: World) -> None:
    world.record(CellChange(world.ana, SCORE, "99", 0), CellChange(world.ana, GLD, "A", 0))
    world.record(CellChange(world.ana, SCORE, "101", 1), CellChange(world.ana, GLD, None, 1))
    assert states(history(world, SCORE)) == [("101", None, 2), ("99", None, 1)]
    assert states(history(world, GLD)) == [("", None, 2), ("Not assessed", None, 1)]


def test_history_of_a_result_entered_before_history_was_kept(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        names = {"school_id": world.school, "pupil_id": world.ana}
        work.session.add(
            SchoolResult(
                **names, collection="KS1", measure="READ_SCORE", value="90", changed_at=NOW
            )
        )
        work.commit()
    world.record(CellChange(world.ana, SCORE, "91", 1))
    assert states(history(world, SCORE)) == [("91", None, 2), ("90", None, 1)]


def test_history_of_a_cell_written_twice_in_a_batch_has_both(world: World) -> None:
    world.record(
        CellChange(world.ana, world.key(), "O", 0), CellChange(world.ana, world.key(), "D", 1)
    )
    assert states(history(world)) == [("Deeper learning", None, 2), ("On track", None, 1)]


def test_history_of_a_cell_knows_no_other(world: World) -> None:
    world.record(
        CellChange(world.ana, world.key(), "O", 0),
        CellChange(world.ana, world.key("MATH"), "B", 0),
        CellChange(world.ana, world.key(kind="formative"), "words", 0),
        CellChange(world.ben, world.key(), "T", 0),
    )
    assert [item.value for item in history(world)] == ["O"]


def test_history_of_refused_and_repeated_entries_has_nothing(world: World) -> None:
    world.put("O")
    world.put("nonsense", 1)
    world.put("O", 1)
    world.put("B", 0)
    assert [item.value for item in history(world)] == ["O"]


def test_history_of_many_values_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_history, "MOST_VALUES", 2)
    for version, value in enumerate("OBD"):
        world.put(value, version)
    assert [item.version for item in history(world)] == [3, 2]


def test_history_of_a_value_put_back_is_a_value_like_any_other(world: World) -> None:
    world.put("O")
    world.put("B", 1)
    old = history(world)[1]
    outcome = world.put(old.value, 2)
    assert (outcome.status, outcome.version) == ("saved", 3)
    assert [item.text for item in history(world)] == ["On track", "Below", "On track"]


def test_history_of_a_column_that_is_not_there_is_not_found(world: World) -> None:
    forged = (
        "",
        "9:tracking:READ",
        "pupil:sen",
        "result:KS2:READ",
        "{}:rwm:RWM",
        "{}:tracking:MUSI",
    )
    for key in forged:
        with pytest.raises(NotFound):
            history_of(world.caller, world.school, YEAR, world.ana, key.format(world.assessment))


def test_history_of_a_pupil_who_is_not_there_is_not_found(world: World) -> None:
    elsewhere = make_pupil(world.database, make_school(world.database))
    older = make_pupil(world.database, world.school, year_group=5)
    for pupil in (elsewhere, older, 99_999, 2**70):
        with pytest.raises(NotFound):
            history(world, pupil=pupil)
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, world.ana).archived_from = 0
        work.commit()
    with pytest.raises(NotFound):
        history(world)


def test_history_of_a_deleted_assessment_or_at_another_school_is_not_found(world: World) -> None:
    elsewhere = make_school(world.database)
    with pytest.raises(NotFound):
        history_of(world.caller, elsewhere, YEAR, world.ana, world.key())
    foreign = make_assessment(world.database, elsewhere)
    with pytest.raises(NotFound):
        history(world, f"{foreign}:tracking:READ")
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, world.assessment).deleted_at = NOW
        work.commit()
    with pytest.raises(NotFound):
        history(world)


def test_history_of_what_an_operator_entered_names_no_person(world: World) -> None:
    operator = Caller.for_operator(world.database)
    record_changes(operator, world.school, YEAR, [CellChange(world.ana, world.key(), "O", 0)])
    (only,) = history(world)
    assert (only.text, only.who) == ("On track", NOBODY)


def test_history_may_be_read_by_advisers(world: World) -> None:
    world.put("O")
    adviser = make_user(world.database, Role.LA_ADVISER)
    caller = Caller.for_session(world.database, make_session(world.database, adviser))
    assert len(history_of(caller, world.school, YEAR, world.ana, world.key())) == 1


def test_history_is_kept_of_every_written_cell(world: World) -> None:
    world.record(
        *(
            CellChange(pupil, world.key(subject), "O", 0)
            for pupil in (world.ana, world.ben)
            for subject in ("READ", "WRIT", "MATH")
        )
    )
    with world.database.unit_of_work() as work:
        rows = work.session.scalars(select(CellChangeRow)).all()
    assert len(rows) == 6
    assert {(row.school_id, row.academic_year, row.changed_by) for row in rows} == {
        (world.school, YEAR, world.user)
    }
