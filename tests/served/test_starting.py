"""How the server starts, and when it refuses to."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.served.conftest import (
    NOTEBOOKS,
    Portal,
    environment_with,
)
from tests.served.forge import ForgedServer

pytestmark = pytest.mark.served
PROJECT = Path(__file__).parents[2]


def start_and_wait(folder: Path, **settings: object) -> tuple[int, str]:
    """Start a server that must not come up; return how it ended and what it said."""
    chosen = {
        "password_hashing": "floor",
        "second_step": "optional",
        "notebooks_dir": NOTEBOOKS,
        **settings,
    }
    log = folder / "said.log"
    process = ForgedServer(folder, environment_with(chosen), log)
    return process.wait(timeout=60), log.read_text()


@pytest.mark.parametrize("option", ["preheat_kernel", "progressive_rendering"])
def test_start_with_unsafe_voila_option_is_refused(
    tmp_path: Path, sqlite_url: str, option: str
) -> None:
    (tmp_path / "voila.json").write_text(json.dumps({"VoilaConfiguration": {option: True}}))
    ended, said = start_and_wait(tmp_path, database_url=sqlite_url)
    assert ended != 0
    assert f"The portal did not start. voila.json switches {option} on" in said
    assert "Traceback" not in said


def test_start_without_tables_names_the_command(tmp_path: Path) -> None:
    ended, said = start_and_wait(tmp_path, database_url=f"sqlite:///{tmp_path}/none.sqlite")
    assert ended != 0
    assert "pupiltrack db upgrade" in said
    assert "Traceback" not in said


def test_start_on_a_port_in_use_says_so(tmp_path: Path, sqlite_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended, said = start_and_wait(tmp_path, database_url=sqlite_url, port=port)
    assert ended != 0
    assert "PUPILTRACK_PORT" in said
    assert "Traceback" not in said


def test_start_by_the_command_with_the_projects_own_voila_json_and_stop_leave_no_files(
    start_portal: Callable[..., Portal],
) -> None:
    own = (PROJECT / "voila.json").read_text()
    portal = start_portal(voila_json=own, by_command=True)
    page = portal.signed_in("teacher").get("/pupils").text
    assert "PUPILTRACK_PAGE_TICKET" in page
    assert len(list(portal.temporary.iterdir())) == 1
    portal.stop()
    assert portal.process.returncode == 0
    assert list(portal.temporary.iterdir()) == []


def test_announces_its_address(portal: Portal) -> None:
    assert f"PupilTrack is at http://127.0.0.1:{portal.port} " in portal.log
