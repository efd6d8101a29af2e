"""Starting the process that kernels are forked from, with its rehearsal or without."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from pupiltrack_portal.kernels.errors import PreloadRefused, SupervisorError
from pupiltrack_portal.server import forks
from pupiltrack_portal.server.forks import Forks


class Handle:
    """A supervisor that runs."""

    is_stopped = False

    def stop(self) -> None:
        """End it."""
        self.is_stopped = True


def start(
    monkeypatch: pytest.MonkeyPatch, *answers: Handle | SupervisorError
) -> tuple[Forks, list[tuple[str, ...]]]:
    """Start forks whose supervisor answers so; also what was to be rehearsed each time."""
    asked: list[tuple[str, ...]] = []
    left = list(answers)

    def answer(_socket: object, _preload: object, _env: object, *, rehearse: Any) -> Handle:
        asked.append(tuple(rehearse))
        found = left.pop(0)
        if isinstance(found, SupervisorError):
            raise found
        return found

    monkeypatch.setattr(forks, "start_supervisor", answer)
    made = Forks(Path("/nowhere/socket"), ("json",), rehearse=("pages:warm_up",))
    made.start()
    made.wait(10)
    assert not made.is_starting
    return made, asked


def test_start_rehearses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = Handle()
    made, asked = start(monkeypatch, handle)
    assert asked == [("pages:warm_up",)]
    made.stop()
    assert handle.is_stopped


def test_start_goes_on_without_a_rehearsal_that_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handle = Handle()
    made, asked = start(monkeypatch, PreloadRefused("no room on the disk"), handle)
    assert asked == [("pages:warm_up",), ()]
    assert "a little more slowly: no room on the disk" in caplog.text
    made.stop()
    assert handle.is_stopped


def test_start_that_fails_is_told_and_harms_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made, asked = start(monkeypatch, cast(Any, SupervisorError("somebody else's directory")))
    assert len(asked) == 1
    assert "did not start. somebody else's directory" in caplog.text
    made.stop()
