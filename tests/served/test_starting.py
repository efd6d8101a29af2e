"""How the server starts, and when it refuses to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.served.conftest import NOTEBOOKS, Portal

pytestmark = pytest.mark.served
PROJECT = Path(__file__).parents[2]


def start_and_wait(folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """Start a server that must not come up, and return what it said."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PUPILTRACK_")
    }
    settings = {"password_hashing": "floor", "second_step": "optional", "notebooks_dir": NOTEBOOKS, **settings}
    environment |= {f"PUPILTRACK_{name.upper()}": str(settings[name]) for name in settings}
    return subprocess.run(
        [sys.executable, "-m", "pupiltrack_portal.server.app"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("option", ["preheat_kernel", "progressive_rendering"])
def test_start_with_unsafe_voila_option_is_refused(
    tmp_path: Path, sqlite_url: str, option: str
) -> None:
    (tmp_path / "voila.json").write_text(json.dumps({"VoilaConfiguration": {option: True}}))
    done = start_and_wait(tmp_path, database_url=sqlite_url)
    assert done.returncode != 0
    assert f"The portal did not start. voila.json switches {option} on" in done.stderr
    assert "Traceback" not in done.stderr


def test_start_with_the_projects_own_voila_json_is_accepted(
    start_portal: Callable[..., Portal],
) -> None:
    portal = start_portal(voila_json=(PROJECT / "voila.json").read_text())
    assert portal.signed_in("teacher").get("/home").status == 200


def test_start_without_tables_names_the_command(tmp_path: Path) -> None:
    done = start_and_wait(tmp_path, database_url=f"sqlite:///{tmp_path}/none.sqlite")
    assert done.returncode != 0
    assert "pupiltrack db upgrade" in done.stderr
    assert "Traceback" not in done.stderr


def test_start_on_a_port_in_use_says_so(tmp_path: Path, sqlite_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = start_and_wait(tmp_path, database_url=sqlite_url, port=taken.getsockname()[1])
    assert done.returncode != 0
    assert "PUPILTRACK_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_stop_ends_kernels_and_leaves_no_files(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal()
    browser = portal.signed_in("teacher")
    page = browser.get("/pupils").text
    assert "PUPILTRACK_PAGE_TICKET" in page
    assert len(list(portal.temporary.iterdir())) == 1
    portal.stop()
    assert portal.process.returncode == 0
    assert list(portal.temporary.iterdir()) == []


def test_announces_its_address(portal: Portal) -> None:
    assert f"PupilTrack is at http://127.0.0.1:{portal.port} " in portal.log
