"""What loading a file of Reception pupils would do at each school of a local authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pupiltrack_core.access import Action
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.errors import ImportProblem
from pupiltrack_core.interchange.pupil_columns import PupilColumn
from pupiltrack_core.interchange.pupil_template import ParsedFile
from pupiltrack_core.interchange.reception_file import (
    SCHOOL_COLUMN,
    ReceptionFile,
    parse_reception_file,
)
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.known_pupils import load_known_pupils
from pupiltrack_core.services.pupil_import import ImportCounts, count_rows, require_academic_year
from pupiltrack_core.services.pupil_plan import plan_import
from pupiltrack_core.services.pupil_records import ImportPlan
from pupiltrack_core.storage.reception_loads import (
    find_enrolled_elsewhere,
    find_same_load,
    find_schools_by_number,
)


@dataclass(frozen=True, slots=True)
class SchoolPreview:
    """What a file would do at one school; nothing has been written."""

    school_id: int
    laestab: str
    name: str
    counts: ImportCounts
    plan: ImportPlan = field(repr=False)
    parsed: ParsedFile = field(repr=False)

    @property
    def would_write(self) -> bool:
        """Whether loading would add or change anything here."""
        return bool(self.plan.to_write)


@dataclass(frozen=True, slots=True)
class LoadPreview:
    """What a file would do at every school in it, by name.

    `problems` are all there are: of the file, then by row.
    """

    local_authority_id: int
    academic_year: int
    file_name: str = field(repr=False)
    digest: str
    already_loaded_at: datetime | None
    is_readable: bool
    schools: tuple[SchoolPreview, ...] = field(repr=False)
    problems: tuple[ImportProblem, ...] = field(repr=False)

    @property
    def to_load(self) -> tuple[SchoolPreview, ...]:
        """The schools at which something would be added or changed."""
        return tuple(school for school in self.schools if school.would_write)

    @property
    def counts(self) -> ImportCounts:
        """How many rows of the file would be added, changed, left as they are, or are problems."""
        nowhere = sum(item.blocking and item.row is not None for item in self._of_no_school)
        return ImportCounts(
            added=sum(school.counts.added for school in self.schools),
            changed=sum(school.counts.changed for school in self.schools),
            unchanged=sum(school.counts.unchanged for school in self.schools),
            problem=nowhere + sum(school.counts.problem for school in self.schools),
        )

    @property
    def _of_no_school(self) -> tuple[ImportProblem, ...]:
        return tuple(item for item in self.problems if item.column == SCHOOL_COLUMN)


def preview_load(
    caller: Caller, local_authority_id: int, academic_year: int, *, file_name: str, content: bytes
) -> LoadPreview:
    """Return what loading a file would do at each school; nothing is written.

    CSV or XLSX; see `interchange.reception_file`. A file that cannot be read comes back without
    schools, whose problems say why. Raise `NotFound` for another authority, `AccessDenied` for a
    role that may not load, `InvalidEntry` for an academic year that cannot be.
    """
    year = require_academic_year(academic_year)
    with caller.begin(act=True) as work:
        code = work.require_over_authority(Action.LOAD_RECEPTION, local_authority_id).code
    parsed = parse_reception_file(content, file_name, local_authority=code)
    with caller.begin() as work:
        work.require_over_authority(Action.LOAD_RECEPTION, local_authority_id)
        rows = find_schools_by_number(work.session, local_authority_id, parsed.schools)
        same = find_same_load(work.session, local_authority_id, year.start, parsed.digest)
        schools = tuple(
            _preview(work, row.id, row.laestab, row.name, parsed.schools[row.laestab], year)
            for row in rows
        )
        elsewhere = _elsewhere(work, local_authority_id, year, schools)
    unknown = _of_unknown_schools(parsed, {school.laestab for school in schools})
    return LoadPreview(
        local_authority_id=local_authority_id,
        academic_year=year.start,
        file_name=parsed.file_name,
        digest=parsed.digest,
        already_loaded_at=None if same is None else same.made_at,
        is_readable=parsed.is_readable,
        schools=schools,
        problems=tuple(
            sorted(
                (
                    *parsed.problems,
                    *unknown,
                    *(item for school in schools for item in school.plan.problems),
                    *elsewhere,
                ),
                key=lambda item: item.row or 0,
            )
        ),
    )


def _preview(
    work: Work, school_id: int, laestab: str, name: str, parsed: ParsedFile, year: AcademicYear
) -> SchoolPreview:
    known = load_known_pupils(work.session, school_id, year.start)
    plan = plan_import(parsed, known, year, is_reception=True)
    return SchoolPreview(school_id, laestab, name, count_rows(plan), plan, parsed)


def _of_unknown_schools(parsed: ReceptionFile, known: set[str]) -> list[ImportProblem]:
    """Return a problem for every row of a number that no school of the authority has."""
    return [
        ImportProblem(
            file=parsed.file_name,
            row=row,
            column=SCHOOL_COLUMN,
            value=laestab,
            reason="No school of the local authority has this number.",
        )
        for laestab, school in parsed.schools.items()
        if laestab not in known
        for row in _row_numbers(school)
    ]


def _elsewhere(
    work: Work, local_authority_id: int, year: AcademicYear, schools: Sequence[SchoolPreview]
) -> list[ImportProblem]:
    """Return a warning for every pupil who would be in Reception at two schools."""
    coming: Mapping[str, tuple[SchoolPreview, int]] = {
        row.upn: (school, row.row)
        for school in schools
        for row in school.plan.to_write
        if row.is_new_enrolment
    }
    if not coming:
        return []
    found = find_enrolled_elsewhere(
        work.session,
        local_authority_id,
        year.start,
        {upn: school.school_id for upn, (school, _) in coming.items()},
    )
    return [
        ImportProblem(
            file=coming[upn][0].parsed.file_name,
            row=coming[upn][1],
            column=PupilColumn.UPN.short,
            value=upn,
            reason=f"This pupil is in Reception at {name} already. Have that school say when the "
            "pupil left.",
            blocking=False,
        )
        for upn, name in found.items()
    ]


def _row_numbers(parsed: ParsedFile) -> list[int]:
    return [row.row for row in parsed.rows] + [row.row for row in parsed.rejected]
