"""Whole files: every row, every problem at once, and never an exception."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.domain.characteristics import Sen, Sex
from pupiltrack_core.interchange.pupil_template import ParsedFile, PupilRow, parse
from pupiltrack_core.interchange.pupil_template_files import (
    CSV_NAME,
    WORKBOOK_NAME,
    main,
    template_csv,
    template_workbook,
)
from tests.unit.interchange.files import (
    HEADINGS,
    csv_file,
    csv_text,
    row,
    upn,
    with_entries,
    xlsx_file,
)

TEMPLATES = Path(__file__).parents[3] / "data" / "templates"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "imports"


def read(content: bytes, name: str = "pupils.csv") -> ParsedFile:
    return parse(content, name, local_authority="999")


def reasons(parsed: ParsedFile) -> str:
    return " ".join(problem.reason for problem in parsed.problems)


GOOD = PupilRow(
    row=2,
    upn=upn(1),
    upn_is_local=False,
    surname="Marsh1",
    forenames="Ivy1",
    date_of_birth=date(2016, 11, 4),
    sex=Sex.FEMALE,
    postcode="LA1 4YF",
    ethnicity="WBRI",
    fsm=True,
    eal=False,
    sen=Sen.SUPPORT,
    local_number=None,
)


def test_parse_a_good_csv_row() -> None:
    parsed = read(csv_file(row()))
    assert parsed.rows == (GOOD,)
    assert parsed.problems == ()
    assert parsed.is_readable


def test_parse_a_good_workbook_row_with_a_real_date() -> None:
    parsed = read(xlsx_file(row(dob=datetime(2016, 11, 4))), "pupils.xlsx")
    assert parsed.rows == (GOOD,)
    assert parsed.problems == ()


def test_parse_digest_is_of_the_bytes() -> None:
    assert read(csv_file(row())).digest == read(csv_file(row()), "other.csv").digest
    assert read(csv_file(row())).digest != read(csv_file(row()) + b"\n").digest


def test_parse_tells_every_problem_of_every_row_at_once() -> None:
    parsed = read(
        csv_file(
            row(1),
            row(2, dob="31/02/2016", gender="X", postcode="", ethnicity="", fsm="maybe", sen="?"),
            row(3, upn="", surname=""),
        )
    )
    assert [good.row for good in parsed.rows] == [2]
    assert [(problem.row, problem.column) for problem in parsed.problems] == [
        (3, "DOB"),
        (3, "Gender"),
        (3, "Postcode"),
        (3, "FSM"),
        (3, "Ethnic code"),
        (3, "SEN"),
        (4, "UPN"),
        (4, "Surname"),
    ]
    assert all(problem.blocking and problem.file == "pupils.csv" for problem in parsed.problems)
    assert parsed.problems[0].value == "31/02/2016"
    assert [(bad.row, bad.surname) for bad in parsed.rejected] == [(3, "Marsh2"), (4, "")]


def test_parse_a_upn_twice_blocks_both_rows_and_names_each_other() -> None:
    parsed = read(csv_file(row(1), row(2), row(1, forename="Rose"), row(3, upn=upn(1).lower())))
    assert [good.row for good in parsed.rows] == [3]
    assert [(problem.row, problem.column) for problem in parsed.problems] == [
        (2, "UPN"),
        (4, "UPN"),
        (5, "UPN"),
    ]
    assert "row 4, 5" in parsed.problems[0].reason
    assert [bad.row for bad in parsed.rejected] == [2, 4, 5]


def test_parse_a_upn_twice_is_seen_though_one_row_is_bad_anyway() -> None:
    parsed = read(csv_file(row(1), row(1, gender="X")))
    assert parsed.rows == ()
    assert {problem.row for problem in parsed.problems} == {2, 3}


def test_parse_the_same_child_under_two_upns_is_warned_of() -> None:
    parsed = read(csv_file(row(1), row(1, upn=upn(2), surname="MARSH1")))
    assert len(parsed.rows) == 2
    (problem,) = parsed.problems
    assert (problem.row, problem.blocking) == (3, False)
    assert "row 2" in problem.reason


def test_parse_formulas_are_refused_where_they_stand_even_with_a_stored_value() -> None:
    parsed = read(xlsx_file(row(1), row(2, surname="=1+1")), "pupils.xlsx")
    assert [good.row for good in parsed.rows] == [2]
    (problem,) = parsed.problems
    assert (problem.row, problem.column) == (3, "Surname")
    assert "formula" in problem.reason


def test_parse_formulas_as_headings_are_refused() -> None:
    parsed = read(xlsx_file(row(), headings=["=A2", *HEADINGS[1:]]), "pupils.xlsx")
    assert not parsed.is_readable
    assert "formulas" in reasons(parsed)


def test_parse_a_formula_in_an_ignored_column_does_no_harm() -> None:
    parsed = read(xlsx_file([*row(), "=1+1"], headings=[*HEADINGS, "Age"]), "pupils.xlsx")
    assert len(parsed.rows) == 1


def test_parse_numbers_where_text_is_expected() -> None:
    parsed = read(xlsx_file(row(lccno=12345, surname=7)), "pupils.xlsx")
    assert parsed.rows[0].local_number == "12345"
    assert parsed.rows[0].surname == "7"
    assert "no letter" in reasons(parsed)


def test_parse_a_number_for_a_date_of_birth_is_a_problem() -> None:
    assert "dd/mm/yyyy" in reasons(read(xlsx_file(row(dob=42678)), "pupils.xlsx"))


def test_parse_markup_stays_the_text_it_is() -> None:
    name = '<img src=x onerror="alert(1)">'
    assert read(csv_file(row(surname=name))).rows[0].surname == name
    assert read(xlsx_file(row(surname=name)), "a.xlsx").rows[0].surname == name


def test_parse_windows_1252_warns_at_the_file_and_at_each_accent() -> None:
    parsed = read(csv_text(row(1, surname="Núñez"), row(2)).encode("cp1252"))
    assert [good.surname for good in parsed.rows] == ["Núñez", "Marsh2"]
    assert [(problem.row, problem.blocking) for problem in parsed.problems] == [
        (None, False),
        (2, False),
    ]
    assert parsed.is_readable


def test_parse_semicolons_are_accepted_and_told() -> None:
    parsed = read(csv_file(row(), delimiter=";"))
    assert parsed.rows == (GOOD,)
    assert "semicolons" in reasons(parsed)


def test_parse_missing_columns_are_all_told_in_one_whole_file_problem() -> None:
    parsed = read(csv_file(row()[:2], headings=HEADINGS[:2]))
    assert not parsed.is_readable
    assert parsed.rows == ()
    (problem,) = parsed.problems
    assert problem.row is None
    assert "Forename, DOB, Gender, Postcode, FSM, Ethnic code" in problem.reason


def test_parse_extra_columns_are_ignored_with_a_warning() -> None:
    parsed = read(csv_file([*row(), "Oak", "Y"], headings=[*HEADINGS, "Class", "Ever 6"]))
    assert parsed.rows == (GOOD,)
    assert "Class, Ever 6" in reasons(parsed)


def test_parse_more_cells_than_headings_is_a_problem() -> None:
    parsed = read(csv_text(row()).encode() + b"A,B,C,D,E,F,G,H,I,J,K,L\r\n")
    assert [good.row for good in parsed.rows] == [2]
    assert parsed.problems[0].column is None
    assert "more cells" in parsed.problems[0].reason


def test_parse_surplus_blank_cells_do_no_harm() -> None:
    assert read(csv_file([*row(), "", ""])).rows == (GOOD,)


def test_parse_a_short_row_is_blank_on_the_right() -> None:
    parsed = read(csv_file(row()[:8]))
    assert parsed.rows[0].sen is None
    assert parsed.rows[0].eal is None


def test_parse_blank_lines_are_skipped_and_rows_keep_their_numbers() -> None:
    text = csv_text(row(1), [""] * 11, row(2))
    assert [good.row for good in read(("\r\n" + text).encode()).rows] == [3, 5]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "pupils.csv", "empty"),
        (b" \r\n ", "pupils.csv", "empty"),
        (b",,,\n", "pupils.csv", "empty"),
        (b"\xef\xbb\xbf", "pupils.csv", "empty"),
        (csv_file(), "pupils.csv", "no pupils"),
        (template_csv(), "pupils.csv", "no pupils"),
        (template_workbook(), "pupils.xlsx", "no pupils"),
        (xlsx_file(), "pupils.csv", "content is a workbook"),
        (csv_file(row()), "pupils.xlsx", "not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 512, "pupils.xlsx", "password"),
        (b"x", "pupils.xls", "Excel 97-2003"),
        (xlsx_file(row()), "pupils.xlsm", "macros"),
        (with_entries(xlsx_file(row()), {"xl/vbaProject.bin": b"x"}), "pupils.xlsx", "macros"),
        (b"x", "pupils.ods", "OpenDocument"),
        (b"x", "pupils.exe", "Only CSV"),
        (b"x", "pupils", "Only CSV"),
    ],
)
def test_parse_whole_file_refusals(content: bytes, name: str, words: str) -> None:
    parsed = read(content, name)
    assert not parsed.is_readable
    assert parsed.rows == parsed.rejected == ()
    assert words in reasons(parsed)
    assert all(problem.row is None for problem in parsed.problems)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("C:\\Users\\someone\\pupils.csv", "pupils.csv"),
        ("../../etc/pupils.CSV", "pupils.CSV"),
        ("", "file"),
        ("a\r\nb.csv", "a\ufffd\ufffdb.csv"),
    ],
)
def test_parse_a_file_name_is_only_its_last_part(given_name: str, shown: str) -> None:
    assert read(b"", given_name).file_name == shown


def test_parse_a_200_mb_workbook_is_refused() -> None:
    bomb = with_entries(xlsx_file(row()), {"xl/worksheets/sheet1.xml": bytes(200_000_000)})
    assert len(bomb) < 250_000
    assert "unpacks" in reasons(read(bomb, "pupils.xlsx"))


HEADED = csv_text().encode()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.booleans(), st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_parse_any_text_gives_problems_or_rows_and_never_raises(
    text: str, headed: bool, encoding: str
) -> None:
    content = text.encode(encoding, errors="ignore")
    parsed = read(HEADED + content if headed else content)
    assert parsed.rows or parsed.problems
    numbers = [good.row for good in parsed.rows] + [bad.row for bad in parsed.rejected]
    assert len(numbers) == len(set(numbers))


CELL = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "Y", "N", "M", "F", "WBRI", "SEN_K", "04/11/2016", "LA1 4YF", upn(1)]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELL, max_size=12), min_size=1, max_size=4))
def test_parse_any_table_accounts_for_every_row(table: list[list[str]]) -> None:
    parsed = read(csv_text(*table).encode(errors="ignore"))
    blocked = {problem.row for problem in parsed.problems if problem.blocking}
    assert parsed.rows or blocked
    if parsed.is_readable:
        assert blocked == {bad.row for bad in parsed.rejected}
        assert not blocked & {good.row for good in parsed.rows}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", xlsx_file(row())[:900]]))
def test_parse_any_bytes_named_a_workbook_never_raise(tail: bytes, head: bytes) -> None:
    assert not read(head + tail, "pupils.xlsx").is_readable


def test_template_files_in_the_repository_are_those_the_code_makes(tmp_path: Path) -> None:
    main([str(tmp_path)])
    for name in (CSV_NAME, WORKBOOK_NAME):
        assert (TEMPLATES / name).read_bytes() == (tmp_path / name).read_bytes()


def test_template_csv_has_the_eleven_headings() -> None:
    assert template_csv().decode("utf-8-sig").strip() == csv_text().strip()


def test_template_workbook_filled_in_can_be_imported() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_workbook()))
    for column, value in enumerate(row(dob=datetime(2016, 11, 4)), start=1):
        book["Pupils"].cell(2, column, value or None)
    rules = book["Pupils"].data_validations.dataValidation
    assert {str(rule.sqref) for rule in rules} == {
        f"{letter}2:{letter}1001" for letter in "ADEGHIJ"
    }
    buffer = io.BytesIO()
    book.save(buffer)
    assert read(buffer.getvalue(), "pupils.xlsx").rows == (GOOD,)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*-*.*")), ids=lambda path: path.name)
def test_parse_fixture_files_as_their_names_say(path: Path) -> None:
    parsed = read(path.read_bytes(), path.name)
    expected, _, _ = path.name.partition("-")
    assert expected in ("good", "warned", "bad", "refused")
    assert bool(parsed.rows) == (expected != "refused")
    assert any(problem.blocking for problem in parsed.problems) == (expected in ("bad", "refused"))
    if expected == "warned":
        assert parsed.problems
