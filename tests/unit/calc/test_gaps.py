from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.gaps import gap_between, split_by, summarise_groups
from pupiltrack_core.domain.characteristics import Characteristic
from pupiltrack_core.domain.groupings import Grouping, grouping_by
from tests.unit.calc.frames import cohort_of


def grouping(characteristic: Characteristic) -> Grouping:
    found = grouping_by(characteristic)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("first", "second", "points", "pupils"),
    [
        # 18 of 28 are 64.29 %, 78 of 100 are 78 %: 28 x -13.71 / 100 = -3.84, so 3 pupils
        ((18, 28), (78, 100), Fraction(1800, 28) - 78, -3),
        ((21, 28), (1, 2), Fraction(25), 7),  # 75 % and 50 %: 28 x 25 / 100 = 7
        ((5, 10), (50, 100), Fraction(0), 0),
        ((9, 10), (85, 100), Fraction(5), 0),  # half a pupil: in line
        ((0, 4), (4, 4), Fraction(-100), -4),
        ((0, 0), (4, 4), None, None),
        ((1, 4), (0, 0), None, None),
    ],
)
def test_gap_between(
    first: tuple[int, int], second: tuple[int, int], points: Fraction | None, pupils: int | None
) -> None:
    found = gap_between(*first, other_count=second[0], other_of=second[1])
    assert (found.points, found.pupils) == (points, pupils)


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_gap_in_pupils_is_the_most_that_does_not_overtake(
    count: int, of: int, other: int, other_of: int
) -> None:
    count, other = min(count, of), min(other, other_of)
    found = gap_between(count, of, other_count=other, other_of=other_of)
    slow, behind = 0, Fraction(count, of) < Fraction(other, other_of)
    step = 1 if behind else -1
    # Move pupil by pupil towards the other group for as long as it is not passed.
    while True:
        moved = Fraction(count + step * (slow + 1), of)
        if moved > Fraction(other, other_of) if behind else moved < Fraction(other, other_of):
            break
        slow += 1
    assert found.pupils == (-slow if behind else slow)


def test_split_by_puts_each_pupil_in_one_group() -> None:
    cohort = cohort_of(
        {"READ": "OOBD"},
        sex=["F", "M", "M", "F"],
        sen=["K", "E", None, "N"],
        eal=[True, False, None, True],
        date_of_birth=["2016-10-01", "2017-05-01", "2017-08-31", "2017-03-31"],
    )
    ids = {
        item: {value: list(rows["pupil_id"]) for value, rows in split_by(cohort, found).items()}
        for item, found in (
            (item, grouping(item))
            for item in (
                Characteristic.SEX,
                Characteristic.SEN,
                Characteristic.EAL,
                Characteristic.SUMMER_BORN,
            )
        )
    }
    assert ids[Characteristic.SEX] == {"F": [1, 4], "M": [2, 3]}
    assert ids[Characteristic.SEN] == {"KE": [1, 2], "N": [4], "U": [3]}
    assert ids[Characteristic.EAL] == {"Y": [1, 4], "N": [2], "U": [3]}
    assert ids[Characteristic.SUMMER_BORN] == {"Y": [2, 3], "N": [1, 4]}


def test_summarise_groups_counts_each_group_by_itself() -> None:
    cohort = cohort_of(
        {"READ": "OODB"}, sex=["F", "M", "M", "M"], include=[True, True, True, False]
    )
    found = summarise_groups(cohort, ["READ"], grouping(Characteristic.SEX))
    counted = {
        value: summary[["pupils", "on_track_or_deeper", "below"]].iloc[0].tolist()
        for value, summary in found.items()
    }
    assert counted == {"F": [1, 1, 0], "M": [2, 2, 0]}


@pytest.mark.parametrize("size", [0, 1])
def test_summarise_groups_of_hardly_anybody_has_every_group(size: int) -> None:
    cohort = cohort_of({"READ": "O" * size})
    found = summarise_groups(cohort, ["READ"], grouping(Characteristic.EAL))
    assert {value: int(summary["pupils"].sum()) for value, summary in found.items()} == {
        "Y": 0, "N": 0, "U": size,
    }  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from("BTOD-"), st.sampled_from([True, False, None]))))
def test_summarise_groups_agrees_with_counting_pupil_by_pupil(rows: list[Any]) -> None:
    cohort = cohort_of({"READ": [mark for mark, _ in rows]}, fsm=[held for _, held in rows])
    found = summarise_groups(cohort, ["READ"], grouping(Characteristic.FSM))
    for value, wanted in (("Y", True), ("N", False), ("U", None)):
        marks = [mark for mark, held in rows if held is wanted]
        (line,) = found[value].to_dict("records")
        assert line["pupils"] == len(marks)
        assert line["on_track_or_deeper"] == sum(mark in "OD" for mark in marks)
    assert isinstance(found["Y"], pd.DataFrame)
