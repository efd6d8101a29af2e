"""The list that comes out is read again to the letter, and nothing in it is run."""

from __future__ import annotations

import csv
import io
import string
import unicodedata
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.domain.characteristics import Sen
from pupiltrack_core.domain.ethnicities import ETHNICITIES, EXTENDED_ETHNICITIES
from pupiltrack_core.domain.formula_text import looks_like_formula
from pupiltrack_core.domain.upn import check_letter
from pupiltrack_core.interchange.pupil_export import (
    ExportedPupil,
    write_pupils_csv,
    write_pupils_workbook,
)
from pupiltrack_core.interchange.pupil_template import PupilRow, parse
from tests.unit.interchange.files import HEADINGS, upn

WRITERS = {"pupils.csv": write_pupils_csv, "pupils.xlsx": write_pupils_workbook}
# Whatever a name may hold: letters of any script, marks, and what spreadsheets stumble over.
LETTERS = st.characters(
    categories=("L", "N", "Sm"), include_characters="'=+-@\"; ,<>", codec="utf-8"
)
NAMES = (
    st.text(LETTERS, min_size=1, max_size=12)
    .map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
    .filter(lambda text: text != "")
)


def exported(number: int = 1, **changes: object) -> ExportedPupil:
    values: dict[str, object] = {
        "upn": upn(number),
        "surname": f"Marsh{number}",
        "forenames": "Ivy",
        "date_of_birth": date(2016, 11, 4),
        "sex": "F",
        "postcode": "LA1 4YF",
        "fsm": True,
        "ethnicity": "WBRI",
        "eal": None,
        "sen": "K",
        "local_number": None,
        **changes,
    }
    return ExportedPupil(**values)  # type: ignore[arg-type]  # values by name


def as_exported(row: PupilRow) -> ExportedPupil:
    return ExportedPupil(
        **{name: getattr(row, name) for name in ExportedPupil.__dataclass_fields__}
    )


PUPILS = st.builds(
    ExportedPupil,
    upn=st.integers(0, 10**12 - 1).map(lambda n: check_letter(f"A{n:012}") + f"{n:012}"),
    surname=NAMES,
    forenames=NAMES,
    date_of_birth=st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    sex=st.sampled_from("MF"),
    postcode=st.sampled_from(["LA1 4YF", "ZZ99 3AA", "W1A 1AA"]),
    fsm=st.none() | st.booleans(),
    ethnicity=st.sampled_from([*ETHNICITIES, *EXTENDED_ETHNICITIES, "XXXX"]),
    eal=st.none() | st.booleans(),
    sen=st.none() | st.sampled_from([str(sen) for sen in Sen]),
    local_number=st.none() | st.text(string.ascii_letters + "=-'0", min_size=1, max_size=20),
)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=30)
@given(pupils=st.lists(PUPILS, min_size=1, max_size=3, unique_by=lambda pupil: pupil.upn))
def test_write_pupils_is_read_again_to_the_letter(name: str, pupils: list[ExportedPupil]) -> None:
    parsed = parse(WRITERS[name](pupils), name)
    assert [problem for problem in parsed.problems if problem.blocking] == []
    assert [as_exported(row) for row in parsed.rows] == pupils


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    "surname",
    ["=1+1", "'=1+1", "''@x", "-Lee", "'Abd", "_x0041_", '"Quoted", Jr', "007"],
)
def test_write_pupils_keeps_names_that_files_stumble_over(name: str, surname: str) -> None:
    (row,) = parse(WRITERS[name]([exported(surname=surname)]), name).rows
    assert row.surname == surname


def test_write_pupils_csv_holds_nothing_a_spreadsheet_would_run() -> None:
    content = write_pupils_csv([exported(surname="=cmd|x", local_number="@SUM(A1)")])
    headings, cells = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert headings == HEADINGS
    assert not any(looks_like_formula(cell) for cell in cells)
    assert cells[3:8] == ["04/11/2016", "F", "LA1 4YF", "Y", "WBRI"]


def test_write_pupils_workbook_holds_texts_and_days_and_no_formula() -> None:
    content = write_pupils_workbook([exported(surname="=1+1")])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Pupils"]
    assert {cell.data_type for cell in sheet[2]} <= {"s", "d", "n"}
    assert sheet.cell(2, 2).value == "=1+1"
    assert sheet.cell(2, 2).data_type == "s"


def test_write_pupils_of_nobody_is_the_empty_template() -> None:
    assert [item.reason for item in parse(write_pupils_csv([]), "a.csv").problems] == [
        "The file has headings but no pupils."
    ]


def test_exported_pupil_does_not_show_the_child() -> None:
    assert "Marsh" not in repr(exported())
