"""XLSX workbooks: the archive is checked, then openpyxl reads one sheet row by row."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Any

import openpyxl

from pupiltrack_core.errors import ConfigurationError, ImportFileError
from pupiltrack_core.interchange.archives import check_workbook_archive
from pupiltrack_core.interchange.sheets import (
    BLANK,
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    CellKind,
    Sheet,
    SheetRow,
    refusal,
    too_many_rows,
)

LAST_EXCEL_ROW = 1_048_576
_SHEETS_LOOKED_AT = 10
_HEADINGS_OF_PUPILS = 3
_SECOND_SHEET = "More than one sheet of the workbook holds pupils. Only the first of them was read."


def read_workbook(
    content: bytes,
    file_name: str,
    *,
    known_headings: Callable[[list[str]], int],
    most_rows: int = MAX_ROWS,
) -> Sheet:
    """Return the rows of the first sheet whose headings `known_headings` recognises.

    Without any such sheet the first row of the first one is returned, to be complained of.
    Formulas are kept as formulas, whatever value is stored beside them. Raises ImportFileError
    for a file that is unsafe or that openpyxl cannot read.
    """
    return _read(
        content,
        file_name,
        lambda sheets: _first_sheet(sheets, file_name, known_headings, most_rows),
    )


def read_any_workbook(
    content: bytes,
    file_name: str,
    *,
    known_headings: Callable[[list[str]], int],
    rows_looked_at: int,
) -> Sheet:
    """Return all rows of the sheet that looks most like a list of pupils, whatever stands first.

    That is the sheet one of whose first `rows_looked_at` rows `known_headings` recognises most of;
    the first of several alike. Formulas and errors are as `read_workbook` has them.
    """
    return _read(
        content,
        file_name,
        lambda sheets: _best_sheet(sheets, file_name, known_headings, rows_looked_at),
    )


def _read(content: bytes, file_name: str, choose: Callable[[Sequence[Any]], Sheet]) -> Sheet:
    if not openpyxl.DEFUSEDXML:
        raise ConfigurationError("defusedxml is not active; install it before importing files.")
    check_workbook_archive(content, file_name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are not read
            return _open(content, choose)
    except ImportFileError:
        raise
    except Exception as error:  # openpyxl raises whatever a malformed part leads it into
        raise refusal(
            file_name,
            "The workbook cannot be read. Open it in Excel, copy the pupils into the template, "
            "save that and try again.",
        ) from error


def _open(content: bytes, choose: Callable[[Sequence[Any]], Sheet]) -> Sheet:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        return choose(book.worksheets[:_SHEETS_LOOKED_AT])
    finally:
        book.close()


def _first_sheet(
    sheets: Sequence[Any],
    file_name: str,
    known_headings: Callable[[list[str]], int],
    most_rows: int,
) -> Sheet:
    fallback: Sheet | None = None
    chosen: Sheet | None = None
    for worksheet in sheets:
        rows = _rows(worksheet, file_name, most_rows)
        first = next(rows, None)
        texts = [] if first is None else [cell.text for cell in first.cells]
        if first is None or known_headings(texts) < _HEADINGS_OF_PUPILS:
            fallback = fallback or Sheet(rows=() if first is None else (first,))
        elif chosen is None:
            chosen = Sheet(rows=(first, *rows))
        else:
            return replace(chosen, warnings=(_SECOND_SHEET,))
    return chosen or fallback or Sheet(rows=())


def _best_sheet(
    sheets: Sequence[Any],
    file_name: str,
    known_headings: Callable[[list[str]], int],
    rows_looked_at: int,
) -> Sheet:
    chosen: Sequence[SheetRow] = ()
    best = 0
    alike = 0
    for worksheet in sheets:
        rows = _rows(worksheet, file_name, MAX_ROWS)
        head = tuple(islice(rows, rows_looked_at))
        score = max((known_headings([cell.text for cell in row.cells]) for row in head), default=0)
        alike = 1 if score > best else alike + (score == best > 0)
        if score > best or not chosen:
            best, chosen = score, (*head, *rows)
    return Sheet(rows=tuple(chosen), warnings=(_SECOND_SHEET,) if alike > 1 else ())


def _rows(sheet: Any, file_name: str, most_rows: int) -> Iterator[SheetRow]:
    sheet.reset_dimensions()  # the size a sheet states may be wrong, or meant to hurt
    found = 0
    for number, record in enumerate(sheet.iter_rows(), start=1):
        if number > LAST_EXCEL_ROW:
            raise refusal(file_name, "The workbook numbers a row beyond the last of Excel.")
        cells = [_cell(cell) for cell in record]
        while cells and not cells[-1].text:
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise refusal(
                file_name,
                f"Row {number} has more than {MAX_COLUMNS} columns; the template has eleven.",
                row=number,
            )
        found += 1
        if found > most_rows + 1:
            raise too_many_rows(file_name, most_rows)
        yield SheetRow(number, tuple(cells))


def _cell(cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":  # text, or an object of openpyxl's with the text in it
        return Cell(value if isinstance(value, str) else "= (formula)", CellKind.FORMULA)
    if value is None:
        return BLANK
    if cell.data_type == "e":
        return Cell(str(value), CellKind.ERROR)
    if isinstance(value, bool):
        return Cell("Y" if value else "N", CellKind.BOOLEAN)
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return Cell(f"{value:%d/%m/%Y}", CellKind.DATE, value)
    if isinstance(value, int | float):
        whole = isinstance(value, float) and value.is_integer()
        return Cell(str(int(value)) if whole else str(value), CellKind.NUMBER)
    return Cell(str(value).strip())
