"""Recording judgements: what is saved, refused and in conflict, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.subjects import Subject
from pupiltrack_core.errors import (
    AccessDenied,
    InvalidEntry,
    NotFound,
    NotSignedIn,
    StorageUnavailable,
)
from pupiltrack_core.services import cell_plan, recording
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.grid_columns import GridColumn, Kind, read_value
from pupiltrack_core.services.recording import CellChange, CellOutcome, record_changes
from pupiltrack_core.storage import pupil_records
from pupiltrack_core.storage.assessment_models import Assessment, JudgementRow
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.judgements import find_cells, find_enrolments
from pupiltrack_core.storage.models import AuditEntry, Enrolment, Pupil, UserSession
from tests.builders import (
    NOW,
    YEAR,
    make_judgements,
    make_pupil,
    make_pupils,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.grid_world import World, selection_of


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_record_changes_saves_a_fresh_cell(world: World) -> None:
    assert world.put("O") == CellOutcome(world.ana, world.key(), "saved", "O", 1)
    assert world.stored() == [(world.ana, "READ", "tracking", "O", 1)]
    with world.database.unit_of_work() as work:
        row = work.session.scalars(select(JudgementRow)).one()
        assert (row.school_id, row.academic_year) == (world.school, YEAR)
        assert row.changed_by == world.user
        assert row.changed_at.tzinfo is UTC


def test_record_changes_counts_versions_through_a_clearing(world: World) -> None:
    assert world.put("O").version == 1
    assert world.put(None, 1) == CellOutcome(world.ana, world.key(), "saved", None, 2)
    assert world.put("T", 2).version == 3
    assert world.stored() == [(world.ana, "READ", "tracking", "T", 3)]


def test_record_changes_of_a_blank_over_a_cell_never_filled_writes_nothing(world: World) -> None:
    assert world.put("  ") == CellOutcome(world.ana, world.key(), "saved", None, 0)
    assert world.stored() == []


def test_record_changes_with_a_stale_version_returns_both_values(world: World) -> None:
    world.put("O")
    world.put("D", 1)
    outcome = world.put("B", 1)
    assert (outcome.status, outcome.value, outcome.theirs, outcome.version) == (
        "conflict",
        "B",
        "D",
        2,
    )
    assert outcome.reason
    assert world.stored() == [(world.ana, "READ", "tracking", "D", 2)]


def test_record_changes_over_a_cell_filled_meanwhile_is_a_conflict(world: World) -> None:
    world.put("O")
    outcome = world.put("T", 0)
    assert (outcome.status, outcome.theirs, outcome.version) == ("conflict", "O", 1)


def test_record_changes_of_a_version_never_reached_is_a_conflict(world: World) -> None:
    outcome = world.put("T", 7)
    assert (outcome.status, outcome.theirs, outcome.version) == ("conflict", None, 0)
    assert world.stored() == []


def test_record_changes_sent_again_is_saved_once(world: World) -> None:
    first = world.put("O")
    assert world.put("O") == first
    assert world.stored() == [(world.ana, "READ", "tracking", "O", 1)]


def test_record_changes_keeps_the_good_cells_of_a_mixed_batch(world: World) -> None:
    other = make_pupil(world.database, make_school(world.database))
    outcomes = world.record(
        CellChange(world.ana, world.key("READ"), "O", 0),
        CellChange(world.ana, world.key("WRIT"), "Z", 0),
        CellChange(other, world.key("READ"), "O", 0),
        CellChange(world.ben, world.key("MATH"), "B", 0),
        CellChange(world.ben, world.key("HIST"), "B", 0),
    )
    assert [item.status for item in outcomes] == ["saved", "refused", "refused", "saved", "refused"]
    assert all(item.reason for item in outcomes if item.status == "refused")
    assert world.stored() == [
        (world.ana, "READ", "tracking", "O", 1),
        (world.ben, "MATH", "tracking", "B", 1),
    ]


def test_record_changes_of_one_cell_twice_in_a_batch_goes_in_order(world: World) -> None:
    outcomes = world.record(
        CellChange(world.ana, world.key(), "O", 0),
        CellChange(world.ana, world.key(), "D", 1),
        CellChange(world.ana, world.key(), "B", 0),
    )
    assert [item.status for item in outcomes] == ["saved", "saved", "conflict"]
    assert world.stored() == [(world.ana, "READ", "tracking", "D", 2)]


def test_record_changes_refusal_gives_back_what_is_stored(world: World) -> None:
    world.put("O")
    outcome = world.put("nonsense", 1)
    assert (outcome.status, outcome.value, outcome.version) == ("refused", "O", 1)
    assert "nonsense" not in outcome.reason


@pytest.mark.parametrize("pupil_id", [0, -1, 2**31, 2**70, "1; DROP TABLE pupil", None])
def test_record_changes_refuses_an_impossible_pupil(world: World, pupil_id: Any) -> None:
    (outcome,) = world.record(CellChange(pupil_id, world.key(), "O", 0))
    assert outcome.status == "refused"


@pytest.mark.parametrize("column", ["", "include:", "1", "x:y:z", "9999999999999:tracking:READ"])
def test_record_changes_refuses_an_unknown_column(world: World, column: str) -> None:
    (outcome,) = world.record(CellChange(world.ana, column, "O", 0))
    assert outcome.status == "refused"


@pytest.mark.parametrize("value", ["\x00", "a\x00b", "\ud800", "x\x1b[2J"])
@pytest.mark.parametrize("kind", ["formative", "phonics"])
def test_record_changes_refuses_text_no_database_can_hold(
    world: World, kind: str, value: str
) -> None:
    assert world.put(f"a{value}b", kind=kind).status == "refused"


def test_record_changes_refuses_a_deleted_assessment(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Assessment, world.assessment).deleted_at = NOW
        work.commit()
    assert world.put("O").status == "refused"


def test_record_changes_refuses_a_pupil_of_another_year_group(world: World) -> None:
    older = make_pupil(world.database, world.school, year_group=5)
    assert world.put("O", pupil=older).status == "refused"


def test_record_changes_refuses_an_archived_pupil(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(Pupil, world.ana).archived_from = 0
        work.commit()
    assert world.put("O").status == "refused"


def test_record_changes_of_another_academic_year_refuses(world: World) -> None:
    (outcome,) = record_changes(
        world.caller, world.school, YEAR - 1, [CellChange(world.ana, world.key(), "O", 0)]
    )
    assert outcome.status == "refused"


def test_record_changes_sets_include_in_data_over_the_enrolment_version(world: World) -> None:
    def include(value: str | None, version: int) -> CellOutcome:
        (outcome,) = world.record(CellChange(world.ana, "include", value, version))
        return outcome

    assert include("N", 1) == CellOutcome(world.ana, "include", "saved", "N", 2)
    assert include("N", 1).status == "saved"
    conflict = include("Y", 1)
    assert (conflict.status, conflict.theirs, conflict.version) == ("conflict", "N", 2)
    assert include(None, 2).status == "refused"
    assert include("maybe", 2).value == "N"
    with world.database.unit_of_work() as work:
        row = work.session.scalars(select(Enrolment).where(Enrolment.pupil_id == world.ana)).one()
        assert (row.include_in_data, row.version) == (False, 2)


def test_record_changes_writes_one_audit_row_of_counts(world: World) -> None:
    world.record(
        CellChange(world.ana, world.key("READ"), "O", 0),
        CellChange(world.ana, world.key("WRIT"), "Z", 0),
        CellChange(world.ana, "include", "N", 1),
    )
    with world.database.unit_of_work() as work:
        entry = work.session.scalars(
            select(AuditEntry).where(AuditEntry.action == recording.JUDGEMENTS_RECORDED)
        ).one()
    assert entry.user_id == world.user
    assert entry.school_id == world.school
    assert '"saved":2' in entry.detail
    assert '"refused":1' in entry.detail


def test_record_changes_by_a_revoked_session_changes_nothing(world: World) -> None:
    with world.database.unit_of_work(write=True) as work:
        work.session.get_one(UserSession, world.session).revoked_at = NOW
        work.commit()
    with pytest.raises(NotSignedIn):
        world.put("O")
    assert world.stored() == []


def test_record_changes_at_another_school_is_not_found(world: World) -> None:
    elsewhere = make_school(world.database)
    with pytest.raises(NotFound):
        record_changes(world.caller, elsewhere, YEAR, [])


def test_record_changes_by_the_local_authority_is_denied(world: World) -> None:
    adviser = make_user(world.database, Role.LA_ADVISER)
    caller = Caller.for_session(world.database, make_session(world.database, adviser))
    with pytest.raises(AccessDenied):
        record_changes(caller, world.school, YEAR, [CellChange(world.ana, world.key(), "O", 0)])
    assert world.stored() == []


def test_record_changes_of_too_many_cells_changes_nothing(world: World) -> None:
    change = CellChange(world.ana, world.key(), "O", 0)
    with pytest.raises(InvalidEntry, match="20,000"):
        record_changes(world.caller, world.school, YEAR, [change] * 20_001)
    assert world.stored() == []


def test_record_changes_of_a_whole_school_is_saved_at_once(world: World) -> None:
    pupils = make_pupils(world.database, world.school, 30)
    changes = [
        CellChange(pupil, world.key(subject), "BTOD"[pupil % 4], 0)
        for pupil in pupils
        for subject in ("READ", "WRIT", "MATH")
    ]
    assert {item.status for item in world.record(*changes)} == {"saved"}
    again = [CellChange(item.pupil_id, item.column_key, "D", 1) for item in changes]
    outcomes = world.record(*again)
    assert {item.status for item in outcomes} == {"saved"}
    assert len(world.stored()) == 90
    assert {row[3] for row in world.stored()} == {"D"}


def test_record_changes_racing_on_a_fresh_cell_loses_neither_value(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer's insert lands between our reading and our writing."""
    raced = []

    def find_then_race(*args: Any, **kwargs: Any) -> Any:
        found = find_cells(*args, **kwargs)
        if not raced:
            raced.append(True)
            session = args[0]
            if session.get_bind().dialect.name == "postgresql":
                make_judgements(world.database, world.assessment, {world.ana: {"READ": "D"}})
            else:  # nobody else can write now: the row is put where our own insert meets it
                values = {
                    "school_id": world.school,
                    "academic_year": YEAR,
                    "assessment_id": world.assessment,
                    "pupil_id": world.ana,
                    "subject": "READ",
                    "kind": "tracking",
                    "value": "D",
                    "version": 1,
                    "changed_at": NOW,
                }
                session.execute(JudgementRow.__table__.insert(), values)
        return found

    monkeypatch.setattr(cell_plan, "find_cells", find_then_race)
    outcomes = world.record(
        CellChange(world.ana, world.key("READ"), "B", 0),
        CellChange(world.ben, world.key("READ"), "O", 0),
    )
    assert (outcomes[0].status, outcomes[0].value, outcomes[0].theirs) == ("conflict", "B", "D")
    assert outcomes[1].status == "saved"
    assert world.stored() == [
        (world.ana, "READ", "tracking", "D", 1),
        (world.ben, "READ", "tracking", "O", 1),
    ]


def test_record_changes_that_always_meet_others_saves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_plan, "write_cells", lambda *_args, **_kwargs: False)
    with pytest.raises(StorageUnavailable):
        world.record(
            CellChange(world.ana, "include", "N", 1), CellChange(world.ana, world.key(), "O", 0)
        )
    with world.database.unit_of_work() as work:
        assert work.session.scalars(select(Enrolment.include_in_data)).all() == [True, True]


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (Kind.TRACKING, " O ", "O"),
        (Kind.TRACKING, "", None),
        (Kind.TEST, "0", "0"),
        (Kind.TEST, "007.50", "7.5"),
        (Kind.TEST, "100", "100"),
        (Kind.TEST, "999.99", "999.99"),
        (Kind.FORMATIVE, "x" * 1000, "x" * 1000),
        (Kind.FORMATIVE, " two\nlines ", "two\nlines"),
        (Kind.PHONICS, "p" * 50, "p" * 50),
        (Kind.PHONICS, "   ", None),
    ],
)
def test_read_value_keeps_what_is_allowed(kind: Kind, typed: str, kept: str | None) -> None:
    assert read_value(GridColumn(1, kind, Subject.READING), typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.TRACKING, "o"),
        (Kind.TRACKING, "OO"),
        (Kind.TRACKING, 1),
        (Kind.TEST, "-1"),
        (Kind.TEST, "1000"),
        (Kind.TEST, "1.234"),
        (Kind.TEST, "1e3"),
        (Kind.TEST, "nan"),
        (Kind.TEST, "١٢"),
        (Kind.FORMATIVE, "x" * 1001),
        (Kind.PHONICS, "p" * 51),
        (Kind.FORMATIVE, "a\x00b"),
    ],
)
def test_read_value_refuses_the_rest(kind: Kind, typed: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_value(GridColumn(1, kind, Subject.READING), typed)


def test_read_value_refuses_in_the_words_of_the_school() -> None:
    wording = JudgementWording(own_labels={Judgement.ON_TRACK: "Secure"})
    with pytest.raises(ValueError, match="one of Below, Towards, Secure, Deeper learning, or"):
        read_value(GridColumn(1, Kind.TRACKING, Subject.READING), "x", wording=wording)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=60))
def test_record_changes_returns_any_text_as_it_was_or_refuses_it(world: World, text: str) -> None:
    before = load_grid(world.caller, selection_of(world), [world.assessment]).cells.get(
        (world.ana, world.key(kind="formative")), (None, 0, None)
    )
    outcome = world.put(text, before[1], kind="formative")
    after = load_grid(world.caller, selection_of(world), [world.assessment]).cells.get(
        (world.ana, world.key(kind="formative")), (None, 0, None)
    )
    kept = before[0] if outcome.status == "refused" else (text.strip() or None)
    assert after[0] == outcome.value == kept


def _statuses(outcomes: Iterable[CellOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_record_changes_by_two_people_at_once_keeps_the_first(world: World) -> None:
    second = Caller.for_session(
        world.database,
        make_session(world.database, make_user(world.database, school_id=world.school)),
    )
    change = CellChange(world.ana, world.key(), "O", 0)
    rival = CellChange(world.ana, world.key(), "B", 0)
    assert _statuses(world.record(change)) == ["saved"]
    (outcome,) = record_changes(second, world.school, YEAR, [rival])
    assert (outcome.status, outcome.value, outcome.theirs) == ("conflict", "B", "O")


@pytest.mark.parametrize("holder", ["include", "import"])
def test_record_changes_waits_for_nobody_who_holds_the_enrolment(
    postgres_url: str, holder: str
) -> None:
    """Such a one goes on to wait for the lock of the audit, which recording holds at its end."""
    database = Database.open(postgres_url, busy_timeout=0.3)
    world = World(database)
    world.put("O")
    with database.unit_of_work(write=True) as other:
        if holder == "include":
            find_enrolments(
                other.session, world.school, YEAR, pupil_ids=[world.ana], for_update=True
            )
        else:
            pupil_records.find_enrolments(other.session, world.school, [YEAR], lock=True)
        assert world.put("D", 1).status == "saved"
    database.dispose()


def test_record_changes_moves_the_idle_clock(world: World) -> None:
    start = datetime.now(UTC)
    world.put("O")
    with world.database.unit_of_work() as work:
        assert work.session.get_one(UserSession, world.session).last_act_at >= start
