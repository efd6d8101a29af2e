"""Batches of reports: how many a second, and whether memory grows; a PDF beside nbconvert's way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.authority import open_authority
from benchmarks.chromium import browser
from benchmarks.measuring import Result, absolute
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.report_batches import BatchRequest, ReportKind
from pupiltrack_core.reports.batch import run_batch
from pupiltrack_core.reports.batch_folder import FileState
from pupiltrack_core.reports.batch_workers import LocalProcesses
from pupiltrack_core.reports.pdf import full_report_pdf
from pupiltrack_core.reports.typesetter import warm_up
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_batches import schools_of
from pupiltrack_core.services.reports import full_report
from pupiltrack_core.storage.engine import Database

YEAR = 2025
REPORTS = (ReportKind.FULL, ReportKind.MATRIX, ReportKind.VENN, ReportKind.TRANSITION)
SMALL, LARGE = 60, 600  # schools: 240 and 2,400 reports
RUNS_OF_NBCONVERT, RUNS_OF_PDF = 3, 10
PROCESSES = 2
PUPILS = 210
NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks/reports/full_report.ipynb"
BY_CHROMIUM = "nbconvert runs the notebook to HTML, Chromium prints it"


def run(folder: Path) -> list[Result]:
    """Return the figures of batches; `folder` keeps the authority between runs."""
    database = open_authority(folder)
    try:
        caller = Caller.for_operator(database)
        numbers = [
            school.laestab
            for school in schools_of(caller, BatchRequest(REPORTS, YEAR))
            if YEAR in school.academic_years
        ]
        return [
            *_beside_nbconvert(database, caller),
            *_rate(database, caller, numbers[:SMALL]),
            *_memory(database, caller, numbers[:LARGE]),
        ]
    finally:
        database.dispose()


def _rate(database: Database, caller: Caller, numbers: list[str]) -> list[Result]:
    seconds, _ = _make(database, caller, numbers)
    made = len(numbers) * len(REPORTS)
    rate = made / seconds
    what = f"Batch of {made} reports on {PROCESSES} processors"
    return [Result(what, rate, "reports/s", 10, ">=", ours=rate)]


def _memory(database: Database, caller: Caller, numbers: list[str]) -> list[Result]:
    """Compare the largest memory late in a batch with that early in it, of all its processes."""
    _, held = _make(database, caller, numbers)
    quarter = len(held) // 4
    early, late = max(held[quarter // 2 : 2 * quarter]), max(held[-quarter:])
    what = f"Memory of a batch of {len(numbers) * len(REPORTS)} reports, late beside early"
    return [Result(what, late / early, "ratio", 1.1, ours=late, other=early, beside="early")]


def _make(database: Database, caller: Caller, numbers: list[str]) -> tuple[float, list[float]]:
    whole = BatchRequest(REPORTS, YEAR)
    request = whole if len(numbers) > SMALL else replace(whole, schools=tuple(numbers))
    out = Path(tempfile.mkdtemp(prefix="batch-"))
    try:
        with _watched() as held:
            start = time.perf_counter()
            outcome = run_batch(
                caller,
                request,
                out,
                workers=LocalProcesses(_address_of(database), processes=PROCESSES),
            )
            seconds = time.perf_counter() - start
        if outcome.failed or outcome.counts[FileState.WRITTEN] < len(numbers) * 3:
            raise RuntimeError("The batch did not make what this benchmark is about.")
        return seconds, held
    finally:
        shutil.rmtree(out, ignore_errors=True)


@contextmanager
def _watched() -> Iterator[list[float]]:
    """Yield a list that fills with the memory, in MB, of this process and those it started."""
    held: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            held.append(sum(_memory_of(pid) for pid in (os.getpid(), *_children())))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield held
    finally:
        over.set()
        watcher.join()


def _children() -> list[int]:
    tasks = Path(f"/proc/{os.getpid()}/task")
    found = " ".join((task / "children").read_text() for task in tasks.iterdir())
    return [int(pid) for pid in found.split()]


def _memory_of(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended meanwhile
        return 0.0
    return (
        next(int(line.split()[1]) for line in lines.splitlines() if line.startswith("Pss:")) / 1024
    )


def _address_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def _pupils(caller: Caller, school_id: int) -> int:
    cohort = full_report(caller, CohortSelection(YEAR, school_id=school_id)).cohort
    return 0 if cohort is None else len(cohort)


def _beside_nbconvert(database: Database, caller: Caller) -> list[Result]:
    """A warm PDF of 210 pupils in this process, beside the way through a notebook and a browser."""
    warm_up()
    schools = schools_of(caller, BatchRequest(REPORTS, YEAR))[:SMALL]
    school = min(schools, key=lambda one: abs(_pupils(caller, one.school_id) - PUPILS))
    selection = CohortSelection(YEAR, school_id=school.school_id)
    full_report_pdf(caller, selection)
    ours = []
    for _ in range(RUNS_OF_PDF):
        start = time.perf_counter()
        full_report_pdf(caller, selection)
        ours.append(time.perf_counter() - start)
    theirs = []
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        page = chromium.new_page()
        notebook = Path(folder) / NOTEBOOK.name
        notebook.write_text(
            NOTEBOOK.read_text(encoding="utf-8").replace("999/2001", school.written_laestab),
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", str(notebook)]
        for _ in range(RUNS_OF_NBCONVERT):
            start = time.perf_counter()
            subprocess.run(
                command,
                check=True,
                capture_output=True,
                env={**os.environ, "PUPILTRACK_DATABASE_URL": _address_of(database)},
            )
            page.goto(notebook.with_suffix(".html").as_uri())
            page.pdf(format="A4", landscape=True, tagged=True, print_background=True)
            theirs.append(time.perf_counter() - start)
    what = f"Full report of {_pupils(caller, school.school_id)} pupils as PDF, warm"
    times = sorted(theirs)[len(theirs) // 2] / sorted(ours)[len(ours) // 2]
    return [
        absolute(what, ours, unit="s", goal=0.25, others=theirs, beside=BY_CHROMIUM),
        Result(f"{what}, times faster", times, "ratio", 40, ">=", beside=BY_CHROMIUM),
    ]
