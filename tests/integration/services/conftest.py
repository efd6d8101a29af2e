"""What the tests of sign-in and access share: a clock to turn, a cheap policy, a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.services.accounts import SignIn, SignInPolicy, create_user, sign_in
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from tests.builders import make_authority, make_school

PASSWORD = "blue tractor window"
START = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


@dataclass
class TurnableClock:
    """A clock that stands still until it is turned."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass
class Person:
    """An account that can sign in, its school and its authority."""

    database: Database
    clock: TurnableClock
    policy: SignInPolicy
    user_id: int
    user_name: str
    school_id: int
    local_authority_id: int
    signed_in: list[SignIn] = field(default_factory=list)

    def sign_in(self, password: str = PASSWORD, address: str = "192.0.2.7") -> SignIn:
        """Sign in at the clock's time."""
        begun = sign_in(
            self.database,
            user_name=self.user_name,
            password=password,
            address=address,
            policy=self.policy,
            now=self.clock.now,
        )
        self.signed_in.append(begun)
        return begun


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def policy() -> SignInPolicy:
    return SignInPolicy(hashing=PasswordHashing.FLOOR, rate_limit_key=b"k" * 32)


@pytest.fixture
def head_teacher(database: Database, clock: TurnableClock, policy: SignInPolicy) -> Person:
    return make_person(database, clock, policy, role=Role.HEAD, user_name="h.teacher")


def make_person(
    database: Database,
    clock: TurnableClock,
    policy: SignInPolicy,
    *,
    role: Role,
    user_name: str,
    school_id: int | None = None,
    **values: str,
) -> Person:
    """Add an account with one role, at a new school unless one is named."""
    authority = make_authority(database)
    school = make_school(database) if school_id is None else school_id
    at_school = role in (Role.TEACHER, Role.HEAD, Role.DATA_MANAGER)
    user_id = create_user(
        database,
        user_name=user_name,
        display_name="Jo Example",
        password=PASSWORD,
        memberships=[Membership(role, authority, school if at_school else None)],
        hashing=PasswordHashing.FLOOR,
        now=clock.now,
        **values,  # type: ignore[arg-type]
    )
    return Person(database, clock, policy, user_id, user_name, school, authority)
