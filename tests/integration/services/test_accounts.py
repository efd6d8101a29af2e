"""Signing in: one answer to everything wrong, limits, one live session, what is stored."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest
from argon2 import extract_parameters
from sqlalchemy import select, update

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.errors import SignInRefused
from pupiltrack_core.services import passwords
from pupiltrack_core.services.accounts import (
    AccountStatus,
    SessionEnd,
    SignInPolicy,
    change_password,
    change_status,
    issue_page_ticket,
    lock_account,
    open_database,
    session_for_token,
    sign_in,
    why_ended,
)
from pupiltrack_core.services.chosen_passwords import send_password_link
from pupiltrack_core.services.known_devices import remember_device
from pupiltrack_core.services.one_use_links import LinkPurpose, find_link
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.database_files import texts_on_disk
from tests.integration.services.people import (
    PASSWORD,
    Person,
    TurnableClock,
    as_sent,
    audit_rows,
    count_unrevoked,
    make_person,
    noting_statements,
    run_all,
)

# --- the good case ------------------------------------------------------------------------------


def test_sign_in_begins_a_session_of_twelve_hours(head_teacher: Person) -> None:
    begun = head_teacher.sign_in()
    assert begun.expires_at == head_teacher.clock.now + timedelta(hours=12)
    assert begun.second_step is None
    assert len(begun.token) == 43  # 256 bits in base 64
    live = session_for_token(head_teacher.database, begun.token, head_teacher.clock.now)
    assert live is not None
    assert live.principal.user_name == "h.teacher"
    assert live.principal.memberships == (
        Membership(Role.HEAD, head_teacher.local_authority_id, head_teacher.school_id),
    )
    assert begun.token not in repr(begun)


@pytest.mark.parametrize("typed", ["h.teacher", " H.Teacher ", "\uff48.\uff54eacher"])
def test_sign_in_name_as_people_type_it(head_teacher: Person, typed: str) -> None:
    head_teacher.user_name = typed
    assert head_teacher.sign_in().user_id == head_teacher.user_id


def test_sign_in_tells_how_often_it_failed_before(head_teacher: Person) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefused):
            head_teacher.sign_in("wrong")
    assert head_teacher.sign_in().failed_before == 3
    assert head_teacher.sign_in().failed_before == 0


def test_sign_in_is_audited_without_names(head_teacher: Person) -> None:
    begun = head_teacher.sign_in()
    entry = audit_rows(head_teacher.database)[-1]
    assert (entry.action, entry.user_id) == ("signed in", head_teacher.user_id)
    assert f'"session":{begun.session_id}' in entry.detail
    assert "192.0.2.7" not in entry.detail


# --- one answer to everything wrong -------------------------------------------------------------


def make_the_wrong(person: Person) -> dict[str, tuple[str, str]]:
    """(name, password) of five ways to be refused, the last three with the right password."""
    until = person.clock.now + timedelta(days=2)
    cases = {"wrong password": (person.user_name, "wrong"), "unknown": ("nobody", PASSWORD)}
    for status in ("locked", "pending", "disabled"):
        other = make_person(
            person.database,
            person.clock,
            person.policy,
            role=Role.TEACHER,
            user_name=f"{status}.one",
            school_id=person.school_id,
        )
        if status == "locked":
            lock_account(person.database, other.user_id, until=until)
        else:
            change_status(person.database, other.user_id, AccountStatus(status))
        cases[status] = (other.user_name, PASSWORD)
    return cases


def test_sign_in_refuses_alike_whatever_is_wrong(
    head_teacher: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, clock = head_teacher.database, head_teacher.clock
    hashed: list[tuple[int, int]] = []
    compute = passwords._compute

    def counted(encoded: str, password: str) -> passwords.PasswordCheck:
        found = extract_parameters(encoded)
        hashed.append((found.memory_cost, found.time_cost))
        return compute(encoded, password)

    cases = make_the_wrong(head_teacher)
    monkeypatch.setattr(passwords, "_compute", counted)
    answers: dict[str, set[object]] = {case: set() for case in cases}
    for _ in range(12):  # 60 tries, interleaved
        for case, (user_name, password) in cases.items():
            clock.turn(minutes=1)
            hashed.clear()
            with noting_statements() as statements, pytest.raises(SignInRefused) as caught:
                sign_in(
                    database,
                    user_name=user_name,
                    password=password,
                    address="192.0.2.7",
                    policy=head_teacher.policy,
                    now=clock.now,
                )
            answers[case].add((type(caught.value), str(caught.value), tuple(caught.value.args)))
            answers[case].add(("hashes", *hashed))
            answers[case].add(("statements", *statements))
    first = answers["wrong password"]
    assert len(first) == 3
    assert ("hashes", (19 * 1024, 2)) in first
    assert all(answer == first for answer in answers.values())


@pytest.mark.parametrize(
    "user_name",
    ["", "x" * 101, "h.teacher\0", "h.teach\ner", "ghost\u200b", "' OR 1=1 --", "\ud800"],
)
def test_sign_in_with_a_name_nobody_can_have(head_teacher: Person, user_name: str) -> None:
    head_teacher.user_name = user_name
    with pytest.raises(SignInRefused):
        head_teacher.sign_in()


def test_sign_in_pending_until_approved(head_teacher: Person) -> None:
    database, clock = head_teacher.database, head_teacher.clock
    applicant = make_person(
        database,
        clock,
        head_teacher.policy,
        role=Role.TEACHER,
        user_name="new.teacher",
        school_id=head_teacher.school_id,
        status="pending",
    )
    with pytest.raises(SignInRefused):
        applicant.sign_in()
    assert '"reason":"pending"' in audit_rows(database)[-1].detail
    change_status(database, applicant.user_id, AccountStatus.ACTIVE, by=head_teacher.user_id)
    assert applicant.sign_in().user_id == applicant.user_id
    with database.unit_of_work() as unit:
        approved = unit.session.get_one(UserAccount, applicant.user_id)
        assert approved.approved_by == head_teacher.user_id


def test_sign_in_locked_account_opens_when_the_time_is_over(head_teacher: Person) -> None:
    until = head_teacher.clock.now + timedelta(minutes=30)
    lock_account(head_teacher.database, head_teacher.user_id, until=until)
    with pytest.raises(SignInRefused):
        head_teacher.sign_in()
    head_teacher.clock.turn(minutes=30)
    assert head_teacher.sign_in().user_id == head_teacher.user_id


def test_sign_in_password_changed_while_it_was_checked(
    head_teacher: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = passwords._compute
    database = head_teacher.database

    def overtaken(encoded: str, password: str) -> bool:
        with database.unit_of_work(write=True) as unit:
            unit.session.execute(update(UserAccount).values(password_hash="another"))
            unit.commit()
        return compute(encoded, password)

    monkeypatch.setattr(passwords, "_compute", overtaken)
    with pytest.raises(SignInRefused):
        head_teacher.sign_in()
    assert count_unrevoked(database, head_teacher.user_id) == 0


# --- one device ---------------------------------------------------------------------------------


def test_sign_in_on_another_device_ends_the_first(head_teacher: Person) -> None:
    database, now = head_teacher.database, head_teacher.clock.now
    first, second = head_teacher.sign_in(), head_teacher.sign_in()
    assert session_for_token(database, first.token, now) is None
    assert why_ended(database, first.token, now) is SessionEnd.REPLACED
    assert session_for_token(database, second.token, now) is not None
    (entry,) = audit_rows(database, "sessions revoked")
    assert json.loads(entry.detail) == {
        "of_user": head_teacher.user_id,
        "reason": "signed in elsewhere",
        "sessions": [first.session_id],
    }


def test_sign_in_on_two_devices_where_that_is_allowed(head_teacher: Person) -> None:
    head_teacher.policy = SignInPolicy(
        single_device=False, hashing=PasswordHashing.FLOOR, rate_limit_key=b"k" * 32
    )
    tokens = [head_teacher.sign_in().token for _ in range(2)]
    now = head_teacher.clock.now
    assert all(session_for_token(head_teacher.database, token, now) for token in tokens)


def test_sign_in_racing_leaves_exactly_one_live_session(head_teacher: Person) -> None:
    barrier = threading.Barrier(8)

    def enter() -> None:
        barrier.wait()
        head_teacher.sign_in()

    run_all([enter] * 8)
    now = head_teacher.clock.now
    live = [session_for_token(head_teacher.database, s.token, now) for s in head_teacher.signed_in]
    assert len(live) == 8
    assert len([each for each in live if each is not None]) == 1
    assert count_unrevoked(head_teacher.database, head_teacher.user_id) == 1


# --- what is stored -----------------------------------------------------------------------------


def test_sign_in_upgrades_a_cheap_hash(head_teacher: Person) -> None:
    database = head_teacher.database

    def memory() -> int:
        with database.unit_of_work() as unit:
            return extract_parameters(
                unit.session.get_one(UserAccount, head_teacher.user_id).password_hash
            ).memory_cost

    assert memory() == 19 * 1024
    head_teacher.policy = SignInPolicy(
        hashing=PasswordHashing.HARDENED, rate_limit_key=head_teacher.policy.rate_limit_key
    )
    head_teacher.sign_in()
    assert memory() == 31 * 1024
    head_teacher.policy = SignInPolicy(
        hashing=PasswordHashing.FLOOR, rate_limit_key=head_teacher.policy.rate_limit_key
    )
    head_teacher.sign_in()
    assert memory() == 31 * 1024


def test_sign_in_leaves_no_secret_in_the_database_files(
    database: Database, clock: TurnableClock, policy: SignInPolicy
) -> None:
    person = make_person(database, clock, policy, role=Role.HEAD, user_name="h.teacher")
    password, wrong, address = (
        "sentinel of a right one",
        "sentinel of a wrong one",
        "198.51.100.200",
    )
    change_password(database, person.user_id, password=password, hashing=policy.hashing)
    with pytest.raises(SignInRefused):
        person.sign_in(wrong)
    begun = person.sign_in(password, address=address)
    ticket = issue_page_ticket(database, begun.session_id, "home", clock.now)
    device = remember_device(database, person.user_id, None, label="Firefox", now=clock.now)
    with database.unit_of_work(write=True) as unit:
        user = unit.session.get_one(UserAccount, person.user_id)
        user.email = "head@example.sch.uk"
        send_password_link(
            unit.session,
            user,
            portal="https://portal.example",
            by=None,
            now=clock.now,
        )
        unit.commit()
    queued = _queued(database)
    link = as_sent(database, queued).partition("/choose-password/")[2].split()[0]
    assert link not in queued
    assert _opens(database, link, clock.now)
    secrets = {password, wrong, address, begun.token, ticket, device, link}
    # The search does find what is there.
    assert texts_on_disk(database, {"h.teacher", *secrets}) == {"h.teacher"}


def _queued(database: Database) -> str:
    with database.unit_of_work() as unit:
        return unit.session.scalars(select(OutgoingMail.body)).one()


def _opens(database: Database, token: str, now: datetime) -> bool:
    with database.unit_of_work() as unit:
        return find_link(unit.session, token, LinkPurpose.PASSWORD, at=now) is not None


def test_accounts_loads_no_pandas() -> None:
    code = (
        "import sys, pupiltrack_core.services.accounts, pupiltrack_core.services.downloads;"
        "sys.exit(bool({'pandas', 'numpy', 'matplotlib', 'alembic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_open_database_checks_its_tables(database: Database) -> None:
    opened = open_database(database.url.render_as_string(hide_password=False), idle_connections=0)
    assert opened.url == database.url
    opened.dispose()
