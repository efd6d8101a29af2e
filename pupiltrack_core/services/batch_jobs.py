"""Batches of reports asked for on the portal: asking, watching, cancelling, making.

A batch is made by a process of its own, which takes the oldest from the queue and works with the
rights of whoever asked, as they are at that moment. What it makes stands in a private folder as one
ZIP file, for a day. Pupils are listed in none of the reports: hundreds of schools' names do not
belong in one file. Fetching it is `services.batch_files`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from pupiltrack_core.access import Action
from pupiltrack_core.domain.report_batches import BatchRequest, ReportKind
from pupiltrack_core.errors import InvalidEntry
from pupiltrack_core.services.batch_files import KEPT_FOR, SILENT_FOR, own_job
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_batches import schools_of
from pupiltrack_core.storage import batch_jobs as jobs
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.report_models import BatchJob

BATCH_ASKED, BATCH_CANCELLED = "batch asked for", "batch cancelled"
# A batch whose makers die over and over is given up.
TRIED_FOR = timedelta(hours=6)
MOST_WAITING, MOST_SHOWN = 3, 20
OFFERED = tuple(kind for kind in ReportKind if not kind.lists_pupils)
_NOTHING = "Nothing was made."


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch as the page shows it: `what` it makes in words; times are aware.

    It can be fetched until `kept_until`.
    """

    id: int
    what: str
    asked_by: str
    asked_at: datetime
    state: str
    total: int
    done: int
    failed: int
    message: str
    is_being_cancelled: bool
    kept_until: datetime | None

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in (jobs.WAITING, jobs.RUNNING)

    @property
    def can_fetch(self) -> bool:
        """Whether its file is there."""
        return self.state == jobs.FINISHED and self.kept_until is not None


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A batch to be made, and the name of its folder within the folder of all batches."""

    id: int
    local_authority_id: int
    asked_by: int
    request: BatchRequest
    folder: str


def ask_for_batch(caller: Caller, local_authority_id: int, request: BatchRequest) -> int:
    """Put a batch into the queue and return its number.

    Raises `NotFound` or `AccessDenied` unless the person may export over the authority and for
    schools that are not there, `InvalidEntry` for reports that list pupils and while three batches
    of the authority are not finished.
    """
    if request.with_names or not set(request.reports) <= set(OFFERED):
        raise InvalidEntry(
            f"Lists of pupils are made one school at a time, on the report's own page. {_NOTHING}",
            field="reports",
        )
    schools_of(caller, request, local_authority_id=local_authority_id)
    with caller.begin(write=True, act=True) as work:
        work.require_over_authority(Action.EXPORT, local_authority_id)
        if work.user_id is None:
            raise InvalidEntry(
                f"At the command line, use `pupiltrack report batch`. {_NOTHING}", field="reports"
            )
        if jobs.count_unfinished(work.session, local_authority_id) >= MOST_WAITING:
            raise InvalidEntry(
                f"{MOST_WAITING} batches are not finished yet, which is the most. Wait for one, or "
                f"cancel it. {_NOTHING}",
                field="reports",
            )
        job = jobs.add_job(
            work.session,
            local_authority_id=local_authority_id,
            asked_by=work.user_id,
            asked_at=work.now,
            request=request.to_json(),
        )
        work.audit(
            BATCH_ASKED,
            local_authority_id=local_authority_id,
            batch=job.id,
            reports=len(request.reports),
            academic_year=request.academic_year,
        )
        work.commit()
        return job.id


def batches_of(caller: Caller, local_authority_id: int) -> tuple[BatchState, ...]:
    """Return the latest batches of an authority, newest first; raises as `ask_for_batch`."""
    with caller.begin() as work:
        work.require_over_authority(Action.EXPORT, local_authority_id)
        found = jobs.find_jobs(work.session, local_authority_id, most=MOST_SHOWN)
        return tuple(_state_of(job, name) for job, name in found)


def cancel_batch(caller: Caller, job_id: int) -> bool:
    """Cancel a batch; one that is being made ends after the school it is at, and leaves nothing.

    Return False where it was over already. Raises `NotFound` or `AccessDenied` for another's.
    """
    with caller.begin(write=True, act=True) as work:
        job = own_job(work, job_id, lock=True)
        if job.state not in (jobs.WAITING, jobs.RUNNING):
            return False
        job.cancelled_at = job.cancelled_at or work.now
        if job.state == jobs.WAITING:
            job.state, job.finished_at = jobs.CANCELLED, work.now
        work.audit(BATCH_CANCELLED, local_authority_id=job.local_authority_id, batch=job.id)
        work.commit()
        return True


# --- what the process that makes them asks -------------------------------------------------------


def claim_batch(database: Database, now: datetime) -> ClaimedJob | None:
    """Take the oldest batch from the queue; None where there is none.

    One that was begun long ago and is not finished, or that another version asked for, fails.
    """
    while True:
        with database.unit_of_work(write=True) as unit:
            job = jobs.claim_job(unit.session, now=now, silent_since=now - SILENT_FOR)
            if job is None:
                return None
            job.folder = job.folder or f"{job.id}-{secrets.token_hex(8)}"
            started = job.started_at or now
            if now - started > TRIED_FOR:
                _end(job, jobs.FAILED, now, "It was begun again and again and never ended.")
                unit.commit()
                continue
            try:
                request = BatchRequest.from_json(job.request)
            except InvalidEntry as error:
                _end(job, jobs.FAILED, now, str(error))
                unit.commit()
                continue
            unit.commit()
            return ClaimedJob(job.id, job.local_authority_id, job.asked_by, request, job.folder)


def note_batch_progress(
    database: Database, job_id: int, *, total: int, done: int, failed: int, now: datetime
) -> bool:
    """Note how far a batch is; return whether it is to go on."""
    with database.unit_of_work(write=True) as unit:
        goes_on = jobs.update_progress(
            unit.session, job_id, total=total, done=done, failed=failed, at=now
        )
        unit.commit()
    return goes_on


def end_batch(
    database: Database, job_id: int, *, now: datetime, fault: str | None = None, message: str = ""
) -> None:
    """Note that a batch is over: failed with a `fault`, else cancelled if somebody did, or made."""
    with database.unit_of_work(write=True) as unit:
        job = jobs.find_job(unit.session, job_id, lock=True)
        if job is not None and job.state == jobs.RUNNING:
            state = jobs.FINISHED if job.cancelled_at is None else jobs.CANCELLED
            _end(job, state if fault is None else jobs.FAILED, now, fault or message)
        unit.commit()


def give_batch_back(database: Database, job_id: int) -> None:
    """Put a batch that is being made back into the queue: its maker is told to end."""
    with database.unit_of_work(write=True) as unit:
        job = jobs.find_job(unit.session, job_id, lock=True)
        if job is not None and job.state == jobs.RUNNING:
            job.state = jobs.WAITING
        unit.commit()


def _end(job: BatchJob, state: str, now: datetime, message: str) -> None:
    job.state, job.finished_at = state, now
    job.message = message[:300] or None


def _state_of(job: BatchJob, asked_by: str) -> BatchState:
    try:
        what = BatchRequest.from_json(job.request).describe()
    except InvalidEntry:
        what = "A batch of another version of PupilTrack"
    until = None if job.finished_at is None or job.folder is None else job.finished_at + KEPT_FOR
    return BatchState(
        id=job.id,
        what=what,
        asked_by=asked_by,
        asked_at=job.asked_at,
        state=job.state,
        total=job.total,
        done=job.done,
        failed=job.failed,
        message=job.message or "",
        is_being_cancelled=job.state == jobs.RUNNING and job.cancelled_at is not None,
        kept_until=until,
    )
