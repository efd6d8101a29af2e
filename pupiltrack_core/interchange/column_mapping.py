"""Any list of pupils as a table: its columns are guessed, chosen by a person, then read.

Headings are those that reports of common management information systems have. A guess is only a
guess: nothing is read by it before somebody has seen it beside the values and agreed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pupiltrack_core.errors import ImportFileError
from pupiltrack_core.interchange.file_kinds import require_table
from pupiltrack_core.interchange.mapping_targets import (
    Target,
    guess_by_heading,
    guess_by_values,
)
from pupiltrack_core.interchange.mis_values import split_name, translate
from pupiltrack_core.interchange.pupil_columns import (
    Headings,
    PupilColumn,
    is_template,
    read_headings,
)
from pupiltrack_core.interchange.pupil_template import (
    ParsedFile,
    begin,
    read_pupils,
    refused,
)
from pupiltrack_core.interchange.sheets import Cell, Sheet, SheetRow, refusal, shown
from pupiltrack_core.interchange.text_files import read_text_file
from pupiltrack_core.interchange.workbooks import read_any_workbook

ROWS_LOOKED_AT = 20  # reports have a title, a date and blank lines before their headings
FEWEST_COLUMNS = 6  # UPN, the names together, date of birth, gender, postcode, ethnic code
SAMPLES = 3
SAMPLE_LENGTH = 40
_SAMPLED_ROWS = 200
_LEAST_KNOWN = 2


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of a file: where it stands from 0, its heading, and its first different values."""

    position: int
    heading: str
    samples: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PupilTable:
    """A file as rows under headings. `fingerprint` is the same for every file so headed."""

    parsed: ParsedFile = field(repr=False)
    sheet: Sheet = field(repr=False)
    columns: tuple[FileColumn, ...] = field(repr=False)
    fingerprint: str
    is_template: bool

    @property
    def number_of_rows(self) -> int:
        """How many rows stand under the headings."""
        return len(self.sheet.rows) - 1


def read_table(content: bytes, file_name: str) -> PupilTable | ParsedFile:
    """Return a CSV or XLSX file as a table, or what is wrong with the file as a whole."""
    parsed = begin(content, file_name)
    try:
        return _table(parsed, _with_headings_first(_read_sheet(content, parsed.file_name), parsed))
    except ImportFileError as error:
        return refused(parsed, error)


def guess_mapping(table: PupilTable) -> dict[Target, int]:
    """Return which column probably means what: by its heading, else by what stands in it.

    No column is guessed twice, and the names in one column only where they are not apart.
    """
    found = guess_by_heading([cell.text for cell in table.sheet.rows[0].cells])
    samples = {column.position: column.samples for column in table.columns}
    return found | guess_by_values(samples, taken=found)


def faults_of_mapping(table: PupilTable, mapping: Mapping[Target, int]) -> dict[Target, str]:
    """Return what is wrong with a choice of columns, by what was chosen; nothing for a good one."""
    faults: dict[Target, str] = {}
    headings = {column.position: column.heading for column in table.columns}
    for target, position in mapping.items():
        others = [other for other, at in mapping.items() if at == position and other is not target]
        if position not in headings:
            faults[target] = f"{target.label}: the file has no such column."
        elif others:
            faults[target] = (
                f"{target.label}: the column “{headings[position]}” is chosen for "
                f"{others[0].label} too. Each column can be brought in once."
            )
    for target in Target:
        if target.is_required and target not in mapping:
            faults[target] = f"{target.label}: choose the column of the file that holds it."
    faults.update(_faults_of_names(mapping))
    return faults


def _faults_of_names(mapping: Mapping[Target, int]) -> dict[Target, str]:
    apart = [target for target in (Target.SURNAME, Target.FORENAME) if target in mapping]
    if Target.FULL_NAME in mapping:
        return {
            target: f"{target.label}: choose it, or the names in one column, not both."
            for target in apart
        }
    return {
        target: f"{target.label}: choose the column of the file that holds it."
        for target in (Target.SURNAME, Target.FORENAME)
        if target not in mapping
    }


def parse_as_template(table: PupilTable, *, local_authority: str | None = None) -> ParsedFile:
    """Return the pupils of a table that `is_template`, its values being the template's."""
    headings = read_headings(table.sheet.rows[0])
    return read_pupils(table.parsed, table.sheet, headings, local_authority=local_authority)


def parse_mapped(
    table: PupilTable, mapping: Mapping[Target, int], *, local_authority: str | None = None
) -> ParsedFile:
    """Return the pupils of a table as `pupil_template.parse` does, read by a choice of columns.

    Raises ValueError for a mapping with faults.
    """
    if faults_of_mapping(table, mapping):
        raise ValueError("The mapping has faults.")
    targets = [target for target in Target if target in mapping]
    positions: dict[PupilColumn, int] = {}
    called: dict[PupilColumn, str] = {}
    headings = {column.position: column.heading for column in table.columns}
    for target in targets:
        for column in _columns_of(target):
            positions[column] = len(positions)
            called[column] = _called(column, headings[mapping[target]])
    chosen = set(mapping.values())
    plan = Headings(
        positions=positions,
        width=len(positions),
        problems=(),
        ignored=tuple(column.heading for column in table.columns if column.position not in chosen),
        called=called,
    )
    width = len(table.sheet.rows[0].cells)
    rows = [table.sheet.rows[0]]
    for row in table.sheet.rows[1:]:
        cells = [cell for target in targets for cell in _cells(target, row.cell(mapping[target]))]
        # What stands beyond the headings stays there, to be complained of.
        rows.append(SheetRow(row.number, (*cells, *row.cells[width:])))
    sheet = replace(table.sheet, rows=tuple(rows))
    return read_pupils(table.parsed, sheet, plan, local_authority=local_authority)


def _columns_of(target: Target) -> tuple[PupilColumn, ...]:
    if target is Target.FULL_NAME:
        return PupilColumn.SURNAME, PupilColumn.FORENAME
    return (target.column,)


def _cells(target: Target, cell: Cell) -> tuple[Cell, ...]:
    return split_name(cell) if target is Target.FULL_NAME else (translate(target.column, cell),)


def _called(column: PupilColumn, heading: str) -> str:
    same = heading.casefold() == column.short.casefold()
    return column.short if same else f"{column.short} (“{heading}”)"


# --- reading the file ---------------------------------------------------------------------------


def _read_sheet(content: bytes, name: str) -> Sheet:
    read = read_any_workbook if require_table(content, name) else read_text_file
    return read(content, name, known_headings=_score, rows_looked_at=ROWS_LOOKED_AT)


def _score(texts: list[str]) -> int:
    """How much a row looks like headings: known ones first, then how many there are."""
    known = len(guess_by_heading(texts))
    return 1_000 * known + sum(1 for text in texts if text)


def _with_headings_first(sheet: Sheet, parsed: ParsedFile) -> Sheet:
    """The sheet without what stands before its headings."""
    head = sheet.rows[:ROWS_LOOKED_AT]
    if not head:
        raise refusal(parsed.file_name, "The file is empty.")
    scores = [len(guess_by_heading([cell.text for cell in row.cells])) for row in head]
    at = scores.index(max(scores)) if max(scores) >= _LEAST_KNOWN else 0
    warning = (
        f"The headings were found in row {head[at].number}; what stands before it was not read.",
    )
    return replace(
        sheet, rows=sheet.rows[at:], warnings=(*sheet.warnings, *(warning if at else ()))
    )


def _table(parsed: ParsedFile, sheet: Sheet) -> PupilTable:
    headings = sheet.rows[0]
    columns = tuple(_file_columns(sheet))
    if len(columns) < FEWEST_COLUMNS:
        raise refusal(
            parsed.file_name,
            f"The file has {len(columns)} columns with a heading; a list of pupils needs at least "
            f"{FEWEST_COLUMNS}: UPN, surname and forename, date of birth, gender, postcode and "
            "ethnic code. Is the first row the headings?",
        )
    if len(sheet.rows) == 1:
        raise refusal(parsed.file_name, "The file has headings but no pupils.")
    return PupilTable(
        parsed=parsed,
        sheet=sheet,
        columns=columns,
        fingerprint=_fingerprint(cell.text for cell in headings.cells),
        is_template=_is_template([cell.text for cell in headings.cells]),
    )


def _is_template(headings: list[str]) -> bool:
    """Whether it is the template as it was given out; one with a class or a year is a list."""
    guessed = guess_by_heading(headings)
    more = any(target in guessed for target in (Target.YEAR_GROUP, Target.CLASS_NAME))
    return is_template(headings) and not more


def _file_columns(sheet: Sheet) -> Iterable[FileColumn]:
    for position, cell in enumerate(sheet.rows[0].cells):
        if not cell.text:
            continue
        values: dict[str, None] = {}
        for row in sheet.rows[1 : _SAMPLED_ROWS + 1]:
            if text := row.cell(position).text:
                values[_short(shown(text))] = None
            if len(values) == SAMPLES:
                break
        yield FileColumn(position, _short(shown(cell.text)), tuple(values))


def _short(text: str) -> str:
    tidy = re.sub(r"\s+", " ", text)
    return tidy if len(tidy) <= SAMPLE_LENGTH else tidy[: SAMPLE_LENGTH - 1] + "…"


def _fingerprint(headings: Iterable[str]) -> str:
    """A digest of the headings in their order, whatever their capitals and spacing."""
    plain = [" ".join(heading.casefold().split()) for heading in headings]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()
