"""Statutory results as columns: which a year group has, what a cell says, what may be entered."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from pupiltrack_core.services.grid_results import (
    ResultCell,
    ResultKind,
    entered_result,
    read_result,
    result_cells,
    result_columns,
)
from pupiltrack_core.storage.cells import StoredCell, result_cell

GLD = "result:EYFSP:GLD"
SCORE = "result:KS1:READ_SCORE"


class Row(NamedTuple):
    """A stored result, as it is read."""

    pupil_id: int
    collection: str
    ending_year: int
    sitting: str
    measure: str
    value: int | None = None
    code: str | None = None


def titles(year_group: int, academic_year: int) -> list[str]:
    return [f"{c.group}: {c.title}" for c in result_columns(year_group, academic_year)]


def test_result_columns_of_reception_has_only_the_good_level() -> None:
    assert titles(0, 2025) == ["Early years: GLD"]


def test_result_columns_of_year_5_in_2025_has_all_that_was_taken_on_the_way() -> None:
    # Year 5 of 2025/26 was Year 1 in 2021/22, Year 2 in 2022/23 (the last key stage 1), Year 4 in
    # 2024/25.
    assert titles(5, 2025) == [
        "Early years: GLD",
        "Phonics screening check: Year 1 (32)",
        "Phonics screening check: Year 2 (32)",
        "Key stage 1: Reading",
        "Key stage 1: Reading score",
        "Key stage 1: Writing",
        "Key stage 1: Maths",
        "Key stage 1: Maths score",
        "Key stage 1: Science",
        "MTC: Mark (25)",
    ]


def test_result_columns_of_a_year_without_key_stage_1_keep_the_optional_scores() -> None:
    assert titles(3, 2025)[-2:] == [
        "KS1 (optional tests): Reading score",
        "KS1 (optional tests): Maths score",
    ]


def test_result_columns_of_the_cohort_checked_in_the_autumn_say_so() -> None:
    # Year 6 of 2025/26 was Year 1 in 2020/21, when there was no check in June.
    phonics = [title for title in titles(6, 2025) if title.startswith("Phonics")]
    assert phonics == [
        "Phonics screening check: Year 2, autumn (32)",
        "Phonics screening check: Year 2 (32)",
    ]


def test_result_columns_of_year_6_end_with_key_stage_2() -> None:
    assert titles(6, 2025)[-5:] == [
        f"Key stage 2: {name}" for name in ("Reading", "Writing", "Maths", "GPS", "Science")
    ]


def test_result_columns_of_2019_have_no_tables_check() -> None:
    assert not [title for title in titles(4, 2019) if title.startswith("MTC")]


def test_result_columns_that_are_entered_are_the_ones_recording_takes() -> None:
    for column in result_columns(5, 2025):
        assert (column.kind is not ResultKind.SHOWN) == (entered_result(column.key) is not None)


def test_result_cells_of_a_check_with_mark_and_outcome_says_both() -> None:
    rows = [
        Row(1, "PHONICS", 2022, "Y1", "MARK", value=35),
        Row(1, "PHONICS", 2022, "Y1", "OUTCOME", code="Wa"),
        Row(2, "PHONICS", 2022, "Y1", "MARK", value=20),
        Row(2, "PHONICS", 2022, "Y1", "OUTCOME", code="Wt"),
        Row(3, "PHONICS", 2022, "Y1", "OUTCOME", code="A"),
    ]
    cells = result_cells(rows, {})
    assert [cells[pupil, "result:PHONICS:Y1"].value for pupil in (1, 2, 3)] == [
        "35, met",
        "20, not met",
        "Absent",
    ]


@pytest.mark.parametrize(
    ("row", "key", "text"),
    [
        (Row(1, "KS1", 2023, "main", "WRIT", code="EXS"), "result:KS1:WRIT", "EXS"),
        (Row(1, "KS2", 2026, "main", "MATH", 104, "AS"), "result:KS2:MATH", "104"),
        (Row(1, "KS2", 2026, "main", "MATH", code="B"), "result:KS2:MATH", "B"),
        (Row(1, "MTC", 2025, "main", "MARK", 0), "result:MTC:MARK", "0"),
        (Row(1, "EYFSP", 2021, "main", "GLD", code="Y"), GLD, "Y"),
    ],
)
def test_result_cells_of_one_result(row: Row, key: str, text: str) -> None:
    assert result_cells([row], {}) == {(1, key): ResultCell(text, is_locked=True)}


def test_result_cells_leave_out_early_learning_goals() -> None:
    assert result_cells([Row(1, "EYFSP", 2024, "main", "E01", code="2")], {}) == {}


def test_result_cells_of_two_years_shows_the_last_whatever_the_order() -> None:
    rows = [Row(1, "MTC", 2025, "main", "MARK", 21), Row(1, "MTC", 2024, "main", "MARK", 9)]
    assert result_cells(rows, {})[1, "result:MTC:MARK"].value == "21"


def test_result_cells_an_official_good_level_stands_before_an_entered_one() -> None:
    official = [Row(1, "EYFSP", 2021, "main", "GLD", code="N")]
    entered = {result_cell(pupil, "EYFSP", "GLD"): StoredCell("Y", 3) for pupil in (1, 2)}
    cells = result_cells(official, entered)
    assert cells[1, GLD] == ResultCell("N", is_locked=True)
    assert cells[2, GLD] == ResultCell("Y", version=3)


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        (SCORE, "79", "79"),
        (SCORE, " 120 ", "120"),
        (SCORE, "085", "85"),
        (SCORE, "", None),
        (SCORE, None, None),
        (GLD, "A", "A"),
    ],
)
def test_read_result_of_what_is_allowed(key: str, typed: Any, stored: str | None) -> None:
    assert read_result(key, typed) == stored


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        (SCORE, "78"),
        (SCORE, "121"),
        (SCORE, "100.5"),
        (SCORE, "-90"),
        (SCORE, "٩٩"),
        (SCORE, 99),
        (GLD, "Yes"),
        (GLD, "X"),
    ],
)
def test_read_result_refuses_what_is_not(key: str, typed: Any) -> None:
    with pytest.raises(ValueError, match=r"Enter a whole number from 79 to 120|Choose|Only text"):
        read_result(key, typed)
