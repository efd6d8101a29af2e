"""Opening every page before the first is asked for, and leaving nothing of it behind."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import comm
import ipywidgets
import pytest

from pupiltrack_core.storage.compiled_statements import COMPILED_STATEMENTS
from pupiltrack_portal.kernels.preload import check_descriptors, list_descriptors
from pupiltrack_portal.pages import rehearsal
from pupiltrack_portal.pages.journey_panel import JourneyPanel
from pupiltrack_portal.pages.opening import OpenPage


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_warm_up_does_what_people_do_and_leaves_statements_and_nothing_else(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, shown = note_entries(monkeypatch), note_pupils_shown(monkeypatch)
    COMPILED_STATEMENTS.clear()
    descriptors, threads = list_descriptors(), threading.active_count()
    environment = dict(os.environ)
    rehearsal.warm_up()
    assert changed == [True]
    assert len(shown) == 1
    assert shown[0] is not None
    assert len(COMPILED_STATEMENTS) > 40
    check_descriptors(descriptors)
    assert threading.active_count() == threads
    assert dict(os.environ) == environment
    assert list(temporary.iterdir()) == []
    assert comm.get_comm_manager().comms == {}


def note_entries(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each entry of a judgement changes a cell."""
    changed: list[bool] = []
    enter = rehearsal._enter

    def note(grid: rehearsal.EntryGrid) -> None:
        cells = dict(grid.cells)
        enter(grid)
        changed.append(dict(grid.cells) != cells)

    monkeypatch.setattr(rehearsal, "_enter", note)
    return changed


def note_pupils_shown(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """Each pupil whose journey is looked at."""
    shown: list[int | None] = []
    show = JourneyPanel.show

    def note(panel: JourneyPanel, *given: Any, **named: Any) -> None:
        show(panel, *given, **named)
        shown.append(panel.pupil_id)

    monkeypatch.setattr(JourneyPanel, "show", note)
    return shown


def test_warm_up_with_a_page_that_does_not_open_says_so(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = OpenPage(None, ipywidgets.VBox([]))
    monkeypatch.setattr(rehearsal, "open_page", lambda _: refused)
    with pytest.raises(RuntimeError, match="home did not open"):
        rehearsal.warm_up()
    assert list(temporary.iterdir()) == []
