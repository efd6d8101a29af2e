"""Headings are recognised however they are written, and nothing else is."""

from __future__ import annotations

import pytest

from pupiltrack_core.interchange.pupil_columns import (
    TEMPLATE,
    PupilColumn,
    count_recognised,
    read_headings,
    recognise,
)
from pupiltrack_core.interchange.sheets import Cell, SheetRow

HEADINGS = [column.value for column in TEMPLATE]


def headings_of(*texts: str) -> SheetRow:
    return SheetRow(1, tuple(Cell(text) for text in texts))


@pytest.mark.parametrize("column", TEMPLATE)
def test_recognise_template_headings(column: PupilColumn) -> None:
    for written in (column.value, column.value.upper(), f"  {column.value.lower()}", column.short):
        assert recognise(written) is column


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("Sex", PupilColumn.SEX),
        ("SEX (M or F)", PupilColumn.SEX),
        ("gender m/f", PupilColumn.SEX),
        ("Date of Birth", PupilColumn.DATE_OF_BIRTH),
        ("DOB\n(dd/mm/yyyy)", PupilColumn.DATE_OF_BIRTH),
        ("Ethnicity", PupilColumn.ETHNICITY),
        ("FSM  ALLOW Y,N OR BLANK", PupilColumn.FSM),
        ("English as an Additional Language", PupilColumn.EAL),
        ("EAL (Y/N)", PupilColumn.EAL),
        ("SEN Allow SEN_K, SEN_E, S For office use only", PupilColumn.SEN),
        ("Forenames", PupilColumn.FORENAME),
        ("Post code", PupilColumn.POSTCODE),
        ("LCCNo", PupilColumn.LOCAL_NUMBER),
        ("(Office use only) LCC No", PupilColumn.LOCAL_NUMBER),
    ],
)
def test_recognise_other_ways_of_writing(written: str, column: PupilColumn) -> None:
    assert recognise(written) is column


@pytest.mark.parametrize(
    "written", ["", "FSM Ever 6", "SEN need type", "Former UPN", "Surname at birth", "Class", "1"]
)
def test_recognise_other_columns_are_not_taken_for_ours(written: str) -> None:
    assert recognise(written) is None


def test_count_recognised_counts_a_column_once() -> None:
    assert count_recognised(["UPN", "upn", "Sex", "Gender", "Class", ""]) == 2


def test_read_headings_in_any_order() -> None:
    headings = read_headings(headings_of(*reversed(HEADINGS)))
    assert headings.problems == ()
    assert headings.positions[PupilColumn.UPN] == 10
    assert headings.positions[PupilColumn.LOCAL_NUMBER] == 0


def test_read_headings_names_every_missing_column_at_once() -> None:
    headings = read_headings(headings_of("UPN", "Surname", "Forename"))
    (problem,) = headings.problems
    for name in ("DOB", "Gender", "Postcode", "FSM", "Ethnic code", "English", "SEN"):
        assert name in problem
    assert "LCCNo" not in problem


def test_read_headings_office_column_may_be_left_out() -> None:
    assert read_headings(headings_of(*HEADINGS[:-1])).problems == ()


def test_read_headings_a_repeated_column_is_a_problem() -> None:
    (problem,) = read_headings(headings_of(*HEADINGS, "Sex")).problems
    assert "Gender" in problem


def test_read_headings_extra_columns_are_named_and_blank_ones_are_not() -> None:
    headings = read_headings(headings_of(*HEADINGS, "", "Class", "Ever 6"))
    assert headings.problems == ()
    assert headings.ignored == ("Class", "Ever 6")
