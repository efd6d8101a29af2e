from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.disclosure import suppress_small


def suppressed(
    pairs: list[tuple[Any, Any]], *, threshold: int = 5, **columns: list[Any]
) -> list[tuple[Any, Any, str]]:
    """Return (count, of, code) of each pair, None for what is missing."""
    frame = pd.DataFrame(pairs, columns=["count", "of"], dtype="Int64").assign(**columns)
    result = suppress_small(
        frame, count="count", of="of", threshold=threshold, within=list(columns)
    )
    assert str(result["count"].dtype) == str(result["of"].dtype) == "Int64"
    assert result["code"].dtype == "str"
    return [
        (
            None if pd.isna(count) else int(count),
            None if pd.isna(of) else int(of),
            code,
        )
        for count, of, code in result[["count", "of", "code"]].itertuples(index=False, name=None)
    ]


# Each row alone in its group, so that nothing is withheld for another's sake
@pytest.mark.parametrize(
    ("count", "of", "expected"),
    [
        (0, 0, (None, 0, "z")),  # nobody to count
        (0, 1, (None, None, "c")),
        (1, 1, (None, None, "c")),
        (2, 5, (None, None, "c")),
        (5, 5, (None, None, "c")),
        (3, 6, (None, 6, "c")),
        (1, 30, (None, 30, "c")),
        (5, 30, (None, 30, "c")),
        (6, 30, (6, 30, "")),
        (0, 30, (0, 30, "")),  # a true zero of a large group stands
        (30, 30, (30, 30, "")),
        (0, 10, (None, 10, "c")),  # none of a small group
        (10, 10, (None, 10, "c")),  # all of a small group
        (0, 11, (0, 11, "")),
        (11, 11, (11, 11, "")),
        (6, 10, (6, 10, "")),
        (None, 30, (None, 30, "x")),
        (6, None, (6, None, "x")),
    ],
)
def test_suppress_small_at_boundaries(
    count: int | None, of: int | None, expected: tuple[Any, Any, str]
) -> None:
    if (count, of) == (6, None):
        expected = (None, None, "x")  # a count without what it is out of says nothing
    assert suppressed([(count, of)]) == [expected]


@pytest.mark.parametrize(("count", "code"), [(10, "c"), (11, "")])
def test_suppress_small_at_another_threshold(count: int, code: str) -> None:
    assert suppressed([(count, 40)], threshold=10)[0][2] == code


def test_suppress_small_withholds_a_second_so_that_no_subtraction_tells() -> None:
    # the total of counts, 3 + 12 + 20 = 35, may be known: 3 alone would be 35 - 32
    assert suppressed([(3, 30), (12, 30), (20, 30)]) == [
        (None, 30, "c"),
        (None, 30, "c"),
        (20, 30, ""),
    ]


def test_suppress_small_withholds_a_second_denominator_too() -> None:
    # the total of pupils, 4 + 20 + 30, may be known: so may 20 + 30 if both are shown
    assert suppressed([(2, 4), (12, 20), (15, 30)]) == [
        (None, None, "c"),
        (None, None, "c"),
        (15, 30, ""),
    ]


def test_suppress_small_withholds_more_while_those_withheld_are_few_together() -> None:
    # 1 + 1 = 2 can only be one each, so a third goes
    assert [code for _, _, code in suppressed([(1, 30), (1, 30), (9, 30), (12, 30)])] == [
        "c",
        "c",
        "c",
        "",
    ]


def test_suppress_small_leaves_two_that_cover_each_other() -> None:
    assert [code for _, _, code in suppressed([(3, 30), (4, 30), (9, 30)])] == ["c", "c", ""]


def test_suppress_small_does_not_hide_behind_a_zero() -> None:
    # withholding 0 would not cover 4: the 9 does
    assert [code for _, _, code in suppressed([(4, 30), (0, 30), (9, 30)])] == ["c", "", "c"]


def test_suppress_small_looks_at_each_group_alone() -> None:
    codes = suppressed([(3, 30), (12, 30), (8, 30), (9, 30)], school=["a", "a", "b", "b"])
    assert [code for _, _, code in codes] == ["c", "c", "", ""]


def test_suppress_small_keeps_the_frame_and_its_other_columns() -> None:
    frame = pd.DataFrame({"name": ["A", "B"], "n": [3, 40], "pupils": [30, 60]}, index=[7, 9])
    result = suppress_small(frame, count="n", of="pupils")
    assert result.index.tolist() == [7, 9]
    assert list(result.columns) == ["name", "n", "pupils", "code"]
    assert frame["n"].tolist() == [3, 40]  # what was handed in is as it was


def test_suppress_small_of_no_rows() -> None:
    assert suppressed([]) == []
    assert suppressed([], school=[]) == []


@pytest.mark.parametrize("pair", [(-1, 5), (6, 5)])
def test_suppress_small_refuses_impossible_figures(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="between zero"):
        suppressed([pair])


def test_suppress_small_refuses_no_threshold() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        suppressed([(1, 2)], threshold=0)


PAIRS = st.lists(
    st.integers(0, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), max_size=8
)


@given(PAIRS)
def test_suppress_small_never_shows_a_small_figure_and_never_makes_a_zero(
    pairs: list[tuple[int, int]],
) -> None:
    for (count, of), (shown, whole, code) in zip(pairs, suppressed(pairs), strict=True):
        assert code == ("z" if of == 0 else "c" if shown is None else "")
        assert shown is None or (shown == count and not 1 <= count <= 5)
        assert whole is None or (whole == of and not 1 <= of <= 5)


@given(PAIRS)
def test_suppress_small_never_withholds_one_figure_alone(pairs: list[tuple[int, int]]) -> None:
    shown = suppressed(pairs)
    left_to_hide = [count for (count, _), (s, _, _) in zip(pairs, shown, strict=True) if s]
    hidden = [
        count for (count, of), (s, _, _) in zip(pairs, shown, strict=True) if s is None and of
    ]
    if hidden and left_to_hide:  # somebody could still have been withheld
        assert len(hidden) >= 2
        assert sum(hidden) > 5
