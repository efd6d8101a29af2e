"""Sessions: the idle clock, the overall limit, and that every change acts at the next look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.services.accounts import (
    AccountStatus,
    SessionEnd,
    SignInPolicy,
    change_memberships,
    change_password,
    change_status,
    lock_account,
    revoke_sessions,
    session_for_token,
    sign_out,
    touch,
    why_ended,
)
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.integration.services.people import (
    Person,
    TurnableClock,
    audit_rows,
    noting_statements,
)


@pytest.mark.parametrize(
    ("idle", "live"),
    [((54, 59), True), ((59, 59), True), ((60, 0), False), ((61, 0), False)],
)
def test_session_for_token_after_idle_time(
    head_teacher: Person, idle: tuple[int, int], live: bool
) -> None:
    token = head_teacher.sign_in().token
    now = head_teacher.clock.turn(minutes=idle[0], seconds=idle[1])
    found = session_for_token(head_teacher.database, token, now)
    assert (found is not None) is live
    assert why_ended(head_teacher.database, token, now) is (None if live else SessionEnd.IDLE)


def test_session_for_token_says_when_it_will_end(head_teacher: Person) -> None:
    begun = head_teacher.sign_in()
    start = head_teacher.clock.now
    live = session_for_token(head_teacher.database, begun.token, start + timedelta(minutes=30))
    assert live is not None
    assert live.idle_expires_at == start + timedelta(minutes=60)
    assert live.expires_at == start + timedelta(hours=12)
    assert live.created_at == start


def test_session_for_token_with_a_shorter_idle_time(head_teacher: Person) -> None:
    token = head_teacher.sign_in().token
    policy = SignInPolicy(idle=timedelta(minutes=15))
    database, clock = head_teacher.database, head_teacher.clock
    clock.turn(minutes=14, seconds=59)
    assert session_for_token(database, token, clock.now, policy=policy) is not None
    clock.turn(seconds=1)
    assert session_for_token(database, token, clock.now, policy=policy) is None


def test_session_for_token_looking_does_not_keep_it_alive(head_teacher: Person) -> None:
    token, clock = head_teacher.sign_in().token, head_teacher.clock
    for _ in range(119):  # a poll every 30 seconds for 59:30
        clock.turn(seconds=30)
        assert session_for_token(head_teacher.database, token, clock.now) is not None
    clock.turn(seconds=30)
    assert session_for_token(head_teacher.database, token, clock.now) is None


def test_session_for_token_is_one_query_that_writes_nothing(head_teacher: Person) -> None:
    token = head_teacher.sign_in().token
    with noting_statements() as statements:
        assert session_for_token(head_teacher.database, token, head_teacher.clock.now)
    # In tests our own code begins with an empty scope, in a portal with none at all.
    passed_over = ("PRAGMA", "BEGIN", "SELECT set_config")
    queries = [line for line in statements if not line.startswith(passed_over)]
    assert len(queries) == 1
    assert queries[0].startswith("SELECT")


@pytest.mark.parametrize("token", ["", "x" * 43, "x" * 10_000, "\ud800", "a\0b", "' OR 1=1 --"])
def test_session_for_token_of_nobody(head_teacher: Person, token: str) -> None:
    head_teacher.sign_in()
    assert session_for_token(head_teacher.database, token, head_teacher.clock.now) is None
    assert why_ended(head_teacher.database, token, head_teacher.clock.now) is None


def test_touch_extends_ten_times_and_no_further_than_twelve_hours(head_teacher: Person) -> None:
    begun, clock = head_teacher.sign_in(), head_teacher.clock
    for _ in range(12):  # 12 x 59 minutes = 11:48
        clock.turn(minutes=59)
        assert touch(head_teacher.database, begun.session_id, clock.now)
        assert session_for_token(head_teacher.database, begun.token, clock.now) is not None
    clock.turn(minutes=12)
    assert not touch(head_teacher.database, begun.session_id, clock.now)
    assert why_ended(head_teacher.database, begun.token, clock.now) is SessionEnd.EXPIRED
    assert session_for_token(head_teacher.database, begun.token, clock.now) is None


@pytest.mark.parametrize("end", ["idle", "signed out"])
def test_touch_never_revives(head_teacher: Person, end: str) -> None:
    begun, clock, database = head_teacher.sign_in(), head_teacher.clock, head_teacher.database
    if end == "signed out":
        sign_out(database, begun.token, clock.now)
    else:
        clock.turn(minutes=60)
    assert not touch(database, begun.session_id, clock.now)
    assert session_for_token(database, begun.token, clock.now) is None


def test_sign_out_ends_it_once(head_teacher: Person) -> None:
    begun, database, now = head_teacher.sign_in(), head_teacher.database, head_teacher.clock.now
    assert sign_out(database, begun.token, now) == begun.session_id
    assert session_for_token(database, begun.token, now) is None
    assert why_ended(database, begun.token, now) is SessionEnd.SIGNED_OUT
    assert sign_out(database, begun.token, now) is None
    assert sign_out(database, "x" * 43, now) is None
    (entry,) = audit_rows(database, "signed out")
    assert (entry.user_id, entry.detail) == (
        head_teacher.user_id,
        f'{{"session":{begun.session_id}}}',
    )


def test_revoke_sessions_names_those_it_ended(head_teacher: Person) -> None:
    begun, database, now = head_teacher.sign_in(), head_teacher.database, head_teacher.clock.now
    assert revoke_sessions(database, head_teacher.user_id, now) == (begun.session_id,)
    assert revoke_sessions(database, head_teacher.user_id, now) == ()
    assert why_ended(database, begun.token, now) is SessionEnd.REVOKED
    assert len(audit_rows(database, "sessions revoked")) == 1


def test_why_ended_keeps_what_came_first(head_teacher: Person) -> None:
    begun, clock = head_teacher.sign_in(), head_teacher.clock
    clock.turn(minutes=61)
    head_teacher.sign_in()  # marks the old one as replaced, but it had run out before
    assert why_ended(head_teacher.database, begun.token, clock.now) is SessionEnd.IDLE


@pytest.mark.parametrize("end", list(SessionEnd))
def test_session_end_has_words_for_the_person(end: SessionEnd) -> None:
    assert end.message.endswith(".")
    assert len(end) <= 40  # the column's width


@pytest.mark.parametrize("act", ["disable", "lock", "new password"])
def test_session_for_token_after_the_account_changed(head_teacher: Person, act: str) -> None:
    begun, database, now = head_teacher.sign_in(), head_teacher.database, head_teacher.clock.now
    user_id = head_teacher.user_id
    if act == "disable":
        change_status(database, user_id, AccountStatus.DISABLED, now=now)
    elif act == "lock":
        lock_account(database, user_id, until=now + timedelta(hours=1), now=now)
    else:
        change_password(
            database,
            user_id,
            password="green lorry door",
            hashing=PasswordHashing.FLOOR,
            now=now,
        )
    assert session_for_token(database, begun.token, now) is None
    assert why_ended(database, begun.token, now) is SessionEnd.REVOKED


@pytest.mark.parametrize("column", ["status", "locked_until"])
def test_session_for_token_reads_the_account_itself(
    database: Database, clock: TurnableClock, head_teacher: Person, column: str
) -> None:
    # changed by hand in the database, where nobody ended the session
    begun = head_teacher.sign_in()
    value = "disabled" if column == "status" else clock.now + timedelta(seconds=1)
    with database.unit_of_work(write=True) as unit:
        setattr(unit.session.get_one(UserAccount, head_teacher.user_id), column, value)
        unit.commit()
    assert session_for_token(database, begun.token, clock.now) is None
    assert why_ended(database, begun.token, clock.now) is SessionEnd.ACCOUNT


def test_session_for_token_gives_the_roles_of_now(head_teacher: Person) -> None:
    begun, database, now = head_teacher.sign_in(), head_teacher.database, head_teacher.clock.now
    teacher = Membership(
        Role.TEACHER, head_teacher.local_authority_id, head_teacher.school_id, ("4B", "4A")
    )
    change_memberships(database, head_teacher.user_id, [teacher], now=now)
    live = session_for_token(database, begun.token, now)
    assert live is not None
    assert live.principal.memberships == (teacher,)
    change_memberships(database, head_teacher.user_id, [], now=now)
    live = session_for_token(database, begun.token, now)
    assert live is not None
    assert live.principal.memberships == ()
