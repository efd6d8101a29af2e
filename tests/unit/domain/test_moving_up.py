from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.moving_up import (
    CARRIED,
    NextPlace,
    carried_over,
    guess_new_class,
    next_place,
    next_year_group,
    opens_on,
    placed,
    prepared_from,
)
from pupiltrack_core.domain.year_groups import LABELS, PRIMARY

NEW = AcademicYear(2026)
# Nine years old on 31 August 2026, so of Year 5 in 2026/2027 and of Year 4 the year before.
NINE = date(2016, 11, 4)


@pytest.mark.parametrize(
    ("born", "was_in", "is_override", "place"),
    [
        (NINE, 4, False, NextPlace(5)),
        (date(2016, 9, 1), 4, False, NextPlace(5)),  # the oldest of Year 5
        (date(2017, 8, 31), 4, False, NextPlace(5)),  # the youngest of Year 5
        (NINE, 3, True, NextPlace(4, is_override=True)),  # kept down, and stays a year behind
        (NINE, 5, True, NextPlace(6, is_override=True)),  # put up
        (date(2015, 11, 4), 4, True, NextPlace(5, is_override=True)),  # 10: Year 6 by age
        (NINE, 4, True, NextPlace(5)),  # an override that is none any more
        (date(2014, 11, 4), 6, False, NextPlace(None)),  # the end of Year 6
        (date(2013, 11, 4), 6, True, NextPlace(None)),  # kept down once, and through now
        (date(2022, 11, 4), -2, False, NextPlace(-1)),  # Nursery 1 to Nursery 2
        (date(2021, 11, 4), -1, False, NextPlace(0)),
    ],
)
def test_next_place(born: date, was_in: int, is_override: bool, place: NextPlace) -> None:
    assert next_place(born, was_in, is_override=is_override, academic_year=NEW) == place


@pytest.mark.parametrize("was_in", [group for group in PRIMARY if group != 4])
def test_next_place_against_the_date_of_birth_is_a_problem(was_in: int) -> None:
    place = next_place(NINE, was_in, is_override=False, academic_year=NEW)
    assert place.year_group is None
    assert not place.leaves
    assert LABELS[was_in] in place.problem


def test_next_place_of_an_override_too_far_from_the_age_is_a_problem() -> None:
    # Nine years old: Year 5 by age; Reception and one more year is Year 1, four years away.
    place = next_place(NINE, 0, is_override=True, academic_year=NEW)
    assert place.problem
    assert not place.leaves


@given(st.dates(date(2014, 9, 1), date(2023, 8, 31)), st.sampled_from(PRIMARY), st.booleans())
def test_next_place_agrees_with_a_slow_rule(born: date, was_in: int, is_override: bool) -> None:
    # Reception takes who was born from 1 September 2021 to 31 August 2022, Year 1 a year before.
    by_age = next(
        group
        for group in range(-3, 9)
        if date(2021 - group, 9, 1) <= born <= date(2022 - group, 8, 31)
    )
    place = next_place(born, was_in, is_override=is_override, academic_year=NEW)
    if not is_override and by_age != was_in + 1:
        assert place.problem
    elif was_in == 6:
        assert place.leaves
    elif abs(was_in + 1 - by_age) > 2:
        assert place.problem
    else:
        assert (place.year_group, place.is_override) == (was_in + 1, was_in + 1 != by_age)
    assert place.leaves is (place.year_group is None and place.problem == "")


def test_next_year_group_without_override_is_by_age_wherever_the_pupil_was() -> None:
    assert next_year_group(NINE, 1, is_override=False, academic_year=NEW) == 5
    assert next_year_group(NINE, 1, is_override=True, academic_year=NEW) == 2


@pytest.mark.parametrize(
    ("group", "place"),
    [
        (5, NextPlace(5)),
        (4, NextPlace(4, is_override=True)),
        (6, NextPlace(6, is_override=True)),
        (3, NextPlace(3, is_override=True)),
    ],
)
def test_placed(group: int, place: NextPlace) -> None:
    assert placed(NINE, group, academic_year=NEW) == place


def test_placed_too_far_from_the_age_is_a_problem() -> None:
    assert "too far from Year 2" in placed(NINE, 2, academic_year=NEW).problem


def test_opens_on_is_after_the_summer_term() -> None:
    assert opens_on(NEW) == date(2026, 8, 1)
    assert opens_on(NEW) + timedelta(days=31) == NEW.first_day
    assert prepared_from(NEW) == date(2026, 6, 1)


CLASSES = {"4B": (4,), "Elm": (5,), "Oak": (1, 2), "Ash": (3,), "Fir": (3,), "Class 3/4": (3, 4)}


@pytest.mark.parametrize(
    ("name", "group", "guess"),
    [
        ("4B", 4, "5B"),
        ("Year 4", 4, "Year 5"),
        ("14", 4, "Elm"),  # another number: the one class of Year 5
        ("Oak", 1, "Oak"),  # of Years 1 and 2: the younger stay
        ("Oak", 2, ""),  # three classes of Year 3
        ("Class 3/4", 3, "Class 3/4"),
        ("Class 3/4", 4, "Elm"),  # never Class 3/5
        ("Maple", 4, "Elm"),
        ("Elm", 5, ""),  # there is no class of Year 6
        ("", 4, "Elm"),
    ],
)
def test_guess_new_class(name: str, group: int, guess: str) -> None:
    assert guess_new_class(name, group, CLASSES) == guess


def test_guess_new_class_pairs_as_many_classes_by_name() -> None:
    classes = {"Ash": (1,), "beech": (1,), "Élan": (2,), "Cedar": (2,), "Fir": (3,)}
    guesses = [guess_new_class(name, 1, classes) for name in ("Ash", "beech", "Fir")]
    assert guesses == ["Cedar", "Élan", ""]
    assert guess_new_class("Cedar", 2, classes) == "Fir"


def test_carried_is_all_of_the_child_and_nothing_of_the_year() -> None:
    assert set(CARRIED) == {
        *("include_in_data", "ethnicity", "sen", "sen_notes", "eal", "fsm", "ever6"),
        *("pupil_premium", "disadvantaged", "looked_after", "young_carer"),
        *("alternative_assessment", "mobility_year", "mobility_term"),
        *("custom_1", "custom_2", "custom_3", "custom_4", "custom_5", "custom_6"),
    }
    assert len(CARRIED) == len(set(CARRIED))


def test_carried_over_leaves_the_year_behind() -> None:
    last = SimpleNamespace(**{name: f"the {name}" for name in CARRIED}, class_name="Oak", left_on=1)
    assert carried_over(last) == {name: f"the {name}" for name in CARRIED}
