from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.services.roll_forward_plan import (
    ClassOfYear,
    MovingClass,
    Outcome,
    PlannedPupil,
    PupilChoice,
    PupilNow,
    RollForwardPlan,
    YearChoices,
    is_begun,
    moving_classes,
    plan_year,
)

NEW = AcademicYear(2026)


def pupil(number: int = 1, group: int = 4, **changed: object) -> PupilNow:
    """A pupil of the year group its age says: Year 4 in 2025/2026 was born in 2016/2017."""
    now = PupilNow(
        pupil_id=number,
        surname=f"Surname{number:03d}",
        forenames="Jo",
        date_of_birth=date(2020 - group, 10, 1),
        year_group=group,
        is_override=False,
        class_name="Maple",
        left_on=None,
    )
    return replace(now, **changed)  # type: ignore[arg-type]


def plan(*pupils: PupilNow, classes: object = None, **choices: PupilChoice) -> RollForwardPlan:
    chosen = YearChoices(
        classes or {},  # type: ignore[arg-type]
        {int(key[1:]): choice for key, choice in choices.items()},
    )
    return plan_year(pupils, chosen, school_id=7, academic_year=NEW)


def only(*args: PupilNow, **kwargs: object) -> PlannedPupil:
    (item,) = plan(*args, **kwargs).pupils  # type: ignore[arg-type]
    return item


MAPLE = ClassOfYear("Maple", 4)


def test_plan_year_moves_a_pupil_with_the_class() -> None:
    item = only(pupil(), classes={MAPLE: "Oak", ClassOfYear("Maple", 3): "Elm"})
    assert (item.outcome, item.year_group, item.is_override) == (Outcome.MOVES, 5, False)
    assert item.class_name == "Oak"
    assert item.words == "Moves to Year 5"


def test_plan_year_lets_year_6_leave() -> None:
    item = only(pupil(group=6), classes={ClassOfYear("Maple", 6): "Oak"})
    assert (item.outcome, item.year_group, item.class_name) == (Outcome.LEAVES, None, "")
    assert item.words == "Leaves"


@pytest.mark.parametrize(
    ("choice", "outcome", "group", "is_override", "class_name"),
    [
        (PupilChoice(year_group=4), Outcome.STAYS, 4, True, "Maple"),
        (PupilChoice(year_group=4, class_name="Elm"), Outcome.STAYS, 4, True, "Elm"),
        (PupilChoice(year_group=6), Outcome.MOVES, 6, True, ""),
        (PupilChoice(year_group=5), Outcome.MOVES, 5, False, "Oak"),
        (PupilChoice(class_name="Elm"), Outcome.MOVES, 5, False, "Elm"),
        (PupilChoice(class_name=""), Outcome.MOVES, 5, False, ""),
        (PupilChoice(leaves=True, year_group=4), Outcome.LEAVES, None, False, ""),
        (PupilChoice(year_group=1), Outcome.PROBLEM, None, False, ""),
    ],
)
def test_plan_year_heeds_what_is_chosen_for_one(
    choice: PupilChoice, outcome: Outcome, group: int | None, is_override: bool, class_name: str
) -> None:
    item = only(pupil(), classes={MAPLE: "Oak"}, p1=choice)
    assert (item.outcome, item.year_group, item.is_override) == (outcome, group, is_override)
    assert item.class_name == class_name


def test_plan_year_keeps_year_6_down_when_chosen() -> None:
    item = only(pupil(group=6), p1=PupilChoice(year_group=6))
    assert (item.outcome, item.year_group, item.is_override) == (Outcome.STAYS, 6, True)
    assert item.words == "Stays in the same year group"


def test_plan_year_asks_where_age_and_year_group_contradict() -> None:
    older = pupil(date_of_birth=date(2013, 10, 1))
    item = only(older)
    assert item.outcome is Outcome.PROBLEM
    assert item.words == item.reason
    assert only(older, p1=PupilChoice(leaves=True)).outcome is Outcome.LEAVES


def test_plan_year_keeps_who_is_there_and_who_has_left() -> None:
    there = pupil(1, there_group=5, there_class="Elm")
    gone = pupil(2, left_on=date(2026, 1, 6))
    planned = plan(there, gone, p1=PupilChoice(leaves=True), p2=PupilChoice(year_group=5))
    first, second = planned.pupils
    assert (first.outcome, first.year_group, first.class_name) == (Outcome.THERE, 5, "Elm")
    assert (second.outcome, second.year_group) == (Outcome.GONE, None)
    assert second.words == "Left on 06/01/2026"
    assert not planned.would_write


def test_plan_year_counts_and_orders() -> None:
    planned = plan(
        pupil(3, 6, surname="Çelik"),
        pupil(1, 6, surname="Dunn"),
        pupil(2, 1),
        pupil(4, 1, class_name="Ash"),
        classes={ClassOfYear("Ash", 1): "Birch"},
    )
    assert [item.pupil.pupil_id for item in planned.pupils] == [2, 4, 3, 1]
    assert planned.count(Outcome.LEAVES) == planned.count(Outcome.MOVES) == 2
    assert planned.without_class == 1  # the one of Maple
    assert planned.new_classes == ("Birch",)
    assert planned.would_write
    assert (planned.from_year, planned.to_year, planned.school_id) == (2025, 2026, 7)
    assert planned.pupils[2].name == "Çelik, Jo"


def test_moving_classes_counts_who_goes_on_and_guesses() -> None:
    found = moving_classes(
        [
            *(pupil(n, 4, class_name="4B") for n in range(3)),
            pupil(4, 5, class_name="Elm"),
            pupil(5, 6, class_name="Elm"),
            pupil(6, 4, class_name=""),
            pupil(7, 4, class_name="4B", left_on=date(2026, 1, 6)),
            pupil(8, 4, class_name="4B", there_group=5),
        ]
    )
    assert found == (
        MovingClass(ClassOfYear("", 4), 1, "Elm"),
        MovingClass(ClassOfYear("4B", 4), 3, "5B"),
        MovingClass(ClassOfYear("Elm", 5), 1, "Elm"),
    )
    assert [item.label for item in found] == ["No class, Year 4", "4B, Year 4", "Elm, Year 5"]


@pytest.mark.parametrize(
    ("there", "missing", "begun"),
    [(0, 0, False), (0, 1, False), (1, 1, False), (2, 1, True), (1, 0, True)],
)
def test_is_begun_with_most_of_those_who_go_on(there: int, missing: int, begun: bool) -> None:
    pupils = [
        *(pupil(n, there_group=5) for n in range(there)),
        *(pupil(50 + n) for n in range(missing)),
        pupil(98, 6),  # leaves
        pupil(99, left_on=date(2026, 1, 6)),
    ]
    assert is_begun(pupils, NEW) is begun


@given(
    st.lists(
        st.builds(
            lambda group, off, override, left, there: (group, off, override, left, there),
            st.integers(-2, 6),
            st.integers(-3, 3),
            st.booleans(),
            st.booleans(),
            st.one_of(st.none(), st.integers(0, 6)),
        ),
        max_size=20,
    )
)
def test_plan_year_has_every_pupil_once_and_nobody_beyond_the_school(
    drawn: list[tuple[int, int, bool, bool, int | None]],
) -> None:
    pupils = [
        pupil(
            place,
            group,
            date_of_birth=date(2020 - group - off, 10, 1),
            is_override=override,
            left_on=date(2026, 5, 1) if left else None,
            there_group=there,
        )
        for place, (group, off, override, left, there) in enumerate(drawn)
    ]
    planned = plan(*pupils)
    assert sorted(item.pupil.pupil_id for item in planned.pupils) == list(range(len(pupils)))
    assert sum(planned.count(outcome) for outcome in Outcome) == len(pupils)
    for item in planned.pupils:
        if item.outcome.writes and item.outcome is not Outcome.LEAVES:
            assert item.year_group is not None
            assert -2 <= item.year_group <= 6
            by_age = 2026 - (item.pupil.date_of_birth.year + 1) - 4
            assert item.is_override is (item.year_group != by_age)
        assert item.words
