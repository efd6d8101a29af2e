"""Data sets side by side: differences, and what is withheld of sets that are parts of others."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.calc.matrix import Difference, difference, withhold_sets
from pupiltrack_core.domain.outcomes import SummaryRow

Counts = tuple[int, int, int, int, int]  # below, towards, on track, deeper, no data
LARGE: Counts = (60, 70, 80, 90, 40)


def matrix(*sets: Counts, subject: str = "READ") -> pd.DataFrame:
    """A SUMMARY keyed by data set, of one subject."""
    rows = [
        {
            "data_set": number,
            "subject": subject,
            "pupils": sum(counts),
            "below": counts[0],
            "towards": counts[1],
            "on_track": counts[2],
            "deeper": counts[3],
            "mixed": None,
            "on_track_or_deeper": counts[2] + counts[3],
            "not_on_track": counts[0] + counts[1],
            "no_data": counts[4],
        }
        for number, counts in enumerate(sets)
    ]
    return pd.DataFrame(rows).astype({"mixed": "Int64"})


def lost(frame: pd.DataFrame) -> list[int]:
    """The sets whose figures are withheld; it is all of them or none."""
    rows = [row.value for row in SummaryRow if row is not SummaryRow.MIXED]
    gone = frame[rows].isna()
    assert (gone.all(axis=1) == gone.any(axis=1)).all()
    return frame.loc[gone.all(axis=1), "data_set"].tolist()


def without_pupils(frame: pd.DataFrame) -> list[int]:
    return frame.loc[frame["pupils"].isna(), "data_set"].tolist()


def test_difference_is_in_pupils_and_in_points() -> None:
    # 12 of 30 are 40 %, 15 of 25 are 60 %
    assert difference(12, 30, primary_count=15, primary_of=25) == Difference(-3, Fraction(-20))
    # 1 of 3 less 1 of 2 is 33 1/3 less 50
    assert difference(1, 3, primary_count=1, primary_of=2).points == Fraction(-50, 3)


@pytest.mark.parametrize(("of", "primary_of"), [(0, 5), (5, 0), (0, 0)])
def test_difference_from_nobody_has_no_points(of: int, primary_of: int) -> None:
    assert difference(0, of, primary_count=0, primary_of=primary_of) == Difference(0, None)


def test_difference_refuses_more_than_there_are() -> None:
    with pytest.raises(ValueError, match="between"):
        difference(6, 5, primary_count=0, primary_of=0)


def test_withhold_sets_leaves_large_figures_as_they_are() -> None:
    frame = matrix(LARGE, LARGE)
    told = withhold_sets(frame, parts=[])
    pd.testing.assert_frame_equal(told.astype(frame.dtypes), frame)


def test_withhold_sets_hides_a_set_with_a_small_figure_and_keeps_its_number() -> None:
    told = withhold_sets(matrix(LARGE, (3, 70, 80, 90, 40)), parts=[])
    assert (lost(told), without_pupils(told)) == ([1], [])


def test_withhold_sets_hides_the_number_of_few_pupils() -> None:
    told = withhold_sets(matrix(LARGE, (0, 0, 4, 0, 0)), parts=[])
    assert (lost(told), without_pupils(told)) == ([1], [1])


def test_withhold_sets_hides_a_part_that_leaves_few() -> None:
    # 60 less 57 is 3 below; both tables are of large figures
    frame = matrix(LARGE, (57, 40, 40, 40, 20))
    told = withhold_sets(frame, parts=[(0, 1)])
    assert (lost(told), without_pupils(told)) == ([1], [1])
    assert lost(withhold_sets(frame, parts=[])) == []


def test_withhold_sets_hides_the_whole_that_a_part_seen_would_leave_few_of() -> None:
    frame = matrix(LARGE, (57, 40, 40, 40, 20))
    assert lost(withhold_sets(frame, parts=[(0, 1)], seen=[1])) == [0]
    assert lost(withhold_sets(frame, parts=[(0, 1)], seen=[0])) == [1]
    assert lost(withhold_sets(frame, parts=[(0, 1)], seen=[0, 1])) == []


def test_withhold_sets_hides_nothing_of_a_set_seen() -> None:
    assert lost(withhold_sets(matrix((1, 0, 0, 0, 0)), parts=[], seen=[0])) == []


def test_withhold_sets_hides_the_other_part_behind_a_small_one() -> None:
    # Of three parts the last is small: the whole less the other two would bring it back.
    parts = [(0, 1), (0, 2), (0, 3)]
    frame = matrix(LARGE, (30, 35, 40, 40, 20), (27, 25, 30, 40, 14), (3, 10, 10, 10, 6))
    assert lost(withhold_sets(frame, parts=parts)) == [1, 2, 3]


def test_withhold_sets_keeps_what_hangs_together_with_nothing_withheld() -> None:
    parts = [(0, 1), (2, 3)]
    frame = matrix(LARGE, (3, 35, 40, 40, 20), LARGE, (30, 30, 30, 30, 20))
    assert lost(withhold_sets(frame, parts=parts)) == [1]


def test_withhold_sets_joins_families_that_meet() -> None:
    # 1 is a part of 0 and of 2, so that 3, a part of 2, hangs together with 0's small part 4.
    parts = [(0, 1), (2, 3), (2, 1), (0, 4)]
    half: Counts = (30, 35, 40, 45, 20)
    frame = matrix(LARGE, half, LARGE, half, (1, 0, 0, 0, 0))
    assert lost(withhold_sets(frame, parts=parts)) == [1, 3, 4]


def test_withhold_sets_of_the_same_cohort_twice_hides_both_or_none() -> None:
    both = [(0, 1), (1, 0)]
    assert lost(withhold_sets(matrix(LARGE, LARGE), parts=both)) == []
    small: Counts = (2, 30, 30, 30, 30)
    assert lost(withhold_sets(matrix(small, small), parts=both)) == [0, 1]


def test_withhold_sets_passes_over_a_part_with_more_than_its_whole() -> None:
    # moved between the readings: there is no rest to be told
    assert lost(withhold_sets(matrix(LARGE, (61, 20, 20, 20, 20)), parts=[(0, 1)])) == []


def test_withhold_sets_hides_parts_that_together_leave_few() -> None:
    # no SEN and SEN support are large, and so is what each leaves: 30 and 33 below. Both together
    # leave 3 of the 60, those with a plan, whom nobody asked for.
    frame = matrix(LARGE, (30, 30, 30, 40, 20), (27, 30, 40, 40, 14))
    parts = [(0, 1), (0, 2)]
    assert lost(withhold_sets(frame, parts=parts)) == []
    told = withhold_sets(frame, parts=parts, apart=[(1, 2)])
    assert (lost(told), without_pupils(told)) == ([1, 2], [1, 2])
    assert lost(withhold_sets(frame, parts=parts, apart=[(1, 2)], seen=[1])) == [2]
    assert lost(withhold_sets(frame, parts=parts, apart=[(1, 2)], seen=[1, 2])) == [0]
    # the same two are not parts of one whole
    assert lost(withhold_sets(frame, parts=[(0, 1)], apart=[(1, 2)])) == []


def test_withhold_sets_takes_as_many_parts_together_as_are_apart() -> None:
    # Three thirds leave nothing; a fourth that overlaps two of them changes nothing.
    third: Counts = (20, 20, 20, 20, 20)
    whole: Counts = (62, 60, 60, 60, 60)
    parts = [(0, number) for number in (1, 2, 3, 4)]
    apart = [(1, 2), (1, 3), (2, 3), (3, 4)]
    # 62 below less three times 20 is 2
    assert lost(withhold_sets(matrix(whole, *(third,) * 4), parts=parts, apart=apart)) == [
        *(1, 2, 3, 4),
    ]
    even: Counts = (60, 60, 60, 60, 60)
    assert lost(withhold_sets(matrix(even, *(third,) * 4), parts=parts, apart=apart)) == []


def test_withhold_sets_looks_at_each_subject_by_itself() -> None:
    frame = pd.concat([matrix(LARGE), matrix((3, 60, 60, 60, 60), subject="MATH")])
    told = withhold_sets(frame.reset_index(drop=True), parts=[(0, 5), (0, 0)])
    assert told.loc[told["below"].isna(), "subject"].tolist() == ["MATH"]


counts = st.tuples(*[st.integers(0, 40)] * 5)


@settings(max_examples=20)
@given(st.lists(counts, min_size=1, max_size=4), counts)
def test_withhold_sets_leave_no_small_figure_and_none_between_two(
    parts: list[Counts], rest: Counts
) -> None:
    whole = tuple(sum(column) for column in zip(rest, *parts, strict=True))
    sets = [whole, *parts]
    others = range(1, len(sets))
    told = withhold_sets(
        matrix(*sets),  # type: ignore[arg-type]  # five each
        parts=[(0, at) for at in others],
        apart=[(at, to) for at in others for to in others if at < to],
    )
    shown = [numbers for at, numbers in enumerate(sets) if at not in lost(told)]
    shown_parts = [sets[at] for at in others if at not in lost(told)]
    rests = [
        tuple(total - sum(column) for total, *column in zip(whole, *taken, strict=True))
        for size in range(1, len(shown_parts) + 1)
        for taken in combinations(shown_parts, size)
    ]
    for numbers in [*shown, *(rests if whole in shown else [])]:
        below, towards, on_track, deeper, no_data = numbers
        figures = (*numbers, below + towards, on_track + deeper, sum(numbers))
        assert not any(1 <= figure <= 5 for figure in figures), no_data
    if len(shown) < len(sets):  # whatever is shown is the whole alone
        assert shown in ([], [whole])
