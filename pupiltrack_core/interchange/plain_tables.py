"""A table as a file: headings and rows, as CSV or as a workbook, in which nothing can be run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter

from pupiltrack_core.domain.formula_text import without_formula

_WIDEST = 60
_FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
Value = str | int


def table_csv(headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """Return the table as CSV in UTF-8 with a byte order mark, as Excel expects it.

    A text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers.
    """
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\r\n")
    for row in (headings, *rows):
        writer.writerow(
            [without_formula(value) if isinstance(value, str) else value for value in row]
        )
    return held.getvalue().encode("utf-8-sig")


def table_workbook(title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """Return the table as XLSX: one sheet, its headings frozen, every text written as text."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": title})
    sheet = book.add_worksheet(title.translate(_FORBIDDEN_IN_TITLES)[:31])
    heading = book.add_format({"bold": True, "bottom": 1})
    for column, words in enumerate(headings):
        sheet.write_string(0, column, words, heading)
        longest = max([len(words), *(len(str(row[column])) for row in rows)])
        sheet.set_column(column, column, min(longest, _WIDEST) + 2)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            else:
                sheet.write_number(number, column, value)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(headings) - 1)
    book.close()
    return buffer.getvalue()
