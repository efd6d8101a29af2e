"""Downloads: bound to a session, for ten minutes, written down before a byte leaves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import (
    AccessDenied,
    InvalidEntry,
    NotFound,
    NotSignedIn,
    StorageUnavailable,
)
from pupiltrack_core.services import downloads
from pupiltrack_core.services.accounts import (
    SignInPolicy,
    change_memberships,
    session_for_token,
    sign_out,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.downloads import collect, deposit, purge, safe_file_name
from pupiltrack_core.services.tokens import hash_token
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import Download
from tests.builders import make_school
from tests.integration.services.people import (
    Person,
    TurnableClock,
    audit_rows,
    hold_audit,
    make_person,
)

CONTENT = b"%PDF-1.7 \x00\xff made up"


def caller_of(person: Person) -> Caller:
    session_id = person.sign_in().session_id
    return Caller.for_session(person.database, session_id, policy=person.policy, clock=person.clock)


def leave(caller: Caller, school_id: int | None, content: bytes = CONTENT) -> str:
    return deposit(
        caller,
        kind="full_report_pdf",
        school_id=school_id,
        file_name="Full report.pdf",
        media_type="application/pdf",
        content=content,
    )


def count_files(database: Database) -> int:
    with database.unit_of_work() as unit:
        return unit.session.scalar(select(func.count()).select_from(Download)) or 0


def test_collect_gives_the_file_to_its_session(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    token = leave(caller, head_teacher.school_id)
    assert len(token) == 43
    clock.turn(minutes=9, seconds=59)
    file = collect(database, caller.session_id or 0, token, clock.now)
    assert (file.file_name, file.media_type) == ("Full report.pdf", "application/pdf")
    assert file.content == CONTENT
    with database.unit_of_work() as unit:
        assert unit.session.get(Download, token) is None  # only its hash is a key
        assert unit.session.scalars(select(Download.fetched_at)).one() == clock.now


def test_collect_twice_is_written_down_twice(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    token = leave(caller, head_teacher.school_id)
    for _ in range(2):
        collect(database, caller.session_id or 0, token, clock.now)
    (made,) = audit_rows(database, "file made")
    fetched = audit_rows(database, "file fetched")
    assert len(fetched) == 2
    for entry in (made, *fetched):
        assert (entry.user_id, entry.school_id) == (head_teacher.user_id, head_teacher.school_id)
        assert json.loads(entry.detail) == {"kind": "full_report_pdf", "bytes": len(CONTENT)}


def test_collect_is_an_act(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    clock.turn(minutes=50)
    token = leave(caller, head_teacher.school_id)
    collect(database, caller.session_id or 0, token, clock.now)
    live = session_for_token(database, head_teacher.signed_in[-1].token, clock.now)
    assert live is not None
    assert live.idle_expires_at == clock.now + timedelta(minutes=60)


def test_collect_from_another_session(head_teacher: Person) -> None:
    clock, database = head_teacher.clock, head_teacher.database
    token = leave(caller_of(head_teacher), head_teacher.school_id)
    colleague = make_person(
        database,
        clock,
        head_teacher.policy,
        role=Role.HEAD,
        user_name="other.head",
        school_id=head_teacher.school_id,
    )
    session_id = colleague.sign_in().session_id
    with pytest.raises(NotFound) as theirs:
        collect(database, session_id, token, clock.now)
    with pytest.raises(NotFound) as unknown:
        collect(database, session_id, "x" * 43, clock.now)
    assert str(theirs.value) == str(unknown.value)
    (entry,) = audit_rows(database, "access denied")
    assert entry.user_id == colleague.user_id
    assert audit_rows(database, "file fetched") == []


def test_collect_from_the_same_person_signed_in_again(head_teacher: Person) -> None:
    token = leave(caller_of(head_teacher), head_teacher.school_id)
    again = head_teacher.sign_in().session_id
    with pytest.raises(NotFound):
        collect(head_teacher.database, again, token, head_teacher.clock.now)


def test_collect_after_ten_minutes(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    token = leave(caller, head_teacher.school_id)
    clock.turn(minutes=10)
    with pytest.raises(NotFound, match="ten minutes"):
        collect(database, caller.session_id or 0, token, clock.now)
    assert count_files(database) == 0  # and the file itself is gone


def test_collect_after_signing_out(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    token = leave(caller, head_teacher.school_id)
    sign_out(database, head_teacher.signed_in[-1].token, clock.now)
    with pytest.raises(NotSignedIn):
        collect(database, caller.session_id or 0, token, clock.now)


@pytest.mark.parametrize("whole_authority", [False, True])
def test_collect_after_the_role_went(
    database: Database, clock: TurnableClock, policy: SignInPolicy, whole_authority: bool
) -> None:
    person = make_person(database, clock, policy, role=Role.LA_ADVISER, user_name="an.adviser")
    caller = caller_of(person)
    token = leave(caller, None if whole_authority else person.school_id)
    change_memberships(database, person.user_id, [])
    with pytest.raises(AccessDenied if whole_authority else NotFound):
        collect(database, caller.session_id or 0, token, clock.now)
    assert audit_rows(database, "file fetched") == []


def test_collect_gives_nothing_when_the_audit_cannot_be_written(
    head_teacher: Person, database_url: str
) -> None:
    caller, clock = caller_of(head_teacher), head_teacher.clock
    token = leave(caller, head_teacher.school_id)
    hasty = Database.open(database_url, busy_timeout=0.2)
    with head_teacher.database.unit_of_work(write=True) as holder:
        hold_audit(holder)
        with pytest.raises(StorageUnavailable):
            collect(hasty, caller.session_id or 0, token, clock.now)
    hasty.dispose()
    assert audit_rows(head_teacher.database, "file fetched") == []
    assert collect(head_teacher.database, caller.session_id or 0, token, clock.now)


def test_deposit_for_a_school_out_of_reach(head_teacher: Person) -> None:
    other = make_school(head_teacher.database)
    with pytest.raises(NotFound):
        leave(caller_of(head_teacher), other)
    with pytest.raises(AccessDenied):
        leave(caller_of(head_teacher), None)  # a whole authority's
    assert count_files(head_teacher.database) == 0


def test_deposit_within_a_unit_of_work_is_saved_with_it(head_teacher: Person) -> None:
    caller, database = caller_of(head_teacher), head_teacher.database
    for commit in (False, True):
        with caller.begin(write=True) as work:
            deposit(
                work,
                kind="grid",
                school_id=head_teacher.school_id,
                file_name="Grid.xlsx",
                media_type="application/octet-stream",
                content=CONTENT,
            )
            if commit:
                work.commit()
        assert count_files(database) == int(commit)
        assert len(audit_rows(database, "file made")) == int(commit)


def test_deposit_clears_files_whose_time_is_over(head_teacher: Person) -> None:
    caller, clock = caller_of(head_teacher), head_teacher.clock
    for _ in range(3):
        leave(caller, head_teacher.school_id)
        clock.turn(minutes=10)
    assert count_files(head_teacher.database) == 1


def test_deposit_refuses_a_file_too_large(
    head_teacher: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "LARGEST_FILE", 10)
    caller = caller_of(head_teacher)
    with pytest.raises(InvalidEntry, match="50 MB"):
        leave(caller, head_teacher.school_id, b"x" * 11)
    assert leave(caller, head_teacher.school_id, b"x" * 10)


def test_deposit_by_the_operator(database: Database) -> None:
    school_id = make_school(database)
    with pytest.raises(AccessDenied, match="--out"):
        leave(Caller.for_operator(database), school_id)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Full report 2025-26.pdf", "Full report 2025-26.pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\grid.xlsx", "C-grid.xlsx"),
        ('a"; filename="b.exe', "a- filename=-b.exe"),
        ("two\r\nlines.csv", "two lines.csv"),
        ("nul\0.csv", "nul .csv"),
        ("\u202egnp.exe", "gnp.exe"),
        ("St. Bride\u2019s.pdf", "St. Bride\u2019s.pdf"),
        ("", "download"),
        ("...", "download"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 300, "x" * 120),
        ("a." + "x" * 300, "a." + "x" * 118),
    ],
)
def test_safe_file_name(given: str, kept: str) -> None:
    assert safe_file_name(given) == kept


def test_deposit_keeps_the_ten_made_last(head_teacher: Person) -> None:
    other = caller_of(head_teacher)
    kept = leave(other, head_teacher.school_id)
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    tokens = []
    for _ in range(12):
        clock.turn(seconds=1)
        tokens.append(leave(caller, head_teacher.school_id))
    assert count_files(database) == 11  # ten and the other session's
    for token in tokens[:2]:
        with pytest.raises(NotFound):
            collect(database, caller.session_id or 0, token, clock.now)
    for token in tokens[2:]:
        assert collect(database, caller.session_id or 0, token, clock.now)
    with database.unit_of_work() as unit:
        assert unit.session.get(Download, hash_token(kept)) is not None


def test_purge_takes_what_nobody_can_fetch(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    leave(caller, head_teacher.school_id)
    clock.turn(minutes=9)
    purge(database, clock.now)
    assert count_files(database) == 1
    clock.turn(minutes=1)
    purge(database, clock.now)
    assert count_files(database) == 0


def test_purge_takes_the_files_of_ended_sessions(head_teacher: Person) -> None:
    caller, clock, database = caller_of(head_teacher), head_teacher.clock, head_teacher.database
    leave(caller, head_teacher.school_id)
    sign_out(database, head_teacher.signed_in[-1].token, clock.now)
    purge(database, clock.now)
    assert count_files(database) == 0
    leave(caller_of(head_teacher), head_teacher.school_id)
    purge(database, clock.now, policy=SignInPolicy(idle=timedelta(minutes=5)))
    assert count_files(database) == 1
    clock.turn(minutes=5)
    purge(database, clock.now, policy=SignInPolicy(idle=timedelta(minutes=5)))
    assert count_files(database) == 0
