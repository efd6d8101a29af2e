"""Reads the file of a local authority's new Reception pupils: the pupil template, with the school.

Each school's rows become what a file of its own would have been, so that they are compared and
saved by the one way in; row numbers stay those of the whole file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pupiltrack_core.errors import ImportFileError, ImportProblem
from pupiltrack_core.interchange.file_kinds import require_table
from pupiltrack_core.interchange.pupil_cells import fault_of_cell
from pupiltrack_core.interchange.pupil_columns import TEMPLATE, PupilColumn, count_recognised
from pupiltrack_core.interchange.pupil_template import (
    ParsedFile,
    RejectedRow,
    begin,
    read_pupils,
    refused,
    require_headings,
)
from pupiltrack_core.interchange.sheets import Cell, Sheet, SheetRow, refusal, shown
from pupiltrack_core.interchange.text_files import read_text_file
from pupiltrack_core.interchange.workbooks import read_workbook

MOST_ROWS = 20_000  # the Reception year of the largest authorities is some 15,000 children
SCHOOL_COLUMN = "LAESTAB"
TEMPLATE_NAME = "reception-template.csv"
_NAMES = frozenset(
    {"laestab", "la estab", "dfe number", "dfe no", "school number", "school laestab"}
)
_NUMBER = re.compile(r"([0-9]{3})[ /]?([0-9]{4})", re.ASCII)
_WRONG_NUMBER = "This is not the number of a school: seven digits, such as 9992001 or 999/2001."


@dataclass(frozen=True, slots=True)
class ReceptionFile:
    """What a file holds: the rows of each school by its seven digits, and what is in no school.

    `problems` are about the whole file and about rows without a number of a school; what is wrong
    with a row of a school stands with that school.
    """

    file_name: str
    digest: str
    schools: Mapping[str, ParsedFile] = field(default_factory=dict, repr=False)
    problems: tuple[ImportProblem, ...] = field(default=(), repr=False)

    @property
    def is_readable(self) -> bool:
        """False when the file as a whole was refused."""
        return not any(problem.blocking and problem.row is None for problem in self.problems)


def parse_reception_file(content: bytes, file_name: str, *, local_authority: str) -> ReceptionFile:
    """Return the pupils of each school and all that is wrong with the file; raise nothing.

    CSV or XLSX, the columns of the pupil template and one with the school's LAESTAB.
    `local_authority` is the three-digit number of the authority, which UPNs may always have.
    """
    parsed = begin(content, file_name)
    name = parsed.file_name
    try:
        read = read_workbook if require_table(content, name) else read_text_file
        sheet = read(content, name, known_headings=count_recognised, most_rows=MOST_ROWS)
        headings = require_headings(sheet, name)
        position = _school_position(sheet.rows[0], name)
    except ImportFileError as error:
        problems = refused(parsed, error).problems
        return ReceptionFile(name, parsed.digest, problems=problems)
    of_school, nowhere = _by_school(sheet, position, name)
    ignored = tuple(text for text in headings.ignored if not _is_school(text))
    about_file = read_pupils(parsed, replace(sheet, rows=()), replace(headings, ignored=ignored))
    bare = replace(headings, ignored=())
    schools = {
        laestab: read_pupils(
            parsed,
            Sheet(rows=(sheet.rows[0], *rows), check_accents=sheet.check_accents),
            bare,
            local_authority=local_authority,
        )
        for laestab, rows in of_school.items()
    }
    return ReceptionFile(name, parsed.digest, _apart(schools), (*about_file.problems, *nowhere))


def reception_template() -> bytes:
    """Return an empty file to fill in, as CSV: the school's number, then the pupil template."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow([SCHOOL_COLUMN, *(column.value for column in TEMPLATE)])
    return text.getvalue().encode("utf-8-sig")  # the mark makes Excel keep it as UTF-8


def _is_school(heading: str) -> bool:
    return " ".join(re.findall(r"[a-z0-9]+", heading.casefold())) in _NAMES


def _school_position(row: SheetRow, name: str) -> int:
    found = [place for place, cell in enumerate(row.cells) if _is_school(cell.text)]
    if len(found) != 1:
        what = "lacks a column" if not found else "has more than one column"
        raise refusal(
            name,
            f"The first row {what} headed {SCHOOL_COLUMN} for the number of each pupil's school.",
        )
    return found[0]


def _by_school(
    sheet: Sheet, position: int, name: str
) -> tuple[dict[str, list[SheetRow]], list[ImportProblem]]:
    """Return the rows of each school, and a problem for each row without a number of one."""
    rows: dict[str, list[SheetRow]] = defaultdict(list)
    nowhere = []
    for row in sheet.rows[1:]:
        cell = row.cell(position)
        match = None if fault_of_cell(cell) else _NUMBER.fullmatch(cell.text)
        if match is not None:
            rows[f"{match[1]}{match[2]}"].append(row)
            continue
        nowhere.append(
            ImportProblem(
                file=name,
                row=row.number,
                column=SCHOOL_COLUMN,
                value=shown(cell.text),
                reason=_reason(cell),
            )
        )
    return rows, nowhere


def _reason(cell: Cell) -> str:
    if not cell.text:
        return "The number of the school is missing."
    return fault_of_cell(cell) or _WRONG_NUMBER


def _apart(schools: Mapping[str, ParsedFile]) -> dict[str, ParsedFile]:
    """Return the schools with every pupil named at two of them a problem at each."""
    places: dict[str, list[int]] = defaultdict(list)
    at: dict[str, set[str]] = defaultdict(set)
    for laestab, parsed in schools.items():
        for row in parsed.rows:
            places[row.upn].append(row.row)
            at[row.upn].add(laestab)
    twice = {upn for upn, found in at.items() if len(found) > 1}
    return {laestab: _without(parsed, twice, places) for laestab, parsed in schools.items()}


def _without(parsed: ParsedFile, twice: set[str], places: Mapping[str, list[int]]) -> ParsedFile:
    out = [row for row in parsed.rows if row.upn in twice]
    if not out:
        return parsed
    problems = [
        ImportProblem(
            file=parsed.file_name,
            row=row.row,
            column=PupilColumn.UPN.short,
            value=row.upn,
            reason="The same UPN is at another school in row "
            f"{', '.join(str(other) for other in places[row.upn] if other != row.row)}. Keep the "
            "row of the school the pupil goes to.",
        )
        for row in out
    ]
    rejected = [RejectedRow(row.row, row.upn, row.surname, row.forenames) for row in out]
    return replace(
        parsed,
        rows=tuple(row for row in parsed.rows if row.upn not in twice),
        rejected=tuple(sorted((*parsed.rejected, *rejected), key=lambda row: row.row)),
        problems=tuple(sorted((*parsed.problems, *problems), key=lambda problem: problem.row or 0)),
    )
