"""What is past its time: found, told by school and year, and ordered to be erased.

What is held is told and never ordered. The operator's run erases at once; that of an authority's
administrator is `services.retention_runs`, with the same rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from sqlalchemy.orm import Session

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.retention import KEPT_UNTIL_AGE, birthday, kept_until
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.erasure import ErasureReason, carry_out_orders, order_within
from pupiltrack_core.services.tombstones import tombstone_key
from pupiltrack_core.storage.duties import AgingRecord, find_aging, find_holds
from pupiltrack_core.storage.models import School

RETENTION_RUN = "retention run"
SOON = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AgedRecord:
    """A record past its time, known by its number only."""

    school_id: int
    pupil_id: int
    kept_until: date
    is_held: bool


@dataclass(frozen=True, slots=True)
class YearCount:
    """Records whose time ended in one academic year (its start): to be erased, and held."""

    academic_year: int
    due: int
    held: int


@dataclass(frozen=True, slots=True)
class RetentionOverview:
    """How many records of a school are past their time, held beyond it, or due within a year.

    `years` has those past their time by the academic year in which it ended, the oldest first.
    """

    due: int
    held: int
    soon: int
    years: tuple[YearCount, ...] = ()


@dataclass(frozen=True, slots=True)
class SchoolRetention:
    """A school with any record past its time or due within a year."""

    school_id: int
    laestab: str
    name: str
    overview: RetentionOverview


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record past its time that a hold keeps."""

    laestab: str
    school: str
    pupil_id: int
    name: str = field(repr=False)
    kept_until: date
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class AuthorityRetention:
    """What a run over an authority's schools would erase and what it would leave."""

    schools: tuple[SchoolRetention, ...]
    held: tuple[HeldRecord, ...]

    @property
    def due(self) -> int:
        """How many records a run would erase."""
        return sum(school.overview.due for school in self.schools)


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """What a run found, and what it erased; `kept` were held, or gone meanwhile."""

    due: tuple[AgedRecord, ...]
    held: tuple[AgedRecord, ...]
    erased: int


def retention_overview(caller: Caller, school_id: int) -> RetentionOverview:
    """Count a school's records by their time.

    Raise `NotFound` and `AccessDenied` for people who do not carry out its duties.
    """
    with caller.begin() as work:
        work.require(Action.KEEP_DUTIES, school_id)
        today = day_in_london(work.now)
        aged = _find_aged(work.session, until=today + SOON, school_id=school_id)
    return _overview(aged, today)


def retention_of_authority(caller: Caller, local_authority_id: int) -> AuthorityRetention:
    """Tell what a run today would erase at an authority's schools, by name, and who is held.

    Raise `NotFound` and `AccessDenied` for people who do not carry out its duties.
    """
    with caller.begin() as work:
        work.require_over_authority(Action.KEEP_DUTIES, local_authority_id)
        today = day_in_london(work.now)
        aged = _find_aged(work.session, until=today + SOON, local_authority_id=local_authority_id)
        schools, held = [], []
        for school_id, records in _by_school(aged):
            school = work.session.get_one(School, school_id)
            overview = _overview(records, today)
            schools.append(SchoolRetention(school_id, school.laestab, school.name, overview))
            if overview.held:
                held += _held_records(work.session, school, records, today)
    schools.sort(key=lambda item: (name_key(item.name), item.laestab))
    held.sort(key=lambda item: (name_key(item.school), name_key(item.name), item.pupil_id))
    return AuthorityRetention(tuple(schools), tuple(held))


def run_retention(caller: Caller, secret_file: Path, *, apply: bool) -> RetentionResult:
    """Find every record past its time and, with `apply`, erase those that are not held.

    For the operator. A school's are ordered in one transaction and each is erased in one of its
    own, so that a run that is broken off goes on where it stopped; the run itself is audited.
    """
    with caller.begin() as work:
        aged = _find_aged(work.session, until=day_in_london(work.now))
    due = tuple(record for record in aged if not record.is_held)
    held = tuple(record for record in aged if record.is_held)
    erased = 0
    if apply:
        tombstone_key(secret_file)  # before anything is ordered
        for school_id, _ in _by_school(due):
            with caller.begin(write=True) as work:
                orders, _held = order_due(work, school_id)
                work.commit()
            erased += carry_out_orders(caller.database, secret_file, orders, clock=caller.clock)
        with caller.begin(write=True) as work:
            work.audit(RETENTION_RUN, due=len(due), held=len(held), erased=erased)
            work.commit()
    return RetentionResult(due, held, erased)


def order_due(work: Work, school_id: int) -> tuple[list[int], int]:
    """Order whatever of a school is past its time and not held, within a use case under way.

    Return the numbers of the orders and how many records are held.
    """
    orders, held = [], 0
    for record in _find_aged(work.session, until=day_in_london(work.now), school_id=school_id):
        if record.is_held:
            held += 1
            continue
        try:
            orders.append(order_within(work, school_id, record.pupil_id, ErasureReason.RETENTION))
        except (InvalidEntry, Conflict, NotFound):
            continue  # held, ordered or erased since it was found
    return orders, held


def count_due(work: Work, local_authority_id: int) -> int:
    """Return how many records of an authority's schools a run would erase now."""
    aged = _find_aged(
        work.session, until=day_in_london(work.now), local_authority_id=local_authority_id
    )
    return sum(not record.is_held for record in aged)


def _find_aged(
    session: Session,
    *,
    until: date,
    school_id: int | None = None,
    local_authority_id: int | None = None,
) -> tuple[AgedRecord, ...]:
    """Return the records whose time is over on `until`, by school and number."""
    # A day of birth that covers everyone whose shortest time is over; a week for 29 February.
    born_by = birthday(until, -KEPT_UNTIL_AGE) + timedelta(days=7)
    found = find_aging(
        session, born_by=born_by, school_id=school_id, local_authority_id=local_authority_id
    )
    return tuple(record for record in map(_aged, found) if record.kept_until <= until)


def _aged(record: AgingRecord) -> AgedRecord:
    until = kept_until(
        record.date_of_birth,
        had_needs=record.had_needs,
        was_looked_after=record.was_looked_after,
    )
    return AgedRecord(record.school_id, record.pupil_id, until, record.is_held)


def _by_school(records: Iterable[AgedRecord]) -> list[tuple[int, tuple[AgedRecord, ...]]]:
    groups = groupby(records, key=lambda record: record.school_id)
    return [(school_id, tuple(group)) for school_id, group in groups]


def _overview(records: Sequence[AgedRecord], today: date) -> RetentionOverview:
    """Count records whose time is over today, or within a year."""
    due: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for record in records:
        if record.kept_until <= today:
            year = AcademicYear.containing(record.kept_until).start
            (held if record.is_held else due)[year] += 1
    return RetentionOverview(
        due=due.total(),
        held=held.total(),
        soon=len(records) - due.total() - held.total(),
        years=tuple(YearCount(year, due[year], held[year]) for year in sorted(due | held)),
    )


def _held_records(
    session: Session, school: School, records: Iterable[AgedRecord], today: date
) -> list[HeldRecord]:
    """Return each pupil once whom a hold keeps beyond the time, with the first such hold."""
    over = {
        record.pupil_id: record.kept_until
        for record in records
        if record.is_held and record.kept_until <= today
    }
    first: dict[int, HeldRecord] = {}
    for hold, surname, forenames, _who in find_holds(session, school.id):
        if hold.pupil_id in over and hold.pupil_id not in first:
            first[hold.pupil_id] = HeldRecord(
                school.laestab,
                school.name,
                hold.pupil_id,
                f"{surname}, {forenames}",
                over[hold.pupil_id],
                hold.placed_at,
            )
    return list(first.values())
