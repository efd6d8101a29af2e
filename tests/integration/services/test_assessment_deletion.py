"""Deleting an assessment and bringing it back, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound
from pupiltrack_core.services.assessment_deletion import (
    ASSESSMENT_BROUGHT_BACK,
    ASSESSMENT_DELETED,
    Deletion,
    bring_back_assessment,
    delete_assessment,
    deleted_assessments,
    marks_of_assessment,
)
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessment_marks import MarkCount
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.recording import CellChange
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_pupil,
    make_school,
)
from tests.integration.services.grid_world import World, selection_of
from tests.integration.services.people import TurnableClock, audit_rows


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def delete(world: World, marks: int = 0, caller: Caller | None = None) -> Deletion:
    return delete_assessment(
        caller or world.caller,
        school_id=world.school,
        assessment_id=world.assessment,
        agreed=MarkCount(marks, marks),
    )


def bring_back(world: World, caller: Caller | None = None, number: int | None = None) -> None:
    bring_back_assessment(
        caller or world.caller,
        school_id=world.school,
        assessment_id=number or world.assessment,
    )


def test_marks_of_assessment_counts_what_is_in_sight(world: World) -> None:
    world.put("O")
    world.put("O", subject="SCIE")
    world.put("T", pupil=world.ben)
    world.put(None, 1, pupil=world.ben)
    marks = marks_of_assessment(world.caller, world.school, world.assessment)
    assert marks == MarkCount(2, 1)
    assert marks.words == "2 marks of 1 pupil"


def test_delete_assessment_hides_it_and_bring_back_shows_every_mark(world: World) -> None:
    world.put("O")
    world.put("12", kind="test", pupil=world.ben)
    cells = world.stored()
    before = load_grid(world.caller, selection_of(world), [world.assessment])
    assert delete(world, 2) == Deletion(True, MarkCount(2, 2))
    assert assessments_for(world.caller, world.school, YEAR) == ()
    with pytest.raises(NotFound):
        load_grid(world.caller, selection_of(world), [world.assessment])
    assert world.put("D", 1).status == "refused"
    assert world.stored() == cells

    bring_back(world)
    after = load_grid(world.caller, selection_of(world), [world.assessment])
    assert after.cells == before.cells
    assert deleted_assessments(world.caller, world.school) == ()
    (deleted,) = audit_rows(world.database, ASSESSMENT_DELETED)
    assert json.loads(deleted.detail) == {
        "assessment": world.assessment,
        "academic_year": YEAR,
        "marks": 2,
        "pupils": 2,
    }
    assert len(audit_rows(world.database, ASSESSMENT_BROUGHT_BACK)) == 1


def test_delete_assessment_asks_again_when_marks_came_meanwhile(world: World) -> None:
    world.put("O")
    assert delete(world) == Deletion(False, MarkCount(1, 1))
    assert len(assessments_for(world.caller, world.school, YEAR)) == 1


def test_delete_assessment_twice_is_not_found(world: World) -> None:
    delete(world)
    with pytest.raises(NotFound):
        delete(world)
    with pytest.raises(NotFound):
        marks_of_assessment(world.caller, world.school, world.assessment)


def test_deleted_assessments_says_how_many_days_are_left(world: World) -> None:
    clock = TurnableClock()
    caller = Caller.for_operator(world.database, clock=clock)
    delete(world, caller=caller)
    # Deleted 20 November at 9:00: offered until 20 December, 9:00.
    for hours, left in ((0, 30), (23, 30), (24, 29), (29 * 24, 1), (30 * 24 - 1, 1)):
        clock.now = NOW + timedelta(hours=hours)
        (item,) = deleted_assessments(caller, world.school)
        assert (item.assessment.id, item.academic_year) == (world.assessment, YEAR)
        assert item.days_left == left
        assert item.deleted_at == NOW
    clock.now = NOW + timedelta(days=30)
    assert deleted_assessments(caller, world.school) == ()
    with pytest.raises(NotFound, match="30 days"):
        bring_back(world, caller)
    clock.now -= timedelta(seconds=1)
    bring_back(world, caller)
    assert len(assessments_for(world.caller, world.school, YEAR)) == 1


def test_bring_back_assessment_whose_name_and_date_are_taken_is_refused(world: World) -> None:
    delete(world)
    make_assessment(world.database, world.school, year_groups=(4, 5), name="AUTUMN")
    with pytest.raises(InvalidEntry, match="This one was not brought back"):
        bring_back(world)
    assert len(deleted_assessments(world.caller, world.school)) == 1


@pytest.mark.parametrize("case", ["unknown", "other school", "never deleted"])
def test_bring_back_assessment_that_is_not_deleted_is_not_found(world: World, case: str) -> None:
    number = {
        "unknown": lambda: 99_999,
        "other school": lambda: make_assessment(
            world.database, make_school(world.database), deleted_at=NOW
        ),
        "never deleted": lambda: world.assessment,
    }[case]()
    with pytest.raises(NotFound):
        bring_back(world, Caller.for_operator(world.database, clock=TurnableClock()), number)


def test_deleted_assessments_are_of_every_year_and_this_school(world: World) -> None:
    clock = TurnableClock()
    caller = Caller.for_operator(world.database, clock=clock)
    old = make_assessment(
        world.database, world.school, academic_year=YEAR - 1, deleted_at=NOW - timedelta(days=2)
    )
    make_assessment(world.database, make_school(world.database), deleted_at=NOW)
    delete(world, caller=caller)
    found = [
        (item.assessment.id, item.academic_year)
        for item in deleted_assessments(caller, world.school)
    ]
    assert found == [(world.assessment, YEAR), (old, YEAR - 1)]


_CALLS: dict[str, Callable[[World], object]] = {
    "marks": lambda world: marks_of_assessment(world.caller, world.school, world.assessment),
    "delete": delete,
    "deleted": lambda world: deleted_assessments(world.caller, world.school),
    "bring back": bring_back,
}


@pytest.mark.parametrize("role", [Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN])
def test_deletion_by_the_local_authority_is_denied(world: World, role: Role) -> None:
    world.caller = world.sign_in(role)
    for call in _CALLS.values():
        with pytest.raises(AccessDenied):
            call(world)
    assert len(assessments_for(world.caller, world.school, YEAR)) == 1


def test_deletion_from_another_school_is_not_found(world: World) -> None:
    world.caller = world.sign_in(Role.HEAD, make_school(world.database))
    for call in _CALLS.values():
        with pytest.raises(NotFound):
            call(world)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.HEAD, Role.DATA_MANAGER])
def test_deletion_is_for_the_school_s_own_staff(world: World, role: Role) -> None:
    world.caller = world.sign_in(role)
    assert delete(world).is_done
    bring_back(world)


def test_delete_assessment_does_not_count_pupils_of_other_year_groups(world: World) -> None:
    mover = make_pupil(world.database, world.school, year_group=5)
    (refused,) = world.record(CellChange(mover, world.key(), "O", 0))
    assert refused.status == "refused"
    assert delete(world).is_done
