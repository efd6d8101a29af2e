"""A run over an authority's schools: ordered at a page, done by the server, school after school.

Processes of pages hold no secret and end with the page. The server does one school at a time, with
the rights of whoever ordered the run as they are at that moment; how far it is stands in the
database with what orders it placed, so that a server that stops goes on where it was. Cancelling
ends it before the next school: what has been erased by then does not come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pupiltrack_core.access import Action
from pupiltrack_core.errors import AccessDenied, Conflict, InvalidEntry, NotFound, NotSignedIn
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.erasure import ErasureReason, carry_out_orders
from pupiltrack_core.services.retention import RETENTION_RUN, count_due, order_due
from pupiltrack_core.services.sign_in_policy import Clock, utc_now
from pupiltrack_core.services.tombstones import tombstone_key
from pupiltrack_core.storage.account_models import RetentionRun
from pupiltrack_core.storage.duties import (
    claim_run,
    count_of_run,
    count_schools,
    find_next_school,
    find_oldest_run,
    find_runs,
)
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.models import LocalAuthority

RUN_ORDERED, RUN_CANCELLED = "retention run ordered", "retention run cancelled"
MOST_SHOWN = 10
_NO_RIGHT = "Whoever ordered it may no longer do so; it ended there."


@dataclass(frozen=True, slots=True)
class RunState:
    """A run as the page shows it: how many schools are done of how many, and what became of it.

    `due` is what was found when it was ordered, `held` what was held at the schools that are done.
    """

    run_id: int
    asked_by: str
    asked_at: datetime
    schools: int
    schools_done: int
    due: int
    held: int
    erased: int
    is_cancelled: bool
    is_over: bool
    message: str


def order_retention(caller: Caller, local_authority_id: int, *, expected: int) -> int:
    """Have what is past its time erased at an authority's schools; return the run's number.

    `expected` is the number of records the person was shown and has confirmed. Raise `Conflict`
    where there are more or fewer by now, or a run is under way, `InvalidEntry` where nothing is
    past its time, and `NotFound` and `AccessDenied` for people who may not.
    """
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.KEEP_DUTIES, local_authority_id)
        if work.user_id is None:
            raise InvalidEntry(
                "At the command line, use `pupiltrack retention --apply`. Nothing was erased.",
                field="confirm",
            )
        # Of two who order at once, one is second.
        work.session.get_one(LocalAuthority, local_authority_id, with_for_update=True)
        if any(
            run.finished_at is None
            for run, _ in find_runs(work.session, local_authority_id, most=1)
        ):
            raise Conflict("A run is under way already. Nothing more was ordered.")
        due = count_due(work, local_authority_id)
        if due != expected:
            raise Conflict(
                f"There were {expected} records past their time and there are {due} now. Nothing "
                "was erased. Look at the table again, then confirm."
            )
        if not due:
            raise InvalidEntry(
                "No record is past its time, or each is held. Nothing was erased.", field="confirm"
            )
        run = RetentionRun(
            local_authority_id=local_authority_id,
            asked_by=work.user_id,
            asked_at=work.now,
            schools=count_schools(work.session, local_authority_id),
            due=due,
        )
        work.session.add(run)
        work.session.flush()
        work.audit(RUN_ORDERED, local_authority_id=local_authority_id, run=run.id, due=due)
        work.commit()
        return run.id


def retention_runs_of(caller: Caller, local_authority_id: int) -> tuple[RunState, ...]:
    """Return the latest runs of an authority, newest first.

    Raise `NotFound` and `AccessDenied` for people who do not carry out its duties.
    """
    with caller.begin() as work:
        work.require_over_authority(Action.KEEP_DUTIES, local_authority_id)
        found = find_runs(work.session, local_authority_id, most=MOST_SHOWN)
        return tuple(_state_of(work, run, name) for run, name in found)


def cancel_retention(caller: Caller, local_authority_id: int, run_id: int) -> bool:
    """End a run before its next school; return False where it was over already.

    Raise `NotFound` for a run of another authority, otherwise as `retention_runs_of`.
    """
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.KEEP_DUTIES, local_authority_id)
        run = work.session.get(RetentionRun, run_id, with_for_update=True)
        if run is None or run.local_authority_id != local_authority_id:
            raise NotFound("There is no such run.")
        if run.finished_at is not None:
            return False
        if run.cancelled_at is None:
            run.cancelled_at = work.now
            work.audit(RUN_CANCELLED, local_authority_id=local_authority_id, run=run.id)
        work.commit()
        return True


def advance_retention(database: Database, secret_file: Path, *, clock: Clock = utc_now) -> bool:
    """Do one school of the oldest run; return whether to ask again at once.

    For the server, which asks until there is nothing to do or another server is at it. Raises as
    `erasure.carry_out_erasures`.
    """
    with Caller.for_operator(database, clock=clock).begin() as work:
        run = find_oldest_run(work.session)
    if run is None:
        return False
    tombstone_key(secret_file)  # before anything is ordered
    try:
        orders = _order_next_school(Caller.for_account(database, run.asked_by, clock=clock), run.id)
    except (NotSignedIn, AccessDenied, NotFound):
        with Caller.for_operator(database, clock=clock).begin(write=True) as work:
            claimed = claim_run(work.session, run.id)
            if claimed is not None:
                _end(work, claimed, message=_NO_RIGHT)
            work.commit()
        return claimed is not None
    if orders:
        carry_out_orders(database, secret_file, orders, clock=clock)
    return orders is not None


def _order_next_school(caller: Caller, run_id: int) -> list[int] | None:
    """Order what is due at the next school, or end the run; None where there is to be waited."""
    with caller.begin(write=True) as work:
        run = claim_run(work.session, run_id)
        if run is None:
            return None
        work.require_over_authority(Action.KEEP_DUTIES, run.local_authority_id)
        orders: list[int] = []
        school_id = None if run.cancelled_at else find_next_school(work.session, run)
        if school_id is not None:
            orders, held = order_due(work, school_id)
            run.after_school = school_id
            run.schools_done += 1
            run.held += held
        elif _counts(work, run)[0]:
            return None  # another server, or the next round, carries out what it ordered
        else:
            _end(work, run)
        work.commit()
    return orders


def _end(work: Work, run: RetentionRun, *, message: str | None = None) -> None:
    run.erased = _counts(work, run)[1]
    run.finished_at, run.message = work.now, message
    work.audit(
        RETENTION_RUN,
        local_authority_id=run.local_authority_id,
        run=run.id,
        schools=run.schools_done,
        due=run.due,
        held=run.held,
        erased=run.erased,
        cancelled=run.cancelled_at is not None,
    )


def _counts(work: Work, run: RetentionRun) -> tuple[int, int]:
    return count_of_run(work.session, run, why=str(ErasureReason.RETENTION))


def _state_of(work: Work, run: RetentionRun, asked_by: str) -> RunState:
    is_over = run.finished_at is not None
    return RunState(
        run_id=run.id,
        asked_by=asked_by,
        asked_at=run.asked_at,
        schools=run.schools,
        schools_done=run.schools_done,
        due=run.due,
        held=run.held,
        erased=run.erased if is_over else _counts(work, run)[1],
        is_cancelled=run.cancelled_at is not None,
        is_over=is_over,
        message=run.message or "",
    )
