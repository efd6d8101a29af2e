"""One request to end is heeded in order, a second at once, and none waits for ever."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from pupiltrack_portal.server.stopping import Stopping

LOG = logging.getLogger("stopping")


class Ends:
    """What happened instead of the process's end."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.has_exited = threading.Event()

    def tidy(self) -> None:
        """The last thing before the end."""
        self.done.append("tidy")

    def exit(self, status: int) -> None:
        """The end."""
        self.done.append(status)
        self.has_exited.set()


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    """Nothing ends in truth: not later either, by a watch that a test has left running."""
    found = Ends()
    running = set(threading.enumerate())
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(os, "_exit", found.exit)
    yield found
    for thread in set(threading.enumerate()) - running:
        if isinstance(thread, threading.Timer):
            thread.cancel()
            thread.join()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_returns_at_the_first_signal(ends: Ends, number: signal.Signals) -> None:
    async def run() -> None:
        stopping = Stopping(at_last=ends.tidy, log=LOG)
        asyncio.get_running_loop().call_later(0.01, signal.raise_signal, number)
        await stopping.asked()

    asyncio.run(run())
    assert ends.done == []


def test_second_signal_ends_at_once(ends: Ends) -> None:
    async def run() -> None:
        stopping = Stopping(at_last=ends.tidy, log=LOG)
        asyncio.get_running_loop().call_later(0.01, signal.raise_signal, signal.SIGTERM)
        await stopping.asked()
        signal.raise_signal(signal.SIGINT)

    asyncio.run(run())
    assert ends.done == ["tidy", 0]


def test_stop_that_takes_too_long_is_cut_off(ends: Ends, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        stopping = Stopping(at_last=ends.tidy, log=LOG, seconds=0.01)
        asyncio.get_running_loop().call_later(0.01, signal.raise_signal, signal.SIGTERM)
        await stopping.asked()
        ends.has_exited.wait(10)  # the loop hangs

    asyncio.run(run())
    assert ends.done == ["tidy", 0]
    assert "cut off" in caplog.text
