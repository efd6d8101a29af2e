"""Batches of reports: what is made, what is kept, and what becomes of every kind of fault."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pupiltrack_core.cli import main
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.report_batches import BatchRequest, FileKind, ReportKind
from pupiltrack_core.errors import ConfigurationError, Conflict, InvalidEntry, NotFound
from pupiltrack_core.reports import batch_folder, batch_making, batch_workers
from pupiltrack_core.reports.batch import BatchOutcome, Progress, run_batch
from pupiltrack_core.reports.batch_folder import JOURNAL, MANIFEST, DiskFull, FileState, open_folder
from pupiltrack_core.reports.batch_making import MadeSchool, SchoolTask
from pupiltrack_core.reports.batch_workers import LocalProcesses, SchedulerWorkers, WorkersLost
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.reports import REPORT_MADE
from pupiltrack_core.services.sign_in_policy import utc_now
from pupiltrack_core.storage.assessment_models import JudgementRow
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, School
from tests.builders import YEAR, make_assessment, make_judgements, make_pupil, make_school

FIRST, SECOND, EMPTY = "9992001", "9992002", "9992003"
FULL = BatchRequest((ReportKind.FULL,), YEAR)
NAME = "full-report-2025-2026.pdf"


class Here:
    """Workers that are this very process; `before` is called with each task."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []

    def make(self, tasks: Iterable[SchoolTask]) -> Generator[MadeSchool, None, None]:
        for task in tasks:
            self.asked.append(task.laestab)
            yield batch_making.make_school(task, self.url)


@pytest.fixture
def schools(sqlite_database: Database) -> dict[str, int]:
    """Two schools with three pupils each, and one without any."""
    found = {}
    for number, name in ((FIRST, "=cmd()"), (SECOND, "Oak & Ash"), (EMPTY, "Nobody's")):
        found[number] = make_school(sqlite_database, name, laestab=number)
    for number in (FIRST, SECOND):
        assessment = make_assessment(sqlite_database, found[number])
        for mark in "OBD":
            pupil = make_pupil(sqlite_database, found[number])
            make_judgements(sqlite_database, assessment, {pupil: {"READ": mark}})
    return found


@pytest.fixture
def caller(sqlite_database: Database, schools: dict[str, int]) -> Caller:
    return Caller.for_operator(sqlite_database)


@pytest.fixture
def here(sqlite_url: str) -> Iterator[Here]:
    yield Here(sqlite_url)
    # What a process of its own would take with it when it ends.
    for held in batch_making._opened.values():
        held.database.dispose()
    batch_making._opened.clear()


def manifest(folder: Path) -> dict[str, dict[str, str]]:
    text = (folder / MANIFEST).read_text(encoding="utf-8-sig")
    return {row["path"]: row for row in csv.DictReader(StringIO(text))}


def counts(outcome: BatchOutcome) -> tuple[int, int, int, int]:
    return tuple(outcome.counts[state] for state in FileState)  # type: ignore[return-value]


def rename(database: Database, school_id: int, name: str) -> None:
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(School, school_id).name = name
        unit.commit()


def test_run_batch_writes_every_file_and_a_manifest(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    told: list[Progress] = []
    request = BatchRequest(tuple(ReportKind), YEAR, file_kinds=tuple(FileKind))
    outcome = run_batch(caller, request, tmp_path / "b", workers=here, on_progress=told.append)
    # six reports, four of them as Excel too, for each of two schools; nobody is at the third
    assert counts(outcome) == (20, 0, 10, 0)
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 30, 30)
    rows = manifest(tmp_path / "b")
    assert len(rows) == 30
    for path, row in rows.items():
        file = tmp_path / "b" / path
        assert file.exists() == (row["state"] == "written")
        if file.exists():
            content = file.read_bytes()
            assert content[:4] == (b"%PDF" if path.endswith("pdf") else b"PK\x03\x04")
            assert row["bytes"] == str(len(content))
            assert row["sha256"] == sha256(content).hexdigest()
    assert rows[f"{FIRST}/{NAME}"]["school"] == "'=cmd()"  # no spreadsheet runs it
    assert rows[f"{EMPTY}/{NAME}"]["reason"] == "The school has no pupils in 2025/2026."
    assert not list((tmp_path / "b").glob("**/*.draft"))
    assert not (tmp_path / "b" / JOURNAL).exists()


def test_run_batch_again_makes_only_what_is_missing_altered_or_out_of_date(
    caller: Caller, here: Here, schools: dict[str, int], tmp_path: Path
) -> None:
    both = BatchRequest((ReportKind.FULL, ReportKind.GOVERNORS), YEAR)
    run_batch(caller, both, tmp_path, workers=here)
    assert counts(run_batch(caller, both, tmp_path, workers=here)) == (0, 4, 2, 0)
    (tmp_path / FIRST / NAME).unlink()
    (tmp_path / SECOND / NAME).write_bytes(b"%PDF altered")
    outcome = run_batch(caller, both, tmp_path, workers=here)
    assert counts(outcome) == (2, 2, 2, 0)
    rename(caller.database, schools[SECOND], "New name")
    assert counts(run_batch(caller, both, tmp_path, workers=here)) == (2, 2, 2, 0)
    rows = manifest(tmp_path)
    assert {rows[f"{number}/{NAME}"]["state"] for number in (FIRST, SECOND)} == {"kept", "written"}


def test_run_batch_again_makes_nothing_of_the_same_mark_typed_again(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    def type_reading(value: str) -> None:
        with caller.database.unit_of_work(write=True) as unit:
            mark = unit.session.query(JudgementRow).first()
            assert mark is not None
            mark.value, mark.version, mark.changed_at = value, mark.version + 1, utc_now()
            unit.commit()

    run_batch(caller, FULL, tmp_path, workers=here)
    type_reading("O")
    assert counts(run_batch(caller, FULL, tmp_path, workers=here)) == (0, 2, 1, 0)
    type_reading("B")
    assert counts(run_batch(caller, FULL, tmp_path, workers=here)) == (1, 1, 1, 0)


def test_run_batch_of_other_choices_keeps_the_files_of_the_first(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    run_batch(caller, FULL, tmp_path, workers=here)
    named = BatchRequest((ReportKind.FULL,), YEAR, schools=(FIRST,), with_names=True)
    assert counts(run_batch(caller, named, tmp_path, workers=here)) == (1, 0, 0, 0)
    assert {f"{FIRST}/{NAME}", f"{FIRST}/full-report-2025-2026-with-names.pdf"} <= set(
        manifest(tmp_path)
    )


def test_run_batch_cut_off_goes_on_where_it_stopped(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    class CutOff(Exception):
        pass

    def cut_off(progress: Progress) -> None:
        if progress.done > 1:
            raise CutOff

    with pytest.raises(CutOff):
        run_batch(caller, FULL, tmp_path, workers=here, on_progress=cut_off)
    with (tmp_path / JOURNAL).open("a") as journal:
        journal.write('{"path": "half a li')
    assert not (tmp_path / MANIFEST).exists()
    assert counts(run_batch(caller, FULL, tmp_path, workers=here)) == (1, 1, 1, 0)


def test_run_batch_stops_when_told_and_keeps_what_is_made(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    outcome = run_batch(caller, FULL, tmp_path, workers=here, should_stop=lambda: True)
    assert outcome.was_stopped
    assert here.asked == [FIRST]
    assert manifest(tmp_path)[f"{FIRST}/{NAME}"]["state"] == "written"


def test_run_batch_collects_faults_without_telling_their_text(
    caller: Caller,
    here: Here,
    schools: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_caller: Caller, selection: CohortSelection, _names: bool) -> bytes:
        if selection.school_id == schools[FIRST]:
            raise ValueError("Ivy Marsh")
        raise NotFound("There is nothing to tell.")

    venn = next(item for item in batch_making._MAKERS if item.report is ReportKind.VENN)
    monkeypatch.setitem(batch_making._MAKERS, venn, fail)
    request = BatchRequest((ReportKind.FULL, ReportKind.VENN), YEAR, schools=(FIRST, SECOND))
    outcome = run_batch(caller, request, tmp_path, workers=here)
    assert counts(outcome) == (2, 0, 1, 1)  # one has nothing to tell, one is at fault
    assert [row.laestab for row in outcome.failed] == [FIRST]
    assert "ValueError (reference" in outcome.failed[0].reason
    told = manifest(tmp_path)[f"{SECOND}/venn-2025-2026.pdf"]
    assert (told["state"], told["reason"]) == ("left out", "There is nothing to tell.")
    assert "Ivy" not in caplog.text + (tmp_path / MANIFEST).read_text(encoding="utf-8-sig")


def test_run_batch_of_another_database_s_school_makes_nothing_of_it(
    caller: Caller, sqlite_url: str, schools: dict[str, int]
) -> None:
    task = SchoolTask(schools[FIRST], SECOND, FULL)
    (file,) = batch_making.make_school(task, sqlite_url).files
    assert file.state is FileState.FAILED
    assert "another school in its place" in file.reason
    batch_making._opened.pop(sqlite_url).database.dispose()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_run_batch_on_a_full_disk_says_how_to_go_on(
    caller: Caller, here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    written = []

    def fsync(handle: int) -> None:
        written.append(handle)
        if len(written) == 2:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(batch_folder.os, "fsync", fsync)
    with pytest.raises(DiskFull, match=r"2 of 3 files are done and stay; free some space"):
        run_batch(caller, FULL, tmp_path, workers=here)
    assert not list(tmp_path.glob("**/*.draft"))
    assert not (tmp_path / SECOND / NAME).exists()
    assert counts(run_batch(caller, FULL, tmp_path, workers=here)) == (1, 1, 1, 0)


def test_run_batch_whose_file_cannot_be_written_makes_the_others(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    (tmp_path / FIRST).write_text("in the way of a folder")
    outcome = run_batch(caller, FULL, tmp_path, workers=here)
    assert counts(outcome) == (1, 0, 1, 1)
    assert "could not be written" in outcome.failed[0].reason


def test_two_batches_into_one_folder_keep_out_of_each_other_s_way(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    with (
        open_folder(tmp_path),
        pytest.raises(Conflict, match=rf"process {os.getpid()} on .* since .*wait for it"),
    ):
        run_batch(caller, FULL, tmp_path, workers=here)
    assert here.asked == []
    assert run_batch(caller, FULL, tmp_path, workers=here).counts[FileState.WRITTEN] == 2


def test_run_batch_into_what_is_no_folder_is_refused(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidEntry, match="cannot be written into"):
        run_batch(caller, FULL, tmp_path / "file", workers=here)


@pytest.mark.parametrize("line", ["../outside.pdf", "/etc/passwd"])
def test_manifest_that_was_tampered_with_leads_nowhere(
    caller: Caller, here: Here, tmp_path: Path, line: str
) -> None:
    run_batch(caller, FULL, tmp_path, workers=here)
    text = (tmp_path / MANIFEST).read_text(encoding="utf-8-sig")
    (tmp_path / MANIFEST).write_text(text.replace(f"{FIRST}/{NAME}", line), encoding="utf-8-sig")
    assert counts(run_batch(caller, FULL, tmp_path, workers=here)) == (1, 1, 1, 0)
    assert line not in manifest(tmp_path)


def test_run_batch_of_unknown_schools_names_them(
    caller: Caller, here: Here, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="999/9999"):
        run_batch(
            caller,
            BatchRequest((ReportKind.FULL,), YEAR, schools=("9999999",)),
            tmp_path,
            workers=here,
        )


# --- processes and clusters -----------------------------------------------------------------------


class Killing:
    """Stands in for a request: kills the process that first opens it, and lets the next one do."""

    def __init__(self, request: BatchRequest, mark: Path) -> None:
        self.request, self.mark = request, mark

    @property
    def academic_year(self) -> int:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.request.academic_year

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "request":
            raise AttributeError(name)
        return getattr(self.request, name)


def test_local_processes_do_again_what_a_killed_process_was_at(
    schools: dict[str, int], sqlite_url: str, tmp_path: Path
) -> None:
    killing: Any = Killing(FULL, tmp_path / "killed")
    tasks = [SchoolTask(schools[FIRST], FIRST, killing), SchoolTask(schools[SECOND], SECOND, FULL)]
    made = list(LocalProcesses(sqlite_url, processes=1).make(tasks))
    assert (tmp_path / "killed").exists()
    # Whichever was done again comes when it is done.
    assert sorted(school.task.laestab for school in made) == [FIRST, SECOND]
    assert {school.files[0].state for school in made} == {FileState.WRITTEN}


class BreakingPool:
    """A pool that breaks, all of it, as soon as it is given a school of `fatal`."""

    def __init__(self, fatal: set[str]) -> None:
        self.fatal = fatal
        self.is_broken = False

    def submit(self, _make: object, task: SchoolTask, _url: str) -> Future[MadeSchool]:
        if self.is_broken:
            raise BrokenProcessPool
        future: Future[MadeSchool] = Future()
        self.is_broken = task.laestab in self.fatal
        if self.is_broken:
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(MadeSchool(task, ()))
        return future

    def shutdown(self, **_how: bool) -> None:
        pass


def make_with(monkeypatch: pytest.MonkeyPatch, fatal: set[str]) -> Iterator[MadeSchool]:
    monkeypatch.setattr(LocalProcesses, "_pool", lambda _self: BreakingPool(fatal))
    tasks = [SchoolTask(number, f"999200{number}", FULL) for number in range(1, 8)]
    return LocalProcesses("", processes=2).make(tasks)


def test_local_processes_give_up_one_school_and_make_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = list(make_with(monkeypatch, {"9992003", "9992005"}))
    assert sorted(school.task.school_id for school in made) == [1, 2, 3, 4, 5, 6, 7]
    lost = {school.task.school_id: school.files[0] for school in made if school.files}
    assert set(lost) == {3, 5}
    assert all("ended from outside, twice" in file.reason for file in lost.values())


def test_local_processes_that_never_last_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkersLost, match="What was made stays"):
        list(make_with(monkeypatch, {f"999200{number}" for number in range(1, 8)}))


def test_batch_over_a_scheduler_with_two_worker_processes(
    caller: Caller, sqlite_url: str, tmp_path: Path
) -> None:
    env = {**os.environ, "PUPILTRACK_DATABASE_URL": sqlite_url}
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    file = tmp_path / "scheduler.json"
    scheduler = subprocess.Popen(
        [*run, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file],
        stderr=subprocess.DEVNULL,
    )
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file)]
    command += ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
    command += ["--local-directory", str(tmp_path)]
    workers = [
        subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        address = address_in(file)
        outcome = run_batch(caller, FULL, tmp_path / "b", workers=SchedulerWorkers(address))
        assert counts(outcome) == (2, 0, 1, 0)
        again = run_batch(caller, FULL, tmp_path / "b", workers=SchedulerWorkers(address))
        assert counts(again) == (0, 2, 1, 0)
    finally:
        # Asked politely, a worker waits for a scheduler that may have gone before it.
        for process in (*workers, scheduler):
            process.kill()
        for process in (*workers, scheduler):
            process.wait()


def address_in(file: Path) -> str:
    """Return where a scheduler says it is, as soon as it does."""
    for _ in range(600):
        if file.exists():
            try:
                return str(json.loads(file.read_text())["address"])
            except ValueError:
                pass
        time.sleep(0.05)
    pytest.fail("The scheduler did not start.")


def test_batch_without_a_scheduler_says_so(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_workers, "_SECONDS_TO_CONNECT", 0.2)
    with pytest.raises(ConfigurationError, match=r"No scheduler answers at tcp://127\.0\.0\.1:9"):
        run_batch(caller, FULL, tmp_path, workers=SchedulerWorkers("tcp://127.0.0.1:9"))


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def command(
    caller: Caller, here: Here, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A function: the command, its files made in this process."""
    monkeypatch.setattr(batch_workers, "LocalProcesses", lambda url, processes: here)

    def call(*more: str) -> Result:
        arguments = ["report", "batch", "--year", "2025/2026", "--database", sqlite_url]
        return CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "b"), *more])

    return call


def test_report_batch_writes_the_files_and_is_in_the_audit(command: Any, caller: Caller) -> None:
    result = command("--reports", "full,venn", "--schools", f"999/2001,{SECOND}")
    assert result.exit_code == 0, result.output
    assert "4 written, 0 there already, 0 left out, 0 failed." in result.output
    with caller.database.unit_of_work() as unit:
        actions = [entry.action for entry in unit.session.query(AuditEntry)]
    assert actions.count(REPORT_MADE) == 4


def test_report_batch_with_faults_ends_with_1_and_tells_them(command: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / FIRST).write_text("in the way")
    result = command()
    assert result.exit_code == 1
    assert f"{FIRST}/{NAME}: The file could not be written" in result.output
    assert "Run the same command again" in result.output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--reports", "nonsense"], "There is no report called nonsense"),
        (["--formats", "docx"], "There is no kind of file docx"),
        (["--reports", ""], "Choose at least one report"),
        (["--schools", "12"], "seven digits"),
        (["--years", "13"], "There are no such years"),
        (["--scheduler", "tcp://127.0.0.1:9", "--workers", "2"], "not with --scheduler"),
    ],
)
def test_report_batch_refuses_in_a_sentence(command: Any, more: list[str], words: str) -> None:
    result = command(*more)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output
