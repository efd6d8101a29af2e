"""What the kernel application settles before there is a fork."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import typing
from pupiltrack_portal.kernels import kernelapp
assert "__annotations__" not in vars(typing.Generic)
kernelapp._settle_annotations()
import zmq
made_in_python = [parent for parent in zmq.Socket.__mro__ if parent.__flags__ & 1 << 9]
print(all("__annotations__" in vars(parent) for parent in made_in_python))
"""


def test_settle_annotations_leaves_none_for_a_fork_to_note():
    """In a process of its own: in this one, something may have asked before."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
