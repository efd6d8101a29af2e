"""A school's kinds of test and their ranges, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.test_ranges import READY_RANGES, TestRange
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.test_types import (
    MOST_TYPES,
    TEST_TYPE_ARCHIVED,
    TEST_TYPE_BROUGHT_BACK,
    TEST_TYPE_CHANGED,
    RangeEdit,
    TestTypeEntry,
    add_kind_of_test,
    add_ready_kinds,
    archive_kind_of_test,
    bring_back_kind_of_test,
    change_kind_of_test,
    kinds_of_test,
)
from pupiltrack_core.storage.assessment_models import Assessment, TestType
from pupiltrack_core.storage.engine import Database
from tests.builders import make_school
from tests.integration.services.grid_world import World
from tests.integration.services.people import ROLES_WITH_NAMES, audit_rows

AGE = TestTypeEntry("Reading age", "5", "18", "1")
SHOWN = TestRange("Reading age", 5, 18, 1)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def head(world: World) -> Caller:
    return world.sign_in(Role.HEAD)


def held(world: World, head: Caller) -> list[tuple[TestRange, bool]]:
    return [(item.range, item.is_archived) for item in kinds_of_test(head, world.school)]


def use(world: World, number: int) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, world.assessment).test_type_id = number
        work.commit()


def change(world: World, head: Caller, number: int, *, agreed: int = 0, **values: Any) -> RangeEdit:
    texts = {"name": "Reading age", "lowest": "5", "highest": "18", "decimals": "1"} | values
    return change_kind_of_test(
        head, world.school, number, TestTypeEntry(**texts), shown=SHOWN, agreed=agreed
    )


def test_add_kind_of_test_stores_what_was_entered(world: World, head: Caller) -> None:
    add_kind_of_test(head, world.school, TestTypeEntry("  Reading   age ", " 5 ", "18", "1"))
    assert held(world, head) == [(SHOWN, False)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "reading AGE"}, "name"),
        ({"lowest": ""}, "lowest"),
        ({"lowest": "-1"}, "lowest"),
        ({"lowest": "5.5"}, "lowest"),
        ({"lowest": "\u0665"}, "lowest"),
        ({"highest": "1000"}, "highest"),
        ({"highest": "9" * 5000}, "highest"),
        ({"lowest": "18"}, "highest"),
        ({"decimals": "3"}, "decimals"),
        ({"decimals": "x"}, "decimals"),
    ],
)
def test_add_kind_of_test_refuses_and_says_which_field(
    world: World, head: Caller, changed: dict[str, str], field: str
) -> None:
    add_kind_of_test(head, world.school, AGE)
    values = {"name": "Another", "lowest": "5", "highest": "18", "decimals": "1"} | changed
    with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
        add_kind_of_test(head, world.school, TestTypeEntry(**values))
    assert caught.value.field == field
    assert held(world, head) == [(SHOWN, False)]


def test_add_kind_of_test_beyond_the_most_is_refused(world: World, head: Caller) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.add_all(
            TestType(school_id=world.school, name=f"Test {number}", lowest=0, highest=9)
            for number in range(MOST_TYPES)
        )
        work.commit()
    with pytest.raises(InvalidEntry, match=f"at most {MOST_TYPES}"):
        add_kind_of_test(head, world.school, AGE)


def test_add_ready_kinds_adds_those_not_there_yet(world: World, head: Caller) -> None:
    add_kind_of_test(head, world.school, TestTypeEntry("PERCENTAGE", "1", "2"))
    assert add_ready_kinds(head, world.school) == 2
    assert {item.name for item, _ in held(world, head)} == {
        "PERCENTAGE",
        READY_RANGES[0].name,
        READY_RANGES[1].name,
    }
    assert add_ready_kinds(head, world.school) == 0


def test_change_kind_of_test_says_how_many_scores_would_lie_outside(
    world: World, head: Caller
) -> None:
    number = add_kind_of_test(head, world.school, AGE)
    world.put("7.5", kind="test")
    world.put("12", kind="test", subject="MATH")
    world.put("17", kind="test", pupil=world.ben)
    world.put("200", kind="test", subject="WRIT")  # outside already
    use(world, number)
    # 17 is above 16, 7.5 has a decimal.
    asked = change(world, head, number, highest="16", decimals="0")
    assert asked == RangeEdit(False, 2)
    assert held(world, head) == [(SHOWN, False)]
    before = world.stored()
    assert change(world, head, number, highest="16", decimals="0", agreed=2) == RangeEdit(True, 2)
    assert held(world, head) == [(TestRange("Reading age", 5, 16, 0), False)]
    assert world.stored() == before
    (row,) = audit_rows(world.database, TEST_TYPE_CHANGED)
    assert json.loads(row.detail) == {"test_type": number, "outside": 2}
    assert world.put("17", kind="test", subject="GPS").status == "refused"


def test_change_kind_of_test_may_keep_its_name(world: World, head: Caller) -> None:
    number = add_kind_of_test(head, world.school, AGE)
    assert change(world, head, number, highest="19") == RangeEdit(True, 0)


def test_change_kind_of_test_that_was_changed_meanwhile_is_a_conflict(
    world: World, head: Caller
) -> None:
    number = add_kind_of_test(head, world.school, AGE)
    change(world, head, number, highest="19")
    with pytest.raises(Conflict) as caught:
        change(world, head, number, highest="20")
    assert caught.value.theirs == "Reading age: a number from 5 to 19 with at most one decimal"


def test_archived_kind_of_test_can_be_brought_back(world: World, head: Caller) -> None:
    number = add_kind_of_test(head, world.school, AGE)
    archive_kind_of_test(head, world.school, number)
    assert held(world, head) == [(SHOWN, True)]
    bring_back_kind_of_test(head, world.school, number)
    assert held(world, head) == [(SHOWN, False)]
    for action in (TEST_TYPE_ARCHIVED, TEST_TYPE_BROUGHT_BACK):
        assert len(audit_rows(world.database, action)) == 1


def test_kind_of_test_of_another_school_is_not_found(world: World, head: Caller) -> None:
    other = World(world.database)
    number = add_kind_of_test(other.sign_in(Role.HEAD), other.school, AGE)
    with pytest.raises(NotFound):
        change(world, head, number)
    with pytest.raises(NotFound):
        archive_kind_of_test(head, world.school, number)


_CALLS: dict[str, Callable[[Caller, int, int], object]] = {
    "add": lambda caller, school, _: add_kind_of_test(
        caller, school, TestTypeEntry("Marks", "0", "40")
    ),
    "ready": lambda caller, school, _: add_ready_kinds(caller, school),
    "change": lambda caller, school, number: change_kind_of_test(
        caller, school, number, TestTypeEntry("Age", "0", "40"), shown=SHOWN
    ),
    "archive": archive_kind_of_test,
    "bring back": bring_back_kind_of_test,
}


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_kinds_of_test_are_kept_by_heads_and_data_managers(
    world: World, head: Caller, role: Role
) -> None:
    number = add_kind_of_test(head, world.school, AGE)
    caller = world.sign_in(role)
    assert len(kinds_of_test(caller, world.school)) == 1  # everyone may read them
    for call in _CALLS.values():
        if role in (Role.HEAD, Role.DATA_MANAGER):
            call(caller, world.school, number)
            continue
        with pytest.raises(AccessDenied):
            call(caller, world.school, number)
        assert held(world, head) == [(SHOWN, False)]


def test_kinds_of_test_from_another_school_are_not_found(world: World, head: Caller) -> None:
    number = add_kind_of_test(head, world.school, AGE)
    caller = world.sign_in(Role.HEAD, make_school(world.database))
    for call in _CALLS.values():
        with pytest.raises(NotFound):
            call(caller, world.school, number)
    with pytest.raises(NotFound):
        kinds_of_test(caller, world.school)
