"""The duties of data protection: subject access, erasure, holds, retention, breaches."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, Table, func, select
from sqlalchemy.orm import Session

from pupiltrack_core.access import Place, Role
from pupiltrack_core.domain.breaches import Risk
from pupiltrack_core.errors import (
    AccessDenied,
    ConfigurationError,
    Conflict,
    InvalidEntry,
    NotFound,
    StorageUnavailable,
)
from pupiltrack_core.services import erasure
from pupiltrack_core.services.audit import verify
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.breaches import (
    BreachEntry,
    breaches_of,
    change_breach,
    export_breaches,
    record_breach,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.erasure import (
    PUPIL_ERASED,
    ErasureReason,
    carry_out_erasures,
    erasures_of,
    order_erasure,
    replay_tombstones,
)
from pupiltrack_core.services.legal_holds import holds_of, lift_hold, place_hold
from pupiltrack_core.services.pupil_finding import find_pupils
from pupiltrack_core.services.retention import retention_overview, run_retention
from pupiltrack_core.services.subject_access import export_record
from pupiltrack_core.services.tombstones import read_tombstones, tombstone_file
from pupiltrack_core.storage.account_models import BreachRecord, Tombstone
from pupiltrack_core.storage.all_tables import METADATA
from pupiltrack_core.storage.duties import is_held
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.pupil_tables import (
    find_pupil_tables,
    find_rows_of_pupil,
    find_undecided_tables,
)
from pupiltrack_core.storage.report_models import CohortMeeting, CohortMeetingVersion
from tests.builders import make_pupil, make_school, make_session, make_user
from tests.integration.services.every_table import fill_every_table
from tests.integration.services.people import audit_rows

NOW = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)
Use = Callable[[Caller, int, int], object]
ENTRY = BreachEntry(aware_at=NOW - timedelta(hours=2), risk=Risk.SOME, facts="=A list was mailed")


@dataclass
class World:
    """A school with two pupils, and another school."""

    database: Database
    school: int
    other: int
    ann: int
    ben: int
    secret: Path

    def caller(
        self, role: Role = Role.HEAD, *, school: int | None = None, now: datetime = NOW
    ) -> Caller:
        at = None if role.value.startswith("la_") else school or self.school
        user = make_user(self.database, role, school_id=at)
        session = make_session(self.database, user, now=now)
        return Caller.for_session(self.database, session, clock=lambda: now)

    def claim_ann(self) -> None:
        """Let the other school claim her."""
        user = make_user(self.database, Role.HEAD, school_id=self.other)
        with self.database.unit_of_work(write=True) as unit:
            unit.session.execute(
                METADATA.tables["transfer_request"]
                .insert()
                .values(
                    school_id=self.other,
                    academic_year=2025,
                    upn="A999200100001",
                    date_of_birth=date(2017, 1, 1),
                    joins_on=date(2025, 9, 1),
                    asked_at=NOW,
                    asked_by=user,
                    expires_on=date(2025, 12, 1),
                    state="confirmed",
                    holder_school_id=self.school,
                    holder_pupil_id=self.ann,
                )
            )
            unit.commit()

    def erase_ann(self) -> None:
        """Have her record erased, as the server does it."""
        operator = Caller.for_operator(self.database)
        order_erasure(operator, self.school, self.ann, ErasureReason.REQUEST)
        assert carry_out_erasures(self.database, self.secret) == 1

    def rows_of(self, pupil: int) -> dict[str, int]:
        with self.database.unit_of_work() as unit:
            rows = find_rows_of_pupil(unit.session, METADATA, self.school, pupil)
        return {name: len(found) for name, found in rows.items()}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    school = make_school(database)
    return World(
        database=database,
        school=school,
        other=make_school(database, "Oakfield"),
        ann=make_pupil(database, school, pupil={"surname": "Archer", "upn": "A999200100001"}),
        ben=make_pupil(database, school, pupil={"surname": "Baker", "upn": "A999200100002"}),
        secret=tmp_path / "secret",
    )


# --- the walk over the schema -------------------------------------------------------------------


def test_find_undecided_tables_finds_none() -> None:
    assert find_undecided_tables(METADATA) == set()


def test_find_undecided_tables_finds_a_new_table_of_pupils_and_any_other() -> None:
    metadata = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(metadata)
    Table(
        "pupil_photo",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("school_id", Integer),
        Column("whose", Integer),
        ForeignKeyConstraint(["school_id", "whose"], ["pupil.school_id", "pupil.id"]),
    )
    Table("weather", metadata, Column("id", Integer, primary_key=True))
    assert find_undecided_tables(metadata) == {"pupil_photo", "weather"}


# --- subject access -----------------------------------------------------------------------------


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def test_export_record_holds_every_mark_of_the_pupil_and_none_of_another(world: World) -> None:
    mine = fill_every_table(world.database, world.school, world.ann, "MARKA")
    others = fill_every_table(world.database, world.school, world.ben, "MARKB")
    assert all(world.rows_of(world.ann).values())  # a row in every table there is
    name, content = export_record(world.caller(), world.school, world.ann)
    files = unpacked(content)
    whole = "\n".join(files.values())
    assert "Archer" in files["record.html"]
    assert {mark for mark in mine if mark not in files["record.json"]} == set()
    assert {mark for mark in mine if mark not in files["record.html"]} == set()
    assert {mark for mark in others if mark in whole} == set()
    for other in ("Baker", "A999200100002", "OTHERS", "MARKB"):
        assert other not in whole
    assert str(world.ann) in name
    assert "Archer" not in name


def test_export_record_holds_claims_of_other_schools(world: World) -> None:
    world.claim_ann()
    held = unpacked(export_record(world.caller(), world.school, world.ann)[1])["record.json"]
    (claim,) = json.loads(held)["transfer_request"]
    assert (claim["UPN"], claim["asked by"]) == ("A999200100001", "Headteacher")


def test_export_record_gives_staff_by_their_role(world: World) -> None:
    fill_every_table(world.database, world.school, world.ann, "MARKA")
    caller = world.caller()
    order = export_record(caller, world.school, world.ann)
    with caller.begin() as work:
        name = work.principal.display_name
    again = unpacked(export_record(caller, world.school, world.ann)[1])
    assert order
    seen = json.loads(again["record.json"])["activity"]
    assert seen[-1]["what"] == AuditAction.RECORD_GIVEN_OUT
    assert seen[-1]["user id"] == "Headteacher"
    assert name not in "\n".join(again.values())


def test_export_record_escapes_and_says_what_to_read_first(world: World) -> None:
    pupil = make_pupil(
        world.database, world.school, pupil={"surname": "<img src=x>", "notes": "=1+1"}
    )
    files = unpacked(export_record(world.caller(), world.school, pupil)[1])
    assert "<img" not in files["record.html"]
    assert "&lt;img src=x&gt;" in files["record.html"]
    assert "'=1+1" in files["tables/pupil.csv"]
    assert "notes" in files["READ FIRST.txt"]


USES: tuple[Use, ...] = (
    export_record,
    lambda caller, school, pupil: place_hold(caller, school, pupil, "why"),
    lambda caller, school, _: lift_hold(caller, school, 1),
    lambda caller, school, pupil: order_erasure(caller, school, pupil, ErasureReason.REQUEST),
    lambda caller, school, _: holds_of(caller, school),
    lambda caller, school, _: erasures_of(caller, school),
    lambda caller, school, _: retention_overview(caller, school),
    lambda caller, school, _: breaches_of(caller, Place(1, school)),
    lambda caller, school, _: record_breach(caller, Place(1, school), ENTRY),
    lambda caller, school, _: export_breaches(caller, Place(1, school)),
)


def test_duties_are_not_for_every_role_and_not_for_another_school(world: World) -> None:
    stranger = world.caller(school=world.other)
    others = [world.caller(role) for role in (Role.TEACHER, Role.DATA_MANAGER, Role.LA_ANALYST)]
    for use in USES:
        with pytest.raises(NotFound):
            use(stranger, world.school, world.ann)
        for caller in others:
            with pytest.raises(AccessDenied):
                use(caller, world.school, world.ann)
    with pytest.raises(NotFound):
        find_pupils(stranger, world.school, "Archer")
    with pytest.raises(AccessDenied):
        find_pupils(others[0], world.school, "Archer")
    assert len(audit_rows(world.database, "access denied")) == 4 * len(USES) + 2
    assert set(world.rows_of(world.ann).values()) == {0, 1}


def test_export_record_of_a_pupil_of_another_school_under_ones_own(world: World) -> None:
    with pytest.raises(NotFound, match="no record"):
        export_record(world.caller(school=world.other), world.other, world.ann)


def test_find_pupils_by_surname_or_number_archived_too(world: World) -> None:
    make_pupil(world.database, world.school, pupil={"surname": "Årcher", "archived_from": 2025})
    caller = world.caller()
    found = find_pupils(caller, world.school, " arch")
    assert [(pupil.surname, pupil.is_archived) for pupil in found] == [
        ("Archer", False),
        ("Årcher", True),
    ]
    assert [pupil.pupil_id for pupil in find_pupils(caller, world.school, "a9992 0010 0002")] == [
        world.ben
    ]
    with pytest.raises(InvalidEntry):
        find_pupils(caller, world.school, " a ")


# --- erasure ------------------------------------------------------------------------------------


def test_carry_out_erasures_leaves_nothing_of_the_pupil_but_the_fact(world: World) -> None:
    fill_every_table(world.database, world.school, world.ann, "MARKA")
    fill_every_table(world.database, world.school, world.ben, "MARKB")
    bens = world.rows_of(world.ben)
    caller = world.caller()
    # A hold was placed and lifted before; the rows of it go as well.
    with world.database.unit_of_work(write=True) as unit:
        unit.session.execute(METADATA.tables["legal_hold"].update().values(lifted_at=NOW))
        unit.commit()
    order_erasure(caller, world.school, world.ann, ErasureReason.REQUEST)
    (waiting,) = erasures_of(caller, world.school)
    assert waiting.erased_at is None
    with pytest.raises(Conflict):
        order_erasure(caller, world.school, world.ann, ErasureReason.REQUEST)
    assert carry_out_erasures(world.database, world.secret, clock=lambda: NOW) == 1
    assert carry_out_erasures(world.database, world.secret, clock=lambda: NOW) == 0
    assert set(world.rows_of(world.ann).values()) == {0}
    assert world.rows_of(world.ben) == bens
    with world.database.unit_of_work() as unit:
        everything = json.dumps(
            [
                [str(row) for row in unit.session.execute(select(table))]
                for table in METADATA.sorted_tables
            ]
        )
        for kind in (CohortMeeting, CohortMeetingVersion):
            for meeting in unit.session.scalars(select(kind)):
                for row in (*meeting.content["barriers"], *meeting.content["support"]):
                    assert world.ann not in row["pupils"]
    assert "A999200100001" not in everything
    assert "Archer" not in everything
    (entry,) = audit_rows(world.database, PUPIL_ERASED)
    assert json.loads(entry.detail)["pupil"] == world.ann
    assert verify(world.database).faults == ()
    (line,) = read_tombstones(world.secret)
    assert "A999200100001" not in tombstone_file(world.secret).read_text()
    assert tombstone_file(world.secret).stat().st_mode & 0o077 == 0
    assert line.why == "request"


def test_order_erasure_of_a_held_record_is_refused(world: World) -> None:
    caller = world.caller()
    hold = place_hold(caller, world.school, world.ann, "A claim is before the court")
    with pytest.raises(InvalidEntry, match="reason on record"):
        order_erasure(caller, world.school, world.ann, ErasureReason.REQUEST)
    lift_hold(caller, world.school, hold)
    order_erasure(caller, world.school, world.ann, ErasureReason.REQUEST)
    place_hold(caller, world.school, world.ann, "Another claim, while the order waits")
    assert carry_out_erasures(world.database, world.secret) == 0
    assert world.rows_of(world.ann)["pupil"] == 1
    assert json.loads(audit_rows(world.database, "erasure not done")[0].detail)["held"] is True


def test_hold_placed_while_the_record_is_erased_does_not_slip_in(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = world.caller()
    hasty = Database.open(database_url, busy_timeout=0.2)
    late = replace(caller, database=hasty)
    order_erasure(caller, world.school, world.ann, ErasureReason.REQUEST)

    def look_and_be_overtaken(session: Session, school: int, pupil: int) -> bool:
        found = is_held(session, school, pupil)
        with pytest.raises(StorageUnavailable):
            place_hold(late, school, pupil, "A claim is before the court")
        return found

    monkeypatch.setattr(erasure, "is_held", look_and_be_overtaken)
    assert carry_out_erasures(world.database, world.secret, clock=lambda: NOW) == 1
    hasty.dispose()
    assert audit_rows(world.database, "hold placed") == []


def test_another_schools_claim_keeps_its_own_data_without_the_link(world: World) -> None:
    world.claim_ann()
    world.erase_ann()
    with world.database.unit_of_work() as unit:
        (row,) = unit.session.execute(select(METADATA.tables["transfer_request"])).mappings()
    assert (row["holder_school_id"], row["holder_pupil_id"]) == (None, None)


def test_replay_tombstones_erases_again_after_a_restore(world: World) -> None:
    """Statement 39: the backup is of yesterday, with the pupil and without the tombstone."""
    fill_every_table(world.database, world.school, world.ann, "MARKA")
    with world.database.unit_of_work() as unit:
        kept = find_rows_of_pupil(unit.session, METADATA, world.school, world.ann)
    with world.database.unit_of_work(write=True) as unit:
        unit.session.execute(METADATA.tables["legal_hold"].update().values(lifted_at=NOW))
        unit.commit()
    world.erase_ann()
    assert replay_tombstones(world.database, world.secret) == 0
    with world.database.unit_of_work(write=True) as unit:  # as of yesterday
        unit.session.execute(METADATA.tables["tombstone"].delete())
        for name, table in find_pupil_tables(METADATA).items():
            if kept[name]:
                unit.session.execute(table.insert(), kept[name])
        unit.commit()
    assert world.rows_of(world.ann)["judgement"] == 1
    assert replay_tombstones(world.database, world.secret) == 1
    assert set(world.rows_of(world.ann).values()) == {0}
    assert world.rows_of(world.ben)["pupil"] == 1
    # Somebody who comes back later stays, also after a backup of that time.
    make_pupil(world.database, world.school, pupil={"upn": "A999200100001"})
    assert replay_tombstones(world.database, world.secret) == 0
    with world.database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(Tombstone)) == 1


def test_replay_tombstones_without_the_old_secret_or_a_whole_file(world: World) -> None:
    assert replay_tombstones(world.database, world.secret) == 0
    world.erase_ann()
    held = world.secret.read_bytes()
    world.secret.unlink()
    with pytest.raises(ConfigurationError, match="old secret"):
        replay_tombstones(world.database, world.secret)
    world.secret.write_bytes(held)
    world.secret.chmod(0o600)
    with tombstone_file(world.secret).open("a") as file:
        file.write('{"school": "99')
    with pytest.raises(ConfigurationError, match="cut off"):
        replay_tombstones(world.database, world.secret)


# --- holds and retention ------------------------------------------------------------------------


def test_holds_of_tells_who_and_why(world: World) -> None:
    caller = world.caller()
    number = place_hold(caller, world.school, world.ann, "  A claim \n is open ")
    (hold,) = holds_of(caller, world.school)
    assert (hold.hold_id, hold.name.split(",")[0], hold.reason) == (
        number,
        "Archer",
        "A claim is open",
    )
    lift_hold(caller, world.school, number)
    assert holds_of(caller, world.school) == ()
    with pytest.raises(Conflict):
        lift_hold(caller, world.school, number)
    with pytest.raises(NotFound):
        lift_hold(world.caller(school=world.other), world.other, number)
    details = " ".join(row.detail for row in audit_rows(world.database))
    assert "claim" not in details


def test_place_hold_without_a_reason_or_with_a_long_one(world: World) -> None:
    caller = world.caller()
    for reason in ("", "  ", "x" * 301):
        with pytest.raises(InvalidEntry):
            place_hold(caller, world.school, world.ann, reason)


def test_run_retention_tells_first_and_keeps_longer_what_must_be(world: World) -> None:
    """Statement 40: 25 years to the day; with needs 31; a hold for as long as it stands."""
    born = {
        "due": date(2000, 11, 20),  # 25 on 20/11/2025
        "tomorrow": date(2000, 11, 21),
        "needs": date(2000, 1, 1),  # 31 on 1/1/2031
        "held": date(1990, 1, 1),
    }
    made = {
        name: make_pupil(
            world.database,
            world.school,
            pupil={"date_of_birth": day},
            sen="K" if name == "needs" else "N",
        )
        for name, day in born.items()
    }
    place_hold(world.caller(), world.school, made["held"], "A claim is open")
    overview = retention_overview(world.caller(), world.school)
    assert (overview.due, overview.held, overview.soon) == (1, 1, 1)
    operator = Caller.for_operator(world.database, clock=lambda: NOW)
    told = run_retention(operator, world.secret, apply=False)
    assert [record.pupil_id for record in told.due] == [made["due"]]
    assert [record.pupil_id for record in told.held] == [made["held"]]
    assert told.erased == 0
    assert world.rows_of(made["due"])["pupil"] == 1
    done = run_retention(operator, world.secret, apply=True)
    assert done.erased == 1
    left = {name: world.rows_of(pupil)["pupil"] for name, pupil in made.items()}
    assert left == {"due": 0, "tomorrow": 1, "needs": 1, "held": 1}
    assert len(audit_rows(world.database, "retention run")) == 1
    later = Caller.for_operator(world.database, clock=lambda: datetime(2031, 1, 1, tzinfo=UTC))
    assert run_retention(later, world.secret, apply=True).erased == 2


# --- breaches -----------------------------------------------------------------------------------


def test_record_breach_runs_its_clock_until_it_is_reported(world: World) -> None:
    """Statement 41."""
    caller, place = world.caller(), Place(1, world.school)
    number = record_breach(caller, place, ENTRY)
    (breach,) = breaches_of(caller, place)
    assert breach.clock_in_words == "70 hours left"
    reported = replace(ENTRY, reported_at=NOW, people_affected=30, effects="None", remedy="Asked")
    change_breach(caller, place, number, reported, version=1)
    (breach,) = breaches_of(caller, place)
    assert (breach.clock_in_words, breach.version, breach.entry.people_affected) == ("", 2, 30)
    with pytest.raises(Conflict):
        change_breach(caller, place, number, ENTRY, version=1)
    with pytest.raises(NotFound):
        change_breach(
            world.caller(school=world.other), Place(1, world.other), number, ENTRY, version=2
        )
    _, content = export_breaches(caller, place)
    text = content.decode("utf-8-sig")
    assert "'=A list was mailed" in text
    for heading in ("Facts", "Effects", "Remedy", "Report due by"):
        assert heading in text
    assert "list" not in " ".join(row.detail for row in audit_rows(world.database))


def test_breaches_of_an_authority_are_those_of_its_schools_too(world: World) -> None:
    record_breach(world.caller(), Place(1, world.school), ENTRY)
    admin = world.caller(Role.LA_ADMIN)
    record_breach(admin, Place(1), replace(ENTRY, risk=Risk.NONE))
    found = breaches_of(admin, Place(1))
    assert sorted(breach.school for breach in found) == ["", "Hillside Primary School"]
    assert len(breaches_of(world.caller(), Place(1, world.school))) == 1
    with pytest.raises(NotFound):
        breaches_of(world.caller(), Place(1))


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"facts": "  "}, "facts"),
    ({"remedy": "x" * 10_001}, "remedy"),
    ({"aware_at": NOW + timedelta(minutes=1)}, "aware_at"),
    ({"happened_on": date(2025, 11, 21)}, "happened_on"),
    ({"people_affected": -1}, "people_affected"),
    ({"reported_at": NOW - timedelta(hours=3)}, "reported_at"),
    ({"closed_at": NOW}, "effects"),
    ({"closed_at": NOW, "effects": "a"}, "remedy"),
    ({"closed_at": NOW, "effects": "a", "remedy": "b"}, "reported_at"),
    (
        {"closed_at": NOW, "effects": "a", "remedy": "b", "risk": Risk.HIGH, "reported_at": NOW},
        "people_told_at",
    ),
)


def test_record_breach_of_a_day_that_has_begun_in_england(sqlite_database: Database) -> None:
    late = datetime(2025, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight on 2 July
    place = Place(1, make_school(sqlite_database))
    caller = Caller.for_operator(sqlite_database, clock=lambda: late)
    entry = replace(ENTRY, aware_at=late, happened_on=date(2025, 7, 2))
    assert record_breach(caller, place, entry)
    with pytest.raises(InvalidEntry, match="still to come"):
        record_breach(caller, place, replace(entry, happened_on=date(2025, 7, 3)))


def test_record_breach_refuses_what_cannot_be(sqlite_database: Database) -> None:
    school = make_school(sqlite_database)
    caller = Caller.for_operator(sqlite_database, clock=lambda: NOW)
    for changed, field in WRONG:
        with pytest.raises(InvalidEntry) as caught:
            record_breach(
                caller,
                Place(1, school),
                replace(ENTRY, **changed),  # type: ignore[arg-type]  # of fields of every kind
            )
        assert caught.value.field == field
    with sqlite_database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(BreachRecord)) == 0
