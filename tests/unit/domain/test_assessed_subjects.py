"""Which assessment a day falls after and before, against a slow look through all of them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.assessed_subjects import (
    AssessedSubject,
    after_in_words,
    before_in_words,
    first_after,
    last_before,
)
from pupiltrack_core.domain.judgement_wording import JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.rounding import NOT_APPLICABLE

DAY = date(2026, 1, 12)


def assessed(
    number: int, days: int, value: str | None = "O", subject: str = "READ"
) -> AssessedSubject:
    """An assessment so many days after `DAY`."""
    return AssessedSubject(
        assessment_id=number,
        academic_year=2025,
        name=f"A{number}",
        held_on=DAY + timedelta(days=days),
        subject=subject,
        judgement=None if value is None else Judgement(value),
    )


def test_before_and_after_name_the_nearest_assessment_on_each_side() -> None:
    held = (
        assessed(1, -90, "B"),
        assessed(2, -20, "T"),
        assessed(3, -5, "D", "MATH"),  # another subject
        assessed(4, 60, "O"),
        assessed(5, 90, "D"),
    )
    assert before_in_words(held, "READ", DAY) == "Towards (A2, 23/12/2025)"
    assert after_in_words(held, "READ", DAY) == "On track (A4, 13/03/2026)"
    wording = JudgementWording({Judgement.TOWARDS: "Developing", Judgement.ON_TRACK: "Secure"})
    assert before_in_words(held, "READ", DAY, wording) == "Developing (A2, 23/12/2025)"
    assert after_in_words(held, "READ", DAY, wording) == "Secure (A4, 13/03/2026)"


def test_an_assessment_of_the_day_itself_is_neither_before_nor_after() -> None:
    held = (assessed(1, 0),)
    assert before_in_words(held, "READ", DAY) == "No assessment before"
    assert after_in_words(held, "READ", DAY) == "No assessment since"


def test_an_assessment_without_a_judgement_is_not_the_same_as_none() -> None:
    held = (assessed(1, -10, "B"), assessed(2, -3, None), assessed(3, 4, None))
    assert before_in_words(held, "READ", DAY) == "No data (A2, 09/01/2026)"
    assert after_in_words(held, "READ", DAY) == "No data (A3, 16/01/2026)"


def test_of_two_assessments_on_one_day_the_one_made_last_counts() -> None:
    held = (assessed(1, -3), assessed(2, -3), assessed(3, 3), assessed(4, 3))
    assert last_before(held, "READ", DAY) == held[1]
    assert first_after(held, "READ", DAY) == held[3]


def test_what_has_no_day_or_no_subject_says_so() -> None:
    assert before_in_words((), "READ", None) == "No start date"
    assert after_in_words((), "READ", None) == "No end date"
    assert before_in_words((), None, DAY) == after_in_words((), None, None) == NOT_APPLICABLE


HELD = st.lists(
    st.builds(
        assessed,
        st.integers(1, 9),
        st.integers(-4, 4),
        st.sampled_from(["B", "O", None]),
        st.sampled_from(["READ", "MATH"]),
    ),
    max_size=8,
    unique_by=lambda one: (one.assessment_id, one.subject),
)


@given(HELD)
def test_last_before_and_first_after_agree_with_a_walk_day_by_day(
    held: list[AssessedSubject],
) -> None:
    def walk(step: int) -> AssessedSubject | None:
        for distance in range(1, 10):
            day = DAY + timedelta(days=step * distance)
            there = [one for one in held if one.subject == "READ" and one.held_on == day]
            if there:
                return sorted(there, key=lambda one: one.assessment_id)[-1]
        return None

    assert last_before(held, "READ", DAY) == walk(-1)
    assert first_after(held, "READ", DAY) == walk(1)
