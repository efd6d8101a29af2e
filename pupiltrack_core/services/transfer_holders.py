"""Who holds the pupils that claims name: of the schools that know one, the one that had it last.

It is looked up whenever it is asked, and never stored with an open claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.transfers import ClaimState
from pupiltrack_core.services.caller import Work
from pupiltrack_core.storage.archived_pupils import find_last_enrolments
from pupiltrack_core.storage.models import School
from pupiltrack_core.storage.school_year_models import TransferRequest
from pupiltrack_core.storage.transfer_requests import (
    find_holders,
    find_open_requests,
    find_requests_at,
)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A pupil of a school (`school_name`) whom another school claims.

    `last_day` is the last day noted already, None for none.
    """

    claim_id: int
    school_id: int
    pupil_id: int
    surname: str = field(repr=False)
    forenames: str = field(repr=False)
    school_name: str
    by_school: str
    joins_on: date
    asked_at: datetime
    expires_on: date
    last_day: date | None

    @property
    def name(self) -> str:
        """ "Surname, Forenames", as lists write it."""
        return f"{self.surname}, {self.forenames}"


def asked_at(work: Work, school: School) -> tuple[AskedFor, ...]:
    """Return the school's pupils in claims that nobody has decided, oldest first."""
    with work.across_authority(school.local_authority_id):  # the claims are other schools'
        return _asked_at(work, school)


def _asked_at(work: Work, school: School) -> tuple[AskedFor, ...]:
    today = day_in_london(work.now)
    numbers = set(find_requests_at(work.session, school, today=today))
    if not numbers:
        return ()
    rows = [
        (row, name)
        for row, name in find_open_requests(work.session, school.local_authority_id, today=today)
        if row.id in numbers and row.state == ClaimState.WAITING
    ]
    holders = holders_of(work, school.local_authority_id, rows)
    return tuple(
        asked
        for row, _ in sorted(rows, key=lambda found: found[0].id)
        for asked in holders[row.id]
        if asked.school_id == school.id
    )


def holders_of(
    work: Work, local_authority_id: int, claims: Collection[Any]
) -> dict[int, list[AskedFor]]:
    """Return by claim which pupils it names, at the school or schools that had them last."""
    found: dict[int, list[tuple[int, AskedFor]]] = defaultdict(list)
    by_id = {row.id: (row, name) for row, name in claims}
    for holder in find_holders(work.session, local_authority_id, list(by_id)):
        row, name = by_id[holder.request_id]
        last = find_last_enrolments(work.session, holder.school_id, holder.pupil_id)
        found[row.id].append((_last_year(last), _asked(row, name, holder, last)))
    return defaultdict(
        list,
        {
            number: [asked for year, asked in items if year == max(year for year, _ in items)]
            for number, items in found.items()
        },
    )


def _last_year(enrolments: Iterable[Any]) -> int:
    return max((row.academic_year for row in enrolments), default=0)


def _asked(row: TransferRequest, by_school: str, holder: Any, last: Collection[Any]) -> AskedFor:
    return AskedFor(
        claim_id=row.id,
        school_id=holder.school_id,
        pupil_id=holder.pupil_id,
        surname=holder.surname,
        forenames=holder.forenames,
        school_name=holder.school_name,
        by_school=by_school,
        joins_on=row.joins_on,
        asked_at=row.asked_at,
        expires_on=row.expires_on,
        last_day=next((one.left_on for one in last), None),
    )
