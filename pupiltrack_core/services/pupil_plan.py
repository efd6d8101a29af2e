"""Compares a file of pupils with what a school holds, and says what accepting it would do.

Pure: records in, plan out. The same comparison is made for the preview and again inside the
transaction that writes; two plans are equal when they would write the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.moving_up import next_year_group
from pupiltrack_core.domain.names import name_key
from pupiltrack_core.domain.year_groups import (
    LABELS,
    RECEPTION,
    first_of_nursery,
    why_not_placed,
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
from pupiltrack_core.services.school_classes import ClassSpelling

FORMER_UPN = (
    "This is the former UPN of a pupil of the school who has another one now. Use the present one."
)
BEGINS_LATE = (
    "By this date of birth the pupil would be in Year 1: a child who begins Reception a year late. "
    "Check that it is one."
)


def _far_from_age(by_age: int) -> str:
    by_birth = LABELS.get(by_age, "no year of a primary school")
    return f"By the date of birth the pupil would be in {by_birth}. Check both."


def plan_import(
    parsed: ParsedFile,
    known: Sequence[KnownPupil],
    academic_year: AcademicYear,
    *,
    is_reception: bool = False,
    class_names: Iterable[str] = (),
) -> ImportPlan:
    """Return what accepting the file would do to the school's pupils in the academic year.

    Pupils are matched by UPN. A blank cell changes nothing. Rows that contradict a record, or
    whose pupil is not of primary or nursery age, are problems. With `is_reception` all who are not
    in the year yet begin Reception, and one who is not of that age is a problem. A class is written
    as in `class_names`, those of the school.
    """
    classes = tuple(class_names)
    school = _School(parsed, known, academic_year, is_reception, ClassSpelling(classes))
    rows = [
        PlannedRow(bad.row, RowStatus.PROBLEM, bad.upn, bad.surname, bad.forenames)
        for bad in parsed.rejected
    ]
    rows.extend(school.plan(row) for row in parsed.rows)
    found = sorted(school.problems, key=lambda problem: problem.row or 0)
    about_file = [problem for problem in parsed.problems if problem.row is None]
    if school.is_of_another_year:
        about_file.append(_of_another_year(parsed, academic_year))
    new = {row.class_name for row in rows if "class_name" in dict(row.enrolment)}
    about_rows = [problem for problem in parsed.problems if problem.row is not None]
    return ImportPlan(
        rows=tuple(sorted(rows, key=lambda row: row.row)),
        problems=(
            *about_file,
            *sorted((*about_rows, *found), key=lambda problem: problem.row or 0),
        ),
        new_classes=tuple(sorted(new - set(classes), key=name_key)),
    )


def _of_another_year(parsed: ParsedFile, academic_year: AcademicYear) -> ImportProblem:
    return ImportProblem(
        file=parsed.file_name,
        row=None,
        column=PupilColumn.YEAR_GROUP.short,
        value=None,
        reason="Most year groups of the file are not those of the dates of birth in "
        f"{academic_year.label}, and would be set against them. Is it a list of another year?",
        blocking=False,
    )


@dataclass(slots=True)
class _School:
    """What is looked up while the rows of one file are planned."""

    parsed: ParsedFile
    known: Sequence[KnownPupil]
    academic_year: AcademicYear
    is_reception: bool
    spelling: ClassSpelling
    problems: list[ImportProblem] = field(default_factory=list)
    by_upn: Mapping[str, KnownPupil] = field(init=False)
    by_former_upn: Mapping[str, KnownPupil] = field(init=False)
    by_person: Mapping[tuple[str, str, date], list[KnownPupil]] = field(init=False)
    upns_of_file: frozenset[str] = field(init=False)
    people_of_file: Mapping[tuple[str, str, date], int] = field(init=False)
    has_nursery: bool = field(init=False)
    is_of_another_year: bool = field(init=False)

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
        stated = [
            row.year_group != year_group_by_age(row.date_of_birth, self.academic_year)
            for row in self.parsed.rows
            if row.year_group is not None
        ]
        self.is_of_another_year = 2 * sum(stated) > max(len(stated), 2)
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
        if row.class_name is not None:
            row = replace(row, class_name=self.spelling.of(row.class_name))
        if problem is None and age is not None:
            problem = (PupilColumn.DATE_OF_BIRTH, age)
        if problem is not None:
            self._add(row, *problem)
            return PlannedRow(row.row, RowStatus.PROBLEM, row.upn, row.surname, row.forenames)
        by_age = year_group_by_age(row.date_of_birth, self.academic_year)
        if self._is_placed(row, found) and abs(year_group - by_age) > 1:
            self._add(row, PupilColumn.YEAR_GROUP, _far_from_age(by_age), blocking=False)
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
        if self._is_placed(row, found):
            return why_not_placed(row.date_of_birth, year_group, self.academic_year)
        return why_not_primary(row.date_of_birth, year_group, self.academic_year)

    def _is_placed(self, row: PupilRow, found: KnownPupil | None) -> bool:
        """Whether the file puts the pupil into a year group, where it is not already."""
        held = None if found is None else found.enrolment
        return row.year_group is not None and (held is None or held.year_group != row.year_group)

    def _is_late(self, row: PupilRow, found: KnownPupil | None) -> bool:
        by_age = year_group_by_age(row.date_of_birth, self.academic_year)
        return self._begins(found) and by_age > RECEPTION

    def _year_group(self, row: PupilRow, found: KnownPupil | None) -> tuple[int, bool]:
        """Return the year group, and whether it was set by hand against the age."""
        by_age = year_group_by_age(row.date_of_birth, self.academic_year)
        if self._begins(found):
            return RECEPTION, by_age != RECEPTION
        if row.year_group is not None and self._is_placed(row, found):
            return row.year_group, row.year_group != by_age
        if found is not None and found.enrolment is not None:
            return found.enrolment.year_group, found.enrolment.year_override
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
        values = {
            PupilColumn.UPN: row.upn,
            PupilColumn.DATE_OF_BIRTH: f"{row.date_of_birth:%d/%m/%Y}",
            PupilColumn.YEAR_GROUP: "" if row.year_group is None else LABELS[row.year_group],
        }
        self.problems.append(
            ImportProblem(
                file=self.parsed.file_name,
                row=row.row,
                column=column.short,
                value=values[column],
                reason=reason,
                blocking=blocking,
            )
        )


def _person(record: PupilRow | KnownPupil) -> tuple[str, str, date]:
    return record.surname.casefold(), record.forenames.casefold(), record.date_of_birth
