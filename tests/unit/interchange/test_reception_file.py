"""Files of many schools' Reception pupils: each row to its school, and every problem at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.interchange import reception_file, sheets
from pupiltrack_core.interchange.pupil_template import parse
from pupiltrack_core.interchange.reception_file import (
    ReceptionFile,
    parse_reception_file,
    reception_template,
)
from tests.unit.interchange.files import HEADINGS, csv_file, row, xlsx_file

ONE, TWO = "9992001", "9992002"


def read(*rows: list[Any], heading: str = "LAESTAB", **more: Any) -> ReceptionFile:
    content = csv_file(*rows, headings=[heading, *HEADINGS])
    return parse_reception_file(content, "october.csv", local_authority="999", **more)


def at(school: object, number: int = 1, **changes: Any) -> list[Any]:
    return [school, *row(number, **changes)]


def said(parsed: ReceptionFile) -> list[tuple[int | None, str | None, str]]:
    return [(item.row, item.column, item.reason) for item in parsed.problems]


def test_parse_gives_each_school_its_rows_as_a_file_of_its_own() -> None:
    parsed = read(at(ONE, 1), at("999/2002", 2), at("999 2001", 3))
    assert parsed.is_readable
    assert parsed.problems == ()
    assert {key: [r.row for r in file.rows] for key, file in parsed.schools.items()} == {
        ONE: [2, 4],
        TWO: [3],
    }
    alone = parse(csv_file(row(1)), "october.csv", local_authority="999").rows[0]
    assert parsed.schools[ONE].rows[0] == alone
    assert {file.digest for file in parsed.schools.values()} == {parsed.digest}


def test_parse_reads_workbooks_with_numbers_for_schools() -> None:
    content = xlsx_file(at(9992001, 1), at(9992002, 2), headings=["LAESTAB", *HEADINGS])
    parsed = parse_reception_file(content, "october.xlsx", local_authority="999")
    assert list(parsed.schools) == [ONE, TWO]


@pytest.mark.parametrize("heading", ["LAESTAB", "la estab", "DfE number", "School number"])
def test_parse_knows_the_school_column_by_several_names(heading: str) -> None:
    assert list(read(at(ONE), heading=heading).schools) == [ONE]


@pytest.mark.parametrize(
    ("school", "words"),
    [
        ("", "The number of the school is missing."),
        ("2001", "seven digits"),
        ("Hillside Primary", "seven digits"),
        ("99920011", "seven digits"),
        ("٩٩٩٢٠٠١", "seven digits"),
        ("x" * 501, "more than 500 characters"),
    ],
)
def test_parse_says_which_rows_have_no_school(school: str, words: str) -> None:
    parsed = read(at(school, 1), at(ONE, 2))
    ((number, column, reason),) = said(parsed)
    assert (number, column) == (2, "LAESTAB")
    assert words in reason
    assert [r.row for r in parsed.schools[ONE].rows] == [3]


def test_parse_keeps_problems_of_a_row_with_its_school_and_says_all_at_once() -> None:
    parsed = read(at(ONE, 1, dob="31/02/2022"), at(TWO, 2, surname=""), at("", 3))
    assert [item.row for item in parsed.problems] == [4]
    assert [item.row for item in parsed.schools[ONE].problems] == [2]
    assert [item.row for item in parsed.schools[TWO].rejected] == [3]


def test_parse_refuses_a_pupil_named_at_two_schools_at_both() -> None:
    parsed = read(at(ONE, 1), at(TWO, 1), at(TWO, 2))
    assert parsed.schools[ONE].rows == ()
    assert [r.row for r in parsed.schools[TWO].rows] == [4]
    (problem,) = parsed.schools[ONE].problems
    assert problem.blocking
    assert "also" not in problem.reason
    assert "at another school in row 3" in problem.reason
    assert [r.row for r in parsed.schools[TWO].rejected] == [3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv_file(row()), "lacks a column headed LAESTAB"),
        (csv_file(["9992001"], headings=["LAESTAB"]), "lacks these headings"),
        (
            csv_file([ONE, ONE, *row()], headings=["LAESTAB", "DfE number", *HEADINGS]),
            "more than one column headed LAESTAB",
        ),
        (csv_file(headings=["LAESTAB", *HEADINGS]), "headings but no pupils"),
        (b"", "The file is empty."),
        (b"PK\x03\x04", "its content is a workbook"),
    ],
)
def test_parse_refuses_a_file_without_what_is_needed(content: bytes, words: str) -> None:
    parsed = parse_reception_file(content, "october.csv", local_authority="999")
    assert not parsed.is_readable
    assert parsed.schools == {}
    assert words in " ".join(item.reason for item in parsed.problems)


@pytest.mark.parametrize(("make", "name"), [(csv_file, "a.csv"), (xlsx_file, "a.xlsx")])
def test_parse_takes_more_rows_than_a_school_has_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch, make: Any, name: str
) -> None:
    assert reception_file.MOST_ROWS > sheets.MAX_ROWS
    monkeypatch.setattr(reception_file, "MOST_ROWS", 2)
    rows = [at(ONE, number) for number in (1, 2, 3)]
    headings = ["LAESTAB", *HEADINGS]
    two = parse_reception_file(make(*rows[:2], headings=headings), name, local_authority="999")
    assert len(two.schools[ONE].rows) == 2
    three = parse_reception_file(make(*rows, headings=headings), name, local_authority="999")
    assert not three.is_readable
    assert "more than 2 rows" in three.problems[0].reason
    assert "whole schools" in three.problems[0].reason


def test_parse_names_columns_it_passes_over_once_and_not_the_school() -> None:
    content = csv_file(
        [ONE, *row(1), "x"], [TWO, *row(2), "y"], headings=["LAESTAB", *HEADINGS, "House"]
    )
    parsed = parse_reception_file(content, "october.csv", local_authority="999")
    ((number, _, reason),) = said(parsed)
    assert number is None
    assert "House" in reason
    assert "LAESTAB" not in reason
    assert parsed.is_readable
    assert all(file.problems == () for file in parsed.schools.values())


def test_reception_template_can_be_filled_in() -> None:
    lines = reception_template().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("LAESTAB,UPN,Surname,")
    filled = reception_template() + csv_file(at(ONE)).split(b"\r\n")[1]
    assert list(parse_reception_file(filled, "a.csv", local_authority="999").schools) == [ONE]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([ONE, TWO, "999/2002", "", "12"]), st.integers(1, 6)),
        min_size=1,
        max_size=12,
    )
)
def test_parse_accounts_for_every_row_once(drawn: list[tuple[str, int]]) -> None:
    parsed = read(*(at(school, number) for school, number in drawn))
    taken = [r.row for file in parsed.schools.values() for r in (*file.rows, *file.rejected)]
    nowhere = [item.row for item in parsed.problems]
    assert sorted([*taken, *nowhere]) == list(range(2, len(drawn) + 2))
    kept = [r.upn for file in parsed.schools.values() for r in file.rows]
    assert len(kept) == len(set(kept))
