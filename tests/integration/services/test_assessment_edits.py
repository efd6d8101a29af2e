"""Changing an assessment: what is saved, asked first and refused, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pupiltrack_core.access import SCHOOL_ROLES, Role
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.assessment_entries import AssessmentEntry
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessment_marks import EditEffect, MarkCount
from pupiltrack_core.services.assessments import (
    ASSESSMENT_CHANGED,
    AssessmentInfo,
    EditResult,
    assessments_for,
    create_assessment,
    describe_assessment,
    edit_assessment,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.test_types import (
    TestTypeEntry,
    add_kind_of_test,
    archive_kind_of_test,
)
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    NOW,
    YEAR,
    make_assessment,
    make_judgements,
    make_pupil,
    make_school,
)
from tests.integration.services.grid_world import World, selection_of
from tests.integration.services.people import ROLES_WITH_NAMES, audit_rows

SAVED = EditResult(True, EditEffect())


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def entry_of(info: AssessmentInfo, **changed: Any) -> AssessmentEntry:
    held = AssessmentEntry(
        name=info.name,
        held_on=info.held_on,
        year_groups=info.year_groups,
        subjects=[subject.value for subject in info.subjects],
        formative_title=info.formative_title,
        test_title=info.test_title,
        test_type_id=info.test_type_id,
        has_phonics=info.has_phonics,
    )
    return replace(held, **changed)


def present(world: World) -> AssessmentInfo:
    return next(
        item
        for item in assessments_for(world.caller, world.school, YEAR)
        if item.id == world.assessment
    )


def edit(world: World, *, agreed: EditEffect | None = None, **changed: Any) -> EditResult:
    info = present(world)
    return edit_assessment(
        world.caller,
        school_id=world.school,
        assessment_id=world.assessment,
        version=info.version,
        entry=entry_of(info, **changed),
        agreed=agreed or EditEffect(),
    )


def test_edit_assessment_changes_all_that_can_be_set(world: World) -> None:
    result = edit(
        world,
        name=" Winter  term ",
        held_on=date(YEAR + 1, 1, 9),
        year_groups=[5, 4],
        subjects=["SCIE", "HIST", "READ"],
        formative_title="Steps",
        test_title="NFER",
    )
    assert result == SAVED
    info = present(world)
    assert (info.name, info.held_on, info.year_groups) == (
        "Winter term",
        date(YEAR + 1, 1, 9),
        (4, 5),
    )
    assert info.subjects == (*CORE_SUBJECTS, Subject.HISTORY, Subject.SCIENCE)
    assert (info.formative_title, info.test_title, info.has_phonics) == ("Steps", "NFER", True)
    assert info.version == 2
    (row,) = audit_rows(world.database, ASSESSMENT_CHANGED)
    assert json.loads(row.detail) == {
        "assessment": world.assessment,
        "academic_year": YEAR,
        "year_groups": [4, 5],
        "subjects": 5,
        "hidden": 0,
        "outside": 0,
    }


def test_edit_assessment_adds_without_asking_and_keeps_every_mark(world: World) -> None:
    world.put("O")
    before = world.stored()
    assert edit(world, subjects=[subject.value for subject in Subject], year_groups=[4, 5, 6])
    assert present(world).subjects == tuple(Subject)
    assert world.stored() == before


@pytest.mark.parametrize(
    ("mark", "taken_away"),
    [
        ({"subject": "SCIE"}, {"subjects": []}),
        ({"kind": "formative"}, {"formative_title": None}),
        ({"kind": "test"}, {"test_title": " "}),
        ({"kind": "phonics"}, {"has_phonics": False}),
        ({}, {"year_groups": [5]}),
    ],
)
def test_edit_assessment_asks_before_marks_go_out_of_sight(
    world: World, mark: dict[str, str], taken_away: dict[str, Any]
) -> None:
    value = "12" if mark.get("kind") == "test" else "O"
    world.put(value, **mark)
    world.put(value, pupil=world.ben, **mark)
    before, cells = present(world), world.stored()
    asked = edit(world, **taken_away)
    assert asked == EditResult(False, EditEffect(hidden=MarkCount(2, 2)))
    assert present(world) == before

    assert edit(world, agreed=asked.effect, **taken_away).is_saved
    assert world.stored() == cells
    if "year_groups" not in taken_away:
        shown = load_grid(world.caller, selection_of(world), [world.assessment]).cells
        assert {key for _, key in shown} == {"include"}

    back = entry_of(before)
    result = edit_assessment(
        world.caller,
        school_id=world.school,
        assessment_id=world.assessment,
        version=present(world).version,
        entry=back,
    )
    assert result == SAVED
    shown = load_grid(world.caller, selection_of(world), [world.assessment]).cells
    assert shown[world.ana, world.key(**mark)][:2] == (value, 1)


def test_edit_assessment_asks_again_when_more_marks_came_meanwhile(world: World) -> None:
    world.put("O", subject="SCIE")
    asked = edit(world, subjects=[])
    world.put("B", subject="SCIE", pupil=world.ben)
    again = edit(world, subjects=[], agreed=asked.effect)
    assert again == EditResult(False, EditEffect(hidden=MarkCount(2, 2)))
    assert edit(world, subjects=[], agreed=again.effect).is_saved


def test_edit_assessment_does_not_ask_about_cleared_cells_and_archived_pupils(
    world: World,
) -> None:
    world.put("O", subject="SCIE")
    world.put(None, 1, subject="SCIE")
    gone = make_pupil(world.database, world.school, pupil={"archived_from": 0})
    make_judgements(world.database, world.assessment, {gone: {"SCIE": "O"}})
    assert edit(world, subjects=[]) == SAVED


def test_edit_assessment_always_keeps_the_three_subjects(world: World) -> None:
    world.put("O")
    assert edit(world, subjects=[]) == SAVED
    assert present(world).subjects == CORE_SUBJECTS


def test_edit_assessment_over_another_version_is_a_conflict(world: World) -> None:
    mine = present(world)
    edit(world, name="Theirs")
    with pytest.raises(Conflict, match="still in the form") as caught:
        edit_assessment(
            world.caller,
            school_id=world.school,
            assessment_id=world.assessment,
            version=mine.version,
            entry=entry_of(mine, name="Mine"),
        )
    assert "Theirs, 15/12/2025" in str(caught.value.theirs)
    assert present(world).name == "Theirs"
    result = edit_assessment(
        world.caller,
        school_id=world.school,
        assessment_id=world.assessment,
        version=caught.value.version,
        entry=entry_of(mine, name="Mine"),
    )
    assert result == SAVED
    assert present(world).name == "Mine"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"held_on": date(YEAR, 8, 31)}, "held_on"),
        ({"held_on": date(YEAR + 1, 9, 1)}, "held_on"),
        ({"year_groups": []}, "year_groups"),
        ({"subjects": ["X01"]}, "subjects"),
        ({"test_type_id": 99_999}, "test_type"),
        ({"name": "spring", "held_on": date(YEAR + 1, 3, 20)}, "name"),
    ],
)
def test_edit_assessment_refuses_and_says_which_field(
    world: World, changed: dict[str, Any], field: str
) -> None:
    make_assessment(world.database, world.school, name="Spring", held_on=date(YEAR + 1, 3, 20))
    before = present(world)
    with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
        edit(world, **changed)
    assert caught.value.field == field
    assert present(world) == before


def test_edit_assessment_may_keep_its_own_name_and_date(world: World) -> None:
    assert edit(world, has_phonics=False) == SAVED


@pytest.mark.parametrize("case", ["unknown", "other school", "deleted"])
def test_edit_assessment_that_is_not_there_is_not_found(world: World, case: str) -> None:
    info = present(world)
    number = {
        "unknown": lambda: 99_999,
        "other school": lambda: make_assessment(world.database, make_school(world.database)),
        "deleted": lambda: make_assessment(world.database, world.school, deleted_at=NOW),
    }[case]()
    with pytest.raises(NotFound):
        edit_assessment(
            world.caller,
            school_id=world.school,
            assessment_id=number,
            version=1,
            entry=entry_of(info, name="Mine"),
        )
    with world.database.unit_of_work() as work:
        if case != "unknown":
            assert work.session.get_one(Assessment, number).name == "Autumn"


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_edit_assessment_is_for_the_school_s_own_staff(world: World, role: Role) -> None:
    world.caller = world.sign_in(role)
    if role in SCHOOL_ROLES:
        assert edit(world, name="Winter") == SAVED
        return
    with pytest.raises(AccessDenied):
        edit(world, name="Winter")
    assert present(world).name == "Autumn"


def test_edit_assessment_from_another_school_is_not_found(world: World) -> None:
    info = present(world)
    caller = world.sign_in(Role.HEAD, make_school(world.database))
    with pytest.raises(NotFound):
        edit_assessment(
            caller,
            school_id=world.school,
            assessment_id=world.assessment,
            version=info.version,
            entry=entry_of(info),
        )


def test_describe_assessment_tells_all_that_can_be_set(world: World) -> None:
    assert describe_assessment(present(world)) == (
        "Autumn, 15/12/2025; Year 4; Reading, Writing, Maths, Science; "
        "formative curriculum: Book band; test scores: Test; a phonics column"
    )


# --- kinds of test ------------------------------------------------------------------------------


def kind_of_test(world: World, **values: Any) -> int:
    caller = Caller.for_operator(world.database)
    entry = TestTypeEntry(**({"name": "Standardised", "lowest": "69", "highest": "141"} | values))
    return add_kind_of_test(caller, world.school, entry)


def test_edit_assessment_to_a_kind_of_test_asks_about_scores_outside(world: World) -> None:
    world.put("12", kind="test")
    world.put("100", kind="test", subject="MATH")
    number = kind_of_test(world)
    asked = edit(world, test_type_id=number)
    assert asked == EditResult(False, EditEffect(outside=MarkCount(1, 1)))
    assert edit(world, test_type_id=number, agreed=asked.effect).is_saved
    info = present(world)
    assert info.test_type is not None
    assert (info.test_type.name, info.test_type_id) == ("Standardised", number)
    shown = load_grid(world.caller, selection_of(world), [world.assessment]).cells
    assert shown[world.ana, world.key(kind="test")][0] == "12"
    # What lies outside already is not asked about again.
    assert edit(world, name="Winter") == SAVED


def test_recording_a_score_outside_the_range_is_refused_with_the_range(world: World) -> None:
    edit(world, test_type_id=kind_of_test(world))
    outcome = world.put("142", kind="test")
    assert outcome.status == "refused"
    assert outcome.reason == "Standardised: enter a whole number from 69 to 141."
    assert world.put("141", kind="test").status == "saved"


def test_edit_assessment_keeps_a_kind_of_test_that_was_archived(world: World) -> None:
    number = kind_of_test(world)
    edit(world, test_type_id=number)
    archive_kind_of_test(Caller.for_operator(world.database), world.school, number)
    assert edit(world, name="Winter") == SAVED
    assert present(world).test_type_id == number
    with pytest.raises(InvalidEntry, match="archived"):
        create_assessment(
            world.caller,
            school_id=world.school,
            academic_year=YEAR,
            name="Spring",
            held_on=date(YEAR + 1, 3, 1),
            year_groups=[4],
            subjects=[],
            test_title="T",
            test_type_id=number,
        )


def test_edit_assessment_without_a_test_title_has_no_kind_of_test(world: World) -> None:
    number = kind_of_test(world)
    assert edit(world, test_title=None, test_type_id=number) == SAVED
    assert present(world).test_type_id is None


def test_create_assessment_with_another_school_s_kind_of_test_is_refused(world: World) -> None:
    other = World(world.database)
    with pytest.raises(InvalidEntry) as caught:
        edit(world, test_type_id=kind_of_test(other))
    assert caught.value.field == "test_type"
