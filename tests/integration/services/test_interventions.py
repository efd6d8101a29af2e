"""What is done for a pupil: kept, changed, deleted, brought back, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.rounding import NOT_APPLICABLE
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.services import interventions as service
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.intervention_entries import InterventionEntry
from pupiltrack_core.services.interventions import (
    add_pupil_intervention,
    bring_back_pupil_intervention,
    change_pupil_intervention,
    delete_pupil_intervention,
    interventions_of,
)
from pupiltrack_core.services.pupil_journey import journey_of
from pupiltrack_core.services.school_subjects import add_own_subject, archive_own_subject
from pupiltrack_core.storage.assessment_models import Assessment
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Enrolment, Pupil
from tests.builders import NOW, YEAR, make_assessment, make_judgements, make_pupil, make_session
from tests.integration.services.grid_world import World
from tests.integration.services.people import ROLES_WITH_NAMES, audit_rows

ENTRY = InterventionEntry(
    title="Phonics catch-up",
    academic_year=YEAR,
    subject="READ",
    details="Every day\nfor ten minutes",
    starts_on=date(2026, 1, 5),
    ends_on=date(2026, 3, 20),
    group_name="Robins group",
    run_by="Mrs Teal",
    cost="£1,250.50",
)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def add(world: World, **values: Any) -> int:
    return add_pupil_intervention(world.caller, world.school, world.ana, replace(ENTRY, **values))


def change(world: World, number: int, version: int = 1, **values: Any) -> None:
    entry = replace(ENTRY, **values)
    change_pupil_intervention(world.caller, world.school, world.ana, number, entry, version=version)


def titles(world: World, pupil: int | None = None) -> list[str]:
    found = interventions_of(world.caller, world.school, pupil or world.ana)
    return [item.stored.title for item in found.interventions]


# --- kept ---------------------------------------------------------------------------------------


def test_add_keeps_everything_that_was_entered(world: World) -> None:
    number = add(world, assessment_id=world.assessment, title="  Phonics   catch-up ")
    held = interventions_of(world.caller, world.school, world.ana)
    (item,) = held.interventions
    assert (item.stored.id, item.stored.version, item.stored.academic_year) == (number, 1, YEAR)
    assert (item.stored.title, item.subject, item.assessment) == (
        "Phonics catch-up",
        "Reading",
        "Autumn",
    )
    assert item.stored.details == "Every day\nfor ten minutes"
    assert item.when == "05/01/2026 to 20/03/2026"
    assert (item.stored.group_name, item.stored.run_by) == ("Robins group", "Mrs Teal")
    assert (item.stored.cost_pence, item.cost) == (125_050, "£1,250.50")
    assert held.may_change
    assert titles(world, world.ben) == []
    (row,) = audit_rows(world.database, service.INTERVENTION_ADDED)
    assert json.loads(row.detail) == {"pupil": world.ana, "intervention": number}


def test_add_with_nothing_but_a_title_tells_no_cost_from_cost_of_nothing(world: World) -> None:
    add_pupil_intervention(
        world.caller, world.school, world.ana, InterventionEntry("Chess club", YEAR)
    )
    add(world, title="Free", cost="0", starts_on=None, ends_on=date(2026, 3, 20))
    free, chess = interventions_of(world.caller, world.school, world.ana).interventions
    assert (chess.stored.cost_pence, chess.cost, chess.when) == (None, "", "")
    assert (free.stored.cost_pence, free.cost, free.when) == (0, "£0.00", "Until 20/03/2026")
    assert (chess.before, chess.after) == (NOT_APPLICABLE, NOT_APPLICABLE)
    assert (free.before, free.after) == ("No start date", "No assessment since")


def test_interventions_stand_newest_first(world: World) -> None:
    for title, start, end in (
        ("Autumn", date(2025, 9, 15), None),
        ("Spring", date(2026, 1, 5), None),
        ("No dates", None, None),
        ("End only", None, date(2025, 11, 1)),
    ):
        add(world, title=title, starts_on=start, ends_on=end)
    assert titles(world) == ["Spring", "End only", "Autumn", "No dates"]


def test_intervention_is_part_of_the_journey(world: World) -> None:
    add(world)
    (event,) = [
        event
        for event in journey_of(world.caller, world.school, world.ana).events
        if event.title == "Phonics catch-up"
    ]
    assert "Run by Mrs Teal" in event.details


# --- what came of it ----------------------------------------------------------------------------


def test_before_and_after_are_the_judgements_around_it(world: World) -> None:
    spring = make_assessment(world.database, world.school, name="Spring", held_on=date(2026, 3, 27))
    make_assessment(world.database, world.school, name="Summer", held_on=date(2026, 7, 1))
    make_judgements(world.database, world.assessment, {world.ana: {"READ": "T", "MATH": "B"}})
    make_judgements(world.database, spring, {world.ana: {"READ": "O"}, world.ben: {"MATH": "D"}})
    add(world)
    add(world, title="Sums", subject="MATH")
    sums, phonics = interventions_of(world.caller, world.school, world.ana).interventions
    assert (phonics.before, phonics.after) == (
        "Towards (Autumn, 15/12/2025)",
        "On track (Spring, 27/03/2026)",
    )
    assert (sums.before, sums.after) == (
        "Below (Autumn, 15/12/2025)",
        "No data (Spring, 27/03/2026)",
    )


def test_before_is_of_the_year_group_the_pupil_was_in_then(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.add(
            Enrolment(
                school_id=world.school, academic_year=YEAR - 1, pupil_id=world.ana, year_group=3
            )
        )
        work.commit()
    last_year = {"academic_year": YEAR - 1, "year_groups": (3,)}
    earlier = make_assessment(world.database, world.school, name="Year 3", **last_year)
    make_judgements(world.database, earlier, {world.ana: {"READ": "D"}})
    make_assessment(  # this year's Year 3, which is not hers any more
        world.database, world.school, name="Not hers", year_groups=(3,), held_on=date(2025, 11, 1)
    )
    add(world, starts_on=date(2025, 11, 3))
    (item,) = interventions_of(world.caller, world.school, world.ana).interventions
    assert item.before == "Deeper learning (Year 3, 15/12/2024)"


def test_deleted_assessments_count_neither_before_nor_after(world: World) -> None:
    make_judgements(world.database, world.assessment, {world.ana: {"READ": "T"}})
    add(world, assessment_id=world.assessment)
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, world.assessment).deleted_at = NOW
        work.commit()
    (item,) = interventions_of(world.caller, world.school, world.ana).interventions
    assert (item.before, item.after) == ("No assessment before", "No assessment since")
    assert item.assessment == "Autumn"  # it still says what it was entered for
    change(world, item.stored.id, assessment_id=world.assessment, title="Kept")
    assert titles(world) == ["Kept"]


# --- what is refused ----------------------------------------------------------------------------


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"title": " \n "}, "title"),
    ({"title": "x" * 101}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"title": "a\u202eb"}, "title"),
    ({"academic_year": YEAR - 1}, "academic_year"),
    ({"academic_year": 0}, "academic_year"),
    ({"academic_year": 10**12}, "academic_year"),
    ({"assessment_id": 0}, "assessment_id"),
    ({"assessment_id": 10**12}, "assessment_id"),
    ({"subject": "NONE"}, "subject"),
    ({"subject": "RWM"}, "subject"),
    ({"subject": "X01"}, "subject"),
    ({"starts_on": date(2025, 8, 31)}, "starts_on"),
    ({"starts_on": date(205, 9, 1)}, "starts_on"),
    ({"ends_on": date(2026, 9, 1)}, "ends_on"),
    ({"ends_on": date(2026, 1, 4)}, "ends_on"),
    ({"group_name": "x" * 61}, "group_name"),
    ({"run_by": "x" * 101}, "run_by"),
    ({"cost": "-1"}, "cost"),
    ({"cost": "12.345"}, "cost"),
    ({"cost": "100000"}, "cost"),
    ({"cost": "a lot"}, "cost"),
    ({"details": "x" * 4_001}, "details"),
    ({"details": "a\x07b"}, "details"),
]


def test_add_refuses_and_says_which_field(world: World) -> None:
    fields = []
    for values, _ in REFUSED:
        with pytest.raises(InvalidEntry, match="Nothing was saved") as caught:
            add(world, **values)
        fields.append((values, caught.value.field))
    assert fields == REFUSED
    assert titles(world) == []
    assert audit_rows(world.database, service.INTERVENTION_ADDED) == []


def test_add_keeps_script_emoji_and_other_scripts_as_they_are(world: World) -> None:
    words = "<script>alert(1)</script> 📚 قراءة 'O\u2019Neil\""
    add(world, title=words, details=f"{words} 👩\u200d🏫", run_by=words, group_name=words[:60])
    (item,) = interventions_of(world.caller, world.school, world.ana).interventions
    assert (item.stored.title, item.stored.run_by) == (words, words)
    assert item.stored.details.endswith("👩\u200d🏫")


def test_add_takes_own_subjects_in_use_and_keeps_archived_ones(world: World) -> None:
    head = world.sign_in(Role.HEAD)
    code = add_own_subject(head, world.school, label="Chess", short="Chess")
    number = add(world, subject=code)
    archive_own_subject(head, world.school, code)
    with pytest.raises(InvalidEntry, match="archived"):
        add(world, subject=code)
    change(world, number, subject=code, title="Still chess")
    (item,) = interventions_of(world.caller, world.school, world.ana).interventions
    assert (item.stored.title, item.subject) == ("Still chess", "Chess")


def test_add_refuses_assessments_of_other_years_pupils_and_schools(world: World) -> None:
    other = World(world.database)
    not_hers = make_assessment(world.database, world.school, name="Y3", year_groups=(3,))
    for number in (other.assessment, not_hers):
        with pytest.raises(InvalidEntry) as caught:
            add(world, assessment_id=number)
        assert caught.value.field == "assessment_id"


# --- two people, and deleting -------------------------------------------------------------------


def test_change_stores_what_differs_and_names_it_in_the_audit(world: World) -> None:
    number = add(world)
    change(world, number, cost="", ends_on=None)
    (item,) = interventions_of(world.caller, world.school, world.ana).interventions
    assert (item.stored.version, item.stored.cost_pence, item.when) == (2, None, "From 05/01/2026")
    (row,) = audit_rows(world.database, service.INTERVENTION_CHANGED)
    assert json.loads(row.detail) == {
        "pupil": world.ana,
        "intervention": number,
        "fields": ["ends_on", "cost_pence"],
    }


def test_change_of_nothing_writes_nothing(world: World) -> None:
    number = add(world)
    change(world, number)
    (item,) = interventions_of(world.caller, world.school, world.ana).interventions
    assert item.stored.version == 1
    assert audit_rows(world.database, service.INTERVENTION_CHANGED) == []


def test_change_of_what_someone_changed_first_is_a_conflict_with_theirs(world: World) -> None:
    number = add(world)
    change(world, number, title="Theirs", cost="5", subject="MATH")
    with pytest.raises(Conflict, match="Nothing was saved") as caught:
        change(world, number, title="Mine", cost="5", subject="")
    assert caught.value.theirs == "Intervention: Theirs\nSubject: Maths"
    assert "Theirs" not in str(caught.value)
    assert titles(world) == ["Theirs"]
    change(world, number, caught.value.version, title="Mine", cost="5", subject="")
    assert titles(world) == ["Mine"]


def test_change_to_what_someone_stored_already_is_no_conflict(world: World) -> None:
    number = add(world)
    change(world, number, title="The same")
    change(world, number, title="The same")
    assert titles(world) == ["The same"]


def test_delete_and_bring_back(world: World) -> None:
    number = add(world)
    key = (world.caller, world.school, world.ana, number)
    delete_pupil_intervention(*key, version=1)
    assert titles(world) == []
    with pytest.raises(NotFound, match="saved as a new one"):
        change(world, number, version=2, title="x")
    with pytest.raises(NotFound):
        delete_pupil_intervention(*key, version=2)
    bring_back_pupil_intervention(*key)
    bring_back_pupil_intervention(*key)  # once more does nothing
    assert titles(world) == ["Phonics catch-up"]
    assert len(audit_rows(world.database, service.INTERVENTION_DELETED)) == 1
    assert len(audit_rows(world.database, service.INTERVENTION_BROUGHT_BACK)) == 1


def test_delete_of_what_someone_changed_first_is_a_conflict(world: World) -> None:
    number = add(world)
    change(world, number, title="Theirs")
    with pytest.raises(Conflict, match="not deleted"):
        delete_pupil_intervention(world.caller, world.school, world.ana, number, version=1)
    assert titles(world) == ["Theirs"]


# --- who may ------------------------------------------------------------------------------------

Call = Callable[[Caller, int, int, int], object]
WRITES: dict[str, Call] = {
    "add": lambda caller, school, pupil, number: add_pupil_intervention(
        caller, school, pupil, ENTRY
    ),
    "change": lambda caller, school, pupil, number: change_pupil_intervention(
        caller, school, pupil, number, replace(ENTRY, title="Changed"), version=1
    ),
    "delete": lambda caller, school, pupil, number: delete_pupil_intervention(
        caller, school, pupil, number, version=1
    ),
    "bring back": lambda caller, school, pupil, number: bring_back_pupil_intervention(
        caller, school, pupil, number
    ),
}


@pytest.mark.parametrize("role", ROLES_WITH_NAMES)
def test_interventions_are_kept_by_a_school_and_read_by_its_authority_too(
    world: World, role: Role
) -> None:
    number = add(world)
    caller = world.sign_in(role)
    at_school = role in (Role.TEACHER, Role.HEAD, Role.DATA_MANAGER)
    held = interventions_of(caller, world.school, world.ana)
    assert len(held.interventions) == 1
    assert held.may_change == at_school
    for call in (WRITES["add"], WRITES["bring back"], WRITES["delete"]):
        if at_school:
            call(caller, world.school, world.ana, number)
            continue
        with pytest.raises(AccessDenied):
            call(caller, world.school, world.ana, number)
    assert len(titles(world)) == 1


def test_interventions_of_another_school_are_not_found(world: World) -> None:
    number = add(world)
    other = World(world.database)
    stranger = other.sign_in(Role.HEAD)
    for call in (*WRITES.values(), lambda c, s, p, n: interventions_of(c, s, p)):
        for school, pupil in (
            (world.school, world.ana),  # a school out of reach
            (other.school, world.ana),  # a pupil of another school under their own
        ):
            with pytest.raises(NotFound):
                call(stranger, school, pupil, number)
    for name in ("change", "delete", "bring back"):  # an intervention of another school
        with pytest.raises(NotFound):
            WRITES[name](stranger, other.school, other.ana, number)
    for name in ("change", "delete", "bring back"):  # and of another pupil
        with pytest.raises(NotFound):
            WRITES[name](world.caller, world.school, world.ben, number)
    assert titles(world) == ["Phonics catch-up"]


def test_interventions_of_an_archived_pupil_are_not_found(world: World) -> None:
    number = add(world)
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, world.ana).archived_from = 0
        work.commit()
    for call in (*WRITES.values(), lambda c, s, p, n: interventions_of(c, s, p)):
        with pytest.raises(NotFound):
            call(world.caller, world.school, world.ana, number)


def test_interventions_of_a_pupil_who_never_was_are_not_found(world: World) -> None:
    for pupil in (0, -1, 2**31, 10**15):
        with pytest.raises(NotFound):
            interventions_of(world.caller, world.school, pupil)


def test_interventions_after_the_session_ended_are_refused(world: World) -> None:
    caller = Caller.for_session(
        world.database, make_session(world.database, world.user, revoked_at=NOW)
    )
    with pytest.raises(NotSignedIn):
        add_pupil_intervention(caller, world.school, world.ana, ENTRY)
    with pytest.raises(NotSignedIn):
        interventions_of(caller, world.school, world.ana)


def test_choices_are_those_of_the_pupil(world: World) -> None:
    young = make_pupil(world.database, world.school, year_group=1)
    make_assessment(world.database, world.school, name="Deleted", deleted_at=NOW)
    choices = interventions_of(world.caller, world.school, world.ana).choices
    assert choices.academic_years == (YEAR,)
    assert [item.name for item in choices.assessments] == ["Autumn"]
    assert interventions_of(world.caller, world.school, young).choices.assessments == ()
