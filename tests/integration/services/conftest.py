"""Fixtures for sign-in and access: a clock to turn, a cheap policy, a person."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.accounts import SignInPolicy
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from tests.integration.services.people import Person, TurnableClock, make_person


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def policy() -> SignInPolicy:
    return SignInPolicy(
        hashing=PasswordHashing.FLOOR, rate_limit_key=b"k" * 32, proof_key=b"w" * 32
    )


@pytest.fixture
def head_teacher(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Person:
    return make_person(database, clock, policy, role=Role.HEAD, user_name="h.teacher")
