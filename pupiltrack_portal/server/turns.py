"""Whose turn it is: few pages are opened at once, so that each is quick and none starves."""

from __future__ import annotations

import asyncio

# A page that takes longer than this goes on, but holds up no other.
LONGEST_TURN_SECONDS = 5.0


class Turns:
    """As many turns at once as there are, given in the order in which they were asked for."""

    def __init__(self, at_once: int, *, longest: float = LONGEST_TURN_SECONDS) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._longest = longest
        self._taken: dict[str, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._taken)

    async def take(self, name: str) -> None:
        """Return when it is this one's turn; it is over when given back, or in a few seconds."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        self._taken[name] = loop.call_later(self._longest, self.give_back, name)

    def give_back(self, name: str) -> None:
        """The turn is over; one that is over already, or never came, is no error."""
        timer = self._taken.pop(name, None)
        if timer is not None:
            timer.cancel()
            self._free.release()
