"""The fields of a pupil's record: names, choices, and the words for what is stored."""

from __future__ import annotations

from datetime import date

import pytest

from pupiltrack_core.domain.ethnicities import MAIN_ETHNICITIES
from pupiltrack_core.domain.pupil_fields import (
    CUSTOM_FIELDS,
    PupilField,
    Recorded,
    choices_of,
    words_of,
    write_value,
)
from pupiltrack_core.storage.models import Enrolment, Pupil


@pytest.mark.parametrize("field", PupilField)
def test_every_field_is_a_column_of_its_table_and_has_a_name(field: PupilField) -> None:
    table = Pupil if field.is_of_pupil else Enrolment
    assert hasattr(table, field.value)
    assert field.label()


def test_label_of_a_custom_filter_is_the_schools_own_where_it_has_one() -> None:
    names = ("Breakfast club", "", "Choir")
    labels = [field.label(names) for field in CUSTOM_FIELDS]
    assert labels == ["Breakfast club", "Custom 2", "Choir", "Custom 4", "Custom 5", "Custom 6"]
    assert PupilField.EAL.label(names) == "English as an additional language"


def test_choices_of_ethnicity_are_the_main_codes() -> None:
    codes = [code for code, _ in choices_of(PupilField.ETHNICITY) if code]
    assert codes == [ethnicity.code for ethnicity in MAIN_ETHNICITIES]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "Y"),
        (False, "N"),
        (0, "0"),
        (-1, "-1"),
        (date(2016, 11, 4), "2016-11-04"),
        ("O'Brien", "O'Brien"),
    ],
)
def test_write_value(value: Recorded, text: str) -> None:
    assert write_value(value) == text


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        (PupilField.EAL, "", "Not recorded"),
        (PupilField.EAL, "N", "No"),
        (PupilField.YEAR_GROUP, "", "By date of birth"),
        (PupilField.YEAR_GROUP, "-1", "Nursery 2"),
        (PupilField.DATE_OF_BIRTH, "2016-11-04", "04/11/2016"),
        (PupilField.SEN, "K", "SEN support"),
        (PupilField.SEX, "F", "Female"),
        (PupilField.ETHNICITY, "WBRI", "White British (WBRI)"),
        (PupilField.ETHNICITY, "WCOR", "WCOR, counted as White British"),
        (PupilField.ETHNICITY, "XXXX", "XXXX"),
        (PupilField.SURNAME, "<b>Finch</b>", "<b>Finch</b>"),
    ],
)
def test_words_of(field: PupilField, text: str, words: str) -> None:
    assert words_of(field, text) == words


def test_is_notes_of_the_two_fields_with_several_lines() -> None:
    with_notes = {field for field in PupilField if field.is_notes}
    assert with_notes == {PupilField.NOTES, PupilField.SEN_NOTES}
