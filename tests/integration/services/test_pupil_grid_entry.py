"""Entering many pupils' records in a grid, through the database; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from pupiltrack_core import access
from pupiltrack_core.access import Action, Role
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound, StorageUnavailable
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_changes import changes_since
from pupiltrack_core.services.maintenance import save_class_names, school_profile
from pupiltrack_core.services.pupil_details import pupil_history
from pupiltrack_core.services.pupil_grid import load_pupil_grid
from pupiltrack_core.services.pupil_grid_entry import (
    PUPILS_CHANGED,
    PupilCellChange,
    record_pupil_cells,
)
from pupiltrack_core.services.pupil_search import PupilSearch
from pupiltrack_core.services.recording import CellOutcome
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import PupilFieldChange
from tests.builders import YEAR, make_pupil, make_school
from tests.integration.services.people import audit_rows, run_all
from tests.integration.services.record_desk import RecordDesk


@pytest.fixture
def desk(database: Database) -> RecordDesk:
    return RecordDesk(database)


def enter(
    desk: RecordDesk,
    *cells: tuple[int, str, str | None],
    version: int = 1,
    shown: str | None = None,
    caller: Caller | None = None,
) -> tuple[CellOutcome, ...]:
    """Type texts into cells (pupil, column, text) that were shown at a version."""
    changes = [PupilCellChange(*cell, version=version, shown=shown) for cell in cells]
    return record_pupil_cells(caller or desk.caller, desk.school, YEAR, changes).outcomes


def entered(desk: RecordDesk, column: str, value: str | None, pupil_id: int) -> CellOutcome:
    (outcome,) = enter(desk, (pupil_id, column, value))
    return outcome


def texts(desk: RecordDesk, pupil_id: int) -> dict[str, str]:
    grid = load_pupil_grid(desk.caller, desk.school, YEAR, PupilSearch())
    return next(dict(item.values) for item in grid.records if item.pupil_id == pupil_id)


ROW = {
    "class_name": "Birch",
    "year_group": "5",
    "include": "N",
    "alternative_assessment": "Y",
    "sex": "M",
    "sen": "K",
    "ethnicity": "MWBC",
    "disadvantaged": "Y",
    "eal": "N",
    "fsm": "Y",
    "ever6": "Y",
    "pupil_premium": "N",
    "young_carer": "Y",
    "custom_1": "Y",
    "mobility_year": "3",
    "mobility_term": "Spring",
    "postcode": "la2 9zz",
}


def test_record_pupil_cells_saves_every_column_of_two_pupils(desk: RecordDesk) -> None:
    pupils = [desk.make(1), desk.make(2)]
    outcomes = enter(desk, *((one, key, text) for one in pupils for key, text in ROW.items()))
    assert {outcome.status for outcome in outcomes} == {"saved"}
    stored = {**ROW, "postcode": "LA2 9ZZ"}
    assert [outcome.value for outcome in outcomes] == [*stored.values()] * 2
    for one in pupils:
        now = texts(desk, one)
        assert {key: now[key] for key in stored} == stored
        pupil, enrolment = desk.row(one)
        assert (enrolment.year_group, enrolment.year_override) == (5, True)
        # One change of the enrolment for its fields, another for include-in-data.
        assert (pupil.version, enrolment.version) == (2, 3)
    assert {outcome.version for outcome in outcomes if outcome.column_key == "sex"} == {2}
    assert {outcome.version for outcome in outcomes if outcome.column_key == "fsm"} == {3}


def test_record_pupil_cells_notes_each_field_and_audits_ids_and_names_of_fields(
    desk: RecordDesk,
) -> None:
    one, other = desk.make(1, sen="N"), desk.make(2)
    enter(desk, (one, "sen", "K"), (one, "postcode", "LA2 9ZZ"), (other, "include", "N"))
    enter(desk, (one, "sen", "x"))  # nothing is saved, so nothing is written down
    rows = desk.all_of(PupilFieldChange)
    assert {
        (row.pupil_id, row.field, row.before, row.after, row.academic_year) for row in rows
    } == {
        (one, "sen", "N", "K", YEAR),
        (one, "postcode", "LA1 4YF", "LA2 9ZZ", None),
    }
    assert pupil_history(desk.caller, desk.school, one)[0].who.startswith("User")
    (audited,) = audit_rows(desk.database, PUPILS_CHANGED)
    assert json.loads(audited.detail) == {
        "academic_year": YEAR,
        "conflicts": 0,
        "fields": ["postcode", "sen"],
        "inclusion_changed": 1,
        "pupils": [one, other],
        "refused": 0,
        "saved": 3,
    }


def test_record_pupil_cells_of_include_is_news_to_open_assessments(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    (outcome, _) = enter(desk, (pupil_id, "include", "N"), (pupil_id, "fsm", "Y"))
    (news,) = changes_since(desk.caller, desk.school, YEAR, 0).cells
    # The version others are told of is the one that is stored.
    assert (news.pupil_id, news.value, news.version) == (pupil_id, "N", outcome.version)
    assert desk.row(pupil_id)[1].version == outcome.version


def test_record_pupil_cells_refuses_bad_cells_one_by_one(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, fsm=True)
    bad = {
        "class_name": "Oak",
        "year_group": "6",
        "include": None,
        "alternative_assessment": None,
        "sex": "X",
        "sen": "<script>",
        "ethnicity": "ZZZZ",
        "disadvantaged": "yes",
        "eal": "1",
        "ever6": "Y\x00",
        "mobility_year": "9",
        "mobility_term": "Winter",
        "postcode": "nowhere",
        "young_carer": "Y" * 5000,
        # No columns, or none to be changed here.
        "custom_2": "Y",
        "looked_after": "Y",
        "surname": "Baker",
        "upn": "A",
        "notes": "x",
        "version": "9",
        "": "Y",
        "'; DROP TABLE pupil; --": "Y",
    }
    before = texts(desk, pupil_id)
    outcomes = enter(
        desk, *((pupil_id, key, text) for key, text in bad.items()), (pupil_id, "fsm", "N")
    )
    assert [outcome.status for outcome in outcomes] == ["refused"] * len(bad) + ["saved"]
    assert all(outcome.reason for outcome in outcomes[:-1])
    # What stands there still goes back with the refusal.
    assert outcomes[0].value == "Maple"
    assert texts(desk, pupil_id) == {**before, "fsm": "N"}
    reasons = {outcome.column_key: outcome.reason for outcome in outcomes}
    assert "no class of this name" in reasons["class_name"]
    assert "too far from Year 6" in reasons["year_group"]
    assert "open the pupil's record" in reasons["ethnicity"]


def test_record_pupil_cells_notes_that_looked_after_was_tried(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    assert entered(desk, "looked_after", "Y", pupil_id).status == "refused"
    (denied,) = audit_rows(desk.database, AuditAction.ACCESS_DENIED)
    assert json.loads(denied.detail)["wanted"] == "see_looked_after"


def test_record_pupil_cells_of_looked_after_by_who_may(
    desk: RecordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil_id = desk.make()
    granted = access.GRANTS[Role.DATA_MANAGER] | {Action.SEE_LOOKED_AFTER}
    monkeypatch.setitem(access.GRANTS, Role.DATA_MANAGER, granted)
    assert entered(desk, "looked_after", "Y", pupil_id).status == "saved"
    assert desk.row(pupil_id)[1].looked_after is True


def test_record_pupil_cells_of_pupils_of_others_are_refused(desk: RecordDesk) -> None:
    mine = desk.make()
    elsewhere = make_pupil(desk.database, make_school(desk.database))
    earlier = make_pupil(desk.database, desk.school, academic_year=YEAR - 1)
    numbers: list[Any] = [elsewhere, earlier, 0, -1, 2**70, "1", None]
    outcomes = enter(desk, *((number, "fsm", "Y") for number in numbers), (mine, "fsm", "Y"))
    assert [outcome.status for outcome in outcomes] == ["refused"] * len(numbers) + ["saved"]
    assert "not on this school's roll" in outcomes[0].reason


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADMIN])
def test_record_pupil_cells_is_for_those_who_change_pupils(desk: RecordDesk, role: Role) -> None:
    pupil_id = desk.make()
    with pytest.raises(AccessDenied):
        enter(desk, (pupil_id, "fsm", "Y"), caller=desk.sign_in(role))
    assert desk.row(pupil_id)[1].fsm is None


def test_record_pupil_cells_refuses_a_whole_batch(desk: RecordDesk) -> None:
    stranger = desk.sign_in(Role.HEAD, make_school(desk.database))
    with pytest.raises(NotFound):
        enter(desk, (1, "fsm", "Y"), caller=stranger)
    with pytest.raises(InvalidEntry, match="smaller block"):
        enter(desk, *[(1, "fsm", "Y")] * 20_001)
    with pytest.raises(InvalidEntry):
        record_pupil_cells(desk.caller, desk.school, 12, [])
    assert record_pupil_cells(desk.caller, desk.school, YEAR, []).outcomes == ()


def test_record_pupil_cells_sent_again_changes_nothing(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    first = entered(desk, "fsm", "Y", pupil_id)
    assert entered(desk, "fsm", "Y", pupil_id) == first
    assert len(audit_rows(desk.database, PUPILS_CHANGED)) == 1
    assert desk.row(pupil_id)[1].version == 2


def test_record_pupil_cells_of_one_cell_twice_keeps_the_later(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    outcomes = enter(desk, (pupil_id, "fsm", "Y"), (pupil_id, "fsm", "N"))
    assert [outcome.value for outcome in outcomes] == ["N", "N"]


def test_record_pupil_cells_over_a_change_of_someone_else_gives_both_back(
    desk: RecordDesk,
) -> None:
    pupil_id = desk.make(1, sen="N")
    enter(desk, (pupil_id, "sen", "E"))
    (outcome,) = enter(desk, (pupil_id, "sen", "K"), shown="N")
    assert (outcome.status, outcome.value, outcome.theirs) == ("conflict", "K", "E")
    assert outcome.version == 2
    assert desk.row(pupil_id)[1].sen == "E"
    # Whoever has seen theirs may put it right.
    (kept,) = enter(desk, (pupil_id, "sen", "K"), version=2)
    assert kept.status == "saved"


def test_record_pupil_cells_beside_a_change_of_another_field_are_saved(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, sen="N")
    enter(desk, (pupil_id, "fsm", "Y"))
    (outcome,) = enter(desk, (pupil_id, "sen", "K"), shown="N")
    assert outcome.status == "saved"
    assert texts(desk, pupil_id)["fsm"] == "Y"
    # What was shown is not known, after the page was opened anew: it may be a conflict.
    (unsure,) = enter(desk, (pupil_id, "sen", "E"))
    assert (unsure.status, unsure.theirs) == ("conflict", "K")


def test_record_pupil_cells_by_two_people_at_once_loses_nothing(desk: RecordDesk) -> None:
    pupils = [desk.make(number) for number in (1, 2, 3)]
    colleague = desk.sign_in(Role.HEAD)
    found: dict[str, set[str]] = {}

    def fill(caller: Caller, key: str, order: list[int]) -> None:
        cells = ((one, key, "Y") for one in order)
        outcomes = enter(desk, *cells, shown="", caller=caller)
        found[key] = {outcome.status for outcome in outcomes}

    run_all(
        [
            lambda: fill(desk.caller, "fsm", pupils),
            lambda: fill(colleague, "eal", pupils[::-1]),
        ]
    )
    assert found == {"fsm": {"saved"}, "eal": {"saved"}}
    assert {(row.fsm, row.eal) for _, row in map(desk.row, pupils)} == {(True, True)}


def test_record_pupil_cells_after_a_class_was_renamed(desk: RecordDesk) -> None:
    pupils = [desk.make(number) for number in (1, 2)]
    profile = school_profile(desk.caller, desk.school)
    renamed = ["Oak" if name == "Maple" else name for name in profile.class_names]
    save_class_names(desk.caller, desk.school, renamed, shown=profile.class_names)
    # The name is offered no more, and moving a pupil out of it shows what became of it.
    (gone,) = enter(desk, (pupils[0], "class_name", "Maple"), shown="Birch")
    assert gone.status == "refused"
    (moved,) = enter(desk, (pupils[1], "class_name", "Birch"), shown="Maple")
    assert (moved.status, moved.theirs) == ("conflict", "Oak")
    (settled,) = enter(desk, (pupils[1], "class_name", "Birch"), version=moved.version)
    assert settled.status == "saved"
    assert [texts(desk, one)["class_name"] for one in pupils] == ["Oak", "Birch"]


def test_record_pupil_cells_keeps_the_term_of_joining_with_its_year(desk: RecordDesk) -> None:
    pupil_id = desk.make()
    alone = entered(desk, "mobility_term", "Spring", pupil_id)
    assert (alone.status, "needs the year group" in alone.reason) == ("refused", True)
    enter(desk, (pupil_id, "mobility_year", "2"), (pupil_id, "mobility_term", "Spring"))
    cleared = entered(desk, "mobility_year", None, pupil_id)
    assert cleared.status == "conflict"  # shown at an earlier version
    (cleared,) = enter(desk, (pupil_id, "mobility_year", None), version=2)
    assert (cleared.status, "needs the year group" in cleared.reason) == ("refused", True)
    both = enter(
        desk, (pupil_id, "mobility_year", None), (pupil_id, "mobility_term", None), version=2
    )
    assert [outcome.status for outcome in both] == ["saved", "saved"]


def test_record_pupil_cells_of_the_year_group_by_age_is_no_override(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, year_group=5, year_override=True)  # by age 4
    outcome = entered(desk, "year_group", "4", pupil_id)
    assert (outcome.status, outcome.value) == ("saved", None)
    _, enrolment = desk.row(pupil_id)
    assert (enrolment.year_group, enrolment.year_override) == (4, False)
    entered(desk, "year_group", "4", pupil_id)  # where the pupil is by age already
    assert desk.row(pupil_id)[1].version == enrolment.version
    assert [noted.after for noted in desk.all_of(PupilFieldChange)] == [None]


def test_record_pupil_cells_keeps_nothing_of_a_batch_that_others_overtook(
    desk: RecordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = desk.make(1), desk.make(2)
    monkeypatch.setattr("pupiltrack_core.services.cell_plan.write_inclusions", lambda *_: False)
    with pytest.raises(StorageUnavailable, match="Nothing was changed"):
        enter(desk, (one, "sen", "K"), (other, "include", "N"))
    assert texts(desk, one)["sen"] == ""
    assert desk.all_of(PupilFieldChange) == []
    assert audit_rows(desk.database, "pupils changed") == []


def test_record_pupil_cells_into_a_first_nursery_is_left_to_the_record(desk: RecordDesk) -> None:
    pupil_id = desk.make(1, year_group=0, pupil={"date_of_birth": date(2020, 11, 4)})
    outcome = entered(desk, "year_group", "-1", pupil_id)
    assert outcome.status == "refused"
    assert "no nursery pupils so far" in outcome.reason
    desk.make(2, year_group=-1)
    assert entered(desk, "year_group", "-1", pupil_id).status == "saved"
