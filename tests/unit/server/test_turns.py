"""Turns are given in order, once each, and end by themselves."""

from __future__ import annotations

import asyncio

import pytest

from pupiltrack_portal.server.turns import Turns


def test_take_gives_turns_in_the_order_asked_for() -> None:
    async def run() -> list[str]:
        turns, came = Turns(1), []

        async def come(name: str) -> None:
            await turns.take(name)
            came.append(name)
            turns.give_back(name)

        await turns.take("first")
        others = [asyncio.create_task(come(name)) for name in "abc"]
        await asyncio.sleep(0)
        assert came == []
        turns.give_back("first")
        await asyncio.gather(*others)
        return came

    assert asyncio.run(run()) == ["a", "b", "c"]


def test_give_back_twice_or_unknown_makes_no_second_place() -> None:
    async def run() -> None:
        turns = Turns(1)
        await turns.take("a")
        for name in ("a", "a", "nobody"):
            turns.give_back(name)
        await turns.take("b")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(turns.take("c"), timeout=0.01)

    asyncio.run(run())


def test_take_turn_that_lasts_too_long_is_over() -> None:
    async def run() -> int:
        turns = Turns(1, longest=0.01)
        await turns.take("hangs")
        await turns.take("next")
        return len(turns)

    assert asyncio.run(run()) == 1


def test_take_cancelled_while_waiting_keeps_no_place() -> None:
    async def run() -> None:
        turns = Turns(1)
        await turns.take("a")
        waiting = asyncio.create_task(turns.take("b"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        turns.give_back("a")
        await asyncio.wait_for(turns.take("c"), timeout=1)

    asyncio.run(run())
