"""The caller: read again at every unit of work, its acts, its refusals, its audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from pupiltrack_core.access import Action, Membership, Role
from pupiltrack_core.errors import AccessDenied, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.services.accounts import (
    change_memberships,
    revoke_sessions,
    session_for_token,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry, School
from tests.builders import make_authority, make_school
from tests.integration.services.people import Person, audit_rows


@pytest.fixture
def caller(head_teacher: Person) -> Caller:
    begun = head_teacher.sign_in()
    return Caller.for_session(
        head_teacher.database,
        begun.session_id,
        policy=head_teacher.policy,
        clock=head_teacher.clock,
    )


def idle_left(person: Person) -> timedelta:
    """What is left on the idle clock."""
    token = person.signed_in[-1].token
    live = session_for_token(person.database, token, person.clock.now, policy=person.policy)
    assert live is not None
    return live.idle_expires_at - person.clock.now


# --- read again every time ----------------------------------------------------------------------


def test_begin_gives_the_person_and_the_time(caller: Caller, head_teacher: Person) -> None:
    with caller.begin() as work:
        assert work.principal.user_id == work.user_id == head_teacher.user_id
        assert work.now == head_teacher.clock.now
        assert not work.is_operator
        assert work.school(head_teacher.school_id).name == "Hillside Primary School"
        assert work.require(Action.IMPORT_PUPILS, head_teacher.school_id) is work.school(
            head_teacher.school_id
        )


def test_begin_after_the_session_was_revoked(caller: Caller, head_teacher: Person) -> None:
    revoke_sessions(head_teacher.database, head_teacher.user_id, head_teacher.clock.now)
    with pytest.raises(NotSignedIn, match="your account was changed"), caller.begin():
        pytest.fail("a unit of work was opened")


def test_begin_after_signing_in_elsewhere(caller: Caller, head_teacher: Person) -> None:
    head_teacher.sign_in()
    with pytest.raises(NotSignedIn, match="another device"), caller.begin():
        pytest.fail("a unit of work was opened")


@pytest.mark.parametrize("write", [False, True])
def test_begin_after_an_idle_hour(caller: Caller, head_teacher: Person, write: bool) -> None:
    head_teacher.clock.turn(minutes=59, seconds=59)
    with caller.begin(write):
        pass
    head_teacher.clock.turn(seconds=1)
    with (
        pytest.raises(NotSignedIn, match="nothing was done for a while"),
        caller.begin(write, act=True),
    ):
        pytest.fail("a unit of work was opened")


def test_begin_for_a_session_that_never_was(database: Database) -> None:
    with pytest.raises(NotSignedIn), Caller.for_session(database, 12345).begin():
        pytest.fail("a unit of work was opened")


def test_require_after_the_role_was_taken_away(caller: Caller, head_teacher: Person) -> None:
    database, school_id = head_teacher.database, head_teacher.school_id
    with caller.begin() as work:
        work.require(Action.IMPORT_PUPILS, school_id)
    teacher = Membership(Role.TEACHER, head_teacher.local_authority_id, school_id)
    change_memberships(database, head_teacher.user_id, [teacher])
    with pytest.raises(AccessDenied), caller.begin() as work:
        work.require(Action.IMPORT_PUPILS, school_id)
    change_memberships(database, head_teacher.user_id, [])
    with pytest.raises(NotFound), caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)


# --- refusals -----------------------------------------------------------------------------------


def test_require_says_the_same_of_another_school_and_of_none(
    caller: Caller, head_teacher: Person
) -> None:
    other = make_school(head_teacher.database, "Elsewhere Primary School")
    texts = set()
    for school_id in (other, other + 1):
        with pytest.raises(NotFound) as caught, caller.begin() as work:
            work.require(Action.SEE_PUPILS, school_id)
        texts.add(str(caught.value))
        with pytest.raises(NotFound) as caught, caller.begin() as work:
            work.school(school_id)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_require_refused_is_audited_though_the_work_is_undone(
    caller: Caller, head_teacher: Person
) -> None:
    database, school_id = head_teacher.database, head_teacher.school_id
    other = make_school(database, "Elsewhere Primary School")
    with pytest.raises(NotFound), caller.begin(write=True) as work:
        work.session.get_one(School, school_id).name = "Changed"
        work.audit("judgements recorded", school_id=school_id, cells=3)
        work.require(Action.RECORD_JUDGEMENTS, other)
    with database.unit_of_work() as unit:
        assert unit.session.get_one(School, school_id).name == "Hillside Primary School"
    assert audit_rows(database, "judgements recorded") == []
    (entry,) = audit_rows(database, "access denied")
    assert (entry.user_id, entry.school_id) == (head_teacher.user_id, other)
    assert json.loads(entry.detail) == {"wanted": "record_judgements", "asked_school": other}


def test_require_over_authority(caller: Caller, head_teacher: Person) -> None:
    authority = head_teacher.local_authority_id
    with pytest.raises(NotFound), caller.begin() as work:
        work.require_over_authority(Action.SEE_ALL_SCHOOLS, authority)
    adviser = Membership(Role.LA_ADVISER, authority)
    change_memberships(head_teacher.database, head_teacher.user_id, [adviser])
    with caller.begin() as work:
        assert work.require_over_authority(Action.SEE_ALL_SCHOOLS, authority).code == "999"
    with pytest.raises(AccessDenied), caller.begin() as work:
        work.require_over_authority(Action.PUBLISH_NEWS, authority)
    denied = audit_rows(head_teacher.database, "access denied")
    assert [entry.local_authority_id for entry in denied] == [authority, authority]
    assert [json.loads(entry.detail)["wanted"] for entry in denied] == [
        "see_all_schools",
        "publish_news",
    ]


# --- the idle clock -----------------------------------------------------------------------------


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("commit", [False, True])
def test_begin_act_restarts_the_idle_clock_once(
    caller: Caller, head_teacher: Person, write: bool, commit: bool
) -> None:
    head_teacher.clock.turn(minutes=50)
    with caller.begin(write, act=True) as work:
        if commit and write:
            work.commit()
    assert idle_left(head_teacher) == timedelta(minutes=60)


@pytest.mark.parametrize("write", [False, True])
def test_begin_without_act_leaves_the_idle_clock(
    caller: Caller, head_teacher: Person, write: bool
) -> None:
    head_teacher.clock.turn(minutes=50)
    with caller.begin(write) as work:
        if write:
            work.audit("autosaved", school_id=head_teacher.school_id)
            work.commit()
    assert idle_left(head_teacher) == timedelta(minutes=10)


def test_begin_act_that_was_refused_is_still_an_act(caller: Caller, head_teacher: Person) -> None:
    head_teacher.clock.turn(minutes=50)
    with pytest.raises(InvalidEntry), caller.begin(write=True, act=True):
        raise InvalidEntry("There is no such mark.", field="mark")
    assert idle_left(head_teacher) == timedelta(minutes=60)


# --- saving -------------------------------------------------------------------------------------


def test_commit_saves_work_and_audit_together(caller: Caller, head_teacher: Person) -> None:
    database, school_id = head_teacher.database, head_teacher.school_id
    with caller.begin(write=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id).name = "Hillside Academy"
        work.audit("school renamed", school_id=school_id, fields=["name"])
        work.commit()
    with database.unit_of_work() as unit:
        assert unit.session.get_one(School, school_id).name == "Hillside Academy"
    (entry,) = audit_rows(database, "school renamed")
    assert entry.user_id == head_teacher.user_id
    assert entry.local_authority_id == head_teacher.local_authority_id
    assert (entry.at, entry.detail) == (head_teacher.clock.now, '{"fields":["name"]}')


def test_begin_without_commit_saves_nothing(caller: Caller, head_teacher: Person) -> None:
    with caller.begin(write=True) as work:
        work.school(head_teacher.school_id).name = "Changed"
        work.audit("school renamed", school_id=head_teacher.school_id)
    with caller.begin() as work:
        assert work.school(head_teacher.school_id).name == "Hillside Primary School"
    assert audit_rows(head_teacher.database, "school renamed") == []


def test_commit_twice_writes_the_audit_once(caller: Caller, head_teacher: Person) -> None:
    with caller.begin(write=True) as work:
        work.audit("school renamed", school_id=head_teacher.school_id)
        work.commit()
        work.commit()
    assert len(audit_rows(head_teacher.database, "school renamed")) == 1


def test_audit_refuses_free_text_and_saves_nothing(caller: Caller, head_teacher: Person) -> None:
    with pytest.raises(ValueError, match="not free text"), caller.begin(write=True) as work:
        work.school(head_teacher.school_id).name = "Changed"
        work.audit("note", school_id=head_teacher.school_id, upn="A999200100017")
        work.commit()
    with caller.begin() as work:
        assert work.school(head_teacher.school_id).name == "Hillside Primary School"


def test_after_audit_is_done_once_when_the_audit_is_written(
    caller: Caller, head_teacher: Person
) -> None:
    audited: list[int] = []
    count = (
        select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "school renamed")
    )
    with caller.begin(write=True) as work:
        work.after_audit(lambda session: audited.append(session.scalar(count) or 0))
        work.audit("school renamed", school_id=head_teacher.school_id)
        assert audited == []
        work.commit()
        work.commit()
    assert audited == [1]


def test_after_audit_without_an_entry_saves_nothing(caller: Caller, head_teacher: Person) -> None:
    with pytest.raises(RuntimeError, match="needs an entry"), caller.begin(write=True) as work:
        work.school(head_teacher.school_id).name = "Changed"
        work.after_audit(lambda session: session.flush())
        work.commit()
    with caller.begin() as work:
        assert work.school(head_teacher.school_id).name == "Hillside Primary School"
        with pytest.raises(RuntimeError, match="write=True"):
            work.after_audit(lambda session: session.flush())


def test_begin_to_read_refuses_to_save(caller: Caller, head_teacher: Person) -> None:
    with caller.begin() as work:
        with pytest.raises(RuntimeError, match="write=True"):
            work.commit()
        with pytest.raises(RuntimeError, match="write=True"):
            work.audit("school renamed", school_id=head_teacher.school_id)


# --- one moment ---------------------------------------------------------------------------------


@contextmanager
def _asked() -> Iterator[list[str]]:
    """The statements sent meanwhile, but for those that begin a transaction or set its scope."""
    found: list[str] = []

    def note(*given: Any) -> None:
        if not given[2].startswith(("PRAGMA", "BEGIN", "SELECT set_config")):
            found.append(given[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _read(caller: Caller, person: Person) -> str:
    with caller.begin() as work:
        return work.require(Action.SEE_PUPILS, person.school_id).name


def _rename(database: Database, school_id: int, name: str) -> None:
    with database.unit_of_work(write=True) as unit:
        unit.session.get_one(School, school_id).name = name
        unit.commit()


def test_at_one_moment_looks_person_and_school_up_once(
    caller: Caller, head_teacher: Person
) -> None:
    with _asked() as asked, caller.at_one_moment():
        for _ in range(4):
            _read(caller, head_teacher)
    assert len(asked) == 2
    with _asked() as asked:
        for _ in range(4):
            _read(caller, head_teacher)
    assert len(asked) == 8


def test_at_one_moment_reads_one_state_of_the_database(
    caller: Caller, head_teacher: Person
) -> None:
    database, school_id = head_teacher.database, head_teacher.school_id
    with caller.at_one_moment():
        before = _read(caller, head_teacher)
        _rename(database, school_id, "Changed")
        with caller.at_one_moment():  # opened within, it is the same one
            assert _read(caller, head_teacher) == before
        assert _read(caller, head_teacher) == before
    assert _read(caller, head_teacher) == "Changed"


def test_at_one_moment_the_next_one_looks_again(caller: Caller, head_teacher: Person) -> None:
    with caller.at_one_moment():
        _read(caller, head_teacher)
    revoke_sessions(head_teacher.database, head_teacher.user_id, head_teacher.clock.now)
    with pytest.raises(NotSignedIn), caller.at_one_moment():
        _read(caller, head_teacher)


def test_at_one_moment_who_writes_is_looked_up_again(caller: Caller, head_teacher: Person) -> None:
    with caller.at_one_moment():
        _read(caller, head_teacher)
        revoke_sessions(head_teacher.database, head_teacher.user_id, head_teacher.clock.now)
        with pytest.raises(NotSignedIn), caller.begin(write=True):
            pytest.fail("a session that is over began to write")
        with pytest.raises(NotSignedIn):  # and nobody reads on as before
            _read(caller, head_teacher)


def test_at_one_moment_what_was_written_is_read_after_it(
    caller: Caller, head_teacher: Person
) -> None:
    with caller.at_one_moment():
        _read(caller, head_teacher)
        with caller.begin(write=True, act=True) as work:
            work.require(Action.MAINTAIN_SCHOOL, head_teacher.school_id).name = "Renamed"
            work.commit()
        assert _read(caller, head_teacher) == "Renamed"


def test_at_one_moment_after_a_refusal_the_person_is_looked_up_again(
    caller: Caller, head_teacher: Person
) -> None:
    database = head_teacher.database
    with caller.at_one_moment():
        with pytest.raises(NotFound), caller.begin() as work:
            work.require(Action.SEE_PUPILS, 10_000)
        change_memberships(database, head_teacher.user_id, [])
        with pytest.raises(NotFound):
            _read(caller, head_teacher)
    assert len(audit_rows(database, "access denied")) == 2


def test_at_one_moment_gives_its_connection_back(caller: Caller, head_teacher: Person) -> None:
    with caller.at_one_moment():
        _read(caller, head_teacher)
    pool: Any = head_teacher.database.reader.pool
    assert pool.checkedout() == 0


def test_at_one_moment_threads_share_nothing(caller: Caller, head_teacher: Person) -> None:
    with caller.at_one_moment():
        before = _read(caller, head_teacher)
        _rename(head_teacher.database, head_teacher.school_id, "Changed")
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(_read, caller, head_teacher).result() == "Changed"
        assert _read(caller, head_teacher) == before


# --- the operator -------------------------------------------------------------------------------


def test_for_operator_reaches_every_authority(database: Database) -> None:
    first = make_school(database)
    other = make_authority(database, "998", "Other Authority")
    second = make_school(database, laestab="9982001", local_authority_id=other)
    with Caller.for_operator(database).begin() as work:
        assert work.is_operator
        assert work.user_id is None
        for school_id in (first, second):
            for action in (Action.IMPORT_PUPILS, Action.SEE_ACTIVITY, Action.EXPORT):
                work.require(action, school_id)
        work.require_over_authority(Action.PUBLISH_NEWS, other)


def test_for_operator_is_audited_as_such(database: Database) -> None:
    school_id = make_school(database)
    with Caller.for_operator(database).begin(write=True, act=True) as work:
        work.audit("pupils imported", school_id=school_id, added=3)
        work.commit()
    (entry,) = audit_rows(database)
    assert entry.user_id is None
    assert json.loads(entry.detail) == {"added": 3, "operator": True}


def test_for_operator_absent_school(database: Database) -> None:
    with pytest.raises(NotFound), Caller.for_operator(database).begin() as work:
        work.require(Action.SEE_PUPILS, 1)
    with database.unit_of_work() as unit:
        assert unit.session.scalar(select(func.count()).select_from(School)) == 0
    assert len(audit_rows(database, "access denied")) == 1
