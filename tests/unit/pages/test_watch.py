"""Looking again: how often, and what ends it."""

from __future__ import annotations

import asyncio

import pytest

from pupiltrack_core.errors import NotSignedIn, StorageUnavailable
from pupiltrack_portal.pages.watch import Watch


def test_begin_without_a_loop_leaves_looking_to_be_told() -> None:
    looked: list[int] = []
    watch = Watch(lambda: looked.append(1))
    watch.begin()
    assert looked == []
    watch.look()
    assert looked == [1]


def test_begin_in_a_loop_looks_again_and_again_until_the_end() -> None:
    async def three_looks() -> int:
        done = asyncio.Event()
        looked: list[int] = []

        def look() -> None:
            looked.append(1)
            if len(looked) == 3:
                watch.end()
                done.set()

        watch = Watch(look, every=0.001)
        watch.begin()
        await done.wait()
        await asyncio.sleep(0.01)
        return len(looked)

    assert asyncio.run(three_looks()) == 3


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (StorageUnavailable("The database is busy."), False),
        (NotSignedIn("You have been signed out."), True),
        (KeyError("a fault of ours"), True),
    ],
)
def test_look_after_an_error(error: Exception, ends: bool) -> None:
    def fail() -> None:
        raise error

    watch = Watch(fail)
    watch.look()
    assert watch.is_over is ends
