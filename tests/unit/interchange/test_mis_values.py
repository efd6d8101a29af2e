"""What systems write, in the template's words; what is not beyond doubt stays as it is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.characteristics import Sen
from pupiltrack_core.interchange.mis_values import (
    NAME_TOGETHER,
    say_day,
    say_eal,
    say_ethnicity,
    say_sen,
    say_sex,
    say_year_group,
    say_yes_no,
    split_name,
    translate,
)
from pupiltrack_core.interchange.pupil_cells import read_date_of_birth, read_sen
from pupiltrack_core.interchange.pupil_columns import PupilColumn
from pupiltrack_core.interchange.sheets import BLANK, Cell, CellKind


@pytest.mark.parametrize("text", ["Y", "yes", "True", "T", "1", "TRUE", " Eligible"])
def test_say_yes_no_yes(text: str) -> None:
    assert say_yes_no(text) == "Y"


@pytest.mark.parametrize("text", ["N", "no", "False", "f", "0", "Not eligible"])
def test_say_yes_no_no(text: str) -> None:
    assert say_yes_no(text) == "N"


@pytest.mark.parametrize("text", ["", "perhaps", "2", "YY", "-", "؟"])
def test_say_yes_no_what_is_neither_stays(text: str) -> None:
    assert say_yes_no(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ENG", "N"),
        ("ENB", "N"),
        ("English", "N"),
        ("OTH", "Y"),
        ("otb", "Y"),
        ("REF", ""),
        ("NOT", ""),
        ("ZZZ", ""),
        ("True", "Y"),
        ("Polish", "Polish"),
        ("", ""),
    ],
)
def test_say_eal(text: str, said: str) -> None:
    assert say_eal(text) == said


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("K", Sen.SUPPORT),
        ("SEN Support", Sen.SUPPORT),
        ("K - SEN support", Sen.SUPPORT),
        ("K: something of the school's own", Sen.SUPPORT),
        ("K SEN Support", Sen.SUPPORT),
        ("SEN_K", Sen.SUPPORT),
        ("E", Sen.EHC_PLAN),
        ("EHCP", Sen.EHC_PLAN),
        ("Education, Health and Care Plan", Sen.EHC_PLAN),
        ("E \N{EN DASH} EHC plan", Sen.EHC_PLAN),
        ("S", Sen.EHC_PLAN),
        ("S - Statement", Sen.EHC_PLAN),
        ("P - School Action Plus", Sen.SUPPORT),
        ("N", Sen.NONE),
        ("No Special Educational Need", Sen.NONE),
        ("", None),
        ("A Level", None),  # no code before words that mean the same
        ("X - unknown", None),
        ("maybe", None),
    ],
)
def test_say_sen_as_it_is_kept(text: str, kept: Sen | None) -> None:
    assert read_sen(Cell(say_sen(text))).value == kept


@pytest.mark.parametrize(("text", "said"), [("Boy", "M"), ("GIRL", "F"), ("F", "F"), ("x", "x")])
def test_say_sex(text: str, said: str) -> None:
    assert say_sex(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("WBRI", "WBRI"),
        ("WBRI - White British", "WBRI"),
        ("wbri: White British", "WBRI"),
        ("WBRI White British", "WBRI"),
        ("White - British", "WBRI"),
        ("Any Other White Background", "WOTH"),
        ("Other Pakistani (AOPK)", "AOPK"),
        ("Information not yet obtained", "NOBT"),
        ("Both parents", "Both parents"),  # BOTH is a code, this is not
        ("Ours - a code of nobody's", "Ours - a code of nobody's"),
        ("", ""),
    ],
)
def test_say_ethnicity(text: str, said: str) -> None:
    assert say_ethnicity(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "04/11/2016",
        "4/11/2016",
        "04-11-2016",
        "4.11.2016",
        "04 11 2016",
        "4 Nov 2016",
        "04-Nov-2016",
        "4th November 2016",
        "4 NOVEMBER, 2016",
        "04/11/2016 00:00:00",
        "2016-11-04",
        "2016-11-04T00:00:00",
    ],
)
def test_say_day_is_read_in_the_order_of_the_united_kingdom(text: str) -> None:
    assert read_date_of_birth(Cell(say_day(text))).value == date(2016, 11, 4)


def test_say_day_september_in_four_letters() -> None:
    assert say_day("1 Sept 2016") == "01/09/2016"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("31-02-2016", "no such date"),
        ("11/25/2016", "month written first"),
        ("4 Now 2016", "dd/mm/yyyy"),
        ("4 Nov 16", "four figures"),
        ("04/11/16", "four figures"),
        ("42678", "dd/mm/yyyy"),
        ("04/11/2016 12:30", "dd/mm/yyyy"),
    ],
)
def test_say_day_what_is_no_day_is_refused_by_the_template_s_reader(text: str, words: str) -> None:
    reading = read_date_of_birth(Cell(say_day(text)))
    assert words in (reading.problem or "")


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["-", ".", "/", " "]))
def test_say_day_reads_every_day(day: date, between: str) -> None:
    text = f"{day.day}{between}{day.month}{between}{day.year}"
    assert read_date_of_birth(Cell(say_day(text))).value == day


@pytest.mark.parametrize(
    ("text", "surname", "forenames"),
    [
        ("Marsh, Ivy", "Marsh", "Ivy"),
        ("O'Brien-Núñez ,Tom  Lee", "O'Brien-Núñez", "Tom  Lee"),
        ("مريم, علي", "مريم", "علي"),
    ],
)
def test_split_name(text: str, surname: str, forenames: str) -> None:
    first, second = split_name(Cell(text))
    assert (first.text, second.text) == (surname, forenames)
    assert first.as_in_file == second.as_in_file == text


@pytest.mark.parametrize("text", ["Ivy Marsh", "Marsh,", ", Ivy", "Marsh, Ivy, Jr", ","])
def test_split_name_without_one_comma_says_what_is_wrong(text: str) -> None:
    surname, forenames = split_name(Cell(text))
    assert surname.fault == NAME_TOGETHER
    assert forenames.text == ""
    assert forenames.as_in_file == text


@pytest.mark.parametrize("cell", [BLANK, Cell("=A1", CellKind.FORMULA)])
def test_split_name_of_no_text_is_left_to_the_reader(cell: Cell) -> None:
    assert split_name(cell) == (cell, cell)


def test_translate_keeps_what_the_file_has() -> None:
    cell = translate(PupilColumn.FSM, Cell("True"))
    assert (cell.text, cell.as_in_file) == ("Y", "True")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (PupilColumn.SURNAME, Cell("True")),
        (PupilColumn.FSM, Cell("Y")),
        (PupilColumn.FSM, Cell("True", CellKind.FORMULA)),
        (PupilColumn.DATE_OF_BIRTH, Cell("04.11.2016", CellKind.DATE, date(2016, 11, 4))),
    ],
)
def test_translate_leaves_alone_what_needs_no_translation(column: PupilColumn, cell: Cell) -> None:
    assert translate(column, cell) is cell


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((text, "4") for text in ("4", "04", "Year 4", "year 04", "Y4", "Yr 4", "NC Year 4")),
        *((text, "R") for text in ("R", "Reception", "Year R", "YR", "0", "FS2", "F2", "Rec.")),
        *((text, "N2") for text in ("F1", "Foundation Stage 1")),
        *((text, "") for text in ("Nursery", "N", "X")),
        *((text, text) for text in ("", "N1", "Nursery 2", "4B", "Year 4 Oak", "Year", "-1", "²")),
        ("Year 12", "12"),
    ],
)
def test_say_year_group(text: str, said: str) -> None:
    assert say_year_group(text) == said
