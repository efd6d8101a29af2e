# ruff: noqa: RUF001 - names and numerals of other scripts are what is tested
"""Each kind of cell: what is taken, what is refused and why, what is only warned of."""

from __future__ import annotations

from datetime import date

import pytest

from pupiltrack_core.domain.characteristics import Sen, Sex
from pupiltrack_core.domain.upn import check_letter
from pupiltrack_core.interchange.pupil_cells import (
    MAX_NAME_LENGTH,
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
from pupiltrack_core.interchange.sheets import Cell, CellKind


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (Cell("=1+1", CellKind.FORMULA), "formula"),
        (Cell("#REF!", CellKind.ERROR), "spreadsheet error"),
        (Cell("x" * 501), "more than 500"),
        (Cell("Ivy\nRose"), "line break"),
        (Cell("Ivy\x00"), "control character"),
        (Cell("Ivy\x1b[31m"), "control character"),
        (Cell("Ivy\u2028Rose"), "control character"),
        (Cell("Ivy\u202eesoR"), "control character"),
        (Cell("Ivy\ufffd"), "character was lost"),
    ],
)
def test_fault_of_cell_refuses(cell: Cell, words: str) -> None:
    assert words in (fault_of_cell(cell) or "")


@pytest.mark.parametrize("text", ["", "Ivy", "x" * 500, "Łucja", "مريم", "می‌نا", "美玲", "👧"])
def test_fault_of_cell_accepts_every_script(text: str) -> None:
    assert fault_of_cell(Cell(text)) is None


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien",
        "d’Arcy-Núñez",
        "Smith & Sons",
        "<script>alert(1)</script>",
        "&lt;b&gt;",
        "Robert'); DROP TABLE pupil;--",
        "مريم",
        "X",
        "N" * MAX_NAME_LENGTH,
    ],
)
def test_read_name_is_kept_to_the_letter(name: str) -> None:
    reading = read_name(Cell(name), called="surname")
    assert reading.value == name
    assert reading.warnings == ()


def test_read_name_composes_accents_and_plains_spaces() -> None:
    assert read_name(Cell("Jose\u0301 Luis\u00a0Juan"), called="forename").value == "José Luis Juan"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (Cell(""), "surname is missing"),
        (Cell("N" * (MAX_NAME_LENGTH + 1)), "longer than 200"),
        (Cell("05/05/2020", CellKind.DATE, date(2020, 5, 5)), "is a date"),
    ],
)
def test_read_name_refuses(cell: Cell, words: str) -> None:
    assert words in (read_name(cell, called="surname").problem or "")


@pytest.mark.parametrize("start", list("=+-@＝＋－＠"))
def test_read_name_that_begins_like_a_formula_is_warned_of(start: str) -> None:
    reading = read_name(Cell(f"{start}SUM(A1)"), called="surname")
    assert reading.value == f"{start}SUM(A1)"
    assert "formula" in reading.warnings[0]


def test_read_name_without_a_letter_is_warned_of() -> None:
    assert "no letter" in read_name(Cell("12"), called="surname").warnings[0]
    assert "no letter" in read_name(Cell("12", CellKind.NUMBER), called="surname").warnings[0]


def test_read_name_garbled_accents_are_warned_of() -> None:
    garbled = "Núñez".encode().decode("cp1252")
    assert "garbled" in read_name(Cell(garbled), called="surname").warnings[0]
    assert read_name(Cell("Núñez"), called="surname").warnings == ()


def test_read_name_accent_of_a_guessed_encoding_is_warned_of() -> None:
    assert read_name(Cell("Núñez"), called="surname", check_accents=True).warnings
    assert not read_name(Cell("Marsh"), called="surname", check_accents=True).warnings


def test_read_upn_good_one_in_small_letters() -> None:
    # B801200005001: a published worked example of the check letter.
    reading = read_upn(Cell("b801200005001"))
    assert reading.value is not None
    assert (reading.value.upn, reading.value.is_local) == ("B801200005001", False)
    assert reading.warnings == ()


def test_read_upn_wrong_check_letter_is_a_local_identifier_with_a_warning() -> None:
    reading = read_upn(Cell("C801200005001"))
    assert reading.value is not None
    assert reading.value.is_local
    assert reading.warnings


@pytest.mark.parametrize("text", ["", "12345", "B80120000500", "B8012000050011", "I801200005001"])
def test_read_upn_missing_or_malformed_is_a_problem(text: str) -> None:
    reading = read_upn(Cell(text))
    assert reading.value is None
    assert reading.problem


def test_read_upn_unknown_authority_is_warned_of_unless_it_is_the_schools_own() -> None:
    upn = check_letter("A999200125001") + "999200125001"
    assert len(read_upn(Cell(upn)).warnings) == 1
    assert read_upn(Cell(upn), local_authority="999").warnings == ()
    assert len(read_upn(Cell(upn), local_authority="850").warnings) == 1


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("04/11/2016", date(2016, 11, 4)),
        ("4/9/2016", date(2016, 9, 4)),
        ("29/02/2016", date(2016, 2, 29)),
        ("2016-11-04", date(2016, 11, 4)),
        ("2016-11-04 00:00:00", date(2016, 11, 4)),
    ],
)
def test_read_date_of_birth(text: str, born: date) -> None:
    assert read_date_of_birth(Cell(text)).value == born


def test_read_date_of_birth_from_a_real_date() -> None:
    born = date(2016, 11, 4)
    assert read_date_of_birth(Cell("04/11/2016", CellKind.DATE, born)).value == born


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "missing"),
        ("31/02/2016", "no such date"),
        ("29/02/2015", "no such date"),
        ("00/01/2016", "no such date"),
        ("04/25/2016", "month written first"),
        ("04/11/16", "four figures"),
        ("4 November 2016", "dd/mm/yyyy"),
        ("42678", "dd/mm/yyyy"),
        ("04/11/0000", "no such date"),
        ("٠٤/١١/٢٠١٦", "dd/mm/yyyy"),
    ],
)
def test_read_date_of_birth_refuses(text: str, words: str) -> None:
    assert words in (read_date_of_birth(Cell(text)).problem or "")


def test_read_sex() -> None:
    assert read_sex(Cell("m")).value is Sex.MALE
    assert read_sex(Cell("F")).value is Sex.FEMALE
    assert "missing" in (read_sex(Cell("")).problem or "")
    assert "not M or F" in (read_sex(Cell("X")).problem or "")


@pytest.mark.parametrize("text", ["LA1 4YF", "la14yf", " LA1  4YF "])
def test_read_postcode_is_tidied(text: str) -> None:
    assert read_postcode(Cell(text)).value == "LA1 4YF"


@pytest.mark.parametrize("text", ["", "LA1", "12345", "LA1 4YF x", "not known"])
def test_read_postcode_missing_or_wrong_advises_the_schools_own(text: str) -> None:
    assert "the school's own" in (read_postcode(Cell(text)).problem or "")


@pytest.mark.parametrize(
    ("text", "code"), [("WBRI", "WBRI"), ("OOth", "OOTH"), ("aopk", "AOPK"), ("WENG", "WENG")]
)
def test_read_ethnicity_is_kept_as_given_in_capitals(text: str, code: str) -> None:
    reading = read_ethnicity(Cell(text))
    assert (reading.value, reading.warnings) == (code, ())


def test_read_ethnicity_unknown_code_is_kept_with_a_warning() -> None:
    reading = read_ethnicity(Cell("zzzz"))
    assert (reading.value, reading.problem) == ("ZZZZ", None)
    assert "no ethnic group" in reading.warnings[0]


def test_read_ethnicity_missing_is_a_problem() -> None:
    assert "NOBT" in (read_ethnicity(Cell("")).problem or "")


@pytest.mark.parametrize("text", ["British", "WBR", "WBRIT", "WB1I", "ÆBRI", "W BI", "1234", "-"])
def test_read_ethnicity_that_is_not_four_letters_is_a_problem(text: str) -> None:
    reading = read_ethnicity(Cell(text))
    assert reading.value is None
    assert "census" in (reading.problem or "")


def test_read_yes_no_blank_is_not_no() -> None:
    assert read_yes_no(Cell("y")).value is True
    assert read_yes_no(Cell("N")).value is False
    blank = read_yes_no(Cell(""))
    assert (blank.value, blank.problem) == (None, None)
    for other in ("1", "0", "T", "maybe"):
        assert read_yes_no(Cell(other)).problem


@pytest.mark.parametrize(
    ("text", "sen"),
    [
        ("SEN_K", Sen.SUPPORT),
        ("sen_e", Sen.EHC_PLAN),
        ("SEN K", Sen.SUPPORT),
        ("K", Sen.SUPPORT),
        ("SEN_N", Sen.NONE),
        ("N", Sen.NONE),
        ("", None),
    ],
)
def test_read_sen(text: str, sen: Sen | None) -> None:
    reading = read_sen(Cell(text))
    assert (reading.value, reading.problem, reading.warnings) == (sen, None, ())


@pytest.mark.parametrize(
    ("text", "sen", "words"),
    [
        ("S", Sen.EHC_PLAN, "statement"),
        ("SEN_S", Sen.EHC_PLAN, "statement"),
        ("A", Sen.SUPPORT, "School Action"),
        ("P", Sen.SUPPORT, "Plus"),
    ],
)
def test_read_sen_former_provision_is_grouped_with_a_note(text: str, sen: Sen, words: str) -> None:
    reading = read_sen(Cell(text))
    assert reading.value is sen
    assert words in reading.warnings[0]


@pytest.mark.parametrize("text", ["X", "SEN", "SEN_", "Y", "SEN_KE"])
def test_read_sen_refuses_anything_else(text: str) -> None:
    assert "SEN_K" in (read_sen(Cell(text)).problem or "")


def test_read_local_number() -> None:
    assert read_local_number(Cell("")).value is None
    assert read_local_number(Cell("00123")).value == "00123"
    assert read_local_number(Cell("1" * 21)).problem


@pytest.mark.parametrize(
    ("text", "year_group", "is_refused"),
    [("4", 4, False), ("R", 0, False), ("", None, False), ("7", None, True), ("4B", None, True)],
)
def test_read_year_group(text: str, year_group: int | None, is_refused: bool) -> None:
    reading = read_year_group(Cell(text))
    assert (reading.value, reading.problem is not None) == (year_group, is_refused)


@pytest.mark.parametrize(
    ("cell", "class_name", "words"),
    [
        (Cell("  4\u00a0 Oak "), "4 Oak", None),
        (Cell("4", CellKind.NUMBER), "4", None),
        (Cell(""), None, None),
        (Cell("x" * 60), "x" * 60, None),
        (Cell("x" * 61), None, "longer than 60"),
        (Cell("Oak\u200b"), None, "nobody can see"),
        (Cell("04/05/2026", CellKind.DATE), None, "is a date"),
    ],
)
def test_read_class_name(cell: Cell, class_name: str | None, words: str | None) -> None:
    reading = read_class_name(cell)
    assert reading.value == class_name
    assert (words or "") in (reading.problem or "")
    assert (reading.problem is None) is (words is None)
