"""What of a transition matrix is withheld when it is published.

A small cell that is withheld alone could be worked out from the totals of rows and columns, and
from how many fell, stayed and rose. So every small figure has a witness: another matrix of whole
numbers that agrees with all that is published and in which the figure is not small. What the
witness must change is withheld too, as few and as small figures as will do, totals last. (The
usual way with tables that have totals: Willenborg and de Waal, Elements of Statistical Disclosure
Control, 2001, chapter 4.)

The totals of both points stand in the full report of the same pupils as well. They are taken as
known, but where one of them is small: there the full report withholds the subject whole. So nothing
more is learnt from the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pupiltrack_core.calc.disclosure import SMALL_GROUP, THRESHOLD
from pupiltrack_core.calc.transition import (
    APART,
    EARLIER,
    LATER,
    PUPILS,
    MovementFigures,
    Totals,
    apart_of,
    movement_figures,
    movement_of,
    totals_of,
)
from pupiltrack_core.domain.attainment_scales import Movement, Scale

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Cells = np.ndarray[tuple[int], np.dtype[np.bool_]]  # which cells of the matrix a figure counts
Key = tuple[str, str]  # what a figure is: of a cell its steps, else the kind and the name
_ROW, _COLUMN, _MOVED, _APART, _COMPARED = "row", "column", "moved", "apart", "compared"
# What it costs to withhold a figure: a cell as little as can be, a total not before all the cells.
_COSTS = {_MOVED: 12.0, _APART: 12.0, _COMPARED: 12.0, _ROW: 1000.0, _COLUMN: 1000.0}
_COST_OF_NOBODY = 3.0  # nobody is a poor hiding place: it is often what one would guess


@dataclass(frozen=True, slots=True)
class ToldTransition:
    """What is told of a matrix: `cells` with `pupils` as Int64, missing where withheld.

    In `totals` and `figures` None stands for what is withheld.
    """

    cells: pd.DataFrame
    totals: Totals
    figures: MovementFigures


@dataclass(frozen=True, slots=True)
class _Figure:
    key: Key
    cells: Cells
    value: int
    cost: float


@dataclass(frozen=True, slots=True)
class _Claim:
    """The pupils of `cells` must be able to be `least` for all that is published."""

    cells: Cells
    least: int


def withhold_transition(
    cells: pd.DataFrame,
    *,
    earlier: Scale,
    later: Scale,
    threshold: int = THRESHOLD,
    small_group: int = SMALL_GROUP,
) -> ToldTransition:
    """Return a matrix without its small figures and those that would bring them back.

    Small are: 1 to `threshold` pupils in a cell, at a step, or who fell, stayed, rose or cannot be
    compared; and every cell of a step with up to `small_group` pupils, where nobody or everybody
    says something of each child. Of up to `small_group` pupils in all nothing is told.
    """
    counts: Numbers = cells[PUPILS].to_numpy(dtype=np.int64)
    figures = list(_figures(cells, counts, earlier=earlier, later=later))
    total = int(counts.sum())
    if 0 < total <= small_group:
        hidden = {figure.key for figure in figures}
        pupils = None if total <= threshold else total
    else:
        hidden = _hidden(counts, figures, threshold=threshold, small_group=small_group)
        pupils = total
    return _told(cells, hidden, pupils, earlier=earlier, later=later)


def _figures(
    cells: pd.DataFrame, counts: Numbers, *, earlier: Scale, later: Scale
) -> Iterator[_Figure]:
    """Yield every figure that is shown of a matrix, but for the number of all pupils."""
    places = list(cells[[EARLIER, LATER]].itertuples(index=False, name=None))
    named: dict[Key, list[bool]] = {}
    for number, place in enumerate(places):
        before, after = place
        moved = movement_of(before, after, earlier=earlier, later=later)
        group = (_APART, apart_of(before, after)) if moved is None else (_MOVED, moved.value)
        of = [place, (_ROW, before), (_COLUMN, after), group]
        for key in of if moved is None else (*of, (_COMPARED, "")):
            named.setdefault(key, [False] * len(places))[number] = True
    for number, (key, inside) in enumerate(named.items()):
        mask = np.array(inside, dtype=bool)
        value = int(counts[mask].sum())
        # Of cells that would do as well the smallest, then the first: one matrix, one answer.
        of_cell = 1 + value / (1 + counts.sum()) if value else _COST_OF_NOBODY
        cost = _COSTS.get(key[0], of_cell) + number / 10_000
        yield _Figure(key, mask, value, cost)


def _hidden(
    counts: Numbers, figures: list[_Figure], *, threshold: int, small_group: int
) -> set[Key]:
    small = [one for one in figures if 1 <= one.value <= threshold]
    # A small total has a small cell: where that can be large, so can the total.
    claims = [_Claim(one.cells, threshold + 1) for one in small if one.cells.sum() == 1]
    possible = _possible(counts, figures)
    for figure in figures:
        if 1 <= figure.value <= small_group:
            # Where nobody stood at a step there is no child to say anything of.
            parts = [one for one in _parts(figure, figures) if (one.cells & possible).any()]
            claims += [_Claim(one.cells, 1) for one in parts if not one.value]
    hidden = {one.key for one in small}
    witnesses: list[Numbers] = []
    for claim in claims:
        if any(witness[claim.cells].sum() >= claim.least for witness in witnesses):
            continue
        witness = _witness(counts, [one for one in figures if one.key not in hidden], claim)
        hidden |= {one.key for one in figures if int(witness[one.cells].sum()) != one.value}
        witnesses.append(witness)
    return hidden


def _parts(figure: _Figure, figures: list[_Figure]) -> list[_Figure]:
    """Return the figures that say what became of the pupils of a figure, where they are few."""
    if figure.key[0] == _COMPARED:
        return [one for one in figures if one.key[0] == _MOVED]
    if figure.key[0] not in (_ROW, _COLUMN):
        return []
    return [one for one in figures if one.cells.sum() == 1 and (one.cells & figure.cells).any()]


def _possible(counts: Numbers, figures: list[_Figure]) -> Cells:
    """Return the cells between two steps at which somebody stood."""
    empty = np.zeros(len(counts), dtype=bool)
    for figure in figures:
        if figure.key[0] in (_ROW, _COLUMN) and not figure.value:
            empty |= figure.cells
    return ~empty


def _witness(counts: Numbers, published: list[_Figure], claim: _Claim) -> Numbers:
    """Return the cells of another matrix with as many pupils, in which the claim holds.

    Of those with the least change of published figures, by what it costs to withhold them.
    """
    # It takes half a second to import, and most readers see every figure.
    from scipy.optimize import Bounds, LinearConstraint, milp

    size, others = len(counts), len(published)
    masks = np.array([one.cells for one in published], dtype=float).reshape(others, size)
    values = np.array([one.value for one in published], dtype=float)
    changes, none = np.eye(others), np.zeros((1, others))
    # First the cells, then by how much each published figure changes, up or down.
    rows = np.concatenate(
        [
            np.hstack([claim.cells[np.newaxis].astype(float), none]),
            np.hstack([np.ones((1, size)), none]),
            np.hstack([masks, changes]),
            np.hstack([masks, -changes]),
        ]
    )
    unbounded = np.full(others, np.inf)
    total = float(counts.sum())
    found: Any = milp(
        np.concatenate([np.zeros(size), [one.cost for one in published]]),
        constraints=LinearConstraint(
            rows,
            np.concatenate([[claim.least, total], values, -unbounded]),
            np.concatenate([[np.inf, total], unbounded, values]),
        ),
        bounds=Bounds(lb=0),
        integrality=np.repeat([1, 0], [size, others]),
        options={"mip_rel_gap": 0},
    ).x
    witness: Numbers = counts if found is None else np.rint(found[:size]).astype(np.int64)
    if witness.sum() != counts.sum() or witness[claim.cells].sum() < claim.least:
        raise RuntimeError("No other matrix agrees with what would be published.")
    return witness


def _told(
    cells: pd.DataFrame, hidden: set[Key], pupils: int | None, *, earlier: Scale, later: Scale
) -> ToldTransition:
    places = cells[[EARLIER, LATER]].itertuples(index=False, name=None)
    lost = pd.Series([place in hidden for place in places], index=cells.index, dtype=bool)
    totals = totals_of(cells)
    figures = movement_figures(cells, earlier=earlier, later=later)
    apart = {name: None if (_APART, name) in hidden else getattr(figures, name) for name in APART}
    return ToldTransition(
        cells.assign(**{PUPILS: cells[PUPILS].astype("Int64").mask(lost)}),
        Totals(
            {
                code: None if (_ROW, code) in hidden else count
                for code, count in totals.earlier.items()
            },
            {
                code: None if (_COLUMN, code) in hidden else count
                for code, count in totals.later.items()
            },
        ),
        MovementFigures(
            counts={
                what: None if (_MOVED, what.value) in hidden else figures.counts[what]
                for what in Movement
            },
            compared=None if (_COMPARED, "") in hidden else figures.compared,
            pupils=pupils,
            **apart,
        ),
    )
