"""Reads the pupil template, CSV or XLSX: every row, and every problem at once.

Nothing here knows what a school already holds; that comparison is made in the services.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from pupiltrack_core.domain.characteristics import Sen, Sex
from pupiltrack_core.errors import ImportFileError, ImportProblem
from pupiltrack_core.interchange.file_kinds import plain_file_name, require_table
from pupiltrack_core.interchange.pupil_cells import (
    CellReader,
    Reading,
    UpnValue,
    fault_of_cell,
    read_class_name,
    read_date_of_birth,
    read_ethnicity,
    read_local_number,
    read_name,
    read_postcode,
    read_sen,
    read_sex,
    read_upn,
    read_year_group,
    read_yes_no,
)
from pupiltrack_core.interchange.pupil_columns import (
    Headings,
    PupilColumn,
    count_recognised,
    read_headings,
)
from pupiltrack_core.interchange.sheets import (
    BLANK,
    Cell,
    CellKind,
    Sheet,
    SheetRow,
    refusal,
    shown,
)
from pupiltrack_core.interchange.text_files import read_text_file
from pupiltrack_core.interchange.workbooks import read_workbook

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PupilRow:
    """A row that can be saved as it stands. None is a blank cell, which says nothing."""

    row: int
    upn: str
    upn_is_local: bool
    surname: str
    forenames: str
    date_of_birth: date
    sex: Sex
    postcode: str
    ethnicity: str
    fsm: bool | None
    eal: bool | None
    sen: Sen | None
    local_number: str | None
    year_group: int | None = None
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be saved, with enough of it as written for a person to find it."""

    row: int
    upn: str
    surname: str
    forenames: str


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What a file holds. `digest` is the SHA-256 of its bytes, in hexadecimal."""

    file_name: str
    digest: str
    rows: tuple[PupilRow, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    problems: tuple[ImportProblem, ...] = ()

    @property
    def is_readable(self) -> bool:
        """False when the file as a whole was refused, so that no row can be accepted."""
        return not any(problem.blocking and problem.row is None for problem in self.problems)


def parse(content: bytes, file_name: str, *, local_authority: str | None = None) -> ParsedFile:
    """Return the pupils of a filled-in template and all that is wrong with it; raise nothing.

    `local_authority` is the three-digit number of the school's own, which UPNs may always have.

    CSV in UTF-8 or Windows-1252 (with a warning), or XLSX. A file that cannot be read at all, or
    lacks columns, comes back without rows and with blocking problems about the file.
    """
    parsed = begin(content, file_name)
    try:
        sheet = _read_sheet(content, parsed.file_name)
        headings = require_headings(sheet, parsed.file_name)
    except ImportFileError as error:
        return refused(parsed, error)
    return read_pupils(parsed, sheet, headings, local_authority=local_authority)


def begin(content: bytes, file_name: str) -> ParsedFile:
    """Return a file of which nothing but its name and digest is known."""
    digest = hashlib.sha256(content).hexdigest()
    return ParsedFile(file_name=plain_file_name(file_name), digest=digest)


def refused(parsed: ParsedFile, error: ImportFileError) -> ParsedFile:
    """Return the file as one that cannot be read as a whole, for the reasons of `error`."""
    return replace(parsed, problems=tuple(replace(problem, row=None) for problem in error.problems))


def _read_sheet(content: bytes, name: str) -> Sheet:
    read = read_workbook if require_table(content, name) else read_text_file
    return read(content, name, known_headings=count_recognised)


def require_headings(sheet: Sheet, name: str) -> Headings:
    """Return where the template's columns stand; raise ImportFileError where any is missing."""
    if not sheet.rows:
        raise refusal(name, "The file is empty.")
    first = sheet.rows[0]
    if any(cell.kind is CellKind.FORMULA for cell in first.cells):
        raise refusal(name, f"Row {first.number} holds formulas where the headings should be.")
    headings = read_headings(first)
    problems = headings.problems
    if len(sheet.rows) == 1:
        problems = (*problems, "The file has headings but no pupils.")
    if problems:
        raise refusal(name, *problems)
    return headings


def read_pupils(
    parsed: ParsedFile, sheet: Sheet, headings: Headings, *, local_authority: str | None = None
) -> ParsedFile:
    """Return the file with the pupils of a sheet whose first row is its headings, as `parse`.

    However a file came by its columns, its rows are read here.
    """
    problems = [
        _about_file(parsed.file_name, warning, blocking=False) for warning in sheet.warnings
    ]
    if headings.ignored:
        problems.append(
            _about_file(
                parsed.file_name,
                f"These columns are not brought in and were ignored: "
                f"{', '.join(headings.ignored)}.",
                blocking=False,
            )
        )
    rows: list[PupilRow] = []
    rejected: list[RejectedRow] = []
    found: list[ImportProblem] = []
    upns: dict[str, list[int]] = defaultdict(list)
    for sheet_row in sheet.rows[1:]:
        reader = _RowReader(
            file_name=parsed.file_name,
            sheet_row=sheet_row,
            headings=headings,
            check_accents=sheet.check_accents,
            local_authority=local_authority,
        )
        row = reader.read()
        found.extend(reader.problems)
        if reader.upn is not None:
            upns[reader.upn].append(sheet_row.number)
        if row is None:
            rejected.append(reader.as_rejected())
        else:
            rows.append(row)
    repeated = {upn: numbers for upn, numbers in upns.items() if len(numbers) > 1}
    found.extend(_repetitions(parsed.file_name, repeated))
    rejected.extend(
        RejectedRow(row.row, row.upn, row.surname, row.forenames)
        for row in rows
        if row.upn in repeated
    )
    kept = tuple(row for row in rows if row.upn not in repeated)
    found.extend(_namesakes(parsed.file_name, kept))
    return replace(
        parsed,
        rows=kept,
        rejected=tuple(sorted(rejected, key=lambda row: row.row)),
        problems=(*problems, *sorted(found, key=lambda problem: problem.row or 0)),
    )


def _about_file(file_name: str, reason: str, *, blocking: bool) -> ImportProblem:
    return ImportProblem(
        file=file_name, row=None, column=None, value=None, reason=reason, blocking=blocking
    )


def _repetitions(file_name: str, repeated: dict[str, list[int]]) -> Iterable[ImportProblem]:
    for upn, numbers in repeated.items():
        for number in numbers:
            others = ", ".join(str(other) for other in numbers if other != number)
            yield ImportProblem(
                file=file_name,
                row=number,
                column=PupilColumn.UPN.short,
                value=upn,
                reason=f"The same UPN is also in row {others}. Keep the row that is right.",
            )


def _namesakes(file_name: str, rows: tuple[PupilRow, ...]) -> Iterable[ImportProblem]:
    seen: dict[tuple[str, str, date], int] = {}
    for row in rows:
        person = (row.surname.casefold(), row.forenames.casefold(), row.date_of_birth)
        earlier = seen.setdefault(person, row.row)
        if earlier != row.row:
            yield ImportProblem(
                file=file_name,
                row=row.row,
                column=PupilColumn.UPN.short,
                value=row.upn,
                reason=f"The same name and date of birth are in row {earlier} with another UPN. "
                "Check that these are two pupils.",
                blocking=False,
            )


@dataclass(slots=True)
class _RowReader:
    """Reads one row, collecting every problem on the way."""

    file_name: str
    sheet_row: SheetRow
    headings: Headings
    check_accents: bool
    local_authority: str | None
    problems: list[ImportProblem] = field(default_factory=list)
    upn: str | None = None

    def read(self) -> PupilRow | None:
        """Return the row, or None if anything in it blocks it."""
        self._check_width()
        upn = self._take(PupilColumn.UPN, self._read_upn)
        self.upn = upn.upn if upn is not None else None
        surname = self._take(PupilColumn.SURNAME, self._read_surname)
        forenames = self._take(PupilColumn.FORENAME, self._read_forename)
        date_of_birth = self._take(PupilColumn.DATE_OF_BIRTH, read_date_of_birth)
        sex = self._take(PupilColumn.SEX, read_sex)
        postcode = self._take(PupilColumn.POSTCODE, read_postcode)
        fsm = self._take(PupilColumn.FSM, read_yes_no)
        ethnicity = self._take(PupilColumn.ETHNICITY, read_ethnicity)
        eal = self._take(PupilColumn.EAL, read_yes_no)
        sen = self._take(PupilColumn.SEN, read_sen)
        local_number = self._take(PupilColumn.LOCAL_NUMBER, read_local_number)
        year_group = self._take(PupilColumn.YEAR_GROUP, read_year_group)
        class_name = self._take(PupilColumn.CLASS_NAME, read_class_name)
        if (
            upn is None
            or surname is None
            or forenames is None
            or date_of_birth is None
            or sex is None
            or postcode is None
            or ethnicity is None
            or any(problem.blocking for problem in self.problems)
        ):
            return None
        return PupilRow(
            row=self.sheet_row.number,
            upn=upn.upn,
            upn_is_local=upn.is_local,
            surname=surname,
            forenames=forenames,
            date_of_birth=date_of_birth,
            sex=sex,
            postcode=postcode,
            ethnicity=ethnicity,
            fsm=fsm,
            eal=eal,
            sen=sen,
            local_number=local_number,
            year_group=year_group,
            class_name=class_name,
        )

    def as_rejected(self) -> RejectedRow:
        """Return what the row says, as written, for a person to recognise it by."""
        return RejectedRow(
            row=self.sheet_row.number,
            upn=shown(self._cell(PupilColumn.UPN).text),
            surname=shown(self._cell(PupilColumn.SURNAME).text),
            forenames=shown(self._cell(PupilColumn.FORENAME).text),
        )

    def _cell(self, column: PupilColumn) -> Cell:
        position = self.headings.positions.get(column)
        return BLANK if position is None else self.sheet_row.cell(position)

    def _check_width(self) -> None:
        surplus = [cell for cell in self.sheet_row.cells[self.headings.width :] if cell.text]
        if surplus:
            self._add(
                None,
                surplus[0],
                "The row has more cells than there are headings, so its cells may stand under "
                "the wrong ones. Is there a comma inside a cell without quotation marks?",
            )

    def _take(self, column: PupilColumn, read: CellReader[T]) -> T | None:
        cell = self._cell(column)
        fault = fault_of_cell(cell)
        reading: Reading[T] = Reading(problem=fault) if fault else read(cell)
        if reading.problem is not None:
            self._add(column, cell, reading.problem)
        for warning in reading.warnings:
            self._add(column, cell, warning, blocking=False)
        return reading.value

    def _add(
        self, column: PupilColumn | None, cell: Cell, reason: str, *, blocking: bool = True
    ) -> None:
        self.problems.append(
            ImportProblem(
                file=self.file_name,
                row=self.sheet_row.number,
                column=None if column is None else self.headings.name_of(column),
                value=shown(cell.as_in_file),
                reason=reason,
                blocking=blocking,
            )
        )

    def _read_upn(self, cell: Cell) -> Reading[UpnValue]:
        return read_upn(cell, local_authority=self.local_authority)

    def _read_surname(self, cell: Cell) -> Reading[str]:
        return read_name(cell, called="surname", check_accents=self.check_accents)

    def _read_forename(self, cell: Cell) -> Reading[str]:
        return read_name(cell, called="forename", check_accents=self.check_accents)
