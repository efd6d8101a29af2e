"""Descriptors and sockets for as many kernels as the settings allow."""

from __future__ import annotations

import resource

import pytest
import zmq

from pupiltrack_core.errors import ConfigurationError
from pupiltrack_portal.server.capacity import make_room_for_descriptors, sockets_for


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
    """The limit of open files, as a value that may be changed freely."""
    held = {"now": (1024, 4096)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: held["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: held.update(now=pair))
    return held


def test_make_room_for_descriptors_raises_the_soft_limit(
    limits: dict[str, tuple[int, int]],
) -> None:
    make_room_for_descriptors(40)
    assert limits["now"] == (2300, 4096)  # 40 x 45 + 500


def test_make_room_for_descriptors_enough_already_changes_nothing(
    limits: dict[str, tuple[int, int]],
) -> None:
    limits["now"] = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    make_room_for_descriptors(2000)
    assert limits["now"] == (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_make_room_for_descriptors_beyond_the_hard_limit_says_how_many_fit(
    limits: dict[str, tuple[int, int]],
) -> None:
    with pytest.raises(ConfigurationError, match="at most 79"):  # (4096 - 500) // 45
        make_room_for_descriptors(80)
    make_room_for_descriptors(79)


def test_sockets_for_the_most_kernels_are_possible() -> None:
    assert sockets_for(2000) <= zmq.Context.instance().get(zmq.SOCKET_LIMIT)
