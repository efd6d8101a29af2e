from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.publication import (
    WHOLE,
    may_publish_regions,
    withheld_places,
    withhold,
    withhold_shares,
)
from pupiltrack_core.domain.outcomes import SummaryRow

Counts = tuple[int, int, int, int, int]  # below, towards, on track, deeper, no data


def summary(counts: Counts) -> dict[str, int | None]:
    below, towards, on_track, deeper, no_data = counts
    return {
        "pupils": sum(counts),
        "below": below,
        "towards": towards,
        "on_track": on_track,
        "deeper": deeper,
        "mixed": None,
        "on_track_or_deeper": on_track + deeper,
        "not_on_track": below + towards,
        "no_data": no_data,
    }


def frames(groups: dict[int, Counts]) -> tuple[pd.DataFrame, pd.DataFrame]:
    total = tuple(sum(column) for column in zip(*groups.values(), strict=True))
    whole = pd.DataFrame([{"subject": "READ", **summary(total)}])
    rows = [{"year_group": g, "subject": "READ", **summary(c)} for g, c in groups.items()]
    both = whole, pd.DataFrame(rows)
    for frame in both:
        counts = ["pupils", *(row.value for row in SummaryRow)]
        frame[counts] = frame[counts].astype("Int64")
    return both


def groups_withheld(groups: dict[int, Counts]) -> tuple[set[int], set[int]]:
    found = withheld_places(*frames(groups))
    return {group for group, _ in found.counts}, {group for group, _ in found.pupils}


def test_withheld_places_of_large_figures_are_none() -> None:
    assert groups_withheld({1: (10, 20, 30, 40, 0), 2: (10, 20, 30, 40, 9)}) == (set(), set())


def test_withheld_places_hide_a_second_year_group_behind_the_first() -> None:
    # 3 Below in Year 1; all 33 less the 10 and 20 of Years 2 and 3 would tell, so Year 2 goes too
    groups = {1: (3, 20, 30, 40, 9), 2: (10, 20, 30, 40, 9), 3: (20, 20, 30, 40, 9)}
    assert groups_withheld(groups) == ({1, 2}, set())


def test_withheld_places_hide_a_small_year_group_s_pupils() -> None:
    groups = {1: (0, 0, 4, 0, 0), 2: (10, 20, 30, 40, 9), 3: (20, 20, 30, 40, 9)}
    counts, pupils = groups_withheld(groups)
    assert {1, 2} <= counts
    assert WHOLE not in counts
    assert pupils == {1, 2}


def test_withheld_places_of_one_year_group_hide_the_whole_too() -> None:
    assert groups_withheld({4: (3, 20, 30, 40, 9)}) == ({4, WHOLE}, set())


@given(
    st.dictionaries(st.integers(1, 6), st.tuples(*[st.integers(0, 40)] * 5), min_size=1, max_size=6)
)
def test_withheld_places_leave_no_small_figure_and_none_to_be_worked_out(
    groups: dict[int, Counts],
) -> None:
    hidden, few = groups_withheld(groups)
    for group, counts in groups.items():
        if group not in hidden:
            figures = [value for key, value in summary(counts).items() if key != "mixed"]
            assert not any(1 <= figure <= 5 for figure in figures)
        assert (1 <= sum(counts) <= 5) <= (group in few)
    lost = hidden - {WHOLE}
    if lost and WHOLE not in hidden:  # what the whole less the rows shown would tell
        for place in range(5):
            small = [groups[g][place] for g in lost if 1 <= groups[g][place] <= 5]
            left = [groups[g][place] for g in lost if groups[g][place]]
            assert not small or (len(left) >= 2 and sum(left) > 5)


def test_withhold_leaves_nothing_of_what_is_withheld_in_the_frames() -> None:
    # Year 1 has 3 Below; Year 2 goes too, behind which it is hidden; the whole and Year 3 stand.
    groups = {1: (3, 20, 30, 40, 9), 2: (10, 20, 30, 40, 9), 3: (20, 20, 30, 40, 9)}
    whole, by_year_group = withhold(*frames(groups))
    assert whole["below"].tolist() == [33]
    assert by_year_group["below"].isna().tolist() == [True, True, False]
    assert by_year_group["no_data"].isna().tolist() == [True, True, False]
    assert by_year_group["pupils"].tolist() == [102, 109, 119]


def test_withhold_takes_out_the_number_of_a_small_group_too() -> None:
    groups = {1: (0, 0, 4, 0, 0), 2: (10, 20, 30, 40, 9), 3: (20, 20, 30, 40, 9)}
    _, by_year_group = withhold(*frames(groups))
    assert by_year_group["pupils"].isna().tolist() == [True, True, False]


@given(
    st.dictionaries(st.integers(1, 6), st.tuples(*[st.integers(0, 30)] * 5), min_size=1, max_size=6)
)
def test_withhold_takes_out_exactly_the_withheld_places(groups: dict[int, Counts]) -> None:
    before = frames(groups)
    places = withheld_places(*before)
    for summary, kept in zip(before, withhold(*before), strict=True):
        for was, now in zip(summary.to_dict("records"), kept.to_dict("records"), strict=True):
            place = (int(was.get("year_group", WHOLE)), "READ")
            assert pd.isna(now["pupils"]) == (place in places.pupils)
            for row in SummaryRow:
                gone = place in places.counts or row is SummaryRow.MIXED
                assert pd.isna(now[row.value]) == gone
                assert gone or now[row.value] == was[row.value]


@pytest.mark.parametrize(
    ("counts", "may"),
    [
        ((6, 0, 0, 6), True),  # none small; 12 in all
        ((60, 6, 7, 0), True),
        ((60, 5, 7, 0), False),  # 5 is small
        ((60, 1), False),
        ((10, 0, 0), False),  # all of a group of 10 says something of each
        ((11, 0, 0), True),
        ((0, 0, 0), False),
        ((), False),
    ],
)
def test_may_publish_regions_all_or_none(counts: tuple[int, ...], may: bool) -> None:
    assert may_publish_regions(counts) is may


@given(st.lists(st.integers(0, 12), max_size=9))
def test_may_publish_regions_leaves_no_small_sum(counts: list[int]) -> None:
    if may_publish_regions(counts):
        # Whatever is added up of them is none, or more than five.
        sums = {0}
        for count in counts:
            sums |= {known + count for known in sums}
        assert not sums & {1, 2, 3, 4, 5}


def shares(groups: dict[int, tuple[int, int]]) -> dict[int, tuple[int | None, int | None]]:
    """Return what is left of (counted, pupils) by year group; None for what is withheld."""
    frame = pd.DataFrame(
        [
            {"year_group": group, "subject": "READ", "pupils": of, "on_track_or_deeper": count}
            for group, (count, of) in groups.items()
        ]
    )
    told = withhold_shares(frame, SummaryRow.ON_TRACK_OR_DEEPER)
    assert list(told.columns) == ["year_group", "subject", "pupils", "on_track_or_deeper"]
    return {
        int(row.year_group): (
            None if pd.isna(row.on_track_or_deeper) else int(row.on_track_or_deeper),
            None if pd.isna(row.pupils) else int(row.pupils),
        )
        for row in told.itertuples()
    }


def test_withhold_shares_shows_what_is_large_on_both_sides() -> None:
    groups = {1: (20, 30), 2: (40, 50), 3: (30, 60)}
    assert shares(groups) == groups


def test_withhold_shares_hides_few_who_are_not_counted_and_another_beside_them() -> None:
    # Of Year 1, 28 of 30: the 2 left are few. Of the others' counted Year 2's 30 are the fewest:
    # 28 + 30 come to more than 5, and those not counted of both, 2 + 20, do too.
    groups = {1: (28, 30), 2: (30, 50), 3: (50, 60)}
    assert shares(groups) == {1: (None, 30), 2: (None, 50), 3: (50, 60)}


def test_withhold_shares_hides_a_small_year_group_itself() -> None:
    # The four pupils of Year 1 and, so that they cannot be taken from the whole, Year 2's number.
    assert shares({1: (2, 4), 2: (20, 30), 3: (30, 60)}) == {
        1: (None, None),
        2: (None, None),
        3: (30, 60),
    }


@given(
    st.dictionaries(
        st.integers(1, 6),
        st.integers(0, 40).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))),
        min_size=1,
    )
)
def test_withhold_shares_leaves_nothing_to_work_out(groups: dict[int, tuple[int, int]]) -> None:
    told = shares(groups)
    hidden = [groups[group] for group, (count, _) in told.items() if count is None]
    seen = [groups[group] for group, (count, _) in told.items() if count is not None]
    for sign in (1, 0):  # who is counted, and who is not
        left, shown = (
            [count if sign else of - count for count, of in side] for side in (hidden, seen)
        )
        assert not any(1 <= number <= 5 for number in shown)
        # What is left of the whole once all that is seen was taken away; with nothing more to
        # hide it behind, the whole says it by itself.
        assert sum(left) == 0 or sum(left) > 5 or not any(shown)
