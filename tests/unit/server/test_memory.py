"""What the machine and its containers have left, and when that is too little."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pupiltrack_portal.server.memory import MB_PER_PAGE, Memory, available_mb

MB = 1024 * 1024


class Machine:
    """A made-up /proc and /sys/fs/cgroup."""

    def __init__(self, root: Path) -> None:
        self.proc, self.cgroups = root / "proc", root / "cgroup"
        (self.proc / "self").mkdir(parents=True)
        self.cgroups.mkdir()

    def has(self, mb: int) -> None:
        """So much is available on the whole machine."""
        (self.proc / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable:  {mb * 1024} kB\n")

    def group(
        self, path: str, *, limit_mb: int | None, used_mb: int = 0, files_mb: int = 0
    ) -> None:
        """We are in a cgroup, which has a limit or none."""
        (self.proc / "self" / "cgroup").write_text(f"0::/{path}\n")
        folder = self.cgroups / path
        folder.mkdir(parents=True, exist_ok=True)
        limit = "max" if limit_mb is None else str(limit_mb * MB)
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text(f"{used_mb * MB}\n")
        (folder / "memory.stat").write_text(f"anon 5\ninactive_file {files_mb * MB}\n")

    @property
    def available(self) -> int | None:
        """What we say is available."""
        return available_mb(self.proc, self.cgroups)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that says nothing yet."""
    return Machine(tmp_path)


def test_available_mb_is_the_machines_without_a_limit(machine: Machine) -> None:
    machine.has(1000)
    assert machine.available == 1000
    machine.group("a", limit_mb=None)
    assert machine.available == 1000


def test_available_mb_is_the_groups_where_that_is_less(machine: Machine) -> None:
    machine.has(1000)
    machine.group("a", limit_mb=600, used_mb=500, files_mb=50)
    assert machine.available == 150


def test_available_mb_sees_a_limit_on_a_group_round_ours(machine: Machine) -> None:
    machine.has(1000)
    machine.group("a", limit_mb=300, used_mb=100)
    machine.group("a/b", limit_mb=None)
    assert machine.available == 200


def test_available_mb_unknown_is_none(machine: Machine) -> None:
    assert machine.available is None


def memory(machine: Machine, kept_free_mb: int) -> Memory:
    """The rule over this machine."""
    return Memory(
        kept_free_mb=kept_free_mb,
        log=logging.getLogger("memory"),
        proc=machine.proc,
        cgroups=machine.cgroups,
    )


def test_has_room_for_counts_each_page(machine: Machine) -> None:
    machine.has(300 + 2 * MB_PER_PAGE)
    assert memory(machine, 300).has_room_for(2)
    assert not memory(machine, 300).has_room_for(3)


def test_has_room_for_switched_off_or_unknown_is_always_so(machine: Machine) -> None:
    assert memory(machine, 300).has_room_for(1000)
    machine.has(1)
    assert memory(machine, 0).has_room_for(1000)


def test_has_room_for_logs_an_outage_once(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    rule = memory(machine, 300)
    with caplog.at_level(logging.INFO):
        for mb in (200, 310, 400, 350, 200, 1000, 1000):
            machine.has(mb)
            rule.has_room_for(1)
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "Memory is short",
        "Memory is no longer short",
    ]
