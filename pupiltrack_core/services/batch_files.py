"""The files of batches of reports, and whether one waits to be made: what the server asks.

Nothing here or below loads pandas: the server answers on every request.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pupiltrack_core.access import Action
from pupiltrack_core.errors import NotFound
from pupiltrack_core.services.audit_actions import AuditAction
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.sign_in_policy import DEFAULT_POLICY, SignInPolicy
from pupiltrack_core.storage import batch_jobs as jobs
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.report_models import BatchJob

KEPT_FOR = timedelta(hours=24)
# A maker says that it is alive after each school; one that is silent for so long has died.
SILENT_FOR = timedelta(minutes=3)
_GONE = (
    "This file is not there, or it is not yours. Files of a batch are kept for a day: go back to "
    "the page and ask for the batch again."
)


@dataclass(frozen=True, slots=True)
class BatchFile:
    """The ZIP file of a batch to send."""

    path: Path
    file_name: str


def collect_batch(
    database: Database,
    session_id: int,
    job_id: int,
    folder: Path,
    *,
    now: datetime,
    policy: SignInPolicy = DEFAULT_POLICY,
) -> BatchFile:
    """Return the ZIP file of a batch for a live session; that it was taken is in the audit first.

    `folder` is that of all batches. Raises `NotFound` for a batch that is not finished, whose day
    is over, or of another authority; `NotSignedIn` and `AccessDenied` as ever.
    """
    caller = Caller.for_session(database, session_id, policy=policy, clock=lambda: now)
    with caller.begin(write=True, act=True) as work:
        job = own_job(work, job_id)
        path = folder / f"{job.folder}.zip"
        if job.state != jobs.FINISHED or job.folder is None or not path.is_file():
            raise NotFound(_GONE)
        size = path.stat().st_size
        work.audit(
            AuditAction.FILE_FETCHED,
            local_authority_id=job.local_authority_id,
            kind="batch of reports",
            batch=job.id,
            bytes=size,
        )
        work.commit()
        return BatchFile(path, f"reports-{job.id}.zip")


def has_batch_to_make(database: Database, now: datetime) -> bool:
    """Whether a batch waits to be made, or one whose maker has died."""
    with database.unit_of_work() as unit:
        return jobs.has_claimable(unit.session, silent_since=now - SILENT_FOR)


def remove_old_batches(database: Database, folder: Path, now: datetime) -> None:
    """Remove what is left in `folder` of batches whose day is over."""
    with database.unit_of_work() as unit:  # mostly there is none, and nobody is made to wait
        if not jobs.find_expired(unit.session, finished_before=now - KEPT_FOR):
            return
    with database.unit_of_work(write=True) as unit:
        for job in jobs.find_expired(unit.session, finished_before=now - KEPT_FOR):
            (folder / f"{job.folder}.zip").unlink(missing_ok=True)
            shutil.rmtree(folder / str(job.folder), ignore_errors=True)
            job.folder = None
        unit.commit()


def own_job(work: Work, job_id: int, *, lock: bool = False) -> BatchJob:
    """Return a batch of an authority over which the person may export; raise `NotFound` else."""
    job = jobs.find_job(work.session, job_id, lock=lock)
    if job is None:
        raise NotFound(_GONE)
    if job.local_authority_id not in work.principal.local_authority_ids:
        work.note_refusal(Action.EXPORT, local_authority_id=job.local_authority_id)
        raise NotFound(_GONE)  # in the same words as for one that is not there
    work.require_over_authority(Action.EXPORT, job.local_authority_id)
    return job
