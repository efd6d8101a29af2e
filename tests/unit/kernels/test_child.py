"""What a fresh fork does to itself, as far as it can be seen without forking."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from pupiltrack_portal.kernels.child import apply_limits


@pytest.fixture
def sleeper():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_apply_limits_lowers_the_soft_limit_only(sleeper):
    _, hard = resource.prlimit(sleeper.pid, resource.RLIMIT_CORE)
    apply_limits({"core": 0}, pid=sleeper.pid)
    assert resource.prlimit(sleeper.pid, resource.RLIMIT_CORE) == (0, hard)


def test_apply_limits_above_the_hard_limit_gives_the_hard_limit(sleeper):
    resource.prlimit(sleeper.pid, resource.RLIMIT_NOFILE, (64, 64))
    apply_limits({"nofile": 4096}, pid=sleeper.pid)
    assert resource.prlimit(sleeper.pid, resource.RLIMIT_NOFILE) == (64, 64)


def test_apply_limits_with_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="patience"):
        apply_limits({"patience": 1})
