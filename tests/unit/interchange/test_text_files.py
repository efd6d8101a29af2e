# ruff: noqa: RUF001 - names and numerals of other scripts are what is tested
"""CSV files as they come: encodings, delimiters, quotation marks, sizes."""

from __future__ import annotations

import pytest

from pupiltrack_core.errors import ImportFileError
from pupiltrack_core.interchange import text_files
from pupiltrack_core.interchange.pupil_columns import count_recognised
from pupiltrack_core.interchange.sheets import MAX_ROWS, Sheet
from pupiltrack_core.interchange.text_files import read_text_file


def read(content: bytes | str) -> Sheet:
    data = content.encode() if isinstance(content, str) else content
    return read_text_file(data, "pupils.csv", known_headings=count_recognised)


def texts(sheet: Sheet) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in sheet.rows]


def reasons(content: bytes | str) -> str:
    with pytest.raises(ImportFileError) as caught:
        read(content)
    return " ".join(problem.reason for problem in caught.value.problems)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_read_text_file_utf8_with_and_without_mark(mark: bytes) -> None:
    sheet = read(mark + "UPN,Surname\nA1,Núñez".encode())
    assert texts(sheet) == [["UPN", "Surname"], ["A1", "Núñez"]]
    assert sheet.warnings == ()
    assert not sheet.check_accents


def test_read_text_file_windows_1252_is_read_with_a_warning() -> None:
    sheet = read("UPN,Surname\nA1,O’Brien-Núñez".encode("cp1252"))
    assert texts(sheet)[1] == ["A1", "O’Brien-Núñez"]
    assert sheet.check_accents
    assert "Windows-1252" in sheet.warnings[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_read_text_file_wide_encodings_are_refused_with_advice(encoding: str) -> None:
    assert "CSV UTF-8" in reasons("UPN,Surname\nA1,Marsh".encode(encoding))


def test_read_text_file_bytes_of_no_known_encoding_are_refused() -> None:
    assert "cannot be read" in reasons(b"UPN,Surname\nA1,\x81\x8d\xff")


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_read_text_file_other_delimiters_are_read_with_a_warning(delimiter: str, name: str) -> None:
    sheet = read(f"UPN{delimiter}Surname{delimiter}Sex\nA1{delimiter}Marsh, or so{delimiter}F")
    assert texts(sheet)[1] == ["A1", "Marsh, or so", "F"]
    assert name in sheet.warnings[0]


def test_read_text_file_headings_without_any_known_are_split_at_commas() -> None:
    assert texts(read("a,b;c\n1,2")) == [["a", "b;c"], ["1", "2"]]


def test_read_text_file_declared_delimiter_is_obeyed_and_not_a_row() -> None:
    sheet = read("sep=;\r\nUPN;Surname\r\nA1;Marsh")
    assert [row.number for row in sheet.rows] == [1, 2]
    assert texts(sheet)[1] == ["A1", "Marsh"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_read_text_file_rows_are_numbered_as_in_a_spreadsheet(ending: str) -> None:
    lines = ["UPN,Surname", "", '"A\n1",Marsh', ",", "A2,Reed"]
    sheet = read(ending.join(lines))
    # Row 2 and row 4 are blank; the line break inside quotation marks starts no new row.
    assert [row.number for row in sheet.rows] == [1, 3, 5]


def test_read_text_file_quotation_mark_never_closed_is_refused_with_its_row() -> None:
    with pytest.raises(ImportFileError) as caught:
        read('UPN,Surname\nA1,Marsh\nA2,"Reed\nA3,Holt\n')
    assert caught.value.problems[0].row == 3
    assert "quotation mark" in caught.value.problems[0].reason


def test_read_text_file_doubled_quotation_marks_are_one() -> None:
    assert texts(read('UPN,Forename\nA1,"Anne ""Nan"""'))[1] == ["A1", 'Anne "Nan"']


def test_read_text_file_more_rows_than_the_cap_are_refused() -> None:
    def lines(pupils: int) -> str:
        return "UPN,Surname\n" + "A1,Marsh\n" * pupils

    assert len(read(lines(MAX_ROWS)).rows) == MAX_ROWS + 1
    assert "5,000 rows" in reasons(lines(MAX_ROWS + 1))
    assert "5,000 rows" in reasons(lines(100_000))


def test_read_text_file_more_columns_than_the_cap_are_refused() -> None:
    assert "100 columns" in reasons("UPN,Surname\nA1" + ",x" * 100)


def test_read_text_file_a_line_beyond_reason_is_refused() -> None:
    assert "far too long" in reasons("UPN,Surname\nA1," + "x" * 60_000)


def test_read_text_file_a_cell_beyond_reason_is_refused() -> None:
    assert "far too long" in reasons('UPN,Surname\nA1,"' + ("x" * 1_000 + "\n") * 200 + '"')


def test_read_text_file_a_file_beyond_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "MAX_TEXT_BYTES", 20)
    assert read("UPN,Surname\nA1,Marsh"[:20]).rows
    assert "larger than" in reasons("UPN,Surname\nA1,Marsh!")
