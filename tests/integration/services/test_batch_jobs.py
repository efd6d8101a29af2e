"""Batches asked for on the portal: who may, in what order, and what becomes of them."""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.report_batches import BatchRequest, ReportKind
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.reports import batch_making, batch_worker
from pupiltrack_core.reports.batch_making import MadeSchool, SchoolTask
from pupiltrack_core.services import batch_files
from pupiltrack_core.services import batch_jobs as service
from pupiltrack_core.services.accounts import AccountStatus, change_status
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry
from pupiltrack_core.storage.report_models import BatchJob
from tests.builders import (
    NOW,
    YEAR,
    make_authority,
    make_pupil,
    make_school,
    make_session,
    make_user,
)

FULL = BatchRequest((ReportKind.FULL,), YEAR)
LATER = NOW + timedelta(minutes=1)


class World:
    """An authority with one school of one pupil, another authority, and people of both."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.authority = make_authority(database)
        self.school = make_school(database)
        make_pupil(database, self.school)
        self.analyst = make_user(database, Role.LA_ANALYST)

    def sign_in(self, user: int) -> Caller:
        session = make_session(self.database, user)
        return Caller.for_session(self.database, session, clock=lambda: NOW)

    def ask(self, request: BatchRequest = FULL) -> int:
        return service.ask_for_batch(self.sign_in(self.analyst), self.authority, request)

    def state(self) -> service.BatchState:
        return service.batches_of(self.sign_in(self.analyst), self.authority)[0]

    def actions(self) -> list[str]:
        with self.database.unit_of_work() as unit:
            return [entry.action for entry in unit.session.query(AuditEntry)]

    def change(self, job_id: int, **values: Any) -> None:
        with self.database.unit_of_work(write=True) as unit:
            job = unit.session.get_one(BatchJob, job_id)
            for name, value in values.items():
                setattr(job, name, value)
            unit.commit()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of all batches."""
    path = tmp_path / "batches"
    path.mkdir()
    return path


def make(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Make the next batch as the process beside the server does, in this one."""

    class Here:
        def make(self, tasks: Iterable[SchoolTask]) -> Generator[MadeSchool, None, None]:
            for task in tasks:
                yield batch_making.make_school(task, world.database.url)

    caller = Caller.for_operator(world.database)
    monkeypatch.setitem(batch_making._opened, world.database.url, caller)
    monkeypatch.setattr(batch_worker, "utc_now", lambda: LATER)
    return batch_worker.make_next(world.database, folder, Here())


def collect(
    world: World, job_id: int, folder: Path, now: datetime = LATER
) -> batch_files.BatchFile:
    caller = world.sign_in(world.analyst)
    assert caller.session_id is not None
    return batch_files.collect_batch(world.database, caller.session_id, job_id, folder, now=now)


def test_batch_is_asked_for_made_and_fetched(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not batch_files.has_batch_to_make(world.database, NOW)
    job_id = world.ask()
    assert batch_files.has_batch_to_make(world.database, NOW)
    assert (world.state().state, world.state().what) == ("waiting", "Full report, 2025/2026, PDF")
    with pytest.raises(NotFound):
        collect(world, job_id, folder)
    assert make(world, folder, monkeypatch)
    assert not make(world, folder, monkeypatch)
    state = world.state()
    assert (state.state, state.done, state.total, state.message) == ("finished", 1, 1, "1 files.")
    assert state.can_fetch
    assert state.kept_until == LATER + timedelta(days=1)
    file = collect(world, job_id, folder)
    with zipfile.ZipFile(file.path) as packed:
        assert packed.namelist() == ["manifest.csv", "9992001/full-report-2025-2026.pdf"]
    assert [path.name for path in folder.iterdir()] == [file.path.name]
    actions = world.actions()
    assert {service.BATCH_ASKED, "report made", AuditAction.FILE_FETCHED} <= set(actions)

    batch_files.remove_old_batches(world.database, folder, LATER + timedelta(hours=23))
    assert list(folder.iterdir())
    batch_files.remove_old_batches(world.database, folder, LATER + timedelta(hours=25))
    assert not list(folder.iterdir())
    assert not world.state().can_fetch


def test_ask_for_batch_is_for_people_of_the_whole_authority(world: World) -> None:
    for role in (Role.HEAD, Role.TEACHER, Role.DATA_MANAGER):
        caller = world.sign_in(make_user(world.database, role, school_id=world.school))
        for refused in (
            lambda caller=caller: service.ask_for_batch(caller, world.authority, FULL),
            lambda caller=caller: service.batches_of(caller, world.authority),
        ):
            with pytest.raises((AccessDenied, NotFound)):
                refused()
    other = make_authority(world.database, "998", "Elsewhere")
    with pytest.raises(NotFound):
        service.ask_for_batch(world.sign_in(world.analyst), other, FULL)
    assert service.BATCH_ASKED not in world.actions()


def test_batch_of_another_authority_is_not_there(world: World, folder: Path) -> None:
    job_id = world.ask()
    make_authority(world.database, "998", "Elsewhere")
    stranger = make_user(world.database, Role.HEAD, school_id=world.school)
    caller = world.sign_in(stranger)
    with pytest.raises(NotFound):
        service.cancel_batch(caller, job_id)
    assert caller.session_id is not None
    with pytest.raises(NotFound):
        batch_files.collect_batch(world.database, caller.session_id, job_id, folder, now=NOW)
    with pytest.raises(NotFound):
        service.cancel_batch(world.sign_in(world.analyst), job_id + 1)
    assert world.state().state == "waiting"


@pytest.mark.parametrize(
    "request_",
    [
        BatchRequest((ReportKind.FULL,), YEAR, with_names=True),
        BatchRequest((ReportKind.HEAD,), YEAR),
    ],
)
def test_ask_for_batch_with_names_is_refused(world: World, request_: BatchRequest) -> None:
    with pytest.raises(InvalidEntry, match="one school at a time"):
        world.ask(request_)


def test_ask_for_batch_has_room_for_three(world: World) -> None:
    for _ in range(3):
        world.ask()
    with pytest.raises(InvalidEntry, match="not finished yet"):
        world.ask()
    with pytest.raises(NotFound):
        world.ask(BatchRequest((ReportKind.FULL,), YEAR, district="Nowhere"))


def test_cancel_batch_that_waits_and_one_that_is_made(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = world.ask()
    analyst = world.sign_in(world.analyst)
    assert service.cancel_batch(analyst, waiting)
    assert not service.cancel_batch(analyst, waiting)
    assert world.state().state == "cancelled"
    assert not make(world, folder, monkeypatch)

    running = world.ask()
    claimed = service.claim_batch(world.database, NOW)
    assert claimed is not None
    assert claimed.id == running
    assert service.claim_batch(world.database, NOW) is None
    progress = {"total": 9, "done": 3, "failed": 1}
    assert service.note_batch_progress(world.database, running, **progress, now=NOW)
    assert service.cancel_batch(analyst, running)
    assert world.state().is_being_cancelled
    assert not service.note_batch_progress(world.database, running, **progress, now=NOW)
    service.end_batch(world.database, running, now=LATER)
    assert (world.state().state, world.state().done) == ("cancelled", 3)


def test_batch_whose_maker_died_is_made_by_another_and_in_the_end_given_up(world: World) -> None:
    job_id = world.ask()
    first = service.claim_batch(world.database, NOW)
    soon, dead = NOW + timedelta(minutes=2), NOW + timedelta(minutes=4)
    assert service.claim_batch(world.database, soon) is None
    assert batch_files.has_batch_to_make(world.database, dead)
    again = service.claim_batch(world.database, dead)
    assert again == first  # into the same folder: what was made is kept
    service.give_batch_back(world.database, job_id)
    assert service.claim_batch(world.database, NOW + timedelta(hours=7)) is None
    assert "again and again" in world.state().message


def test_batch_of_another_version_fails_and_is_still_shown(world: World) -> None:
    world.change(world.ask(), request={"reports": ["crystal ball"]})
    assert service.claim_batch(world.database, NOW) is None
    assert world.state().state == "failed"
    assert world.state().what == "A batch of another version of PupilTrack"


def test_batch_of_someone_who_left_meanwhile_makes_nothing(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = world.ask()
    admin = make_user(world.database, Role.LA_ADMIN)
    change_status(world.database, world.analyst, AccountStatus.DISABLED, now=NOW, by=admin)
    assert make(world, folder, monkeypatch)
    (state,) = service.batches_of(world.sign_in(admin), world.authority)
    assert (state.id, state.state) == (job_id, "failed")
    assert "report made" not in world.actions()
    assert not list(folder.glob("**/*.pdf"))
    with pytest.raises(NotSignedIn), Caller.for_account(world.database, world.analyst).begin():
        pass


def test_batch_that_meets_a_fault_fails_in_words_and_leaves_nothing(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ask()

    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("Ivy Marsh")

    monkeypatch.setattr(batch_worker, "run_batch", fail)
    assert make(world, folder, monkeypatch)
    assert (world.state().state, world.state().can_fetch) == ("failed", False)
    assert "fault on our side" in world.state().message


def test_batch_without_room_for_the_zip_file_says_so(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ask()

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batch_worker.zipfile, "ZipFile", full)
    assert make(world, folder, monkeypatch)
    assert "no room for the ZIP file" in world.state().message
    assert not list(folder.iterdir())


def test_batch_goes_back_into_the_queue_when_its_maker_is_told_to_end(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ask()

    def end(*_args: object, **_more: object) -> None:
        batch_worker._end(15, None)

    monkeypatch.setattr(batch_worker, "run_batch", end)
    with pytest.raises(batch_worker._ToldToEnd):
        make(world, folder, monkeypatch)
    assert world.state().state == "waiting"


def test_work_of_an_account_is_audited_under_its_name(world: World) -> None:
    caller = Caller.for_account(world.database, world.analyst, clock=lambda: NOW)
    with caller.begin(write=True, act=True) as work:
        assert not work.is_operator
        assert work.user_id == world.analyst
        work.audit("tried", local_authority_id=world.authority)
        work.commit()
    with world.database.unit_of_work() as unit:
        entry = unit.session.query(AuditEntry).filter_by(action="tried").one()
        assert (entry.user_id, entry.detail) == (world.analyst, "{}")
