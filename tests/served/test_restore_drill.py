"""A drill: everything lost, a backup put back, and the portal served from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pupiltrack_core.cli import main
from tests.served.client import PASSWORD
from tests.served.conftest import Portal

pytestmark = pytest.mark.served


def test_restore_drill_ends_with_a_portal_that_people_sign_in_to(
    start_portal: Callable[..., Portal],
    empty_portal: Portal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Backed up while it is served, restored on what might be another machine."""
    before = empty_portal.signed_in("head")
    assert before.get("/api/session").status == 200
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(
        "PUPILTRACK_DATABASE_URL", empty_portal.database.url.render_as_string(hide_password=False)
    )

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    (tmp_path / "pupiltrack.toml").write_text(run("backup", "new-key", "key").splitlines()[0])
    run("backup", "make")
    (backup,) = (tmp_path / "var" / "backups").iterdir()

    machine = tmp_path / "new machine"
    machine.mkdir()
    for kept in (backup, tmp_path / "key"):
        shutil.copy(kept, machine)
    monkeypatch.chdir(machine)
    url = f"sqlite:///{machine}/pupiltrack.sqlite"
    monkeypatch.setenv("PUPILTRACK_DATABASE_URL", url)
    run("restore", "--identity", "key", "--without-secret", backup.name)
    assert "as it should be" in run("db", "check")

    restored = start_portal(
        database_url=url, secret_file=machine / "var" / "secret", notebooks_dir=machine
    )
    after = restored.browser()
    after.cookies.update(before.cookies)
    assert after.get("/api/session").status == 401  # who was signed in then is not now
    again = restored.browser()
    assert again.sign_in("head", PASSWORD).status == 303
    assert again.get("/api/session").status == 200
