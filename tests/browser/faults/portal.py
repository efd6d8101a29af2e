"""The real server over a demo authority, and the ways in which it is broken here."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.accounts import revoke_sessions
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.assessments import assessments_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.demo_accounts import SIGN_INS
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.pages.assessment_columns import grid_columns
from pupiltrack_portal.pages.grid_view import GridView
from tests.served.client import Browser
from tests.served.conftest import free_port

PATIENCE = 60.0  # seconds; only how long to wait before giving up
YEAR, YEAR_GROUP, CLASS = 2025, 4, "Hazel"
ADDRESS = f"/assessments?years={YEAR_GROUP}&class={CLASS}"
PASSWORDS = {item.user_name: item.password for item in SIGN_INS}
# Started again and again here: opening every page beforehand is for the portal that people use.
UNREHEARSED = "from pupiltrack_portal.server import app; app.REHEARSED = (); app.main()"
FORKED, ORDINARY = b"forked-kernel", b"ipykernel_launcher"


@dataclass(frozen=True)
class Ground:
    """What the grid of one class holds: pupils and columns in the order the page shows them."""

    school: int
    assessment: int
    pupils: tuple[int, ...]
    columns: tuple[str, ...]

    def tracking(self, subject: str) -> str:
        """The column of judgements in a subject."""
        return f"{self.assessment}:tracking:{subject}"

    def formative(self, subject: str) -> str:
        """The column of free text of a subject."""
        return f"{self.assessment}:formative:{subject}"

    def score(self, subject: str) -> str:
        """The column of test scores of a subject."""
        return f"{self.assessment}:test:{subject}"

    @property
    def phonics(self) -> str:
        """The column of phonics."""
        return next(key for key in self.columns if key.startswith(f"{self.assessment}:phonics:"))


class DemoPortal:
    """A server on a database file of its own. It can be killed and started again."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.file = self.data / "pupiltrack.sqlite"
        self._page_log = folder / "pages.log"
        shutil.copyfile(template, self.file)
        self.url = f"sqlite:///{self.file}"
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        # Sockets of kernels lie below it, and their paths must be short.
        self._temporary = Path(tempfile.mkdtemp(prefix="pt"))
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start the server and return once it answers."""
        chosen = {
            "database_url": self.url,
            "secret_file": self.folder / "secret",
            "page_log": self._page_log,
            "port": self.port,
            "password_hashing": "floor",
            "second_step": "optional",
            "single_device": "no",
        }
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PUPILTRACK_")
        }
        environment |= {f"PUPILTRACK_{name.upper()}": str(chosen[name]) for name in chosen}
        environment["TMPDIR"] = str(self._temporary)
        process = self._process = subprocess.Popen(
            [sys.executable, "-c", UNREHEARSED],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()
        try:
            Browser(self.port).wait_until_up(PATIENCE, is_alive=lambda: process.poll() is None)
        except AssertionError as error:
            raise AssertionError(f"the server did not start; it said: {self.log}") from error

    def _read(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self.lines.append(line)

    @property
    def log(self) -> str:
        """What the server and its pages have said so far, over all starts."""
        pages = self._page_log.read_text() if self._page_log.exists() else ""
        return "".join(self.lines) + pages

    def kill(self) -> None:
        """`kill -9` of the server and of all that it started."""
        assert self._process is not None
        for process in (self._process.pid, *_descendants(self._process.pid)):
            _kill(process)
        self._wait()

    def stop(self) -> None:
        """End the server as its operator would, unless it has ended."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        self._wait()

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _wait(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._process.wait(timeout=PATIENCE)
        self._reader.join(timeout=PATIENCE)
        assert not self._reader.is_alive(), "something the server started outlives it"
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def kernels(self) -> list[int]:
        """The processes that run pages."""
        assert self._process is not None
        return [
            process
            for process in _descendants(self._process.pid)
            if FORKED in _read_bytes(process, "comm") or ORDINARY in _read_bytes(process, "cmdline")
        ]

    def kill_kernels(self) -> None:
        """`kill -9` of every page's kernel."""
        found = self.kernels()
        assert found, "no page has a kernel"
        for process in found:
            _kill(process)

    def ground(self) -> Ground:
        """The grid of the class the tests work in, with the latest assessment."""
        with self.opened() as database:
            caller = Caller.for_operator(database)
            school = self.number("SELECT id FROM school ORDER BY id LIMIT 1")
            assessment = assessments_for(caller, school, YEAR, [YEAR_GROUP])[0]
            chosen = CohortSelection(YEAR, school, years=YEAR_GROUP, class_name=CLASS)
            view = GridView()
            grid = load_grid(caller, chosen, [assessment.id], sections=view.sections)
        columns = tuple(column.key for column in grid_columns(grid, view))
        pupils = tuple(int(pupil) for pupil in grid.pupils[cohort.PUPIL_ID])
        return Ground(school, assessment.id, pupils, columns)

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """The database, as a program beside the server opens it."""
        database = Database.open(self.url)
        try:
            yield database
        finally:
            database.dispose()

    def number(self, query: str, *values: object) -> int:
        """The one number a query finds."""
        return int(self.rows(query, *values)[0][0])

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What a query finds. It only reads."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def stored(self, pupil: int, column: str) -> str | None:
        """The value the database holds in a cell of the grid; None for a blank."""
        assessment, kind, subject = column.split(":")
        found = self.rows(
            "SELECT value FROM judgement"
            " WHERE assessment_id = ? AND pupil_id = ? AND kind = ? AND subject = ?",
            *(int(assessment), pupil, kind, subject),
        )
        return None if not found else found[0][0]  # type: ignore[return-value]

    def counts(self, pupil: int) -> bool:
        """Whether a pupil is included in the data."""
        query = "SELECT include_in_data FROM enrolment WHERE pupil_id = ? AND academic_year = ?"
        return bool(self.number(query, pupil, YEAR))

    def everything_recorded(self) -> list[tuple[object, ...]]:
        """All marks, assessments and who counts, of all schools, to compare with later."""
        return [
            *self.rows("SELECT * FROM assessment ORDER BY 1"),
            *self.rows("SELECT * FROM judgement ORDER BY 1, 2, 3, 4, 5, 6"),
            *self.rows("SELECT * FROM enrolment ORDER BY 1, 2, 3"),
        ]

    def is_sound(self) -> bool:
        """Whether SQLite finds no fault in its file."""
        return self.rows("PRAGMA integrity_check") == [("ok",)]

    def revoke(self, user_name: str) -> None:
        """End every session of a person, as an administrator would."""
        user = self.number("SELECT id FROM user_account WHERE user_name = ?", user_name)
        with self.opened() as database:
            assert revoke_sessions(database, user)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program is in the middle of writing."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    @contextmanager
    def gone(self) -> Iterator[None]:
        """The folder with the database is not there, as when a disk comes off."""
        away = self.folder / "away"
        self.data.rename(away)
        try:
            yield
        finally:
            assert not self.data.exists(), "something was made in place of what is missing"
            away.rename(self.data)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return once something is so; fail if it never is."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"this never happened: {what}"
        time.sleep(0.05)


def _descendants(process: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _read_bytes(int(entry.name), "stat").rpartition(b")")[2].split()
            if stat:
                parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found: list[int] = []
    wanted = [process]
    while wanted:
        children = parents.get(wanted.pop(), [])
        found += children
        wanted += children
    return found


def _read_bytes(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return b""


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
