"""Makes the pupil template, as CSV and as a workbook that checks entries as they are typed.

It is made empty to be filled in, or with a school's pupils in it (`pupil_export`).

`python -m pupiltrack_core.interchange.pupil_template_files FOLDER` writes both files there; the
same input always gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from pupiltrack_core.domain.characteristics import ETHNICITIES, EXTENDED_ETHNICITIES
from pupiltrack_core.domain.formula_text import without_formula
from pupiltrack_core.interchange.pupil_columns import TEMPLATE, PupilColumn

Row = Sequence[str | date]  # a cell for each column; "" is a blank one
CSV_NAME = "pupil-template.csv"
WORKBOOK_NAME = "pupil-template.xlsx"
_CHECKED_ROWS = 1_000
_MADE = datetime(2025, 9, 1, tzinfo=UTC)
_WIDTHS = {
    PupilColumn.UPN: 17,
    PupilColumn.SURNAME: 22,
    PupilColumn.FORENAME: 22,
    PupilColumn.DATE_OF_BIRTH: 17,
    PupilColumn.SEX: 15,
    PupilColumn.POSTCODE: 12,
    PupilColumn.FSM: 14,
    PupilColumn.ETHNICITY: 13,
    PupilColumn.EAL: 22,
    PupilColumn.SEN: 17,
    PupilColumn.LOCAL_NUMBER: 18,
}
_LISTS = {
    PupilColumn.SEX: ["M", "F"],
    PupilColumn.FSM: ["Y", "N"],
    PupilColumn.EAL: ["Y", "N"],
    PupilColumn.SEN: ["SEN_K", "SEN_E", "S", "SEN_N"],
}


def template_csv(rows: Sequence[Row] = ()) -> bytes:
    """Return the template as CSV: the eleven headings and a line for each of `rows`.

    The byte order mark makes Excel read and save the file as UTF-8, so that accents survive. A
    text that a spreadsheet would take for a formula gets an apostrophe, which the import takes off.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.value for column in TEMPLATE])
    for row in rows:
        writer.writerow([_in_text(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def template_workbook(rows: Sequence[Row] = ()) -> bytes:
    """Return the template as XLSX: a sheet of pupils, and a sheet of ethnic codes to choose from.

    Excel itself refuses a gender, date, yes/no, SEN or ethnic code that the import would refuse.
    Every text of `rows` is written as text, so that nothing in it is run.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": "Pupil template", "created": _MADE})
    pupils = book.add_worksheet("Pupils")
    last_code = _write_codes(book)
    _write_headings(book, pupils)
    for number, row in enumerate(rows, start=1):
        for position, value in enumerate(row):
            if isinstance(value, date):
                pupils.write_datetime(
                    number, position, datetime(value.year, value.month, value.day)
                )
            elif value:
                pupils.write_string(number, position, value)
    last_row = max(_CHECKED_ROWS, len(rows))
    for position, column in enumerate(TEMPLATE):
        rule = _rule(column, last_code)
        if rule is not None:
            pupils.data_validation(1, position, last_row, position, rule)
    book.close()
    return buffer.getvalue()


def _in_text(value: str | date) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else without_formula(value)


def _write_headings(book: Any, pupils: Any) -> None:
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for position, column in enumerate(TEMPLATE):
        pupils.write_string(0, position, column.value, heading)
        kept_as = day if column is PupilColumn.DATE_OF_BIRTH else text
        pupils.set_column(position, position, _WIDTHS[column], kept_as)
    pupils.freeze_panes(1, 0)


def _write_codes(book: Any) -> int:
    codes = book.add_worksheet("Codes")
    bold = book.add_format({"bold": True})
    codes.set_column(1, 1, 50)
    codes.write_string(0, 0, "Ethnic code", bold)
    codes.write_string(0, 1, "Meaning", bold)
    meanings = {code: ethnicity.label for code, ethnicity in ETHNICITIES.items()}
    meanings |= {code: f"Counted under {main}" for code, main in EXTENDED_ETHNICITIES.items()}
    for row, (code, meaning) in enumerate(meanings.items(), start=1):
        codes.write_string(row, 0, code)
        codes.write_string(row, 1, meaning)
    return len(meanings) + 1


def _rule(column: PupilColumn, last_code: int) -> dict[str, Any] | None:
    if column in _LISTS:
        choices = _LISTS[column]
        return {
            "validate": "list",
            "source": choices,
            "error_title": column.short,
            "error_message": f"Choose {', '.join(choices)} or leave the cell blank.",
        }
    if column is PupilColumn.ETHNICITY:
        return {
            "validate": "list",
            "source": f"=Codes!$A$2:$A${last_code}",
            # an authority's own code may be typed all the same
            "error_type": "warning",
            "error_title": column.short,
            "error_message": "This code is not on the sheet Codes.",
        }
    if column is PupilColumn.DATE_OF_BIRTH:
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": date(2000, 1, 1),
            "maximum": date(2099, 12, 31),
            "error_title": column.short,
            "error_message": "Write the date of birth as dd/mm/yyyy.",
        }
    if column is PupilColumn.UPN:
        return {
            "validate": "length",
            "criteria": "==",
            "value": 13,
            "error_title": column.short,
            "error_message": "A UPN has 13 characters.",
        }
    return None


def main(arguments: list[str]) -> None:
    """Write both templates into the folder named by the first argument."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CSV_NAME).write_bytes(template_csv())
    (folder / WORKBOOK_NAME).write_bytes(template_workbook())


if __name__ == "__main__":
    main(sys.argv[1:])
