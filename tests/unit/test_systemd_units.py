"""The units under deploy/systemd: systemd takes them, and what they start is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pupiltrack_core.cli import main

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
PROGRAMS = "/srv/pupiltrack/.venv/bin/"
HARDENED = UNITS / "pupiltrack-.service.d" / "10-hardened.conf"


def settings_of(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            yield name, value


def all_of(name: str) -> dict[str, list[str]]:
    """Return the values of a setting by unit."""
    return {
        path.name: [value for key, value in settings_of(path) if key == name]
        for path in sorted(UNITS.glob("*.*"))
        if path.is_file()
    }


def test_units_start_programs_and_commands_that_are_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    started = [value for values in all_of("ExecStart").values() for value in values]
    assert len(started) == 4
    for line in started:
        program, *words = line.removeprefix(PROGRAMS).split()
        assert line.startswith(PROGRAMS)
        assert program in project["scripts"]
        command: click.Command = main
        for word in words:
            assert isinstance(command, click.Group)
            found = command.get_command(click.Context(command), word)
            assert found is not None, line
            command = found
        assert not words or not isinstance(command, click.Group)


def test_every_timer_has_a_service_and_nothing_at_night_erases() -> None:
    timers = {path.stem for path in UNITS.glob("*.timer")}
    assert timers == {"pupiltrack-backup", "pupiltrack-checks"}
    for name in timers:
        assert (UNITS / f"{name}.service").exists()
    assert "--apply" not in " ".join(path.read_text() for path in UNITS.glob("*.service"))


def test_every_service_is_hardened_and_limited() -> None:
    hardened = dict(settings_of(HARDENED))
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "RestrictNamespaces"):
        assert hardened[name] == "yes"
    assert hardened["ProtectSystem"] == "strict"
    assert hardened["CapabilityBoundingSet"] == ""
    assert {"AF_UNIX", "AF_INET"} <= set(hardened["RestrictAddressFamilies"].split())
    assert "ProcSubset" not in hardened  # the portal reads how much memory is left
    limits = all_of("MemoryMax")
    for path in UNITS.glob("*.service"):
        assert path.name.startswith("pupiltrack-")  # or the file above does not hold for it
        assert limits[path.name]
    # Longer than the server takes, or its pages' last marks would be cut off.
    assert int(all_of("TimeoutStopSec")["pupiltrack-portal.service"][0]) > 9


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("pupiltrack", "pupiltrack-serve"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    units = []
    for path in sorted(tmp_path.glob("pupiltrack-*.*")):
        if path.is_file():
            path.write_text(path.read_text().replace(PROGRAMS, f"{programs}/"))
            units.append(path.name)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        cwd=tmp_path,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # What is wrong in another's unit, or missing on this machine, is not ours.
    words = [line for line in verified.stderr.splitlines() if re.search("pupiltrack", line)]
    assert words == []
    assert len(units) == 5
