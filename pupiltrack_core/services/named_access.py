"""Who may see which pupils are looked after: only people whom the head of the school named.

Being in care is known to few at a school. No role shows it; a head names those who need it, staff
of the school and of its local authority, themselves included. It acts, and stops, at the person's
next call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pupiltrack_core.access import GRANTS, NAMED_ACTIONS, Action
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.named_access import (
    Candidate,
    add_named_access,
    find_candidates,
    remove_named_access,
)
from pupiltrack_core.storage.school_settings import lock_school

PERSON_NAMED = "person named to see who is looked after"
NAMING_TAKEN_BACK = "naming to see who is looked after taken back"
_ACTION = Action.SEE_LOOKED_AFTER


@dataclass(frozen=True, slots=True)
class NameablePerson:
    """Someone who sees the school's pupils; `named_at` is None for one who was not named.

    `works_as` says what they are: "Class teacher, 4B" or "LA adviser".
    """

    user_id: int
    display_name: str
    works_as: str
    named_at: datetime | None


def nameable_people(caller: Caller, school_id: int) -> tuple[NameablePerson, ...]:
    """Return whom the head may name, by name, and who is named.

    Raises NotFound, AccessDenied and NotSignedIn.
    """
    with caller.begin() as work:
        return _people(work, work.require(Action.NAME_PEOPLE, school_id))


def name_person(
    caller: Caller, school_id: int, user_id: int, *, is_named: bool
) -> tuple[NameablePerson, ...]:
    """Name a person, or take it back, and return the people as they are now.

    Doing again what was done already changes nothing. Raises NotFound for a person without a role
    that sees the school's pupils, and as `nameable_people`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require(Action.NAME_PEOPLE, school_id)
        school = lock_school(work.session, school_id)
        person = next((one for one in _people(work, school) if one.user_id == user_id), None)
        if person is None:
            raise NotFound("There is nobody like that at this school. Nothing was changed.")
        if (person.named_at is not None) is not is_named:
            _change(work, school_id, user_id, is_named=is_named)
        people = _people(work, school)
        work.commit()
    return people


def _change(work: Work, school_id: int, user_id: int, *, is_named: bool) -> None:
    if is_named:
        add_named_access(
            work.session,
            user_id=user_id,
            school_id=school_id,
            action=_ACTION,
            given_at=work.now,
            given_by=work.user_id,
        )
    else:
        remove_named_access(work.session, user_id=user_id, school_id=school_id, action=_ACTION)
    work.session.flush()
    work.audit(
        PERSON_NAMED if is_named else NAMING_TAKEN_BACK, school_id=school_id, of_user=user_id
    )


def _people(work: Work, school: School) -> tuple[NameablePerson, ...]:
    found = find_candidates(work.session, school, _ACTION)
    people = (list(own) for _, own in groupby(found, key=lambda one: one.user_id))
    return tuple(_person(own) for own in people if any(_sees_pupils(one) for one in own))


def _sees_pupils(candidate: Candidate) -> bool:
    return NAMED_ACTIONS[_ACTION] in GRANTS[candidate.role]


def _person(roles: Sequence[Candidate]) -> NameablePerson:
    first = roles[0]
    works_as = "; ".join(", ".join((one.role.label, *one.class_names)) for one in roles)
    return NameablePerson(first.user_id, first.display_name, works_as, first.given_at)
