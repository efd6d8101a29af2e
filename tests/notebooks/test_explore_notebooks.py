"""The worked notebooks and the examples of the frames' reference, run on the demonstration."""

from __future__ import annotations

import doctest
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import pupiltrack_core
from pupiltrack_core.reports.frames import PortalFrames
from pupiltrack_core.services.demo import create_demo
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from tests.notebooks.running import NOTEBOOKS, SECONDS

ROOT = NOTEBOOKS.parent
REFERENCE = ROOT / "docs" / "reference" / "frames.md"
# What each notebook must have come to, so that an empty demonstration does not pass.
WORDS = {
    "cohort": "Autumn Term 2025",
    "groups_and_gaps": "Not summer born",
    "matrix_and_transition": "Disadvantaged: Yes",
    "local_authority": "North Westmere",
}


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a demonstration of a few schools."""
    path = tmp_path_factory.mktemp("explore") / "pupiltrack.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database.open(f"sqlite:///{path}")
    create_demo(database, schools=4, hashing=PasswordHashing.FLOOR)
    database.dispose()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def outputs(demo: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What each notebook puts out; all in one kernel, which takes longer to start than any to run.

    Errors are outputs too, for the test of the notebook they are in.
    """
    held = {
        name: nbformat.read(NOTEBOOKS / "explore" / f"{name}.ipynb", as_version=4).cells
        for name in sorted(WORDS)
    }
    for name, cells in held.items():
        for cell in cells:
            cell.id = f"{name}-{cell.id}"  # unique among them all
    together = nbformat.v4.new_notebook(cells=[cell for cells in held.values() for cell in cells])
    folder = str(tmp_path_factory.mktemp("analyst"))
    NotebookClient(
        together,
        kernel_name="python3",
        timeout=SECONDS,
        allow_errors=True,
        resources={"metadata": {"path": folder}},
    ).execute(env=os.environ | {"PUPILTRACK_DATABASE_URL": demo})
    return {
        name: [output for cell in cells for output in cell.get("outputs", ())]
        for name, cells in held.items()
    }


@pytest.mark.parametrize("name", sorted(WORDS))
def test_worked_notebook_runs_to_its_end(outputs: dict[str, list[Any]], name: str) -> None:
    kinds = {output["output_type"] for output in outputs[name]}
    assert kinds <= {"execute_result", "display_data"}, outputs[name]
    told = [output["data"].get("text/html", "") for output in outputs[name]]
    assert any(WORDS[name] in text for text in told)
    assert "surname" not in "".join(told)


def test_reference_of_the_frames_says_what_they_are(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", demo)
    found = doctest.testfile(
        str(REFERENCE), module_relative=False, encoding="utf-8", optionflags=doctest.ELLIPSIS
    )
    assert found.failed == 0
    assert found.attempted > 10


def test_example_of_open_portal_comes_out(demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", demo)
    runner = doctest.DocTestRunner()
    finder = doctest.DocTestFinder()
    for example in finder.find(pupiltrack_core.open_portal, "open_portal", globs={}):
        runner.run(example)
    assert runner.summarize(verbose=False) == (0, 3)


def test_every_frame_is_in_the_reference() -> None:
    told = REFERENCE.read_text(encoding="utf-8")
    public = [name for name in vars(PortalFrames) if not name.startswith("_")]
    methods = [name for name in public if callable(getattr(PortalFrames, name))]
    assert len(methods) > 10
    assert [name for name in methods if f"`{name}`" not in told] == []
