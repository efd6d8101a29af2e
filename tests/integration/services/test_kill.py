"""A recorder killed at any moment loses no mark it was told is saved, and tears no batch."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import text

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.services.assessment_grid import load_grid
from pupiltrack_core.services.audit import verify
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from tests.builders import (
    YEAR,
    make_assessment,
    make_pupils,
    make_school,
    make_session,
    make_user,
)
from tests.integration.services.recorder import SUBJECTS

ROUNDS = 15
LONGEST = 0.15  # seconds from the first answer to the kill


def test_record_changes_keeps_every_acknowledged_mark_through_kills(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    school = make_school(database)
    pupils = make_pupils(database, school, 10)
    assessment = make_assessment(database, school)
    session = make_session(database, make_user(database, school_id=school))
    numbers = [str(session), str(school), str(assessment), ",".join(map(str, pupils))]
    command = [sys.executable, "-m", "tests.integration.services.recorder", sqlite_url, *numbers]
    acknowledged: dict[int, tuple[str | None, int]] = {}
    batches = 0
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        cwd=Path(__file__).parents[3],
    ) as recorder:
        assert recorder.stdin is not None
        assert recorder.stdout is not None
        for _ in range(ROUNDS):
            recorder.stdin.write("go\n")
            told = _run_and_kill(recorder.stdout)
            batches += len(told)
            for pupil, value, versions in told:
                assert len(set(versions)) == 1
                acknowledged[pupil] = (value, versions[0])
            _check(database, session, assessment=assessment, acknowledged=acknowledged)
        recorder.stdin.close()
    assert recorder.returncode == 0
    assert batches >= ROUNDS
    with database.unit_of_work() as work:
        assert work.session.scalar(text("PRAGMA integrity_check")) == "ok"
    assert not verify(database).faults
    database.dispose()


def _run_and_kill(lines: IO[str]) -> list[tuple[int, str | None, list[int]]]:
    """Kill the recorder a random moment after its first answer; return all of its answers."""
    word, number = lines.readline().split()
    assert word == "pid"
    first = lines.readline()
    if first == "dead\n":
        pytest.fail("The recorder ended by itself.")
    time.sleep(random.uniform(0, LONGEST))  # noqa: S311
    os.kill(int(number), signal.SIGKILL)
    answers = [json.loads(first)]
    for line in lines:
        if line == "dead\n":
            break
        answers.append(json.loads(line))
    return answers


def _check(
    database: Database,
    session: int,
    *,
    assessment: int,
    acknowledged: dict[int, tuple[str | None, int]],
) -> None:
    caller = Caller.for_session(database, session)
    school = _school_of(database)
    grid = load_grid(caller, CohortSelection(YEAR, school, years=4), [assessment])
    for pupil, (value, version) in acknowledged.items():
        stored = [grid.cells[pupil, f"{assessment}:tracking:{item}"] for item in SUBJECTS]
        assert len({(cell[0], cell[1]) for cell in stored}) == 1, "a batch was torn"
        # The batch under way when it was killed may have been saved too: one version more.
        assert stored[0][1] in (version, version + 1)
        if stored[0][1] == version:
            assert stored[0][0] == value
    with database.unit_of_work() as work:
        written = work.session.scalar(text("SELECT sum(version) FROM judgement"))
        told = work.session.scalar(text("SELECT count(*) FROM cell_change"))
    assert told == written, "a mark was saved without its history, or the other way round"


def _school_of(database: Database) -> int:
    with database.unit_of_work() as work:
        return int(work.session.scalar(text("SELECT id FROM school")) or 0)
