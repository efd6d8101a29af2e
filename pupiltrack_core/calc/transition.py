"""Where pupils who stood at each step at an earlier point stand at a later one.

A PAIRS frame has a row per pupil with `include_in_data` and the codes `earlier` and `later`, "-"
for no data. The pupils without data at either point are counted apart from those who moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pupiltrack_core.domain.attainment_scales import Movement, Scale, movement
from pupiltrack_core.domain.outcomes import NO_DATA
from pupiltrack_core.schemas.cohort import INCLUDE_IN_DATA

EARLIER, LATER, PUPILS = "earlier", "later", "pupils"
NO_EARLIER, NO_LATER, NEITHER = "no_earlier", "no_later", "neither"  # data missing at
APART = (NO_EARLIER, NO_LATER, NEITHER)


@dataclass(frozen=True, slots=True)
class MovementFigures:
    """How many of those with data at both points fell, stayed and rose, and who has none.

    `compared` is the denominator of `counts`; `compared`, `no_earlier`, `no_later` and `neither`
    add up to `pupils`. `no_earlier` have data at the later point alone, `no_later` the other way.
    None is a figure withheld, see `calc.transition_publication`.
    """

    counts: Mapping[Movement, int | None]
    compared: int | None
    no_earlier: int | None
    no_later: int | None
    neither: int | None
    pupils: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many pupils stood at each step of the two points, by code; None where withheld."""

    earlier: Mapping[str, int | None]
    later: Mapping[str, int | None]


def transition_cells(pairs: pd.DataFrame, *, earlier: Scale, later: Scale) -> pd.DataFrame:
    """Return `earlier`, `later`, `pupils` (int64): a row per cell of the matrix, zeros included.

    Steps from the lowest, No data last, on both sides. Only pupils included in the data count.
    Raise ValueError for a code that is no step of its scale.
    """
    counted = pairs[pairs[INCLUDE_IN_DATA].to_numpy(dtype=bool)]
    found = counted.groupby([EARLIER, LATER], observed=True).size()
    places = [(str(before), str(after)) for before, after in found.index]
    counts = dict(zip(places, found.tolist(), strict=True))
    return cells_of_counts(counts, earlier=earlier, later=later)


def cells_of_counts(
    counts: Mapping[tuple[str, str], int], *, earlier: Scale, later: Scale
) -> pd.DataFrame:
    """Return the cells as `transition_cells` does, of pupils counted by their two codes already."""
    places = [(before, after) for before in earlier.codes for after in later.codes]
    if set(counts) - set(places):
        raise ValueError("A pupil stands at no step of the scale.")
    return pd.DataFrame(
        {
            EARLIER: pd.array([before for before, _ in places], dtype="str"),
            LATER: pd.array([after for _, after in places], dtype="str"),
            PUPILS: [int(counts.get(place, 0)) for place in places],
        }
    )


def totals_of(cells: pd.DataFrame) -> Totals:
    """Return how many pupils of the cells stood at each step of both points."""
    found = [cells.groupby(name, sort=False)[PUPILS].sum() for name in (EARLIER, LATER)]
    return Totals(*({str(code): int(count) for code, count in sums.items()} for sums in found))


def movement_figures(cells: pd.DataFrame, *, earlier: Scale, later: Scale) -> MovementFigures:
    """Return what the cells of a matrix come to, compared as finely as both scales allow."""
    counts = dict.fromkeys(Movement, 0)
    apart = dict.fromkeys(APART, 0)
    for before, after, pupils in cells[[EARLIER, LATER, PUPILS]].itertuples(index=False):
        moved = movement_of(before, after, earlier=earlier, later=later)
        if moved is not None:
            counts[moved] += int(pupils)
        else:
            apart[apart_of(before, after)] += int(pupils)
    compared = sum(counts.values())
    return MovementFigures(
        counts=counts, compared=compared, pupils=compared + sum(apart.values()), **apart
    )


def movement_of(before: str, after: str, *, earlier: Scale, later: Scale) -> Movement | None:
    """Return what a pupil with these codes did; None without data at either point."""
    if NO_DATA in (before, after):
        return None
    detail = min(earlier.detail, later.detail)
    return movement(earlier.step(before), later.step(after), detail=detail)


def apart_of(before: str, after: str) -> str:
    """Return which of `APART` a pupil is who has no data at one of the points, or at both."""
    if before == after:
        return NEITHER
    return NO_EARLIER if before == NO_DATA else NO_LATER


def pupils_in_cell(pairs: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Return the rows of the PAIRS frame that a cell counts, in the order they were in."""
    inside = (pairs[EARLIER] == before) & (pairs[LATER] == after)
    return pairs[pairs[INCLUDE_IN_DATA].astype(bool) & inside]


def cells_who(what: Movement | str, *, earlier: Scale, later: Scale) -> tuple[tuple[str, str], ...]:
    """Return the cells, by their two codes, of the pupils who did `what`.

    That is a `Movement`, or one of `APART` for those who cannot be compared.
    """
    return tuple(
        (before, after)
        for before in earlier.codes
        for after in later.codes
        if (movement_of(before, after, earlier=earlier, later=later) or apart_of(before, after))
        == what
    )


def pupils_who(
    pairs: pd.DataFrame, what: Movement | str, *, earlier: Scale, later: Scale
) -> pd.DataFrame:
    """Return the rows of the PAIRS frame of pupils who did `what`, in the order they were in."""
    cells = set(cells_who(what, earlier=earlier, later=later))
    did = [place in cells for place in zip(pairs[EARLIER], pairs[LATER], strict=True)]
    return pairs[pairs[INCLUDE_IN_DATA].astype(bool) & pd.Series(did, pairs.index, dtype=bool)]
