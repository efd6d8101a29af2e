from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.transition import (
    cells_of_counts,
    movement_figures,
    pupils_in_cell,
    pupils_who,
    totals_of,
    transition_cells,
)
from pupiltrack_core.domain.attainment_points import PointKind
from pupiltrack_core.domain.attainment_scales import Movement, Scale, scale_at

KINDS = (PointKind.GLD, PointKind.KS1, PointKind.KS2, PointKind.STANDING)


def scale(kind: PointKind, subject: str = "READ") -> Scale:
    found = scale_at(kind, subject)
    assert found is not None
    return found


JUDGED, KS1, GLD = scale(PointKind.STANDING), scale(PointKind.KS1), scale(PointKind.GLD)


def pairs_of(*pairs: tuple[str, str], left_out: int = 0) -> pd.DataFrame:
    """A PAIRS frame; the last `left_out` pupils are not included in the data."""
    size = len(pairs)
    return pd.DataFrame(
        {
            "pupil_id": range(1, size + 1),
            "include_in_data": [place < size - left_out for place in range(size)],
            "earlier": pd.array([before for before, _ in pairs], dtype="str"),
            "later": pd.array([after for _, after in pairs], dtype="str"),
        }
    )


def counted(cells: pd.DataFrame) -> dict[tuple[str, str], int]:
    rows = cells[cells["pupils"] > 0]
    return dict(zip(zip(rows["earlier"], rows["later"], strict=True), rows["pupils"], strict=True))


def test_transition_cells_count_each_pupil_once() -> None:
    pairs = pairs_of(("WTS", "O"), ("WTS", "O"), ("EXS", "T"), ("-", "O"), ("GDS", "-"),
                     ("-", "-"), ("PRE", "B"), left_out=1)  # fmt: skip
    cells = transition_cells(pairs, earlier=KS1, later=JUDGED)
    assert len(cells) == 5 * 5  # four steps and No data on both sides
    assert totals_of(cells).earlier == {"PRE": 0, "WTS": 2, "EXS": 1, "GDS": 1, "-": 2}
    assert totals_of(cells).later == {"B": 0, "T": 1, "O": 3, "D": 0, "-": 2}
    again = cells_of_counts(counted(cells), earlier=KS1, later=JUDGED)
    pd.testing.assert_frame_equal(again, cells)
    assert cells["pupils"].dtype == "int64"
    assert counted(cells) == {
        ("WTS", "O"): 2, ("EXS", "T"): 1, ("-", "O"): 1, ("GDS", "-"): 1, ("-", "-"): 1,
    }  # fmt: skip


def test_movement_figures_keep_those_without_data_apart() -> None:
    # WTS to O and PRE to T rose; GDS to D stayed; EXS to T fell: 4 compared of 7.
    pairs = pairs_of(("WTS", "O"), ("PRE", "T"), ("GDS", "D"), ("EXS", "T"), ("-", "O"),
                     ("GDS", "-"), ("-", "-"))  # fmt: skip
    figures = movement_figures(
        transition_cells(pairs, earlier=KS1, later=JUDGED), earlier=KS1, later=JUDGED
    )
    assert figures.counts == {Movement.FELL: 1, Movement.STAYED: 1, Movement.ROSE: 2}
    assert (figures.compared, figures.pupils) == (4, 7)
    assert (figures.no_earlier, figures.no_later, figures.neither) == (1, 1, 1)


def test_movement_figures_from_a_good_level_tell_expected_or_not() -> None:
    # N to B stayed, N to O rose, Y to D stayed, Y to T fell
    pairs = pairs_of(("N", "B"), ("N", "O"), ("Y", "D"), ("Y", "T"))
    figures = movement_figures(
        transition_cells(pairs, earlier=GLD, later=JUDGED), earlier=GLD, later=JUDGED
    )
    assert figures.counts == {Movement.FELL: 1, Movement.STAYED: 2, Movement.ROSE: 1}


@pytest.mark.parametrize("left_out", [0, 1])
def test_transition_of_nobody_is_all_zeros(left_out: int) -> None:
    pairs = pairs_of(*[("WTS", "O")] * left_out, left_out=left_out)
    cells = transition_cells(pairs, earlier=KS1, later=JUDGED)
    figures = movement_figures(cells, earlier=KS1, later=JUDGED)
    assert cells["pupils"].sum() == figures.compared == figures.pupils == 0


def test_transition_of_no_data_at_all_compares_nobody() -> None:
    cells = transition_cells(pairs_of(("-", "-"), ("-", "-")), earlier=KS1, later=JUDGED)
    figures = movement_figures(cells, earlier=KS1, later=JUDGED)
    assert (figures.compared, figures.neither, figures.pupils) == (0, 2, 2)


def test_transition_cells_of_a_code_of_no_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="no step"):
        transition_cells(pairs_of(("X", "O")), earlier=KS1, later=JUDGED)


def test_pupils_in_cell_and_who_moved_keep_their_order_and_leave_out_the_left_out() -> None:
    pairs = pairs_of(("WTS", "O"), ("EXS", "T"), ("WTS", "O"), ("WTS", "D"), ("WTS", "O"),
                     left_out=1)  # fmt: skip
    assert pupils_in_cell(pairs, "WTS", "O")["pupil_id"].tolist() == [1, 3]
    rose = pupils_who(pairs, Movement.ROSE, earlier=KS1, later=JUDGED)
    assert rose["pupil_id"].tolist() == [1, 3, 4]
    fell = pupils_who(pairs, Movement.FELL, earlier=KS1, later=JUDGED)
    assert fell["pupil_id"].tolist() == [2]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[pd.DataFrame, Scale, Scale]:
    earlier, later = (scale(draw(st.sampled_from(KINDS)), "RWM") for _ in range(2))
    codes = st.tuples(st.sampled_from(earlier.codes), st.sampled_from(later.codes), st.booleans())
    rows = draw(st.lists(codes, max_size=25))
    frame = pairs_of(*((before, after) for before, after, _ in rows))
    frame["include_in_data"] = [included for _, _, included in rows]
    return frame, earlier, later


@given(worlds())
def test_transition_agrees_with_counting_pupil_by_pupil(
    world: tuple[pd.DataFrame, Scale, Scale],
) -> None:
    pairs, earlier, later = world
    cells = transition_cells(pairs, earlier=earlier, later=later)
    figures = movement_figures(cells, earlier=earlier, later=later)
    moved: dict[str, int] = {"fell": 0, "stayed": 0, "rose": 0}
    found: dict[tuple[str, str], int] = {}
    for line in pairs.to_dict("records"):
        if not line["include_in_data"]:
            continue
        place = (line["earlier"], line["later"])
        found[place] = found.get(place, 0) + 1
        if "-" in place:
            continue
        before, after = earlier.step(place[0]).level, later.step(place[1]).level
        if 2 in (earlier.detail, later.detail):
            before, after = before >= 2, after >= 2
        elif 3 in (earlier.detail, later.detail):
            before, after = max(before, 1), max(after, 1)
        moved["rose" if after > before else "fell" if after < before else "stayed"] += 1
    assert counted(cells) == found
    assert {kind.value: count for kind, count in figures.counts.items()} == moved
    assert figures.pupils == sum(found.values())
    for kind in Movement:
        behind = pupils_who(pairs, kind, earlier=earlier, later=later)
        assert len(behind) == figures.counts[kind]
