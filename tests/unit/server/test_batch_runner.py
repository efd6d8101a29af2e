"""The process that makes batches is started when one waits, one at a time, and ends in order."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from pupiltrack_portal.server import batch_runner
from pupiltrack_portal.server.batch_runner import BatchRunner

WAITS = (sys.executable, "-S", "-c", "import signal; signal.pause()")
STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
while True:
    signal.pause()
"""
FAILS = (sys.executable, "-S", "-c", "raise SystemExit(3)")


class StubDesk:
    """A desk that knows only of batches."""

    def __init__(self) -> None:
        self.waits = False
        self.removals = 0

    async def has_batch_to_make(self) -> bool:
        return self.waits

    async def remove_old_batches(self, _folder: Path) -> None:
        self.removals += 1


def runner_of(desk: StubDesk, folder: Path, program: tuple[str, ...]) -> BatchRunner:
    stub: Any = desk
    log = logging.getLogger("test")
    return BatchRunner(desk=stub, folder=folder / "batches", log=log, program=program)


def test_runner_starts_one_maker_when_a_batch_waits(tmp_path: Path) -> None:
    async def run() -> None:
        desk = StubDesk()
        runner = runner_of(desk, tmp_path, WAITS)
        await runner.look()
        assert runner._maker is None
        assert not (tmp_path / "batches").exists()
        desk.waits = True
        await runner.look()
        maker = runner._maker
        assert maker is not None
        assert (tmp_path / "batches").stat().st_mode & 0o777 == 0o700
        await runner.look()
        assert runner._maker is maker
        await runner.end()
        assert maker.returncode == -15
        await runner.end()  # nothing is left to end
        assert desk.removals == 1

    asyncio.run(run())


def test_runner_starts_another_after_one_that_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        desk = StubDesk()
        desk.waits = True
        runner = runner_of(desk, tmp_path, FAILS)
        await runner.look()
        first = runner._maker
        assert first is not None
        await first.wait()
        await runner.look()
        assert runner._maker is not first
        await runner.end()

    asyncio.run(run())
    assert "The maker of batches ended with 3." in caplog.text


def test_runner_kills_a_maker_that_does_not_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        desk = StubDesk()
        desk.waits = True
        ready = tmp_path / "ready"
        runner = runner_of(desk, tmp_path, (sys.executable, "-S", "-c", STUBBORN, str(ready)))
        await runner.look()
        while not ready.exists():
            await asyncio.sleep(0.01)
        await runner.end()
        assert runner._maker is not None
        assert runner._maker.returncode == -9

    monkeypatch.setattr(batch_runner, "SECONDS_TO_END", 0.1)
    asyncio.run(run())
