"""Accounts: what may be made, who may approve, what each change writes down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pupiltrack_core.access import Membership, Role
from pupiltrack_core.errors import InvalidEntry, NotFound, SignInRefused
from pupiltrack_core.services.account_admin import MOST_OWN_CLASSES, own_classes
from pupiltrack_core.services.accounts import (
    AccountStatus,
    change_memberships,
    change_password,
    change_status,
    create_user,
    find_user_id,
    lock_account,
    membership_for,
)
from pupiltrack_core.settings import PasswordHashing
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import UserAccount
from tests.builders import make_authority, make_school
from tests.integration.services.people import PASSWORD, Person, audit_rows


def new_account(database: Database, **values: Any) -> int:
    details: dict[str, Any] = {
        "user_name": "n.teacher",
        "display_name": "New Teacher",
        "password": PASSWORD,
        "memberships": [],
        "hashing": PasswordHashing.FLOOR,
        **values,
    }
    return create_user(database, **details)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"user_name": "  "}, "user_name"),
        ({"user_name": "x" * 101}, "user_name"),
        ({"user_name": "H.TEACHER"}, "user_name"),  # there already, in other letters
        ({"display_name": ""}, "display_name"),
        ({"display_name": "line\nbreak"}, "display_name"),
        ({"password": "short"}, "password"),
        ({"password": "my n.teacher password"}, "password"),
    ],
)
def test_create_user_refuses(head_teacher: Person, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        new_account(head_teacher.database, **values)
    assert caught.value.field == field
    assert len(audit_rows(head_teacher.database, "account created")) == 1


def test_create_user_with_roles_that_do_not_fit(database: Database) -> None:
    authority, other = make_authority(database), make_authority(database, "998", "Other")
    school = make_school(database, local_authority_id=authority)
    with pytest.raises(InvalidEntry, match="at one school"):
        new_account(database, memberships=[Membership(Role.HEAD, authority)])
    with pytest.raises(InvalidEntry, match="over a whole local authority"):
        new_account(database, memberships=[Membership(Role.LA_ADMIN, authority, school)])
    with pytest.raises(NotFound):
        new_account(database, memberships=[Membership(Role.HEAD, other, school)])
    with pytest.raises(NotFound):
        new_account(database, memberships=[Membership(Role.HEAD, authority, school + 1)])
    with pytest.raises(NotFound):
        new_account(database, memberships=[Membership(Role.LA_ADMIN, other + 1)])
    with pytest.raises(InvalidEntry, match="twice"):
        new_account(database, memberships=[Membership(Role.HEAD, authority, school)] * 2)
    assert audit_rows(database) == []


def test_create_user_is_audited_with_roles_and_without_names(database: Database) -> None:
    authority = make_authority(database)
    school = make_school(database)
    user_id = new_account(
        database,
        memberships=[
            Membership(Role.HEAD, authority, school),
            Membership(Role.LA_ADMIN, authority),
        ],
    )
    (entry,) = audit_rows(database)
    assert entry.user_id is None  # the operator
    assert json.loads(entry.detail) == {
        "of_user": user_id,
        "status": "active",
        "roles": [f"head school {school}", f"la_admin authority {authority}"],
    }
    assert find_user_id(database, " N.Teacher") == user_id


def test_find_user_id_of_nobody(database: Database) -> None:
    with pytest.raises(NotFound):
        find_user_id(database, "nobody")


def test_membership_for_by_the_numbers_people_type(database: Database) -> None:
    authority = make_authority(database)
    school = make_school(database, laestab="9992001")
    head = Membership(Role.HEAD, authority, school)
    assert membership_for(database, Role.HEAD, laestab="999/2001") == head
    assert membership_for(database, Role.HEAD, laestab=" 9992001 ") == head
    teacher = membership_for(
        database, Role.TEACHER, laestab="999/2001", class_names=(" 4A", "", "4B", "4A")
    )
    assert teacher.class_names == ("4A", "4B")
    adviser = membership_for(database, Role.LA_ADVISER, local_authority_code="999")
    assert adviser == Membership(Role.LA_ADVISER, authority)


@pytest.mark.parametrize(
    ("role", "codes", "error"),
    [
        (Role.HEAD, {"laestab": "999/2999"}, NotFound),
        (Role.LA_ADMIN, {"local_authority_code": "123"}, NotFound),
        (Role.HEAD, {"local_authority_code": "999"}, InvalidEntry),
        (Role.LA_ADMIN, {"laestab": "999/2001"}, InvalidEntry),
        (Role.HEAD, {"laestab": "999/2001", "local_authority_code": "999"}, InvalidEntry),
    ],
)
def test_membership_for_refuses(
    database: Database, role: Role, codes: dict[str, str], error: type[Exception]
) -> None:
    make_school(database, laestab="9992001")
    with pytest.raises(error):
        membership_for(database, role, **codes)


@pytest.mark.parametrize(
    "names", [["x" * 61], ["4\u200bB"], [f"4{n}" for n in range(MOST_OWN_CLASSES + 1)]]
)
def test_own_classes_refuses(names: list[str]) -> None:
    with pytest.raises(InvalidEntry) as caught:
        own_classes(Role.TEACHER, names)
    assert caught.value.field == "class_names"
    assert own_classes(Role.HEAD, names) == ()


def test_change_memberships_takes_digits_from_who_is_given_an_authority(
    database: Database,
) -> None:
    authority = make_authority(database)
    head = Membership(Role.HEAD, authority, make_school(database))
    user_id = new_account(database, memberships=[head])

    def digits_after(*memberships: Membership) -> tuple[bytes | None, str]:
        with database.unit_of_work(write=True) as unit:
            user = unit.session.get_one(UserAccount, user_id)
            user.code_sealed, user.code_places, user.second_step = b"sealed", "14", "set"
            unit.commit()
        change_memberships(database, user_id, memberships)
        with database.unit_of_work() as unit:
            user = unit.session.get_one(UserAccount, user_id)
            return user.code_sealed, user.second_step

    assert digits_after(head) == (b"sealed", "set")
    assert digits_after(head, Membership(Role.LA_ADVISER, authority)) == (None, "none")


def test_change_status_nobody_approves_themselves(head_teacher: Person) -> None:
    database = head_teacher.database
    applicant = new_account(database, status=AccountStatus.PENDING)
    with pytest.raises(InvalidEntry, match="their own account"):
        change_status(database, applicant, AccountStatus.ACTIVE, by=applicant)
    assert audit_rows(database, "account status changed") == []


def test_change_status_is_audited_with_what_it_was(head_teacher: Person) -> None:
    database = head_teacher.database
    applicant = new_account(database, status=AccountStatus.PENDING)
    change_status(database, applicant, AccountStatus.ACTIVE, by=head_teacher.user_id)
    (entry,) = audit_rows(database, "account status changed")
    assert entry.user_id == head_teacher.user_id
    assert json.loads(entry.detail) == {
        "of_user": applicant,
        "status": "active",
        "before": "pending",
    }


def test_change_password_replaces_the_old_one(head_teacher: Person) -> None:
    change_password(
        head_teacher.database,
        head_teacher.user_id,
        password="green lorry door",
        hashing=PasswordHashing.FLOOR,
    )
    with pytest.raises(SignInRefused):
        head_teacher.sign_in(PASSWORD)
    assert head_teacher.sign_in("green lorry door").user_id == head_teacher.user_id


def test_lock_account_and_unlock(head_teacher: Person) -> None:
    database, clock = head_teacher.database, head_teacher.clock
    lock_account(database, head_teacher.user_id, until=clock.now.replace(year=2099))
    with pytest.raises(SignInRefused):
        head_teacher.sign_in()
    lock_account(database, head_teacher.user_id, until=None)
    assert head_teacher.sign_in().user_id == head_teacher.user_id
    details = [json.loads(entry.detail) for entry in audit_rows(database, "account locked")]
    assert [detail["locked"] for detail in details] == [True, False]


@pytest.mark.parametrize("change", ["status", "lock", "memberships", "password"])
def test_changes_to_no_account(database: Database, change: str) -> None:
    with pytest.raises(NotFound):
        if change == "status":
            change_status(database, 999, AccountStatus.DISABLED)
        elif change == "lock":
            lock_account(database, 999, until=None)
        elif change == "memberships":
            change_memberships(database, 999, [])
        else:
            change_password(database, 999, password=PASSWORD)
    assert audit_rows(database) == []
