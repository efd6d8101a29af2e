from __future__ import annotations

from functools import cache
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from pupiltrack_core.calc.transition import (
    APART,
    cells_of_counts,
    cells_who,
    movement_figures,
    totals_of,
)
from pupiltrack_core.calc.transition_publication import ToldTransition, withhold_transition
from pupiltrack_core.domain.attainment_points import PointKind
from pupiltrack_core.domain.attainment_scales import Movement, scale_at

GLD, SCIENCE = scale_at(PointKind.GLD, "READ"), scale_at(PointKind.KS1, "SCIE")
assert GLD is not None
assert SCIENCE is not None
SCALES = {"earlier": GLD, "later": SCIENCE}
ROWS, COLUMNS = GLD.codes, SCIENCE.codes  # N, Y, - and HNM, EXS, -
PLACES = [(before, after) for before in ROWS for after in COLUMNS]


def told_of(*counts: int, threshold: int = 5, small_group: int = 10) -> ToldTransition:
    cells = cells_of_counts(dict(zip(PLACES, counts, strict=True)), **SCALES)
    return withhold_transition(cells, **SCALES, threshold=threshold, small_group=small_group)


def cells_told(told: ToldTransition) -> list[int | None]:
    return [None if count is None else int(count) for count in told.cells["pupils"].astype(object)
            .where(told.cells["pupils"].notna(), None)]  # fmt: skip


def test_withhold_transition_hides_three_others_behind_a_small_cell() -> None:
    # Three rose. With the totals of 23 and 50, 30 and 43 known, each of the four cells gives away
    # the others: had 3 + k risen, 10 + k would have fallen and 60 - 2k stayed.
    told = told_of(20, 3, 0, 10, 40, 0, 0, 0, 0)
    assert cells_told(told) == [None, None, 0, None, None, 0, 0, 0, 0]
    assert told.totals.earlier == {"N": 23, "Y": 50, "-": 0}
    assert told.totals.later == {"HNM": 30, "EXS": 43, "-": 0}
    assert told.figures.counts == dict.fromkeys(Movement)
    assert (told.figures.compared, told.figures.pupils) == (73, 73)
    assert (told.figures.no_earlier, told.figures.no_later, told.figures.neither) == (0, 0, 0)


def test_withhold_transition_leaves_large_figures_alone() -> None:
    counts = (20, 6, 0, 10, 40, 11, 0, 0, 0)  # 6 is more than five, 11 at a step more than ten
    told = told_of(*counts)
    assert cells_told(told) == list(counts)
    cells = cells_of_counts(dict(zip(PLACES, counts, strict=True)), **SCALES)
    assert (told.totals, told.figures) == (totals_of(cells), movement_figures(cells, **SCALES))


def test_withhold_transition_hides_a_small_total_behind_another() -> None:
    # Four had no good level: 4 of 54 gives 50 away, and that gives 4 away.
    told = told_of(4, 0, 0, 20, 30, 0, 0, 0, 0)
    assert told.totals.earlier == {"N": None, "Y": None, "-": 0}
    assert told.totals.later == {"HNM": 24, "EXS": 30, "-": 0}
    assert cells_told(told)[:2] == [None, None]


def test_withhold_transition_hides_what_became_of_a_small_group() -> None:
    # All 8 with a good level fell: each child of the 8 is known to have.
    told = told_of(30, 30, 0, 8, 0, 0, 0, 0, 0)
    assert cells_told(told)[3:5] == [None, None]
    assert told.totals.earlier["Y"] == 8
    assert told.figures.counts[Movement.FELL] is None


def test_withhold_transition_hides_how_few_compared_pupils_moved() -> None:
    # 8 are compared, all of whom stayed. Some of them could have risen, for what the totals tell
    # (38, 48 and 20), but nobody can have fallen from a good level, for nobody had one.
    told = told_of(8, 0, 30, 0, 0, 0, 40, 20, 0)
    assert told.figures.counts == {Movement.FELL: 0, Movement.STAYED: None, Movement.ROSE: None}


@pytest.mark.parametrize(("pupils", "known"), [(10, 10), (6, 6), (5, None), (1, None)])
def test_withhold_transition_of_few_pupils_tells_nothing(pupils: int, known: int | None) -> None:
    told = told_of(0, pupils, 0, 0, 0, 0, 0, 0, 0)
    assert cells_told(told) == [None] * 9
    assert set(told.totals.earlier.values()) | set(told.totals.later.values()) == {None}
    figures = told.figures
    assert figures.counts == dict.fromkeys(Movement)
    assert (figures.compared, figures.no_earlier, figures.pupils) == (None, None, known)


def test_withhold_transition_of_nobody_is_all_zeros() -> None:
    told = told_of(*[0] * 9)
    assert cells_told(told) == [0] * 9
    assert told.figures.pupils == 0


def test_withhold_transition_is_refused_when_nothing_can_stand_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scipy.optimize, "milp", lambda *_, **__: SimpleNamespace(x=None))
    with pytest.raises(RuntimeError, match="No other matrix"):
        told_of(20, 3, 0, 10, 40, 0, 0, 0, 0)


@cache
def every_matrix(pupils: int) -> np.ndarray:
    """Each way of standing in nine cells, a row each: bars between the pupils of cells."""
    bars = np.array(list(combinations(range(pupils + 8), 8)))
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), pupils + 8)])
    return np.diff(edges, axis=1) - 1


def figures_of(told: ToldTransition) -> dict[str, tuple[list[int], int | None]]:
    """The cells each figure adds up, by their places, and what is told of it."""
    shown: dict[str, tuple[list[int], int | None]] = {}
    for place, count in enumerate(cells_told(told)):
        shown[f"cell {place}"] = ([place], count)
    for number, code in enumerate(ROWS):
        shown[f"row {code}"] = ([number * 3 + at for at in range(3)], told.totals.earlier[code])
    for number, code in enumerate(COLUMNS):
        shown[f"column {code}"] = ([at * 3 + number for at in range(3)], told.totals.later[code])
    compared: list[int] = []
    for what in Movement:
        inside = [PLACES.index(place) for place in cells_who(what, **SCALES)]
        shown[what.value] = (inside, told.figures.counts[what])
        compared += inside
    shown["compared"] = (compared, told.figures.compared)
    for name in APART:
        inside = [PLACES.index(place) for place in cells_who(name, **SCALES)]
        shown[name] = (inside, getattr(told.figures, name))
    return shown


@settings(max_examples=30)
@given(st.lists(st.integers(0, 8), min_size=3, max_size=8))
def test_withheld_figures_cannot_be_worked_out(standing: list[int]) -> None:
    counts = [standing.count(place) for place in range(9)]
    # Small is 1, a small group up to 2, so that every matrix that agrees can be tried.
    told = told_of(*counts, threshold=1, small_group=2)
    shown = figures_of(told)
    agreeing = every_matrix(sum(counts))
    for inside, value in shown.values():
        if value is not None:
            assert value == sum(counts[place] for place in inside)
            agreeing = agreeing[agreeing[:, inside].sum(axis=1) == value]
    assert len(agreeing)
    truth = {name: sum(counts[place] for place in inside) for name, (inside, _) in shown.items()}
    for name, (inside, value) in shown.items():
        if truth[name] == 1:
            assert value is None
            assert agreeing[:, inside].sum(axis=1).max() > 1
    for line, other in (("row", "column"), ("column", "row")):
        codes = {"row": ROWS, "column": COLUMNS}
        # The full report of the same pupils tells these, unless one of them is small.
        if all(truth[f"{line} {code}"] != 1 for code in codes[line]):
            assert all(shown[f"{line} {code}"][1] is not None for code in codes[line])
        for code in codes[line]:
            whole = truth[f"{line} {code}"]
            there = [crossing for crossing in codes[other] if truth[f"{other} {crossing}"]]
            if whole not in (1, 2) or len(there) < 2:  # with one, the totals tell it by themselves
                continue
            for crossing in there:
                (place,) = set(shown[f"{line} {code}"][0]) & set(shown[f"{other} {crossing}"][0])
                if counts[place] in (0, whole):
                    assert shown[f"cell {place}"][1] is None
                if not counts[place]:
                    assert agreeing[:, place].max() > 0
