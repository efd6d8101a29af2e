"""Lists of any system: where their columns stand, what choosing them wrongly says, what is read."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.interchange.column_mapping import (
    PupilTable,
    faults_of_mapping,
    guess_mapping,
    parse_mapped,
    read_table,
)
from pupiltrack_core.interchange.mapping_targets import Target, guess_by_heading
from pupiltrack_core.interchange.pupil_columns import is_template
from pupiltrack_core.interchange.pupil_template import ParsedFile, parse
from tests.unit.interchange.files import HEADINGS, OWN, csv_file, row, saved, upn, xlsx_file

SYSTEMS = Path(__file__).parents[2] / "fixtures" / "imports" / "systems"


def table_of(content: bytes, name: str = "list.csv") -> PupilTable:
    table = read_table(content, name)
    assert isinstance(table, PupilTable), table.problems
    return table


def refusal_of(content: bytes, name: str = "list.csv") -> str:
    parsed = read_table(content, name)
    assert isinstance(parsed, ParsedFile)
    assert not parsed.is_readable
    return " ".join(problem.reason for problem in parsed.problems)


@pytest.mark.parametrize("path", sorted(SYSTEMS.glob("*.csv")), ids=lambda path: path.name)
def test_parse_mapped_lists_of_common_systems_as_guessed(path: Path) -> None:
    content = path.read_bytes()
    if path.name == "bromcom-like.csv":  # in it the two names stand in one column
        assert Target.FULL_NAME in guess_mapping(table_of(content, path.name))
    table = table_of(content, path.name)
    assert not table.is_template
    parsed = parse_mapped(table, guess_mapping(table), local_authority="999")
    assert [problem for problem in parsed.problems if problem.blocking] == []
    ivy, tom, jose = parsed.rows
    places = {
        "arbor-like.csv": [(4, None), (5, None), (4, None)],
        "bromcom-like.csv": [(None, "4O"), (None, "5E"), (None, "4O")],
        "scholarpack-like.csv": [(None, "Oak"), (None, "Elm"), (None, "Oak")],
        "sims-like.csv": [(None, "4 Oak"), (None, "5 Elm"), (None, "4 Oak")],
    }
    assert [(item.year_group, item.class_name) for item in parsed.rows] == places[path.name]
    assert (ivy.upn, ivy.surname, ivy.forenames) == (upn(1), "Marsh", "Ivy")
    assert (ivy.sex, ivy.fsm, ivy.eal, ivy.sen) == ("F", True, False, "K")
    assert (ivy.ethnicity, ivy.postcode) == ("WBRI", "LA1 4YF")
    assert (tom.surname, tom.fsm, tom.eal, tom.sen) == ("O'Brien", False, None, "N")
    assert (jose.forenames, jose.fsm, jose.eal, jose.sen) == ("José", None, True, "E")
    assert jose.ethnicity == "AOPK"


def test_read_table_of_a_workbook_finds_the_sheet_of_pupils_below_its_title() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Notes", "of", "the", "office", "for", "this", "year", "only"])
    sheet = book.create_sheet("List")
    for values in (["Hillside"], [], OWN, row(1), row(2)):
        sheet.append(values)
    table = table_of(saved(book), "list.xlsx")
    assert [column.heading for column in table.columns] == OWN
    assert table.number_of_rows == 2
    parsed = parse_mapped(table, guess_mapping(table), local_authority="999")
    assert [item.row for item in parsed.rows] == [4, 5]
    assert "headings were found in row 3" in parsed.problems[0].reason


def test_read_table_of_a_workbook_says_when_a_second_sheet_is_as_good() -> None:
    book = openpyxl.Workbook()
    other = book.create_sheet("Other")
    for sheet in (book.active, other):
        sheet.append(OWN)
        sheet.append(row(1))
    assert "More than one sheet" in table_of(saved(book), "list.xlsx").sheet.warnings[0]


def test_read_table_shows_three_different_values_of_each_column() -> None:
    rows = [row(number) for number in range(1, 6)]
    rows[0][1] = "N" * 300
    rows[1][2] = ""
    columns = {column.heading: column for column in table_of(csv_file(*rows, headings=OWN)).columns}
    assert columns["Last name"].samples == ("N" * 39 + "…", "Marsh2", "Marsh3")
    assert columns["First name"].samples == ("Ivy1", "Ivy3", "Ivy4")
    assert columns["Sex"].samples == ("F",)
    assert columns["House"].samples == ()
    assert "Marsh2" not in repr(columns)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "list.csv", "empty"),
        (b"\xff\xfea", "list.csv", "UTF-16"),
        (b"a,b\n1,2\n", "list.csv", "has 2 columns"),
        (csv_file(headings=OWN), "list.csv", "no pupils"),
        (b"PK\x03\x04", "list.zip", "ZIP archive. Unpack it"),
        (b"PK\x03\x04", "list.xlsx", "damaged"),
        (b"%PDF", "list.pdf", "Only CSV files"),
        (b"x" * 300, "list", "Only CSV files"),
    ],
)
def test_read_table_says_why_there_is_none(content: bytes, name: str, words: str) -> None:
    assert words in refusal_of(content, name)


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.xlsx"]))
def test_read_table_any_bytes_never_raise(content: bytes, name: str) -> None:
    assert isinstance(read_table(content, name), ParsedFile | PupilTable)


def test_fingerprint_is_of_the_headings_in_their_order() -> None:
    first = table_of(csv_file(row(1), headings=OWN)).fingerprint
    spelt = [f" {heading.upper()} " for heading in OWN]
    assert table_of(csv_file(row(2), headings=spelt)).fingerprint == first
    assert table_of(csv_file(row(1), headings=[*OWN[1:], OWN[0]])).fingerprint != first
    assert len(first) == 64


@pytest.mark.parametrize(
    ("headings", "answer"),
    [
        (HEADINGS, True),
        ([heading.upper() for heading in reversed(HEADINGS)], True),
        ([*HEADINGS[:10], "House"], True),  # the last may be left out, and others added
        (HEADINGS[1:], False),
        ([*HEADINGS, "UPN"], False),
        (["Unique pupil number", *HEADINGS[1:]], False),
    ],
)
def test_is_template(headings: list[str], answer: bool) -> None:
    assert is_template(headings) is answer


def test_parse_mapped_of_the_template_is_what_the_template_says() -> None:
    content = xlsx_file(row(1), row(2, dob="31/02/2016"))
    table = table_of(content, "pupils.xlsx")
    assert table.is_template
    mapped = parse_mapped(table, guess_mapping(table), local_authority="999")
    assert mapped.rows == parse(content, "pupils.xlsx", local_authority="999").rows
    assert mapped.digest == parse(content, "pupils.xlsx").digest


@pytest.mark.parametrize(("heading", "target"), [("Reg", "class_name"), ("Year", "year_group")])
def test_read_table_the_template_with_a_class_or_a_year_is_a_list(
    heading: str, target: str
) -> None:
    table = table_of(csv_file([*row(1), "4"], headings=[*HEADINGS, heading]))
    assert not table.is_template
    parsed = parse_mapped(table, guess_mapping(table), local_authority="999")
    assert str(getattr(parsed.rows[0], target)) == "4"


# --- guesses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (["Preferred Surname", "Legal Surname"], {Target.SURNAME: 1}),
        (["Surname", "Forename", "Name"], {Target.SURNAME: 0, Target.FORENAME: 1}),
        (["Name", "Surname"], {Target.FULL_NAME: 0}),
        (["dateOfBirth", "UPN:", "POST CODE"], {t: at for at, t in enumerate(
            (Target.DATE_OF_BIRTH, Target.UPN, Target.POSTCODE))}),
        (["FSM Ever 6", "FSM"], {Target.FSM: 1}),
        (["Year group", "NCYear", "Reg", "Class"], {Target.YEAR_GROUP: 1, Target.CLASS_NAME: 3}),
        (["Registration Group", "Yr"], {Target.YEAR_GROUP: 1, Target.CLASS_NAME: 0}),
        (["UPN", "UPN"], {Target.UPN: 0}),
        (["Mother's surname", "Former UPN", "x" * 5_000, ""], {}),
    ],
)  # fmt: skip
def test_guess_by_heading(headings: list[str], found: dict[Target, int]) -> None:
    assert guess_by_heading(headings) == found


def test_guess_mapping_by_what_stands_in_a_column() -> None:
    headings = ["Number", *OWN[1:5], "Where", *OWN[6:]]
    guessed = guess_mapping(table_of(csv_file(row(1), row(2), headings=headings)))
    assert (guessed[Target.UPN], guessed[Target.POSTCODE]) == (0, 5)


def test_guess_mapping_not_by_values_of_which_one_does_not_fit() -> None:
    headings = ["Number", *OWN[1:]]
    table = table_of(csv_file(row(1), row(2, upn="17"), headings=headings))
    assert Target.UPN not in guess_mapping(table)


# --- choices --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> PupilTable:
    return table_of(csv_file(row(1), headings=OWN))


def test_faults_of_mapping_none_for_the_guess(table: PupilTable) -> None:
    assert faults_of_mapping(table, guess_mapping(table)) == {}


def test_faults_of_mapping_without_anything_names_all_that_is_needed(table: PupilTable) -> None:
    needed = {target for target in Target if target.is_required}
    assert set(faults_of_mapping(table, {})) == needed | {Target.SURNAME, Target.FORENAME}


def test_faults_of_mapping_one_column_twice_is_refused_at_both(table: PupilTable) -> None:
    chosen = guess_mapping(table) | {Target.FSM: 8}
    faults = faults_of_mapping(table, chosen)
    assert set(faults) == {Target.FSM, Target.EAL}
    assert "“Is EAL” is chosen for English as an additional language too" in faults[Target.FSM]


@pytest.mark.parametrize("position", [-1, 11, 10_000])
def test_faults_of_mapping_a_column_that_is_not_there(table: PupilTable, position: int) -> None:
    chosen = guess_mapping(table) | {Target.SEN: position}
    assert set(faults_of_mapping(table, chosen)) == {Target.SEN}
    with pytest.raises(ValueError, match="faults"):
        parse_mapped(table, chosen)


def test_faults_of_mapping_names_together_and_apart_are_refused(table: PupilTable) -> None:
    faults = faults_of_mapping(table, guess_mapping(table) | {Target.FULL_NAME: 10})
    assert set(faults) == {Target.SURNAME, Target.FORENAME}


def test_parse_mapped_left_out_columns_are_blank_and_named(table: PupilTable) -> None:
    chosen = {key: at for key, at in guess_mapping(table).items() if key is not Target.FSM}
    parsed = parse_mapped(table, chosen, local_authority="999")
    assert parsed.rows[0].fsm is None
    assert "ignored: FSM eligible, House." in parsed.problems[0].reason


def test_parse_mapped_problems_name_both_headings_and_what_the_file_has() -> None:
    bad = row(1, gender="Robot", sen="K - support", fsm="perhaps", dob="31.02.2016")
    table = table_of(csv_file(bad, [*row(2), "one cell too many"], headings=OWN))
    parsed = parse_mapped(table, guess_mapping(table), local_authority="999")
    found = [(item.row, item.column, item.value) for item in parsed.problems if item.row]
    assert found == [
        (2, "DOB (“Birth date”)", "31.02.2016"),
        (2, "Gender (“Sex”)", "Robot"),
        (2, "FSM (“FSM eligible”)", "perhaps"),
        (3, None, "one cell too many"),
    ]
    assert parsed.rows == ()


def test_parse_mapped_markup_and_formulas_stay_text() -> None:
    rows = [row(1, surname="<script>alert(1)</script>"), row(2, surname="=1+1")]
    table = table_of(csv_file(*rows, headings=OWN))
    parsed = parse_mapped(table, guess_mapping(table), local_authority="999")
    assert [item.surname for item in parsed.rows] == ["<script>alert(1)</script>", "=1+1"]
