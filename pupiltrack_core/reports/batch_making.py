"""Making the files of one school: what a batch does in a process of its own, here or elsewhere.

What goes in and comes out can travel between machines: plain values, and the files as bytes.
"""

from __future__ import annotations

import logging
import secrets
import signal
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import version

from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.report_batches import BatchItem, BatchRequest, FileKind, ReportKind
from pupiltrack_core.domain.venn import REGIONS
from pupiltrack_core.errors import NotSignedIn, StorageUnavailable, UserFacingError
from pupiltrack_core.reports.batch_folder import FileState
from pupiltrack_core.reports.full_report_workbook import full_report_workbook
from pupiltrack_core.reports.matrix_files import matrix_pdf, matrix_workbook
from pupiltrack_core.reports.pack import Audience, pack_pdf, usual_layers
from pupiltrack_core.reports.pdf import full_report_pdf, venn_pdf
from pupiltrack_core.reports.transition import transition_pdf
from pupiltrack_core.reports.transition_workbook import transition_workbook
from pupiltrack_core.reports.typesetter import warm_up
from pupiltrack_core.reports.venn_workbook import venn_workbook
from pupiltrack_core.services.accounts import open_database
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.pupil_matrix import pupil_matrix
from pupiltrack_core.services.report_batches import inputs_of_school
from pupiltrack_core.settings import load_settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchoolTask:
    """The files of one school that a batch wants.

    `known` are the digests of the files that are there already, by path. `account_id` is whose
    rights it is done with, None for the operator's. The school is named twice, so that a database
    that is another is found out.
    """

    school_id: int
    laestab: str
    request: BatchRequest
    known: Mapping[str, str] = field(default_factory=dict)
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class MadeFile:
    """What became of one file; `content` is there when it is to be written."""

    item: BatchItem
    state: FileState
    inputs: str = ""
    reason: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class MadeSchool:
    """What became of the files of a school, in the order of the request's items."""

    task: SchoolTask
    files: tuple[MadeFile, ...]


_opened: dict[str, Caller] = {}
_Make = Callable[[Caller, CohortSelection, bool], bytes]


def begin_process(database_url: str) -> None:
    """Ready a process of our own: the database open, the typesetter warm, Ctrl-C left to others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _operator(database_url)
    warm_up()


def make_school(task: SchoolTask, database_url: str | None = None) -> MadeSchool:
    """Return the files of a school that are not there already, of the inputs as they are now.

    The database is the one of this machine's settings where no address is given. A report with
    nothing to tell is left out; any other fault is that of its file alone. Raises `NotSignedIn`
    when the account is not active any more.
    """
    caller = _operator(database_url or load_settings().database_url)
    if task.account_id is not None:
        caller = Caller.for_account(caller.database, task.account_id)
    request = task.request
    try:
        held = inputs_of_school(caller, task.school_id, task.laestab)
    except NotSignedIn:
        raise
    except UserFacingError as error:
        return not_made(task, str(error))
    selection = CohortSelection(
        request.academic_year, school_id=task.school_id, years=request.years
    )
    return MadeSchool(
        task, tuple(_make(caller, task, item, selection, held) for item in request.items)
    )


def not_made(task: SchoolTask, reason: str) -> MadeSchool:
    """Return a school of whose files none could be made."""
    files = (MadeFile(item, FileState.FAILED, reason=reason) for item in task.request.items)
    return MadeSchool(task, tuple(files))


def inputs_of(school_digest: str, request: BatchRequest, item: BatchItem) -> str:
    """Return the digest of all that one file is made of: data, request, this version."""
    parts = (school_digest, request.path_of(item, ""), item.report.value, _version())
    return sha256("\n".join(parts).encode()).hexdigest()


def _make(
    caller: Caller, task: SchoolTask, item: BatchItem, selection: CohortSelection, held: str
) -> MadeFile:
    inputs = inputs_of(held, task.request, item)
    if task.known.get(task.request.path_of(item, task.laestab)) == inputs:
        return MadeFile(item, FileState.KEPT, inputs)
    try:
        content = _MAKERS[item](caller, selection, task.request.lists_pupils(item.report))
    except NotSignedIn:
        raise
    except StorageUnavailable as error:
        return MadeFile(item, FileState.FAILED, reason=str(error))
    except UserFacingError as error:
        return MadeFile(item, FileState.LEFT_OUT, reason=str(error))
    except Exception as error:  # noqa: BLE001 - one file that fails must not end the others
        return MadeFile(item, FileState.FAILED, reason=_fault(error))
    return MadeFile(item, FileState.WRITTEN, inputs, content=content)


def _fault(error: Exception) -> str:
    """Log a fault of ours without its text, which could hold a child's data; return a reference."""
    reference = secrets.token_hex(4).upper()
    places = "; ".join(
        f"{frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    _log.error("Reference %s: %s at %s", reference, type(error).__name__, places)
    return f"It could not be made: {type(error).__name__} (reference {reference} in the log)."


def _operator(database_url: str) -> Caller:
    if database_url not in _opened:
        _opened[database_url] = Caller.for_operator(open_database(database_url))
    return _opened[database_url]


@cache
def _version() -> str:
    return version("pupiltrack")


def _full_pdf(caller: Caller, selection: CohortSelection, names: bool) -> bytes:
    return full_report_pdf(caller, selection, include_names=names)


def _full_workbook(caller: Caller, selection: CohortSelection, names: bool) -> bytes:
    return full_report_workbook(caller, selection, include_names=names)


def _matrix_pdf(caller: Caller, selection: CohortSelection, _names: bool) -> bytes:
    return matrix_pdf(caller, pupil_matrix(caller, selection, usual_layers(selection)))


def _matrix_workbook(caller: Caller, selection: CohortSelection, _names: bool) -> bytes:
    matrix = pupil_matrix(caller, selection, usual_layers(selection))
    return matrix_workbook(caller, matrix)


def _venn_pdf(caller: Caller, selection: CohortSelection, names: bool) -> bytes:
    return venn_pdf(caller, selection, kind=None, region_names=REGIONS if names else ())


def _venn_workbook(caller: Caller, selection: CohortSelection, names: bool) -> bytes:
    return venn_workbook(caller, selection, include_names=names)


def _transition_pdf(caller: Caller, selection: CohortSelection, names: bool) -> bytes:
    return transition_pdf(caller, selection, include_names=names)


def _transition_workbook(caller: Caller, selection: CohortSelection, names: bool) -> bytes:
    return transition_workbook(caller, selection, include_names=names)


def _head_pdf(caller: Caller, selection: CohortSelection, _names: bool) -> bytes:
    return pack_pdf(caller, selection, audience=Audience.HEAD)


def _governors_pdf(caller: Caller, selection: CohortSelection, _names: bool) -> bytes:
    return pack_pdf(caller, selection, audience=Audience.GOVERNORS)


_MAKERS: Mapping[BatchItem, _Make] = {
    BatchItem(ReportKind.FULL, FileKind.PDF): _full_pdf,
    BatchItem(ReportKind.FULL, FileKind.XLSX): _full_workbook,
    BatchItem(ReportKind.MATRIX, FileKind.PDF): _matrix_pdf,
    BatchItem(ReportKind.MATRIX, FileKind.XLSX): _matrix_workbook,
    BatchItem(ReportKind.VENN, FileKind.PDF): _venn_pdf,
    BatchItem(ReportKind.VENN, FileKind.XLSX): _venn_workbook,
    BatchItem(ReportKind.TRANSITION, FileKind.PDF): _transition_pdf,
    BatchItem(ReportKind.TRANSITION, FileKind.XLSX): _transition_workbook,
    BatchItem(ReportKind.HEAD, FileKind.PDF): _head_pdf,
    BatchItem(ReportKind.GOVERNORS, FileKind.PDF): _governors_pdf,
}
