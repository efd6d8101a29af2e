"""Looked-after status is seen by those a head named, from their next call on; by nobody else."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Action, Role
from pupiltrack_core.domain.pupil_fields import PupilField
from pupiltrack_core.errors import AccessDenied, NotFound
from pupiltrack_core.services.accounts import change_memberships, membership_for
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.named_access import (
    NAMING_TAKEN_BACK,
    PERSON_NAMED,
    name_person,
    nameable_people,
)
from pupiltrack_core.services.pupil_details import pupil_details
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import AuditEntry
from tests.builders import YEAR, make_authority, make_pupil, make_school, make_session, make_user


@dataclass(frozen=True)
class Office:
    database: Database
    school: int
    other: int
    pupil: int
    people: dict[str, int]

    def caller(self, who: str) -> Caller:
        return Caller.for_session(self.database, make_session(self.database, self.people[who]))

    def sees(self, caller: Caller) -> bool:
        shown = pupil_details(caller, self.school, YEAR, self.pupil)
        return PupilField.LOOKED_AFTER in shown.values


@pytest.fixture
def office(database: Database) -> Office:
    school = make_school(database)
    other = make_school(database)
    elsewhere = make_authority(database, "998", "Other Authority")
    people = {
        "head": make_user(database, Role.HEAD, school_id=school),
        "teacher": make_user(database, school_id=school),
        "office": make_user(database, Role.DATA_MANAGER, school_id=school),
        "neighbour": make_user(database, school_id=other),
        "adviser": make_user(database, Role.LA_ADVISER),
        "stranger": make_user(database, Role.LA_ADVISER, local_authority_id=elsewhere),
        "disabled": make_user(database, school_id=school, status="disabled"),
    }
    pupil = make_pupil(database, school, looked_after=True)
    return Office(database, school, other, pupil, people)


def test_name_person_shows_status_at_the_next_call_and_hides_it_again(office: Office) -> None:
    head, teacher = office.caller("head"), office.caller("teacher")
    assert not office.sees(head)
    assert not office.sees(teacher)
    people = name_person(head, office.school, office.people["teacher"], is_named=True)
    assert [one.user_id for one in people if one.named_at] == [office.people["teacher"]]
    assert office.sees(teacher)
    assert not office.sees(head)
    name_person(head, office.school, office.people["head"], is_named=True)
    assert office.sees(head)
    name_person(head, office.school, office.people["teacher"], is_named=False)
    assert not office.sees(teacher)


def test_name_person_of_the_local_authority_shows_this_school_alone(office: Office) -> None:
    adviser = office.caller("adviser")
    name_person(office.caller("head"), office.school, office.people["adviser"], is_named=True)
    assert office.sees(adviser)
    child = make_pupil(office.database, office.other, looked_after=True)
    shown = pupil_details(adviser, office.other, YEAR, child)
    assert PupilField.LOOKED_AFTER not in shown.values


def test_name_person_is_nothing_without_a_role_at_the_school(office: Office) -> None:
    teacher = office.caller("teacher")
    name_person(office.caller("head"), office.school, office.people["teacher"], is_named=True)
    moved = membership_for(office.database, Role.TEACHER, laestab="9992002")
    change_memberships(office.database, office.people["teacher"], [moved])
    with pytest.raises(NotFound):
        office.sees(office.caller("teacher"))
    with teacher.begin() as work, pytest.raises(NotFound):
        work.require(Action.SEE_LOOKED_AFTER, office.school)
    back = membership_for(office.database, Role.TEACHER, laestab="9992001")
    change_memberships(office.database, office.people["teacher"], [back])
    assert not office.sees(teacher)


def test_nameable_people_are_those_who_see_the_schools_pupils(office: Office) -> None:
    people = nameable_people(office.caller("head"), office.school)
    names = {one.user_id: one.works_as for one in people}
    assert names == {
        office.people["head"]: "Headteacher",
        office.people["teacher"]: "Class teacher",
        office.people["office"]: "Data manager",
        office.people["adviser"]: "LA adviser",
    }
    for who in ("neighbour", "stranger", "disabled"):
        with pytest.raises(NotFound):
            name_person(office.caller("head"), office.school, office.people[who], is_named=True)


@pytest.mark.parametrize("who", ["teacher", "office", "adviser"])
def test_name_person_is_for_heads_of_the_school_alone(office: Office, who: str) -> None:
    with pytest.raises(AccessDenied):
        name_person(office.caller(who), office.school, office.people[who], is_named=True)
    with pytest.raises(NotFound):
        name_person(office.caller("head"), office.other, office.people["head"], is_named=True)
    assert not office.sees(office.caller(who))


def test_name_person_is_written_down_once_without_names(office: Office) -> None:
    head = office.caller("head")
    for is_named in (True, True, False, False):
        name_person(head, office.school, office.people["teacher"], is_named=is_named)
    with office.database.unit_of_work() as unit:
        rows = list(
            unit.session.scalars(
                select(AuditEntry)
                .where(AuditEntry.action.in_([PERSON_NAMED, NAMING_TAKEN_BACK]))
                .order_by(AuditEntry.id)
            )
        )
    assert [row.action for row in rows] == [PERSON_NAMED, NAMING_TAKEN_BACK]
    assert all(
        json.loads(row.detail) == {"of_user": office.people["teacher"]}
        and (row.school_id, row.user_id) == (office.school, office.people["head"])
        for row in rows
    )
