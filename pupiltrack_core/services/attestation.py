"""Once in an academic year somebody goes through the list and says that all of it is right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pupiltrack_core.access import Action, Place, Role
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.errors import Conflict
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.sessions import AccountStatus
from pupiltrack_core.storage.account_models import AttestationRow
from pupiltrack_core.storage.attestations import find_newest_attestation
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.registrations import find_members

ATTESTED = "people attested"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Whether the list is to be gone through, and when and by whom it last was."""

    academic_year: int
    is_due: bool
    last_at: datetime | None = None
    last_by: str = ""
    people: int = 0


def attestation_of(caller: Caller, school_id: int) -> Attestation:
    """Return where a school stands. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin() as work:
        work.require(Action.MANAGE_PEOPLE, school_id)
        return _attestation(work, school_id)


def schools_to_attest(caller: Caller) -> tuple[int, ...]:
    """Return the schools the person is head of whose list is to be gone through, for a reminder."""
    with caller.begin() as work:
        return tuple(
            membership.school_id
            for membership in work.principal.memberships
            if membership.role is Role.HEAD
            and membership.school_id is not None
            and _attestation(work, membership.school_id).is_due
        )


def attest_people(caller: Caller, school_id: int, shown: Collection[int]) -> Attestation:
    """Note that everybody on the list still works with the school's data.

    `shown` are the ids of those who were on it. Raises `Conflict` where the list has changed since,
    NotFound, AccessDenied and NotSignedIn; nothing is noted then.
    """
    with caller.begin(write=True, act=True) as work:
        school = work.require(Action.MANAGE_PEOPLE, school_id)
        people = _with_access(work, Place(school.local_authority_id, school_id))
        if set(shown) != set(people):
            raise Conflict(
                "The list has changed since it was shown to you. Nothing was noted. Look through "
                "it again."
            )
        for user in people.values():
            user.attested_at = work.now
        year = _year(work)
        work.session.add(
            AttestationRow(
                school_id=school_id,
                academic_year=year,
                attested_at=work.now,
                attested_by=work.principal.user_id,
                people=len(people),
            )
        )
        work.session.flush()
        work.audit(ATTESTED, school_id=school_id, people=len(people), academic_year=year)
        attestation = _attestation(work, school_id)
        work.commit()
    return attestation


def _with_access(work: Work, place: Place) -> dict[int, UserAccount]:
    """Return who has a role there and is not disabled, by id."""
    return {
        user.id: user
        for user, _ in find_members(work.session, place)
        if user.status != AccountStatus.DISABLED
    }


def _attestation(work: Work, school_id: int) -> Attestation:
    year = _year(work)
    newest = find_newest_attestation(work.session, school_id)
    if newest is None:
        return Attestation(year, is_due=True)
    row, by = newest
    return Attestation(
        year,
        is_due=row.academic_year < year,
        last_at=row.attested_at,
        last_by=by,
        people=row.people,
    )


def _year(work: Work) -> int:
    return AcademicYear.containing(day_in_london(work.now)).start
