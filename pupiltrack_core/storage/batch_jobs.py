"""Batches of reports asked for on the portal: the queue, and how far each has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update
from sqlalchemy.orm import Session

from pupiltrack_core.storage.models import UserAccount
from pupiltrack_core.storage.report_models import BatchJob

WAITING, RUNNING, FINISHED = "waiting", "running", "finished"
CANCELLED, FAILED = "cancelled", "failed"


def add_job(
    session: Session,
    *,
    local_authority_id: int,
    asked_by: int,
    asked_at: datetime,
    request: Mapping[str, Any],
) -> BatchJob:
    """Put a batch at the end of the queue."""
    job = BatchJob(
        local_authority_id=local_authority_id,
        asked_by=asked_by,
        asked_at=asked_at,
        request=dict(request),
        state=WAITING,
        total=0,
        done=0,
        failed=0,
    )
    session.add(job)
    session.flush()
    return job


def find_job(session: Session, job_id: int, *, lock: bool = False) -> BatchJob | None:
    """Return a batch; with `lock` no other transaction changes it."""
    query = select(BatchJob).where(BatchJob.id == job_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def find_jobs(
    session: Session, local_authority_id: int, *, most: int
) -> Sequence[tuple[BatchJob, str]]:
    """Return the latest batches of an authority, newest first, with who asked for each."""
    rows = session.execute(
        select(BatchJob, UserAccount.display_name)
        .join(UserAccount, UserAccount.id == BatchJob.asked_by)
        .where(BatchJob.local_authority_id == local_authority_id)
        .order_by(BatchJob.id.desc())
        .limit(most)
    )
    return [(job, name) for job, name in rows]


def count_unfinished(session: Session, local_authority_id: int) -> int:
    """Return how many batches of an authority wait or are being made."""
    query = (
        select(func.count())
        .select_from(BatchJob)
        .where(
            BatchJob.local_authority_id == local_authority_id,
            BatchJob.state.in_((WAITING, RUNNING)),
        )
    )
    return session.scalar(query) or 0


def has_claimable(session: Session, *, silent_since: datetime) -> bool:
    """Whether a batch waits, or is one whose maker was last heard of before `silent_since`."""
    query = select(literal(1)).select_from(BatchJob).where(_is_claimable(silent_since)).limit(1)
    return session.scalar(query) is not None


def claim_job(session: Session, *, now: datetime, silent_since: datetime) -> BatchJob | None:
    """Return the oldest batch to be made and note that it is; None where there is none.

    Of several that ask at the same moment each gets another.
    """
    job = session.scalar(
        select(BatchJob)
        .where(_is_claimable(silent_since))
        .order_by(BatchJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        return None
    job.state, job.heartbeat_at = RUNNING, now
    job.started_at = job.started_at or now
    session.flush()
    return job


def update_progress(
    session: Session, job_id: int, *, total: int, done: int, failed: int, at: datetime
) -> bool:
    """Note how far a batch is; return whether it is to go on: nobody has cancelled it."""
    changed = session.execute(
        update(BatchJob)
        .where(BatchJob.id == job_id, BatchJob.state == RUNNING, BatchJob.cancelled_at.is_(None))
        .values(total=total, done=done, failed=failed, heartbeat_at=at)
        .returning(BatchJob.id)
    )
    return changed.scalar() is not None


def find_expired(session: Session, *, finished_before: datetime) -> Sequence[BatchJob]:
    """Return the batches that are over since then and still have a folder."""
    return session.scalars(
        select(BatchJob).where(
            BatchJob.folder.is_not(None),
            BatchJob.finished_at < finished_before,
        )
    ).all()


def _is_claimable(silent_since: datetime) -> ColumnElement[bool]:
    return or_(
        BatchJob.state == WAITING,
        and_(BatchJob.state == RUNNING, BatchJob.heartbeat_at < silent_since),
    )
