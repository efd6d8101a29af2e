"""Runs over an authority's schools: told by school and year, confirmed, cancelled, gone on with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import ConfigurationError, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services import retention_runs
from pupiltrack_core.services.accounts import change_status
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.erasure import carry_out_erasures
from pupiltrack_core.services.legal_holds import place_hold
from pupiltrack_core.services.retention import YearCount, retention_of_authority
from pupiltrack_core.services.retention_runs import (
    RunState,
    advance_retention,
    cancel_retention,
    order_retention,
    retention_runs_of,
)
from pupiltrack_core.services.sessions import AccountStatus
from pupiltrack_core.services.tombstones import tombstone_file
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Pupil
from pupiltrack_core.storage.row_level_security import EVERYWHERE
from tests.builders import make_authority, make_pupil, make_school, make_session, make_user
from tests.integration.services.people import audit_rows

NOW = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@dataclass
class World:
    """Two schools of an authority and one of another, with pupils past their time at each."""

    database: Database
    secret: Path
    authority: int
    first: int
    second: int
    elsewhere: int
    admin: int

    def caller(self, user: int | None = None) -> Caller:
        session = make_session(self.database, user or self.admin, now=NOW)
        return Caller.for_session(self.database, session, clock=clock)

    def order(self) -> int:
        return order_retention(self.caller(), self.authority, expected=3)

    def advance(self) -> bool:
        return advance_retention(self.database, self.secret, clock=clock)

    def state(self) -> RunState:
        return retention_runs_of(self.caller(), self.authority)[0]

    def left(self) -> dict[int, int]:
        with self.database.unit_of_work(scope=EVERYWHERE) as unit:
            found = list(unit.session.scalars(select(Pupil.school_id)))
        return {one: found.count(one) for one in (self.first, self.second, self.elsewhere)}


@pytest.fixture
def world(sqlite_database: Database, tmp_path: Path) -> World:
    return build_world(sqlite_database, tmp_path)


@pytest.fixture
def anywhere(database: Database, tmp_path: Path) -> World:
    """The same on both databases: what ends a run early is no matter of the database."""
    return build_world(database, tmp_path)


def build_world(database: Database, tmp_path: Path) -> World:
    authority = make_authority(database)
    other = make_authority(database, "888", "Other Authority")
    first, second = make_school(database, "Brook"), make_school(database, "Ash")
    elsewhere = make_school(database, laestab="8882001", local_authority_id=other)
    for school, *born in (
        # 25 on 20/11/2025, in the year of today; 25 on 31/8/2025, in the year before; and 10.
        (first, date(2000, 11, 20), date(2000, 8, 31), date(2015, 1, 1)),
        (second, date(1999, 10, 1), date(1990, 1, 1)),
        (elsewhere, date(1990, 1, 1)),
    ):
        for day in born:
            make_pupil(database, school, pupil={"date_of_birth": day})
    admin = make_user(database, Role.LA_ADMIN, local_authority_id=authority)
    world = World(database, tmp_path / "secret", authority, first, second, elsewhere, admin)
    with database.unit_of_work(scope=EVERYWHERE) as unit:
        held = unit.session.scalars(
            select(Pupil.id).where(
                Pupil.school_id == second, Pupil.date_of_birth == date(1990, 1, 1)
            )
        ).one()
    place_hold(world.caller(), second, held, "A claim is open")
    place_hold(world.caller(), second, held, "Another claim is open")
    return world


def test_retention_of_authority_tells_by_school_and_year_and_who_is_held(anywhere: World) -> None:
    found = retention_of_authority(anywhere.caller(), anywhere.authority)
    assert [(school.name, school.overview.years) for school in found.schools] == [
        ("Ash", (YearCount(2014, 0, 1), YearCount(2024, 1, 0))),
        ("Brook", (YearCount(2024, 1, 0), YearCount(2025, 1, 0))),
    ]
    (held,) = found.held  # once, though two holds stand
    assert (held.school, held.kept_until) == ("Ash", date(2015, 1, 1))
    assert found.due == 3


def test_run_erases_school_after_school_what_is_due_and_not_held(anywhere: World) -> None:
    with pytest.raises(Conflict, match=r"were 2 .* are 3 now"):
        order_retention(anywhere.caller(), anywhere.authority, expected=2)
    anywhere.order()
    with pytest.raises(Conflict, match="under way"):
        anywhere.order()
    assert anywhere.advance()
    assert anywhere.left() == {anywhere.first: 1, anywhere.second: 2, anywhere.elsewhere: 1}
    assert (anywhere.state().schools_done, anywhere.state().erased) == (1, 2)
    while anywhere.advance():
        assert not anywhere.state().is_over or anywhere.state().erased == 3
    assert anywhere.left() == {anywhere.first: 1, anywhere.second: 1, anywhere.elsewhere: 1}
    state = anywhere.state()
    assert (state.schools_done, state.schools, state.due) == (2, 2, 3)
    assert (state.held, state.erased, state.is_over, state.is_cancelled) == (1, 3, True, False)
    assert len(tombstone_file(anywhere.secret).read_text().splitlines()) == 3
    (entry,) = audit_rows(anywhere.database, "retention run")
    told = json.loads(entry.detail)
    assert (entry.user_id, told["erased"], told["held"]) == (anywhere.admin, 3, 1)
    ordered = audit_rows(anywhere.database, "erasure ordered")
    assert {row.user_id for row in ordered} == {anywhere.admin}
    with pytest.raises(InvalidEntry, match="each is held"):
        order_retention(anywhere.caller(), anywhere.authority, expected=0)


def test_run_that_is_cancelled_ends_before_its_next_school(world: World) -> None:
    run = world.order()
    assert world.advance()
    assert cancel_retention(world.caller(), world.authority, run)
    assert world.state().is_cancelled
    assert not world.state().is_over
    while world.advance():
        pass
    assert world.left() == {world.first: 1, world.second: 2, world.elsewhere: 1}
    state = world.state()
    assert (state.is_over, state.schools_done, state.erased) == (True, 1, 2)
    assert not cancel_retention(world.caller(), world.authority, run)
    other = make_user(
        world.database, Role.LA_ADMIN, local_authority_id=make_authority(world.database, "888")
    )
    with pytest.raises(NotFound):
        cancel_retention(world.caller(other), make_authority(world.database, "888"), run)


def test_run_of_somebody_who_may_no_longer_ends_early(world: World) -> None:
    world.order()
    change_status(world.database, world.admin, AccountStatus.DISABLED)
    while world.advance():
        pass
    assert world.left() == {world.first: 3, world.second: 2, world.elsewhere: 1}
    world.admin = make_user(world.database, Role.LA_ADMIN, local_authority_id=world.authority)
    state = world.state()
    assert (state.is_over, state.erased, state.schools_done) == (True, 0, 0)
    assert "no longer" in state.message


def test_run_that_broke_off_ends_when_its_orders_are_carried_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object, **__: object) -> int:
        raise ConfigurationError("The disk is full.")

    world.order()
    monkeypatch.setattr(retention_runs, "carry_out_orders", fail)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            world.advance()
    monkeypatch.undo()
    assert not world.advance()  # every school is done, and what was ordered there still waits
    assert not world.state().is_over
    assert carry_out_erasures(world.database, world.secret, clock=clock) == 3
    assert world.advance()
    assert (world.state().is_over, world.state().erased) == (True, 3)
    assert not world.advance()


def test_run_orders_nothing_without_the_secret_of_earlier_tombstones(world: World) -> None:
    tombstone_file(world.secret).write_text("")
    world.order()
    with pytest.raises(ConfigurationError, match="old secret"):
        world.advance()
    assert audit_rows(world.database, "erasure ordered") == []
