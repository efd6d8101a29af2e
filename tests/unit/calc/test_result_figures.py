"""Pupils at each code of a statutory result: counts, sums of codes, and what is withheld."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.calc.result_figures import result_figures, withhold_results

CODES = {"READ": ("WTS", "EXS", "GDS"), "SCIE": ("HNM", "EXS")}
SUMS = {"EXS+": ("EXS", "GDS")}


def tally(counts: Mapping[tuple[str, str], int]) -> pd.DataFrame:
    rows = [(measure, code, number) for (measure, code), number in counts.items()]
    return pd.DataFrame(rows, columns=["measure", "result", "pupils"])


def told(figures: pd.DataFrame, measure: str = "READ") -> dict[str, object]:
    lines = figures[figures["measure"] == measure]
    return dict(zip(lines["result"], lines["pupils"].astype(object), strict=True))


def test_result_figures_count_every_code_and_the_rest_as_no_data() -> None:
    # 3 + 10 + 7 of 25: 5 have none; EXS+ is 10 + 7
    found = tally({("READ", "WTS"): 3, ("READ", "EXS"): 10, ("READ", "GDS"): 7})
    figures = result_figures(found, CODES, of=25, sums=SUMS)
    assert told(figures) == {"WTS": 3, "EXS": 10, "GDS": 7, "EXS+": 17, "-": 5}
    # there is no greater depth in science, so no EXS+ either
    assert told(figures, "SCIE") == {"HNM": 0, "EXS": 0, "-": 25}
    assert figures["of"].tolist() == [25] * 8
    assert list(figures["result"].iloc[:5]) == ["WTS", "EXS", "GDS", "EXS+", "-"]


def test_result_figures_keep_a_code_that_was_not_expected() -> None:
    figures = result_figures(tally({("READ", "Q"): 1}), {"READ": ("EXS",)}, of=1)
    assert told(figures) == {"EXS": 0, "Q": 1, "-": 0}


def test_result_figures_of_nobody_are_zeros() -> None:
    assert set(told(result_figures(tally({}), CODES, of=0)).values()) == {0}


def test_result_figures_refuse_more_results_than_pupils() -> None:
    with pytest.raises(ValueError, match="More pupils"):
        result_figures(tally({("READ", "EXS"): 2}), CODES, of=1)


def test_withhold_results_hides_a_small_one_with_the_next_and_their_sum() -> None:
    found = tally({("READ", "WTS"): 20, ("READ", "EXS"): 30, ("READ", "GDS"): 3})
    figures = result_figures(found, {"READ": CODES["READ"]}, of=100, sums=SUMS)
    # GDS is small; the next smallest that hides it is WTS, 20; EXS+ less EXS would bring it back
    assert told(withhold_results(figures, sums=SUMS)) == {
        "WTS": pd.NA, "EXS": 30, "GDS": pd.NA, "EXS+": pd.NA, "-": 47,
    }  # fmt: skip


def test_withhold_results_hides_how_many_a_few_pupils_are() -> None:
    figures = result_figures(tally({("READ", "EXS"): 4}), CODES, of=4, sums=SUMS)
    hidden = withhold_results(figures, sums=SUMS)
    assert hidden["of"].isna().all()
    assert hidden["pupils"].isna().all()


def test_withhold_results_of_large_figures_changes_nothing() -> None:
    figures = result_figures(
        tally({("GLD", "Y"): 60, ("GLD", "N"): 30}), {"GLD": ("Y", "N")}, of=99
    )
    pd.testing.assert_frame_equal(withhold_results(figures), figures)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.integers(0, 30))
def test_withhold_results_leave_nothing_small_to_be_worked_out(
    counts: list[int], blank: int
) -> None:
    found = tally({("READ", code): n for code, n in zip(CODES["READ"], counts, strict=True)})
    of = sum(counts) + blank
    before = result_figures(found, {"READ": CODES["READ"]}, of=of, sums=SUMS)
    after = told(withhold_results(before, sums=SUMS))
    assert all(count is pd.NA or not 1 <= int(str(count)) <= 5 for count in after.values())
    gone = [c for code, c in told(before).items() if after[code] is pd.NA and code != "EXS+"]
    if any(1 <= int(str(count)) <= 5 for count in gone) and of > 5:
        # what is hidden comes to more than 5 in at least two figures, unless nothing is left
        others = [count for count in after.values() if count is not pd.NA and count]
        assert (sum(map(int, map(str, gone))) > 5 and len(gone) > 1) or not others
    if after["EXS+"] is not pd.NA:
        assert after["EXS"] is not pd.NA
        assert after["GDS"] is not pd.NA
