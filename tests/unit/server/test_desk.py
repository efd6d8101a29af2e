"""Questions to the services do not wait for each other's kind."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest

from pupiltrack_core.services import accounts, second_steps
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY
from pupiltrack_portal.server.desk import THREADS, Desk


def test_find_session_while_a_crowd_signs_in_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end = threading.Event()
    monkeypatch.setattr(second_steps, "ask_second_step", lambda *_, **__: may_end.wait(30))
    monkeypatch.setattr(accounts, "session_for_token", lambda *_, **__: "the session")

    async def crowd() -> Any:
        desk = Desk(cast(Any, None), DEFAULT_POLICY)
        signing_in = [
            asyncio.create_task(desk.ask_second_step(user_name="u", password="p", address="a"))
            for _ in range(2 * THREADS)
        ]
        try:
            await asyncio.sleep(0)
            return await asyncio.wait_for(desk.find_session("token"), timeout=20)
        finally:
            may_end.set()
            await asyncio.gather(*signing_in)
            desk.close()

    assert asyncio.run(crowd()) == "the session"
