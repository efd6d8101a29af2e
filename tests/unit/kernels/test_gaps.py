"""Gaps between objects, in interpreters of their own: what is filled stays filled."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Pieces of one size, some given back again; then a fork that makes as many new ones, and how many
# pages of memory the system had to give it for them.
_FORK_AMONG_GAPS = """
import gc, os, resource, sys
from pupiltrack_portal.kernels.gaps import fill_gaps

# A gap of one block in each page: what is there to be found if nobody fills it.
whole = [bytes({size}) for _ in range(64_000)]
kept = [whole[at] for at in range(len(whole)) if at % {every}]
del whole
gc.collect()
if sys.argv[1] == "filled":
    fill_gaps()
if os.fork() == 0:
    start = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    new = [bytes({size}) for _ in range({new})]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - start, flush=True)
    os._exit(0)
os.wait()
"""


def _pages_copied(size: int, *, filled: bool) -> int:
    every = 4000 // size
    program = _FORK_AMONG_GAPS.format(size=size, every=every, new=64_000 // every)
    ran = subprocess.run(
        [sys.executable, "-c", program, "filled" if filled else "left"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )
    return int(ran.stdout)


@pytest.mark.parametrize("size", [31, 400, 900], ids=["small", "larger", "of the C library"])
def test_fill_gaps_leaves_a_fork_little_to_copy(size: int) -> None:
    assert _pages_copied(size, filled=True) < _pages_copied(size, filled=False) / 2


def test_free_blocks_without_pythons_allocator_is_empty() -> None:
    program = (
        "from pupiltrack_portal.kernels.gaps import fill_gaps, free_blocks\n"
        "fill_gaps()\nprint(free_blocks())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONMALLOC": "malloc"},
    )
    assert ran.stdout == "{}\n"
    assert ran.stderr == ""
