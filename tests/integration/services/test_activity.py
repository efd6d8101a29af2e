"""Looking through the audit, views of records, unusual use, and heads noted outside."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from pupiltrack_core.access import Place, Role
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound, StorageUnavailable
from pupiltrack_core.services import audit_anchor, unusual_use
from pupiltrack_core.services.audit import AuditHead
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.audit_anchor import (
    Occasion,
    anchor_file,
    is_due,
    note_head,
    verify_with_anchor,
)
from pupiltrack_core.services.audit_export import ActivityForm, detail_in_words, export_activity
from pupiltrack_core.services.audit_search import (
    ActivityKind,
    ActivitySearch,
    people_of,
    search_activity,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.downloads import deposit
from pupiltrack_core.services.erasure import ErasureReason, carry_out_erasures, order_erasure
from pupiltrack_core.services.pupil_details import pupil_details
from pupiltrack_core.services.pupil_journey import journey_of
from pupiltrack_core.services.unusual_use import unusual_uses
from pupiltrack_core.settings import load_secret
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.audit import AuditDraft, add_audit_entries
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Download
from tests.builders import YEAR, make_pupil, make_pupils, make_school, make_session, make_user
from tests.integration.services.people import TurnableClock, audit_rows, hold_audit, run_all
from tests.postgres_server import as_owner

AUTHORITY = 1


@dataclass
class World:
    """A school with a head who has an address, and a clock to turn."""

    database: Database
    clock: TurnableClock
    school: int
    head: int

    def caller(
        self, role: Role = Role.HEAD, *, school: int | None = None, user: int | None = None
    ) -> Caller:
        at = None if role.value.startswith("la_") else school or self.school
        who = user or make_user(self.database, role, school_id=at, display_name="Jo Example")
        session = make_session(self.database, who, now=self.clock.now)
        return Caller.for_session(self.database, session, clock=self.clock)

    def note(self, *drafts: AuditDraft, at: datetime | None = None) -> None:
        with self.database.unit_of_work(write=True) as unit:
            add_audit_entries(unit.session, drafts, at=at or self.clock.now)
            unit.commit()

    def place(self) -> Place:
        return Place(AUTHORITY, self.school)


@pytest.fixture
def world(database: Database) -> World:
    school = make_school(database)
    head = make_user(
        database, Role.HEAD, school_id=school, display_name="Hedy Head", email="head@example.org"
    )
    return World(database, TurnableClock(), school, head)


def file_for(caller: Caller, school: int | None) -> str:
    return deposit(
        caller,
        kind="list",
        school_id=school,
        file_name="list.csv",
        media_type="text/csv",
        content=b"x",
    )


# --- searching ----------------------------------------------------------------------------------


def test_search_activity_by_who_what_when_and_pupil(world: World) -> None:
    caller = world.caller(user=world.head)
    other = make_user(world.database, Role.TEACHER, school_id=world.school, display_name="Tea Cher")
    here = {"school_id": world.school, "local_authority_id": AUTHORITY}
    seen = AuditDraft(AuditAction.PUPIL_SEEN, other, {"pupil": 7}, **here)
    world.note(
        seen,
        AuditDraft("pupils changed", other, {"pupils": [6, 7]}, **here),
        AuditDraft(AuditAction.SIGNED_IN, other, {"session": 3}),
        AuditDraft("pupil changed", world.head, {"pupil": 77, "fields": ["surname"]}, **here),
        AuditDraft("pupils exported", world.head, {"pupils": 7}, **here),
        AuditDraft(AuditAction.ACCESS_DENIED, other, {"wanted": "export"}, **here),
    )
    world.note(seen, at=world.clock.now + timedelta(days=1))

    def found(**search: object) -> list[str]:
        rows = search_activity(caller, world.place(), ActivitySearch(**search)).rows  # type: ignore[arg-type]
        return [row.what for row in rows]

    look = "pupil's record seen"
    changes = ["pupil changed", "signed in", "pupils changed"]
    assert found() == [look, "access denied", "pupils exported", *changes, look]
    assert found(user_id=world.head) == ["pupils exported", "pupil changed"]
    assert found(kind=ActivityKind.VIEWS) == [look, look]
    assert found(kind=ActivityKind.SIGN_INS) == ["signed in"]
    assert found(kind=ActivityKind.DENIALS) == ["access denied"]
    assert found(kind=ActivityKind.FILES) == ["pupils exported"]
    assert found(kind=ActivityKind.CHANGES) == ["pupil changed", "pupils changed"]
    assert found(pupil_id=7) == [look, "pupils changed", look]
    assert found(pupil_id=77) == ["pupil changed"]
    day = date(2025, 11, 21)
    assert found(first_day=day) == [look]
    assert len(found(last_day=date(2025, 11, 20))) == 6
    with pytest.raises(InvalidEntry):
        found(first_day=day, last_day=date(2025, 11, 20))
    assert people_of(caller, world.place()) == ((world.head, "Hedy Head"), (other, "Tea Cher"))


def test_search_activity_page_by_page(world: World) -> None:
    caller = world.caller()
    world.note(
        *(AuditDraft("tested", None, {"number": n}, world.school, AUTHORITY) for n in range(150))
    )
    first = search_activity(caller, world.place(), ActivitySearch())
    assert len(first.rows) == 100
    rest = search_activity(caller, world.place(), ActivitySearch(before=first.older))
    assert (len(rest.rows), rest.older) == (50, None)
    numbers = [row.detail["number"] for row in (*first.rows, *rest.rows)]
    assert numbers == list(reversed(range(150)))
    assert {row.who for row in first.rows} == {"Not known"}


def test_search_activity_is_of_ones_own_place_only(world: World) -> None:
    other = make_school(world.database, "Oakfield")
    world.note(AuditDraft("tested", None, {}, other, AUTHORITY))
    own = world.caller(user=world.head)
    assert search_activity(own, world.place(), ActivitySearch()).rows == ()
    for place in (Place(AUTHORITY, other), Place(AUTHORITY)):
        for use in (search_activity, lambda c, p, _: people_of(c, p)):
            with pytest.raises(NotFound):
                use(own, place, ActivitySearch())
    for role in (Role.TEACHER, Role.LA_ANALYST):
        with pytest.raises(AccessDenied):
            search_activity(world.caller(role), world.place(), ActivitySearch())
    whole = search_activity(world.caller(Role.LA_ADMIN), Place(AUTHORITY), ActivitySearch())
    assert "Oakfield" in {row.place for row in whole.rows}


def test_export_activity_is_written_down_and_runs_nothing(world: World) -> None:
    caller = world.caller()
    world.note(AuditDraft("=tested", None, {"a_key": ["x_y", "z"]}, world.school, AUTHORITY))
    name, content = export_activity(caller, world.place(), ActivitySearch(), ActivityForm.CSV)
    assert name == "activity 2025-11-20.csv"
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Number,Day,Time,Who,What,School,Details"
    assert lines[1].endswith(
        ',20/11/2025,09:00:00,Not known,\'=tested,Hillside Primary School,"a key: x y, z"'
    )
    _, book = export_activity(caller, world.place(), ActivitySearch(), ActivityForm.WORKBOOK)
    assert book.startswith(b"PK")
    assert [row.detail for row in audit_rows(world.database, "activity exported")] == [
        '{"rows":1}',
        '{"rows":2}',
    ]


def test_detail_in_words() -> None:
    detail = {"pupil": 12, "held": True, "operator": True, "none": None, "empty": []}
    assert detail_in_words(detail) == "pupil: 12; held: yes"


# --- views --------------------------------------------------------------------------------------


def test_view_of_a_record_is_written_down_once_in_ten_minutes(world: World) -> None:
    pupil, other = make_pupils(world.database, world.school, 2)
    caller = world.caller()

    def look(who: Caller, which: int) -> int:
        pupil_details(who, world.school, YEAR, which)
        journey_of(who, world.school, which)
        return len(audit_rows(world.database, AuditAction.PUPIL_SEEN))

    assert look(caller, pupil) == 1
    world.clock.turn(minutes=9)
    assert look(caller, pupil) == 1
    assert look(caller, other) == 2
    assert look(world.caller(), pupil) == 3  # somebody else
    world.clock.turn(minutes=1)
    assert look(caller, pupil) == 4
    assert json.loads(audit_rows(world.database, AuditAction.PUPIL_SEEN)[0].detail) == {
        "pupil": pupil
    }
    views = ActivitySearch(kind=ActivityKind.VIEWS, pupil_id=pupil)
    rows = search_activity(caller, world.place(), views).rows
    assert {row.pupil.split(",")[0][:7] for row in rows} == {"Surname"}


def test_search_activity_gives_nobody_the_name_of_who_had_the_number_later(
    world: World, tmp_path: Path
) -> None:
    caller, operator = world.caller(), Caller.for_operator(world.database)
    pupil = make_pupil(world.database, world.school)
    pupil_details(caller, world.school, YEAR, pupil)
    secret = tmp_path / "secret"
    order_erasure(operator, world.school, pupil, ErasureReason.REQUEST)
    carry_out_erasures(world.database, secret, clock=operator.clock)
    make_pupil(world.database, world.school, pupil={"id": pupil, "surname": "Newman"})
    world.clock.turn(minutes=30)
    pupil_details(caller, world.school, YEAR, pupil)
    views = ActivitySearch(kind=ActivityKind.VIEWS)
    new, old = search_activity(caller, world.place(), views).rows
    assert new.pupil.startswith("Newman")
    assert old.pupil == ""


def test_view_that_cannot_be_written_down_is_not_given(world: World, database_url: str) -> None:
    pupil = make_pupil(world.database, world.school)
    caller = world.caller()
    assert caller.session_id is not None
    hasty = Database.open(database_url, busy_timeout=0.2)
    late = Caller.for_session(hasty, caller.session_id, clock=world.clock)
    with world.database.unit_of_work(write=True) as holder:
        hold_audit(holder)
        with pytest.raises(StorageUnavailable):
            pupil_details(late, world.school, YEAR, pupil)
    hasty.dispose()


# --- unusual use --------------------------------------------------------------------------------


def test_looking_at_very_many_pupils_is_told_and_asks_to_sign_in_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 35, with 3 for 300."""
    monkeypatch.setattr(unusual_use, "MOST_PUPILS", 3)
    teacher = make_user(
        world.database, Role.TEACHER, school_id=world.school, display_name="Tea Cher"
    )
    admin = make_user(world.database, Role.LA_ADMIN, email="la@example.org")
    make_user(
        world.database,
        Role.HEAD,
        school_id=make_school(world.database, "Oakfield"),
        email="elsewhere@example.org",
    )
    caller = world.caller(user=teacher)
    pupils = make_pupils(world.database, world.school, 4)
    for pupil in pupils[:2]:
        pupil_details(caller, world.school, YEAR, pupil)
    assert audit_rows(world.database, AuditAction.UNUSUAL_USE) == []
    assert file_for(caller, world.school)
    for pupil in pupils:
        pupil_details(caller, world.school, YEAR, pupil)
    (alarm,) = audit_rows(world.database, AuditAction.UNUSUAL_USE)
    assert json.loads(alarm.detail) == {"pupils": 3}
    with world.database.unit_of_work() as unit:
        mails = unit.session.scalars(select(OutgoingMail).order_by(OutgoingMail.user_id)).all()
        assert [mail.user_id for mail in mails] == [world.head, admin]
        assert "Tea Cher looked at the records of 3 pupils" in mails[0].body
        assert "Surname" not in mails[0].body
    with pytest.raises(AccessDenied, match="sign in again"):
        file_for(caller, world.school)
    assert len(audit_rows(world.database, AuditAction.ACCESS_DENIED)) == 1
    (told,) = unusual_uses(world.caller(user=world.head))
    assert (told.who, told.what) == (
        "Tea Cher",
        "looked at the records of 3 pupils within an hour",
    )
    assert unusual_uses(world.caller(user=admin)) == (told,)
    assert unusual_uses(world.caller(Role.TEACHER)) == ()
    world.clock.turn(minutes=1)
    assert file_for(world.caller(user=teacher), world.school)  # signed in again
    world.clock.turn(days=8)
    assert unusual_uses(world.caller(user=world.head)) == ()


def test_making_very_many_files_or_files_of_many_schools_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unusual_use, "MOST_FILES", 3)
    for _ in range(2):
        file_for(world.caller(user=world.head), world.school)
    world.clock.turn(minutes=61)
    caller = world.caller(user=world.head)
    for _ in range(2):
        file_for(caller, world.school)  # the first two are over an hour old
    assert audit_rows(world.database, AuditAction.UNUSUAL_USE) == []
    file_for(caller, world.school)
    with pytest.raises(AccessDenied):
        file_for(caller, world.school)
    monkeypatch.setattr(unusual_use, "MOST_FILES", 100)
    monkeypatch.setattr(unusual_use, "MOST_SCHOOLS", 2)
    adviser = world.caller(Role.LA_ADVISER)
    file_for(adviser, world.school)
    file_for(adviser, make_school(world.database, "Oakfield"))
    alarms = audit_rows(world.database, AuditAction.UNUSUAL_USE)
    assert [json.loads(alarm.detail) for alarm in alarms] == [{"files": 3}, {"files": 2}]


# --- failing closed -----------------------------------------------------------------------------


def test_deposit_while_the_audit_is_locked_makes_no_file(world: World, database_url: str) -> None:
    """Statement 37."""
    caller = world.caller()
    assert caller.session_id is not None
    hasty = Database.open(database_url, busy_timeout=0.2)
    late = Caller.for_session(hasty, caller.session_id, clock=world.clock)
    with world.database.unit_of_work(write=True) as holder:
        hold_audit(holder)
        with pytest.raises(StorageUnavailable, match="Nothing was changed"):
            file_for(late, world.school)
    hasty.dispose()
    assert _files(world.database) == 0


def test_deposit_on_a_full_disk_makes_no_file(sqlite_database: Database) -> None:
    """Statement 37: SQLite is kept from growing, as by a disk that is full."""
    clock = TurnableClock(datetime.now(UTC))
    school = make_school(sqlite_database)
    caller = World(sqlite_database, clock, school, 0).caller()
    full = Database.open(sqlite_database.url, idle_connections=1)
    with full.unit_of_work() as unit:
        pages = unit.session.scalar(text("PRAGMA page_count"))
        unit.session.execute(text(f"PRAGMA max_page_count = {pages}"))
    assert caller.session_id is not None
    late = Caller.for_session(full, caller.session_id, clock=clock)
    with pytest.raises(StorageUnavailable, match="Nothing was changed"):
        deposit(
            late,
            kind="list",
            school_id=school,
            file_name="list.csv",
            media_type="text/csv",
            content=b"x" * 100_000,
        )
    full.dispose()
    assert _files(sqlite_database) == 0
    assert audit_rows(sqlite_database, AuditAction.FILE_MADE) == []


def _files(database: Database) -> int:
    with database.unit_of_work() as unit:
        return unit.session.scalar(select(func.count()).select_from(Download)) or 0


# --- heads noted outside ------------------------------------------------------------------------


def test_verify_with_anchor_finds_a_tail_that_was_cut(world: World, tmp_path: Path) -> None:
    """Statement 36: the bare chain is whole; the file outside is not fooled."""
    secret = tmp_path / "secret"
    now = world.clock.now
    note_head(world.database, secret, occasion=Occasion.START, at=now)
    world.note(*(AuditDraft("tested", None, {"number": n}) for n in range(4)))
    noted = note_head(world.database, secret, occasion=Occasion.STOP, at=now)
    assert noted.head.rows == 4
    whole = verify_with_anchor(world.database, secret)
    assert (whole.faults, whole.noted) == ((), 2)
    assert verify_with_anchor(world.database, secret, noted=AuditHead(4, "0" * 64)).faults
    path = anchor_file(secret)
    assert path.stat().st_mode & 0o077 == 0
    assert not is_due(secret, now=now + timedelta(hours=23))
    assert is_due(secret, now=now + timedelta(hours=24))
    lines = path.read_text().splitlines()
    for altered in (lines[1:], [lines[0], lines[1].replace('"rows": 4', '"rows": 3')], ["{"]):
        path.write_text("".join(f"{line}\n" for line in altered))
        (fault,) = verify_with_anchor(world.database, secret).faults
        assert "was not written by this portal" in fault
    path.write_text("".join(f"{line}\n" for line in lines))
    _cut_tail(world.database)
    (fault,) = verify_with_anchor(world.database, secret).faults
    assert "noted after 4 entries is not there" in fault
    # A backup of that time was put back by the operator: what was noted since went with it.
    note_head(world.database, secret, occasion=Occasion.RESTORE, at=now)
    assert verify_with_anchor(world.database, secret).faults == ()
    # What somebody wrote down is looked for all the same.
    (fault,) = verify_with_anchor(world.database, secret, noted=noted.head).faults
    assert "noted after 4 entries is not there" in fault


def test_note_head_by_two_at_once_keeps_both_lines(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    load_secret(secret)
    both_have_read, sign = threading.Barrier(2), audit_anchor._sign

    def sign_together(*words: Any) -> str:
        with suppress(threading.BrokenBarrierError):  # one waits for the other's line, as it should
            both_have_read.wait(timeout=0.2)
        return sign(*words)

    def note() -> None:
        note_head(sqlite_database, secret, occasion=Occasion.BACKUP, at=datetime.now(UTC))

    monkeypatch.setattr(audit_anchor, "_sign", sign_together)
    run_all([note] * 2)
    monkeypatch.undo()
    checked = verify_with_anchor(sqlite_database, secret)
    assert (checked.faults, checked.noted) == ((), 2)


def _cut_tail(database: Database) -> None:
    """What an attacker with every right in the database would do."""
    owner = as_owner(database)
    free = "ALTER TABLE audit_entry DISABLE TRIGGER ALL"
    if database.url.get_backend_name() == "sqlite":
        free = "DROP TRIGGER audit_entry_no_delete"
    with owner.unit_of_work(write=True) as unit:
        unit.session.execute(text(free))
        unit.session.execute(text("DELETE FROM audit_entry WHERE id > 2"))
        unit.commit()
    owner.dispose()
