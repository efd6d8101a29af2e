"""Whom the local authority loaded into a school of late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_records import RowStatus
from pupiltrack_core.storage.reception_loads import find_arrivals

SHOWN_FOR = timedelta(days=120)  # from the census of October to the end of January


@dataclass(frozen=True, slots=True)
class Arrival:
    """A pupil whom the local authority loaded into a school; `is_new` or on its books before."""

    pupil_id: int
    name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    class_name: str
    is_new: bool
    academic_year: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ArrivalNews:
    """How many pupils the newest load brought to a school, when, and into which year."""

    pupils: int
    at: datetime
    academic_year: int


def arrivals(caller: Caller, school_id: int) -> tuple[Arrival, ...]:
    """Return whom the authority loaded into a school of late, newest load first, then by name.

    Raise `NotFound` for a school out of reach, `AccessDenied` for a role that sees no pupils.
    """
    with caller.begin() as work:
        work.require(Action.SEE_PUPILS, school_id)
        rows = find_arrivals(work.session, school_id, since=work.now - SHOWN_FOR)
    found = [
        Arrival(
            pupil_id=row.pupil_id,
            name=f"{row.surname}, {row.forenames}",
            date_of_birth=row.date_of_birth,
            class_name=row.class_name or "",
            is_new=row.outcome == RowStatus.ADDED.value,
            academic_year=row.academic_year,
            at=row.made_at,
        )
        for row in rows
    ]
    found.sort(key=lambda item: name_key(item.name))
    found.sort(key=lambda item: item.at, reverse=True)
    return tuple(found)


def newest_arrivals(caller: Caller, school_id: int) -> ArrivalNews | None:
    """Return what is said at home of the newest load; None without one of late.

    Raises as `arrivals`.
    """
    found = arrivals(caller, school_id)
    if not found:
        return None
    newest = found[0]
    pupils = sum(item.at == newest.at for item in found)
    return ArrivalNews(pupils, newest.at, newest.academic_year)
