"""How much memory the machine has left, and whether that is enough for another page."""

from __future__ import annotations

from logging import Logger
from pathlib import Path

# What a page's kernel takes for itself soon after it has opened: measured, with some to spare.
MB_PER_PAGE = 64
# To spare before an outage counts as over, or one page more and less would log it again and again.
_CLEARLY_ENOUGH_MB = 2 * MB_PER_PAGE
_MB = 1024 * 1024


class Memory:
    """Says whether there is memory for more pages while so much stays free for all else.

    A machine that swaps is slower for everybody than one that asks somebody to wait. One line
    is logged when memory becomes short, and one when it is no longer.
    """

    def __init__(
        self,
        *,
        kept_free_mb: int,
        log: Logger,
        proc: Path = Path("/proc"),
        cgroups: Path = Path("/sys/fs/cgroup"),
    ) -> None:
        self._kept_free = kept_free_mb
        self._log = log
        self._proc = proc
        self._cgroups = cgroups
        self._is_reported = False

    def has_room_for(self, pages: int) -> bool:
        """Whether so many pages more leave enough free. Where nothing can be read, yes."""
        if self._kept_free == 0:
            return True
        available = available_mb(self._proc, self._cgroups)
        if available is None:
            return True
        spare = available - pages * MB_PER_PAGE - self._kept_free
        if spare < 0 and not self._is_reported:
            self._is_reported = True
            self._log.warning(
                "Memory is short: %d MB are available, and min_free_memory_mb keeps %d of them. "
                "People who open a page are asked to wait.",
                available,
                self._kept_free,
            )
        elif spare > _CLEARLY_ENOUGH_MB and self._is_reported:
            self._is_reported = False
            self._log.warning("Memory is no longer short: %d MB are available.", available)
        return spare >= 0


def available_mb(proc: Path, cgroups: Path) -> int | None:
    """Return the MB that can be taken without swapping, by machine and cgroup; None if unknown."""
    found = [_of_machine(proc / "meminfo"), *_of_cgroups(proc / "self" / "cgroup", cgroups)]
    known = [value for value in found if value is not None]
    return min(known) // _MB if known else None


def _of_machine(meminfo: Path) -> int | None:
    for line in _read(meminfo).splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def _of_cgroups(membership: Path, root: Path) -> list[int]:
    """What our group and those round it have left: the limit may be set on any of them."""
    own = next(
        (line[3:] for line in _read(membership).splitlines() if line.startswith("0::/")), None
    )
    if own is None:
        return []
    group = root / own.lstrip("/")
    left = []
    for folder in (group, *group.parents):
        if not folder.is_relative_to(root):
            break
        limit = _read(folder / "memory.max").strip()
        used = _read(folder / "memory.current").strip()
        if limit.isdigit() and used.isdigit():
            # The kernel gives file contents it keeps back before it lets a group run out.
            left.append(int(limit) - int(used) + _kept_of_files(folder / "memory.stat"))
    return left


def _kept_of_files(stat: Path) -> int:
    for line in _read(stat).splitlines():
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
