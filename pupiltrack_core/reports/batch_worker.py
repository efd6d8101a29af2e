"""The process that makes the batches of the portal, as a program of its own.

The portal starts it when a batch waits. It makes one after the other and ends when none is left. It
runs beside people's pages, so it is content with what they leave of the machine. Told to end, it
puts its batch back into the queue; the files made so far stay, and the next one goes on from there.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import zipfile
from pathlib import Path
from types import FrameType

from pupiltrack_core.access import Action
from pupiltrack_core.errors import Conflict, PupilTrackError, UserFacingError
from pupiltrack_core.reports.batch import BatchOutcome, Progress, run_batch
from pupiltrack_core.reports.batch_folder import MANIFEST, FileState
from pupiltrack_core.reports.batch_workers import LocalProcesses, Workers
from pupiltrack_core.services.accounts import open_database, utc_now
from pupiltrack_core.services.batch_jobs import (
    ClaimedJob,
    claim_batch,
    end_batch,
    give_batch_back,
    note_batch_progress,
)
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.settings import load_settings
from pupiltrack_core.storage.engine import Database

_NICE = 10
_log = logging.getLogger(__name__)


class _ToldToEnd(BaseException):
    """SIGTERM; no `except Exception` on the way may take it for a fault."""


def main() -> None:
    """Make what is in the queue, until it is empty."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, _end)
    os.nice(_NICE)
    try:
        settings = load_settings()
        database = open_database(settings.database_url)
    except PupilTrackError as error:
        raise SystemExit(f"No batch was made. {error}") from error
    try:
        workers = LocalProcesses(settings.database_url, processes=1)
        while make_next(database, settings.batch_folder, workers):
            pass
    except _ToldToEnd:
        _log.info("Told to end; a batch under way is put back.")
    finally:
        database.dispose()


def make_next(database: Database, folder: Path, workers: Workers) -> bool:
    """Make the oldest batch of the queue; return whether there was one.

    `folder` is that of all batches. What goes wrong is noted at the batch.
    """
    job = claim_batch(database, utc_now())
    if job is None:
        return False
    own = folder / job.folder
    fault, message = None, ""
    try:
        outcome = _run(database, job, own, workers)
        if not outcome.was_stopped:
            _pack(own)
            message = _summary(outcome)
    except (_ToldToEnd, KeyboardInterrupt):
        give_batch_back(database, job.id)
        raise
    except Conflict:  # another maker is at it after all, only slow
        return False
    except UserFacingError as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - nobody waits for an answer; the batch is told
        _log.error("Batch %d failed: %s", job.id, type(error).__name__)
        fault = "It could not be made because of a fault on our side. Ask for it again."
    end_batch(database, job.id, now=utc_now(), fault=fault, message=message)
    # What was made is in the ZIP file by now, or not wanted.
    shutil.rmtree(own, ignore_errors=True)
    return True


def _run(database: Database, job: ClaimedJob, own: Path, workers: Workers) -> BatchOutcome:
    caller = Caller.for_account(database, job.asked_by)
    goes_on = True

    def note(progress: Progress) -> None:
        nonlocal goes_on
        with caller.begin() as work:  # whoever lost the role meanwhile gets no further
            work.require_over_authority(Action.EXPORT, job.local_authority_id)
        goes_on = note_batch_progress(
            database,
            job.id,
            total=progress.total,
            done=progress.done,
            failed=progress.failed,
            now=utc_now(),
        )

    return run_batch(
        caller,
        job.request,
        own,
        workers=workers,
        local_authority_id=job.local_authority_id,
        on_progress=note,
        should_stop=lambda: not goes_on,
    )


def _pack(own: Path) -> None:
    """Put what a batch made into one ZIP file beside its folder, whole or not at all."""
    target = own.with_name(f"{own.name}.zip")
    draft = own.with_name(f"{own.name}.zip.draft")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # The files are compressed already.
        with os.fdopen(handle, "wb") as out, zipfile.ZipFile(out, "w") as packed:
            packed.write(own / MANIFEST, MANIFEST)
            for path in sorted(own.glob("*/*")):
                packed.write(path, str(path.relative_to(own)))
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _NotPacked(
            "The files were made but there was no room for the ZIP file. Nothing was kept; ask the "
            "portal's administrator to free some space, and ask for the batch again."
        ) from error


class _NotPacked(UserFacingError):
    """The ZIP file could not be written."""


def _summary(outcome: BatchOutcome) -> str:
    counts = outcome.counts
    parts = [f"{counts[FileState.WRITTEN] + counts[FileState.KEPT]} files"]
    if counts[FileState.LEFT_OUT]:
        parts.append(f"{counts[FileState.LEFT_OUT]} left out, having nothing to report")
    if counts[FileState.FAILED]:
        parts.append(f"{counts[FileState.FAILED]} failed; the manifest says why")
    return f"{', '.join(parts)}."


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _ToldToEnd


if __name__ == "__main__":
    main()
