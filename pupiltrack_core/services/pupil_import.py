"""Imports pupils: a preview of everything that would change, then acceptance of just that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.moving_up import carried_over
from pupiltrack_core.errors import (
    AccessDenied,
    Conflict,
    ImportFileError,
    ImportProblem,
    InvalidEntry,
)
from pupiltrack_core.interchange.pupil_template import ParsedFile, parse
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.import_frames import changes_frame, rows_frame
from pupiltrack_core.services.import_history import changes_by_import
from pupiltrack_core.services.known_pupils import load_known_pupils
from pupiltrack_core.services.pupil_plan import plan_import
from pupiltrack_core.services.pupil_records import (
    ImportPlan,
    KnownPupil,
    PlannedRow,
    RowStatus,
)
from pupiltrack_core.services.school_classes import name_classes, offered_classes
from pupiltrack_core.storage.archived_pupils import lock_enrolments_of
from pupiltrack_core.storage.models import Enrolment
from pupiltrack_core.storage.pupil_details import add_field_changes
from pupiltrack_core.storage.pupil_records import (
    add_enrolments,
    add_import_batch,
    add_pupils,
    find_import_batch,
    update_enrolment,
    update_pupil,
)
from pupiltrack_core.storage.school_settings import lock_school

PUPILS_IMPORTED = "pupils imported"


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many rows of the file would be added, changed, left as they are, or cannot be saved."""

    added: int
    changed: int
    unchanged: int
    problem: int


@dataclass(frozen=True, eq=False)
class ImportPreview:
    """What accepting a file would do; nothing has been written.

    `rows` has one row for each row of the file (row, status, upn, surname, forenames,
    date_of_birth, year_group, changes in words), `changes` one for each fact that would be written
    (row, upn, field, old, new). `problems` holds all of them, file first, then by row; the ones
    with `blocking` False are warnings. None of it is shown by `repr`, which may reach a log.
    """

    school_id: int
    academic_year: int
    digest: str
    counts: ImportCounts
    already_imported_at: datetime | None
    file_name: str = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    changes: pd.DataFrame = field(repr=False)
    problems: tuple[ImportProblem, ...] = field(repr=False)
    plan: ImportPlan = field(repr=False)
    parsed: ParsedFile = field(repr=False)

    @property
    def is_readable(self) -> bool:
        """False when the file as a whole was refused; `problems` says why."""
        return self.parsed.is_readable

    @property
    def has_blocking_problems(self) -> bool:
        """Whether some row cannot be saved, so that only the good rows can be accepted."""
        return self.counts.problem > 0

    @property
    def would_write(self) -> bool:
        """Whether accepting would add or change anything."""
        return bool(self.plan.to_write)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What was written. `left_out` are rows with problems; all counts are rows of the file."""

    added: int
    changed: int
    unchanged: int
    left_out: int
    batch_id: int | None


def preview_import(
    caller: Caller, *, school_id: int, academic_year: int, file_name: str, content: bytes
) -> ImportPreview:
    """Return what importing a filled-in pupil template would do to a school's academic year.

    CSV or XLSX; see `interchange.pupil_template`. A file that cannot be read comes back as a
    preview without rows, whose problems say why. Raises NotFound, AccessDenied, NotSignedIn, and
    InvalidEntry for an academic year that cannot be.
    """
    require_academic_year(academic_year)
    authority = require_importer(caller, school_id)[:3]
    parsed = parse(content, file_name, local_authority=authority)
    return preview_parsed(caller, parsed, school_id=school_id, academic_year=academic_year)


def require_importer(caller: Caller, school_id: int) -> str:
    """Return the number of a school (LAESTAB) the person may import pupils into, else raise."""
    with caller.begin(act=True) as work:
        return work.require(Action.IMPORT_PUPILS, school_id).laestab


def preview_parsed(
    caller: Caller, parsed: ParsedFile, *, school_id: int, academic_year: int
) -> ImportPreview:
    """Return what accepting a file would do, however it was read; raises as `preview_import`.

    Every kind of file comes this way, so that all are compared, shown and accepted alike.
    """
    year = require_academic_year(academic_year)
    with caller.begin() as work:
        school = work.require(Action.IMPORT_PUPILS, school_id)
        batch = find_import_batch(work.session, school_id, academic_year, parsed.digest)
        known = load_known_pupils(work.session, school_id, academic_year)
        classes = offered_classes(work, school, academic_year)
        plan = plan_import(parsed, known, year, class_names=classes)
    return ImportPreview(
        school_id=school_id,
        academic_year=academic_year,
        digest=parsed.digest,
        counts=count_rows(plan),
        already_imported_at=None if batch is None else batch.accepted_at,
        file_name=parsed.file_name,
        rows=rows_frame(plan),
        changes=changes_frame(plan),
        problems=plan.problems,
        plan=plan,
        parsed=parsed,
    )


def accept_import(
    caller: Caller, preview: ImportPreview, *, accept_good_rows: bool = False
) -> ImportResult:
    """Write what the preview showed, all of it or nothing, and return what was written.

    `accept_good_rows` leaves out the rows with problems; without it a file with any is refused.
    The comparison is made again inside the transaction. When everything is already as the file
    has it, nothing is written. Raises Conflict when something else would be written than was
    shown, ImportFileError for a file that could not be read, InvalidEntry for problems not left
    out, NotFound, AccessDenied and NotSignedIn.
    """
    year = require_academic_year(preview.academic_year)
    with caller.begin(write=True, act=True) as work:
        work.require(Action.IMPORT_PUPILS, preview.school_id)
        _require_acceptable(work, preview, accept_good_rows=accept_good_rows)
        school = lock_school(work.session, preview.school_id)
        known = load_known_pupils(work.session, preview.school_id, year.start, lock=True)
        classes = offered_classes(work, school, year.start)
        plan = plan_import(preview.parsed, known, year, class_names=classes)
        if not plan.to_write:
            return _result(plan, batch_id=None)
        if plan != preview.plan:
            raise Conflict(
                "The school's pupils were changed after this preview was made, so something else "
                "would be saved than you were shown. Nothing was imported. Preview the file again."
            )
        write_plan(
            work,
            plan,
            known,
            school_id=preview.school_id,
            academic_year=preview.academic_year,
        )
        name_classes(work.session, school, plan.new_classes)
        batch_id = _record(work, plan, preview)
        work.commit()
        return _result(plan, batch_id=batch_id)


def require_academic_year(start: int) -> AcademicYear:
    """Return the academic year that starts in a year; raise `InvalidEntry` for none."""
    try:
        return AcademicYear(start)
    except ValueError as error:
        raise InvalidEntry(str(error), field="academic_year") from error


def _require_acceptable(work: Work, preview: ImportPreview, *, accept_good_rows: bool) -> None:
    if work.user_id is None:
        raise AccessDenied(
            "An import is accepted by a person who is signed in. Nothing was imported."
        )
    if not preview.is_readable:
        raise ImportFileError(
            "The file cannot be read, so there is nothing to accept. Nothing was imported.",
            preview.problems,
        )
    if preview.has_blocking_problems and not accept_good_rows:
        number = preview.counts.problem
        what = "1 row has" if number == 1 else f"{number:,} rows have"
        raise InvalidEntry(
            f"{what} problems. Nothing was imported. Correct the file, or choose to accept only "
            "the good rows.",
            field="accept_good_rows",
        )


def write_plan(
    work: Work,
    plan: ImportPlan,
    known: Sequence[KnownPupil],
    *,
    school_id: int,
    academic_year: int,
) -> dict[RowStatus, list[int]]:
    """Write what a plan adds and changes; return the pupils added and those changed.

    A pupil the school has, and not in this year, goes on with all that was on record last and the
    file does not state, as when the academic year is started. The school is held, and the plan
    made, by whoever calls, who also writes the audit.
    """
    session = work.session
    added = [row for row in plan.to_write if row.status is RowStatus.ADDED]
    changed = [row for row in plan.to_write if row.status is RowStatus.CHANGED]
    ids = add_pupils(session, school_id, [dict(row.pupil) for row in added])
    arrivals = list(zip(ids, added, strict=True))
    for row in changed:
        pupil_id = _id_of(row)
        if row.pupil:
            update_pupil(session, school_id, pupil_id, dict(row.pupil))
        if row.is_new_enrolment:
            arrivals.append((pupil_id, row))
        elif row.enrolment:
            update_enrolment(session, (school_id, academic_year, pupil_id), dict(row.enrolment))
    back = [pupil_id for pupil_id, _ in arrivals[len(added) :]]
    last = {
        row.pupil_id: row
        for row in (lock_enrolments_of(session, school_id, back) if back else ())
        if row.academic_year < academic_year
    }
    add_enrolments(session, school_id, academic_year, _new_enrolments(arrivals, last))
    add_field_changes(
        session,
        school_id,
        changes_by_import(
            arrivals[: len(added)],
            changed,
            {pupil.pupil_id: pupil for pupil in known},
            academic_year,
        ),
        changed_at=work.now,
        changed_by=work.user_id,
    )
    return {RowStatus.ADDED: ids, RowStatus.CHANGED: [_id_of(row) for row in changed]}


def _id_of(row: PlannedRow) -> int:
    if row.pupil_id is None:
        raise ValueError("A row that changes a pupil names the pupil.")
    return row.pupil_id


def _new_enrolments(
    arrivals: Sequence[tuple[int, PlannedRow]], last: Mapping[int, Enrolment]
) -> list[dict[str, object]]:
    return [
        {
            **(carried_over(last[pupil_id]) if pupil_id in last else {}),
            **dict(row.enrolment),
            "pupil_id": pupil_id,
            "year_group": row.year_group,
            "year_override": row.is_override,
        }
        for pupil_id, row in arrivals
    ]


def _record(work: Work, plan: ImportPlan, preview: ImportPreview) -> int:
    counts = count_rows(plan)
    figures = {
        "added": counts.added,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "left_out": counts.problem,
    }
    batch_id = add_import_batch(
        work.session,
        school_id=preview.school_id,
        academic_year=preview.academic_year,
        digest=preview.digest,
        accepted_at=work.now,
        accepted_by=work.user_id,
        **figures,
    )
    work.audit(
        PUPILS_IMPORTED,
        school_id=preview.school_id,
        academic_year=preview.academic_year,
        batch=batch_id,
        **figures,
    )
    return batch_id


def count_rows(plan: ImportPlan) -> ImportCounts:
    """Return how many rows of a plan have which status."""
    return ImportCounts(
        added=plan.count(RowStatus.ADDED),
        changed=plan.count(RowStatus.CHANGED),
        unchanged=plan.count(RowStatus.UNCHANGED),
        problem=plan.count(RowStatus.PROBLEM),
    )


def _result(plan: ImportPlan, *, batch_id: int | None) -> ImportResult:
    counts = count_rows(plan)
    return ImportResult(
        added=counts.added,
        changed=counts.changed,
        unchanged=counts.unchanged,
        left_out=counts.problem,
        batch_id=batch_id,
    )
