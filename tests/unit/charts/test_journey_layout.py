"""Tests of where things stand along the time of a journey."""

from __future__ import annotations

from datetime import date
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.charts.journey_lanes import LEFT, SMALL, _shortened
from pupiltrack_core.charts.journey_layout import packed_rows, spread, year_columns
from pupiltrack_core.charts.svg import width_of

LOW, HIGH = 0.0, 100.0
places = st.lists(st.floats(-20, 120), max_size=30).map(sorted)
spans = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, 40)).map(lambda pair: (pair[0], sum(pair))),
    max_size=20,
)


def test_spread_moves_only_what_is_too_near():
    # 50 and 52 are 2 apart and must be 10: the second goes to 60, which is what 60 gives way to
    assert spread([10, 50, 52, 90], gap=10, low=LOW, high=HIGH) == [10, 50, 60, 90]


def test_spread_keeps_room_at_the_end():
    assert spread([95, 96, 97], gap=10, low=LOW, high=HIGH) == [80, 90, 100]


def test_spread_without_room_shares_what_there_is():
    # 6 places on 100: 20 apart, though 30 were wanted
    assert spread([50] * 6, gap=30, low=LOW, high=HIGH) == [0, 20, 40, 60, 80, 100]


def test_spread_of_one_outside_stands_at_the_edge():
    assert spread([-5], gap=10, low=LOW, high=HIGH) == [0]
    assert spread([], gap=10, low=LOW, high=HIGH) == []


@given(places, st.floats(0.5, 30))
def test_spread_keeps_order_gap_and_bounds(given_places, gap):
    moved = spread(given_places, gap=gap, low=LOW, high=HIGH)
    assert len(moved) == len(given_places)
    assert all(LOW - 1e-9 <= place <= HIGH + 1e-9 for place in moved)
    room = min(gap, (HIGH - LOW) / (len(moved) - 1)) if len(moved) > 1 else gap
    assert all(later - earlier >= room - 1e-6 for earlier, later in pairwise(moved))


@given(places, st.floats(0.5, 30))
def test_spread_leaves_alone_what_has_room(given_places, gap):
    inside = [place for place in given_places if LOW <= place <= HIGH]
    apart = [place for at, place in enumerate(inside) if at == 0 or place - inside[at - 1] >= gap]
    if all(later - earlier >= gap for earlier, later in pairwise(apart)):
        assert spread(apart, gap=gap, low=LOW, high=HIGH) == pytest.approx(apart)


def test_packed_rows_uses_a_row_again_when_it_is_free():
    assert packed_rows([(0, 10), (5, 20), (30, 40)], gap=5) == [0, 1, 0]
    assert packed_rows([(30, 40), (5, 20), (0, 10)], gap=5) == [0, 1, 0]
    assert packed_rows([(0, 10), (12, 20)], gap=5) == [0, 1]
    assert packed_rows([]) == []


@given(spans)
def test_packed_rows_never_lets_two_of_a_row_meet(given_spans):
    rows = packed_rows(given_spans, gap=3)
    for (one, row), (other, other_row) in combinations(zip(given_spans, rows, strict=True), 2):
        first, second = sorted((one, other))
        assert row != other_row or first[1] + 3 <= second[0]
    # as few rows as the most that stand above one another
    starts = [start for start, _ in given_spans]
    most = max((sum(s <= at < e + 3 for s, e in given_spans) for at in starts), default=0)
    assert max(rows, default=-1) + 1 == most


def test_year_columns_fill_the_width_and_widen_with_assessments():
    columns = year_columns(
        range(2022, 2026),
        assessments={2024: 3, 2025: 6},
        with_result={2022, 2025},
        left=100,
        right=900,
    )
    assert [column.academic_year for column in columns] == [2022, 2023, 2024, 2025]
    assert (columns[0].left, columns[-1].right) == (100, pytest.approx(900))
    assert all(one.right == pytest.approx(next_.left) for one, next_ in pairwise(columns))
    widths = [column.right - column.left for column in columns]
    # 58 for each year, 24 for each assessment, 30 for results: 88, 58, 130, 232 of 508, out of 800
    assert widths == pytest.approx([width * 800 / 508 for width in (88, 58, 130, 232)])


def test_year_column_places_a_day_by_its_share_of_the_year():
    (column,) = year_columns(range(2025, 2026), assessments={}, with_result=(), left=0, right=364)
    assert column.at(date(2025, 9, 1)) == 0
    assert column.at(date(2025, 9, 11)) == pytest.approx(10)  # 10 of 364 days
    assert column.at(date(2026, 8, 31)) == 364
    assert (column.at(date(2020, 1, 1)), column.at(date(2030, 1, 1))) == (0, 364)


def test_shortened_keeps_a_word_within_its_room() -> None:
    assert _shortened("Deeper learning") == "Deeper learning"
    wide = _shortened("W" * 24)
    assert wide.endswith("W…")
    assert width_of(wide, SMALL) <= LEFT - 14
