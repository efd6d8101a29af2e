"""Builds import files in memory: good rows, one cell changed, hostile archives. Made-up pupils."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl

from pupiltrack_core.domain.upn import check_letter
from pupiltrack_core.interchange.pupil_columns import TEMPLATE

HEADINGS = [column.value for column in TEMPLATE]
# The columns of a good row as a school's own system may head them.
OWN = [
    "Pupil UPN",
    "Last name",
    "First name",
    "Birth date",
    "Sex",
    "Home postcode",
    "FSM eligible",
    "Ethnic origin",
    "Is EAL",
    "SEN status",
    "House",
]


def upn(number: int) -> str:
    """A permanent UPN of the demo authority with the right check letter."""
    body = f"999200125{number:03d}"
    return check_letter(f"A{body}") + body


def row(number: int = 1, **changes: Any) -> list[Any]:
    """A good row; `changes` are by column name in lower case (upn, surname, forename, dob ...)."""
    values = {
        "upn": upn(number),
        "surname": f"Marsh{number}",
        "forename": f"Ivy{number}",
        "dob": "04/11/2016",
        "gender": "F",
        "postcode": "LA1 4YF",
        "fsm": "Y",
        "ethnicity": "WBRI",
        "eal": "N",
        "sen": "SEN_K",
        "lccno": "",
    }
    unknown = set(changes) - set(values)
    if unknown:
        raise KeyError(unknown)
    return [*(values | changes).values()]


def csv_text(*rows: list[Any], headings: list[str] | None = None, delimiter: str = ",") -> str:
    """The rows as CSV text under the template's headings."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(HEADINGS if headings is None else headings)
    writer.writerows(rows)
    return text.getvalue()


def csv_file(*rows: list[Any], headings: list[str] | None = None, delimiter: str = ",") -> bytes:
    """The rows as a CSV file in UTF-8."""
    return csv_text(*rows, headings=headings, delimiter=delimiter).encode()


def xlsx_file(*rows: list[Any], headings: list[Any] | None = None, title: str = "Pupils") -> bytes:
    """The rows as a workbook; text beginning with = becomes a formula, as in Excel."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for values in [HEADINGS if headings is None else headings, *rows]:
        sheet.append(values)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_entries(content: bytes, entries: Mapping[str, bytes]) -> bytes:
    """The archive with entries added, or replaced where it has them."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in entries:
                new.writestr(name, old.read(name))
        for name, data in entries.items():
            new.writestr(name, data)
    return buffer.getvalue()
