"""Several sessions read at once, each with the roles of its own person."""

from __future__ import annotations

from pupiltrack_core.access import Role
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import MembershipRow
from pupiltrack_core.storage.sessions import find_session, find_sessions
from tests.builders import make_authority, make_school, make_session, make_user


def test_find_sessions_gives_each_its_own_roles(database: Database) -> None:
    school, other = make_school(database), make_school(database)
    head = make_user(database, Role.HEAD, school_id=school)
    teacher = make_user(database, school_id=school)
    row = {"local_authority_id": make_authority(database), "school_id": other}
    with database.unit_of_work(write=True) as work:
        work.session.add(MembershipRow(user_id=head, role=str(Role.TEACHER), **row))
        work.commit()
    # The teacher's first: in the order of roles alone, the head's two would be torn apart.
    ids = [make_session(database, person) for person in (teacher, head, teacher)]
    with database.unit_of_work() as work:
        found = find_sessions(work.session, [*ids, max(ids) + 1])
        assert found == tuple(find_session(work.session, number) for number in ids)
    assert [len(item.memberships) for item in found] == [1, 2, 1]
    assert [item.role for item in found[1].memberships] == [Role.HEAD, Role.TEACHER]


def test_find_sessions_of_none_and_without_a_role(database: Database) -> None:
    person = make_user(database, school_id=make_school(database))
    number = make_session(database, person)
    with database.unit_of_work(write=True) as work:
        work.session.query(MembershipRow).delete()
        work.commit()
    with database.unit_of_work() as work:
        assert find_sessions(work.session, []) == ()
        (found,) = find_sessions(work.session, [number])
    assert found.memberships == ()
