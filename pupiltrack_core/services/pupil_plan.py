"""Compares a file of pupils with what a school holds, and says what accepting it would do.

Pure: records in, plan out. The same comparison is made for the preview and again inside the
transaction that writes; two plans are equal when they would write the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.moving_up import next_year_group
from pupiltrack_core.domain.year_groups import (
    RECEPTION,
    first_of_nursery,
    why_not_primary,
    why_not_reception,
    year_group_by_age,
)
from pupiltrack_core.errors import ImportProblem
from pupiltrack_core.interchange.pupil_columns import PupilColumn
from pupiltrack_core.interchange.pupil_template import ParsedFile, PupilRow
from pupiltrack_core.services.pupil_changes import planned_row
from pupiltrack_core.services.pupil_records import (
    ImportPlan,
    KnownPupil,
    PlannedRow,
    RowStatus,
)

FORMER_UPN = (
    "This is the former UPN of a pupil of the school who has another one now. Use the present one."
)
BEGINS_LATE = (
    "By this date of birth the pupil would be in Year 1: a child who begins Reception a year late. "
    "Check that it is one."
)


def plan_import(
    parsed: ParsedFile,
    known: Sequence[KnownPupil],
    academic_year: AcademicYear,
    *,
    is_reception: bool = False,
) -> ImportPlan:
    """Return what accepting the file would do to the school's pupils in the academic year.

    Pupils are matched by UPN. A blank cell changes nothing. Rows that contradict a record, or
    whose pupil is not of primary or nursery age, are problems. With `is_reception` all who are not
    in the year yet begin Reception, and one who is not of that age is a problem.
    """
    school = _School(parsed, known, academic_year, is_reception)
    rows = [
        PlannedRow(bad.row, RowStatus.PROBLEM, bad.upn, bad.surname, bad.forenames)
        for bad in parsed.rejected
    ]
    rows.extend(school.plan(row) for row in parsed.rows)
    found = sorted(school.problems, key=lambda problem: problem.row or 0)
    about_file = [problem for problem in parsed.problems if problem.row is None]
    about_rows = [problem for problem in parsed.problems if problem.row is not None]
    return ImportPlan(
        rows=tuple(sorted(rows, key=lambda row: row.row)),
        problems=(
            *about_file,
            *sorted((*about_rows, *found), key=lambda problem: problem.row or 0),
        ),
    )


@dataclass(slots=True)
class _School:
    """What is looked up while the rows of one file are planned."""

    parsed: ParsedFile
    known: Sequence[KnownPupil]
    academic_year: AcademicYear
    is_reception: bool = False
    problems: list[ImportProblem] = field(default_factory=list)
    by_upn: Mapping[str, KnownPupil] = field(init=False)
    by_former_upn: Mapping[str, KnownPupil] = field(init=False)
    by_person: Mapping[tuple[str, str, date], list[KnownPupil]] = field(init=False)
    upns_of_file: frozenset[str] = field(init=False)
    people_of_file: Mapping[tuple[str, str, date], int] = field(init=False)
    has_nursery: bool = field(init=False)

    def __post_init__(self) -> None:
        self.by_upn = {pupil.upn: pupil for pupil in self.known}
        self.by_former_upn = {pupil.former_upn: pupil for pupil in self.known if pupil.former_upn}
        people: dict[tuple[str, str, date], list[KnownPupil]] = defaultdict(list)
        for pupil in self.known:
            people[_person(pupil)].append(pupil)
        self.by_person = people
        self.upns_of_file = frozenset(
            [row.upn for row in self.parsed.rows] + [row.upn for row in self.parsed.rejected]
        )
        self.people_of_file = Counter(_person(row) for row in self.parsed.rows)
        self.has_nursery = any(
            enrolment.year_group < RECEPTION
            for pupil in self.known
            for enrolment in (pupil.enrolment, pupil.before)
            if enrolment is not None
        )

    def plan(self, row: PupilRow) -> PlannedRow:
        """Return what would become of a row, noting problems."""
        found = self._match(row)
        problem = self._contradiction(row, found)
        year_group, is_override = self._year_group(row, found)
        age = self._age_problem(row, found, year_group)
        if problem is None and age is not None:
            problem = (PupilColumn.DATE_OF_BIRTH, age)
        if problem is not None:
            self._add(row, *problem)
            return PlannedRow(row.row, RowStatus.PROBLEM, row.upn, row.surname, row.forenames)
        if self._is_late(row, found):
            self._add(row, PupilColumn.DATE_OF_BIRTH, BEGINS_LATE, blocking=False)
        if year_group < RECEPTION and not self.has_nursery:
            self._add(
                row,
                PupilColumn.DATE_OF_BIRTH,
                first_of_nursery(year_group),
                blocking=False,
            )
        return planned_row(
            row,
            found,
            year_group=year_group,
            is_override=is_override,
            academic_year=self.academic_year,
        )

    def _match(self, row: PupilRow) -> KnownPupil | None:
        found = self.by_upn.get(row.upn)
        if found is not None:
            return found
        namesakes = self.by_person.get(_person(row), [])
        if not namesakes:
            return None
        replaceable = [
            pupil
            for pupil in namesakes
            if pupil.upn_may_be_replaced and pupil.upn not in self.upns_of_file
        ]
        if len(namesakes) == len(replaceable) == self.people_of_file[_person(row)] == 1:
            self._add(
                row,
                PupilColumn.UPN,
                "The school holds this name and date of birth under a temporary or local UPN, "
                "which this one will replace.",
                blocking=False,
            )
            return replaceable[0]
        self._add(
            row,
            PupilColumn.UPN,
            "The school already holds a pupil of this name and date of birth under another UPN. "
            "Accept the row only if these are two pupils.",
            blocking=False,
        )
        return None

    def _contradiction(
        self, row: PupilRow, found: KnownPupil | None
    ) -> tuple[PupilColumn, str] | None:
        if found is None:
            if row.upn in self.by_former_upn:
                return PupilColumn.UPN, FORMER_UPN
            return None
        if found.date_of_birth != row.date_of_birth:
            return PupilColumn.DATE_OF_BIRTH, (
                f"The school holds this UPN with the date of birth "
                f"{found.date_of_birth:%d/%m/%Y}. Check which is right and whether the UPN is "
                "this pupil's; a date of birth is not changed by an import."
            )
        return None

    def _begins(self, found: KnownPupil | None) -> bool:
        """Whether the pupil begins Reception by this file."""
        return self.is_reception and (found is None or found.enrolment is None)

    def _age_problem(self, row: PupilRow, found: KnownPupil | None, year_group: int) -> str | None:
        if self._begins(found):
            return why_not_reception(row.date_of_birth, self.academic_year)
        return why_not_primary(row.date_of_birth, year_group, self.academic_year)

    def _is_late(self, row: PupilRow, found: KnownPupil | None) -> bool:
        by_age = year_group_by_age(row.date_of_birth, self.academic_year)
        return self._begins(found) and by_age > RECEPTION

    def _year_group(self, row: PupilRow, found: KnownPupil | None) -> tuple[int, bool]:
        """Return the year group, and whether it was set by hand against the age."""
        if found is not None and found.enrolment is not None:
            return found.enrolment.year_group, found.enrolment.year_override
        by_age = year_group_by_age(row.date_of_birth, self.academic_year)
        if self.is_reception:
            return RECEPTION, by_age != RECEPTION
        if found is None or found.before is None:
            return by_age, False
        moved = next_year_group(
            row.date_of_birth,
            found.before.year_group,
            is_override=found.before.year_override,
            academic_year=self.academic_year,
        )
        return moved, moved != by_age

    def _add(
        self, row: PupilRow, column: PupilColumn, reason: str, *, blocking: bool = True
    ) -> None:
        value = row.upn if column is PupilColumn.UPN else f"{row.date_of_birth:%d/%m/%Y}"
        self.problems.append(
            ImportProblem(
                file=self.parsed.file_name,
                row=row.row,
                column=column.short,
                value=value,
                reason=reason,
                blocking=blocking,
            )
        )


def _person(record: PupilRow | KnownPupil) -> tuple[str, str, date]:
    return record.surname.casefold(), record.forenames.casefold(), record.date_of_birth
