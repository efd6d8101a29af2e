"""What is typed into the form of a pupil: read once, it reads again as the same."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.pupil_fields import MAX_NOTES, PupilField, choices_of, write_value
from pupiltrack_core.services.pupil_entry import EntryRules, place_pupil, read_entry
from tests.unit.interchange.files import upn

YEAR = AcademicYear(2025)
RULES = EntryRules(YEAR, ("Maple", "Birch"), "999")
REQUIRED = {
    PupilField.UPN,
    PupilField.SURNAME,
    PupilField.FORENAMES,
    PupilField.DATE_OF_BIRTH,
    PupilField.SEX,
    PupilField.POSTCODE,
    PupilField.ETHNICITY,
}
CHOSEN = [field for field in PupilField if choices_of(field)]


@pytest.mark.parametrize("field", CHOSEN)
def test_read_entry_takes_every_choice_that_is_offered(field: PupilField) -> None:
    for text, _ in choices_of(field):
        reading = read_entry({field: text}, RULES)
        if text or field not in REQUIRED:
            assert reading.texts == {field: text}
        else:
            assert [note.about for note in reading.problems][:1] == [field]


@pytest.mark.parametrize("field", PupilField)
def test_read_entry_of_a_blank_refuses_what_no_record_can_be_without(field: PupilField) -> None:
    refused = {note.about for note in read_entry({field: ""}, RULES).problems}
    # An alternative assessment is Yes or No, and never not recorded.
    assert (field in refused) is (field in {*REQUIRED, PupilField.ALTERNATIVE_ASSESSMENT})


@given(st.sampled_from(PupilField), st.text(max_size=250))
def test_read_entry_reads_anything_or_says_why_not(field: PupilField, text: str) -> None:
    reading = read_entry({field: text}, RULES)
    problems = [note for note in reading.problems if note.about is field]
    assert (field in reading.values) is not bool(problems) or field is PupilField.MOBILITY_TERM
    again = read_entry(reading.texts, RULES)
    assert again.texts == reading.texts
    assert again.warnings == reading.warnings


@given(st.text(min_size=1, max_size=3 * MAX_NOTES))
def test_read_entry_keeps_notes_of_a_bearable_length(text: str) -> None:
    kept = read_entry({PupilField.NOTES: text}, RULES).values.get(PupilField.NOTES)
    assert kept is None or len(str(kept)) <= MAX_NOTES


@given(
    st.dates(date(2010, 1, 1), date(2025, 8, 31)),
    st.one_of(st.none(), st.integers(-2, 6)),
)
def test_place_pupil_is_by_age_unless_told_and_never_far_from_it(
    born: date, override: int | None
) -> None:
    placing = place_pupil(born, override, YEAR)
    # the birthdays up to 31 August 2025, one by one, less four
    birthdays = [(year, born.month, born.day) for year in range(born.year + 1, 2026)]
    by_age = sum(day <= (2025, 8, 31) for day in birthdays) - 4
    if override is None:
        assert (placing.problem is None) is (-2 <= by_age <= 6)
    else:
        assert (placing.problem is None) is (abs(by_age - override) <= 2)
    if placing.problem is None:
        assert placing.year_group == (by_age if override is None else override)
        assert placing.is_override is (placing.year_group != by_age)


def test_read_entry_reads_a_upn_and_whether_it_is_local() -> None:
    assert read_entry({PupilField.UPN: upn(1)}, RULES).upn_is_local is False
    local = read_entry({PupilField.UPN: f"Q{upn(1)[1:]}"}, RULES)
    assert local.upn_is_local is True
    assert [note.about for note in local.warnings] == [PupilField.UPN]


def test_read_entry_of_a_term_needs_the_year_beside_it() -> None:
    both = {PupilField.MOBILITY_YEAR: "2", PupilField.MOBILITY_TERM: "Summer"}
    assert read_entry(both, RULES).problems == ()
    without = read_entry(both | {PupilField.MOBILITY_YEAR: ""}, RULES)
    assert [note.about for note in without.problems] == [PupilField.MOBILITY_TERM]


def test_readings_do_not_show_a_child_in_their_repr() -> None:
    reading = read_entry({PupilField.SURNAME: "Archer"}, RULES)
    assert "Archer" not in repr(reading)
    assert write_value(reading.values[PupilField.SURNAME]) == "Archer"
