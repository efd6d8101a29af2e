"""Workbooks become the same rows as CSV files, and formulas stay formulas."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from pupiltrack_core.errors import ConfigurationError, ImportFileError
from pupiltrack_core.interchange.pupil_columns import count_recognised
from pupiltrack_core.interchange.sheets import MAX_ROWS, Cell, CellKind, Sheet
from pupiltrack_core.interchange.workbooks import read_workbook
from tests.unit.interchange.files import HEADINGS, row, saved, with_entries, xlsx_file


def read(content: bytes) -> Sheet:
    return read_workbook(content, "pupils.xlsx", known_headings=count_recognised)


def reason(content: bytes) -> str:
    with pytest.raises(ImportFileError) as caught:
        read(content)
    return caught.value.problems[0].reason


def second_row(*values: object) -> tuple[Cell, ...]:
    return read(xlsx_file(list(values))).rows[1].cells


def test_read_workbook_cells_by_kind() -> None:
    cells = second_row("  Marsh ", 12345, 12345.0, 1.5, True, datetime(2016, 11, 4), None, "x")
    assert cells == (
        Cell("Marsh"),
        Cell("12345", CellKind.NUMBER),
        Cell("12345", CellKind.NUMBER),
        Cell("1.5", CellKind.NUMBER),
        Cell("Y", CellKind.BOOLEAN),
        Cell("04/11/2016", CellKind.DATE, date(2016, 11, 4)),
        Cell(""),
        Cell("x"),
    )


def test_read_workbook_the_calendar_of_1904_is_understood() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(HEADINGS)
    book.active.append([datetime(2016, 11, 4)])
    assert read(saved(book)).rows[1].cells[0].day == date(2016, 11, 4)


def test_read_workbook_formulas_stay_formulas_in_spite_of_a_stored_value() -> None:
    content = xlsx_file(["=1+1", "Marsh"])
    part = "xl/worksheets/sheet1.xml"
    with_value = _replace(content, part, b"<v></v>", b"<v>2</v>", b"<v />", b"<v>2</v>")
    assert read(with_value).rows[1].cells[0].kind is CellKind.FORMULA


def _replace(content: bytes, part: str, *pairs: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        old = archive.read(part)
    new = old
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        new = new.replace(before, after)
    assert new != old
    return with_entries(content, {part: new})


def test_read_workbook_array_formulas_are_formulas() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    book.active["A2"] = openpyxl.worksheet.formula.ArrayFormula("A2:A2", "=1+1")
    assert read(saved(book)).rows[1].cells[0].kind is CellKind.FORMULA


def test_read_workbook_errors_are_errors() -> None:
    assert second_row("#N/A")[0].kind is CellKind.ERROR


def test_read_workbook_rows_are_numbered_as_shown() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    book.active["A4"] = "A1"
    book.active["A9"] = "A2"
    assert [row.number for row in read(saved(book)).rows] == [1, 4, 9]


def test_read_workbook_a_stated_size_is_not_believed() -> None:
    content = xlsx_file(row())
    lying = _replace(content, "xl/worksheets/sheet1.xml", b'ref="A1:K2"', b'ref="A1:XFD1048576"')
    assert len(read(lying).rows) == 2
    assert len(read(lying).rows[1].cells) == 10  # the last cell of the row is blank


def test_read_workbook_a_row_number_beyond_excel_is_refused() -> None:
    content = xlsx_file(row())
    lying = _replace(content, "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="99999999999"')
    assert "beyond the last" in reason(lying)


def test_read_workbook_more_rows_or_columns_than_the_cap_are_refused() -> None:
    assert len(read(xlsx_file(*[["A"]] * MAX_ROWS)).rows) == MAX_ROWS + 1
    assert "5,000 rows" in reason(xlsx_file(*[["A"]] * (MAX_ROWS + 1)))
    assert "100 columns" in reason(xlsx_file(["x"] * 101))


def test_read_workbook_the_sheet_with_headings_is_found() -> None:
    book = openpyxl.Workbook()
    book.active.append(["How to fill this in"])
    pupils = book.create_sheet("Pupils")
    pupils.append(HEADINGS)
    pupils.append(row())
    sheet = read(saved(book))
    assert len(sheet.rows) == 2
    assert sheet.warnings == ()


def test_read_workbook_two_sheets_of_pupils_give_a_warning() -> None:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("More")):
        sheet.append(HEADINGS)
        sheet.append(row())
    assert "Only the first of them was read" in read(saved(book)).warnings[0]


def test_read_workbook_without_any_known_heading_gives_the_first_row() -> None:
    assert read(xlsx_file(["x"], headings=["a"])).rows[0].cells == (Cell("a"),)


_ROW_WITHOUT_NUMBER = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<sheetData><row r="x"/></sheetData></worksheet>'
)


def test_read_workbook_of_charts_only_is_refused() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet()
    del book["Sheet"]
    assert "cannot be read" in reason(saved(book))


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("xl/workbook.xml", b"<workbook>"),
        ("xl/workbook.xml", b"not xml"),
        ("xl/styles.xml", b"<styleSheet"),
        ("xl/worksheets/sheet1.xml", _ROW_WITHOUT_NUMBER),
        ("[Content_Types].xml", b"<Types/>"),
    ],
)
def test_read_workbook_malformed_parts_are_refused(part: str, data: bytes) -> None:
    content = with_entries(xlsx_file(row()), {part: data})
    assert reason(content)


def test_read_workbook_without_defusedxml_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert openpyxl.DEFUSEDXML is True
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    with pytest.raises(ConfigurationError, match="defusedxml"):
        read(xlsx_file(row()))
