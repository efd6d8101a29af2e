"""A batch of reports: for each school every report asked for, as files in one folder.

A second run into the same folder makes only what is missing, was altered, or whose school has
other data by now. Whatever goes wrong with one file is noted in the manifest, and the others are
made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.report_batches import BatchRequest
from pupiltrack_core.reports.batch_folder import (
    BatchFolder,
    DiskFull,
    FileState,
    ManifestRow,
    open_folder,
)
from pupiltrack_core.reports.batch_making import MadeFile, MadeSchool, SchoolTask
from pupiltrack_core.reports.batch_workers import Workers
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.report_batches import schools_of
from pupiltrack_core.services.schools import SchoolChoice


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come: files dealt with of all there are, and how many failed."""

    total: int
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a batch did: files by what became of them, and the rows of those that failed.

    `was_stopped` says that it was cancelled before the end.
    """

    total: int
    counts: Counter[FileState]
    failed: tuple[ManifestRow, ...]
    was_stopped: bool = False


@dataclass
class _Tally:
    total: int
    counts: Counter[FileState] = field(default_factory=Counter)
    failed: list[ManifestRow] = field(default_factory=list)

    def add(self, row: ManifestRow) -> None:
        self.counts[FileState(row.state)] += 1
        if row.state == FileState.FAILED:
            self.failed.append(row)

    @property
    def progress(self) -> Progress:
        return Progress(self.total, self.counts.total(), len(self.failed))


def run_batch(
    caller: Caller,
    request: BatchRequest,
    folder: Path,
    *,
    workers: Workers,
    local_authority_id: int | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> BatchOutcome:
    """Make the files of a batch in `folder`, with the rights of the caller, and its manifest.

    The schools are those in the caller's reach, of one local authority where it is given.
    `on_progress` is told after each school, and `should_stop` asked; what is made by then stays.
    Raises `NotFound` for schools out of reach, `Conflict` while another batch writes into the
    folder, `InvalidEntry` where it cannot be used, and `DiskFull`, saying how to go on.
    """
    schools = schools_of(caller, request, local_authority_id=local_authority_id)
    by_number = {school.laestab: school for school in schools}
    tally = _Tally(len(schools) * len(request.items))
    was_stopped = False
    with open_folder(folder) as held:
        try:
            on_progress(tally.progress)
            for made in _empty_schools(schools, request):
                _keep(held, tally, made, by_number[made.task.laestab])
            tasks = _tasks(held, schools, request, caller.account_id)
            with closing(workers.make(tasks)) as results:
                for made in results:
                    _keep(held, tally, made, by_number[made.task.laestab])
                    on_progress(tally.progress)
                    if should_stop():
                        was_stopped = True
                        break
            held.finish()
        except DiskFull as error:
            with suppress(DiskFull, OSError):
                held.finish()
            raise DiskFull(
                f"The disk is full. {tally.progress.done} of {tally.total} files are done and "
                "stay; free some space and run the same batch again, which makes only the rest."
            ) from error
    return BatchOutcome(tally.total, tally.counts, tuple(tally.failed), was_stopped)


def _tasks(
    held: BatchFolder,
    schools: Sequence[SchoolChoice],
    request: BatchRequest,
    account_id: int | None,
) -> Iterator[SchoolTask]:
    for school in schools:
        if request.academic_year not in school.academic_years:
            continue
        paths = [request.path_of(item, school.laestab) for item in request.items]
        known = {path: row.inputs for path, row in held.intact(paths).items()}
        yield SchoolTask(school.school_id, school.laestab, request, known, account_id)


def _empty_schools(schools: Sequence[SchoolChoice], request: BatchRequest) -> Iterator[MadeSchool]:
    year = AcademicYear(request.academic_year).label
    for school in schools:
        if request.academic_year not in school.academic_years:
            task = SchoolTask(school.school_id, school.laestab, request)
            reason = f"The school has no pupils in {year}."
            yield MadeSchool(
                task,
                tuple(MadeFile(item, FileState.LEFT_OUT, reason=reason) for item in request.items),
            )


def _keep(held: BatchFolder, tally: _Tally, made: MadeSchool, school: SchoolChoice) -> None:
    for file in made.files:
        path = made.task.request.path_of(file.item, school.laestab)
        row = ManifestRow(
            path=path,
            laestab=school.laestab,
            school=school.name,
            report=file.item.report.label,
            state=file.state,
            inputs=file.inputs,
            reason=file.reason,
        )
        if file.state is FileState.KEPT:
            row = held.keep(row)
        elif file.state is FileState.WRITTEN:
            try:
                row = held.write(row, file.content)
            except DiskFull:
                raise
            except OSError as error:
                reason = f"The file could not be written: {error.strerror}."
                row = held.note(replace(row, state=FileState.FAILED, inputs="", reason=reason))
        else:
            row = held.note(row)
        tally.add(row)
