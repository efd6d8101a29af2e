"""After how long without an act people are signed out: the portal's time, or a place's own.

The lowest of the portal's, the local authority's and the school's counts, and of several places
that of the strictest; `services.sessions` goes by it at every look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.domain.idle_times import LONGEST, SHORTEST, lowest_limit, may_be_idle_limit
from pupiltrack_core.errors import Conflict, InvalidEntry
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.models import LocalAuthority, School
from pupiltrack_core.storage.school_profiles import lock_authority
from pupiltrack_core.storage.school_settings import lock_school

IDLE_TIME_SAVED = "idle time saved"
FIELD = "idle_minutes"


@dataclass(frozen=True, slots=True)
class IdleLimits:
    """Limits in minutes; None where a place has none of its own.

    `portal` is everyone's. `own` is that of the place asked about, `above` that of the local
    authority of a school.
    """

    portal: int
    own: int | None
    above: int | None = None

    @property
    def in_force(self) -> int:
        """The minutes that count at this place."""
        return lowest_limit((self.portal, self.own, self.above)) or self.portal


def school_idle_limits(caller: Caller, school_id: int) -> IdleLimits:
    """Return the limits of a school. Raises NotFound, AccessDenied and NotSignedIn."""
    with caller.begin() as work:
        school = work.require(Action.MAINTAIN_SCHOOL, school_id)
        return _of_school(
            caller, school, work.session.get_one(LocalAuthority, school.local_authority_id)
        )


def authority_idle_limits(caller: Caller, local_authority_id: int) -> IdleLimits:
    """Return the limits of a local authority; raises as `school_idle_limits`."""
    with caller.begin() as work:
        held = work.require_over_authority(Action.MAINTAIN_AUTHORITY, local_authority_id)
        return IdleLimits(_portal(caller), held.idle_minutes)


def save_school_idle_limit(
    caller: Caller, school_id: int, minutes: int | None, *, shown: int | None
) -> IdleLimits:
    """Save a school's own limit, None for none, and return the limits as they are now.

    It counts at once, for people signed in too. Raises InvalidEntry for a time not from 15 to 60
    minutes, Conflict when it was changed since it was `shown`, NotFound, AccessDenied and
    NotSignedIn. Nothing is saved then.
    """
    _require_limit(minutes)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.MAINTAIN_SCHOOL, school_id)
        school = lock_school(work.session, school_id)
        _require_as_shown(school.idle_minutes, shown)
        if school.idle_minutes != minutes:
            school.idle_minutes = minutes
            work.audit(IDLE_TIME_SAVED, school_id=school_id, minutes=minutes)
        authority = work.session.get_one(LocalAuthority, school.local_authority_id)
        limits = _of_school(caller, school, authority)
        work.commit()
    return limits


def save_authority_idle_limit(
    caller: Caller, local_authority_id: int, minutes: int | None, *, shown: int | None
) -> IdleLimits:
    """Save a local authority's limit for its staff and all its schools, as for a school."""
    _require_limit(minutes)
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.MAINTAIN_AUTHORITY, local_authority_id)
        held = lock_authority(work.session, local_authority_id)
        _require_as_shown(held.idle_minutes, shown)
        if held.idle_minutes != minutes:
            held.idle_minutes = minutes
            work.audit(IDLE_TIME_SAVED, local_authority_id=local_authority_id, minutes=minutes)
        work.commit()
    return IdleLimits(_portal(caller), minutes)


def _portal(caller: Caller) -> int:
    return int(caller.policy.idle / timedelta(minutes=1))


def _of_school(caller: Caller, school: School, authority: LocalAuthority) -> IdleLimits:
    return IdleLimits(_portal(caller), school.idle_minutes, authority.idle_minutes)


def _require_limit(minutes: int | None) -> None:
    if minutes is not None and not may_be_idle_limit(minutes):
        raise InvalidEntry(
            f"Choose from {SHORTEST} to {LONGEST} minutes. Nothing was saved.", field=FIELD
        )


def _require_as_shown(held: int | None, shown: int | None) -> None:
    if held != shown:
        raise Conflict(
            "Someone else changed this time after it was shown to you. Nothing was saved. Save "
            "again to keep yours.",
            yours=None,
            theirs="the time of all" if held is None else f"{held} minutes",
            version=0,
        )
