"""Statement 16: a hundred sign-ins at once take the memory of a few."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest

from pupiltrack_core.services import passwords
from pupiltrack_core.services.passwords import COSTS, hash_password, verify_password
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.server.desk import SIGN_IN_THREADS, Desk, SignInPolicy

CROWD = 100
MOST_MIB = 256
HARDENED = PasswordHashing.HARDENED


class Hashes:
    """Stands in for argon2 and counts how many are being made."""

    def __init__(self) -> None:
        self.now = self.most = self.made = 0
        self._lock = threading.Lock()

    def __call__(self, *_given: Any, hash_len: int, **_more: Any) -> bytes:
        with self._lock:
            self.now += 1
            self.made += 1
            self.most = max(self.most, self.now)
        threading.Event().wait(0.001)  # long enough for others to come in, were they let
        with self._lock:
            self.now -= 1
        return b"x" * hash_len


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    counting = Hashes()
    monkeypatch.setattr(passwords, "hash_secret_raw", counting)
    return counting


def test_a_hundred_passwords_at_once_are_hashed_a_few_at_a_time(hashes: Hashes) -> None:
    stored = hash_password("pebble harbour lantern", HARDENED)
    together = threading.Barrier(CROWD)

    def check() -> None:
        together.wait()
        verify_password(stored, "pebble harbour lantern", HARDENED)

    threads = [threading.Thread(target=check) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hashes.made == CROWD + 1
    assert hashes.most * COSTS[HARDENED].memory / 1024 <= MOST_MIB


def test_a_hundred_sign_ins_at_once_wait_their_turn_at_the_desk(hashes: Hashes) -> None:
    desk = Desk(cast(Database, None), SignInPolicy())

    async def crowd() -> None:
        password = "pebble harbour lantern"
        questions = (desk._sign_in(lambda: hash_password(password, HARDENED)) for _ in range(CROWD))
        await asyncio.gather(*questions)

    try:
        asyncio.run(crowd())
    finally:
        desk.close()
    assert hashes.made == CROWD
    assert hashes.most <= SIGN_IN_THREADS
