"""A person who can sign in, a clock to turn, and what tests of sign-in look at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event, func, select, text

from pupiltrack_core.access import GRANTS, SCHOOL_ROLES, Action, Membership, Role
from pupiltrack_core.services.accounts import SignIn, SignInPolicy, create_user, sign_in
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.one_use_links import put_tokens_in
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.locks import LockSpace, hold_lock
from pupiltrack_core.storage.models import AuditEntry, UserSession
from pupiltrack_core.storage.unit_of_work import UnitOfWork
from tests.builders import make_authority, make_school, make_session, make_user

PASSWORD = "blue tractor window"
# Governors see figures alone; that each use case refuses them is tested for all at once.
ROLES_WITH_NAMES = [role for role in Role if Action.SEE_PUPILS in GRANTS[role]]
START = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def caller_at(database: Database, school_id: int, role: Role = Role.DATA_MANAGER) -> Caller:
    """Return the caller of somebody with a role at a school, signed in."""
    return Caller.for_session(
        database, make_session(database, make_user(database, role, school_id=school_id))
    )


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
    at_school = role in SCHOOL_ROLES
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


@contextmanager
def noting_statements() -> Iterator[list[str]]:
    """Give the list of SQL statements run inside the block."""
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def count_unrevoked(database: Database, user_id: int) -> int:
    """Count the person's sessions nobody has ended."""
    with database.unit_of_work() as unit:
        found = unit.session.scalar(
            select(func.count())
            .select_from(UserSession)
            .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        )
    return found or 0


def audit_rows(database: Database, action: str | None = None) -> list[AuditEntry]:
    """Return the audit's rows in order, those of one action if it is named."""
    query = select(AuditEntry).order_by(AuditEntry.id)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    with database.unit_of_work() as unit:
        return list(unit.session.scalars(query))


def hold_audit(unit: UnitOfWork) -> None:
    """Keep everyone else from writing to the audit until the unit ends."""
    unit.session.execute(text("SELECT 1"))  # SQLite's write lock comes with the first statement
    hold_lock(unit.session, LockSpace.AUDIT)


def run_all(work: list[Callable[[], None]]) -> None:
    """Run each in a thread of its own and re-raise the first error of any."""
    errors: list[BaseException] = []

    def guarded(each: Callable[[], None]) -> None:
        try:
            each()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def as_sent(database: Database, text: str) -> str:
    """Return the text of a queued message as its reader gets it: with tokens that open."""
    with database.unit_of_work(write=True) as unit:
        found = put_tokens_in(unit.session, text)
        unit.commit()
    return found
