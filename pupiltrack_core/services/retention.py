"""Erasing what is past its time: first told, then done, and never what is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from pupiltrack_core.access import Action
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.domain.retention import KEPT_UNTIL_AGE, birthday, kept_until
from pupiltrack_core.errors import Conflict, InvalidEntry, NotFound
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.erasure import ErasureReason, erase_at_once
from pupiltrack_core.storage.duties import AgingRecord, find_aging

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
class RetentionOverview:
    """How many records of a school are past their time, held beyond it, or due within a year."""

    due: int
    held: int
    soon: int


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
        found = find_aging(work.session, born_by=_born_by(today + SOON), school_id=school_id)
    aged = [_aged(record) for record in found]
    over = [record for record in aged if record.kept_until <= today]
    soon = [record for record in aged if today < record.kept_until <= today + SOON]
    held = sum(record.is_held for record in over)
    return RetentionOverview(due=len(over) - held, held=held, soon=len(soon))


def run_retention(caller: Caller, secret_file: Path, *, apply: bool) -> RetentionResult:
    """Find every record past its time and, with `apply`, erase those that are not held.

    For the operator. Each is erased in a transaction of its own, so that a run that is broken off
    goes on where it stopped; the run itself is audited.
    """
    with caller.begin() as work:
        today = day_in_london(work.now)
        found = find_aging(work.session, born_by=_born_by(today))
    aged = [record for record in map(_aged, found) if record.kept_until <= today]
    due = tuple(record for record in aged if not record.is_held)
    held = tuple(record for record in aged if record.is_held)
    erased = 0
    for record in due if apply else ():
        try:
            erase_at_once(
                caller, secret_file, record.school_id, record.pupil_id, ErasureReason.RETENTION
            )
        except (InvalidEntry, Conflict, NotFound):
            continue  # held, ordered or erased since it was found
        erased += 1
    if apply:
        with caller.begin(write=True) as work:
            work.audit(RETENTION_RUN, due=len(due), held=len(held), erased=erased)
            work.commit()
    return RetentionResult(due, held, erased)


def _born_by(day: date) -> date:
    """Return a day of birth that covers everyone whose shortest time is over by `day`.

    A week is added for 29 February; `kept_until` then says which of them it is.
    """
    return birthday(day, -KEPT_UNTIL_AGE) + timedelta(days=7)


def _aged(record: AgingRecord) -> AgedRecord:
    until = kept_until(
        record.date_of_birth,
        had_needs=record.had_needs,
        was_looked_after=record.was_looked_after,
    )
    return AgedRecord(record.school_id, record.pupil_id, until, record.is_held)
