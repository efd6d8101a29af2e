"""Where pupils who stood at each step at an earlier point stand at a later one.

A PAIRS frame has a row per pupil with `include_in_data` and the codes `earlier` and `later`, "-"
for no data. The pupils without data at either point are counted apart from those who moved.
"""

from __future__ import annotations

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
    """

    counts: dict[Movement, int]
    compared: int
    no_earlier: int
    no_later: int
    neither: int
    pupils: int


def transition_cells(pairs: pd.DataFrame, *, earlier: Scale, later: Scale) -> pd.DataFrame:
    """Return `earlier`, `later`, `pupils` (int64): a row per cell of the matrix, zeros included.

    Steps from the lowest, No data last, on both sides. Only pupils included in the data count.
    Raise ValueError for a code that is no step of its scale.
    """
    counted = pairs[pairs[INCLUDE_IN_DATA].to_numpy(dtype=bool)]
    found = counted.groupby([EARLIER, LATER], observed=True).size().to_dict()
    places = [(before, after) for before in earlier.codes for after in later.codes]
    if set(found) - set(places):
        raise ValueError("A pupil stands at no step of the scale.")
    return pd.DataFrame(
        {
            EARLIER: pd.array([before for before, _ in places], dtype="str"),
            LATER: pd.array([after for _, after in places], dtype="str"),
            PUPILS: [int(found.get(place, 0)) for place in places],
        }
    )


def movement_figures(cells: pd.DataFrame, *, earlier: Scale, later: Scale) -> MovementFigures:
    """Return what the cells of a matrix come to, compared as finely as both scales allow."""
    counts = dict.fromkeys(Movement, 0)
    apart = dict.fromkeys(APART, 0)
    for before, after, pupils in cells[[EARLIER, LATER, PUPILS]].itertuples(index=False):
        moved = movement_of(before, after, earlier=earlier, later=later)
        if moved is not None:
            counts[moved] += int(pupils)
        else:
            apart[_apart_of(before, after)] += int(pupils)
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


def pupils_in_cell(pairs: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Return the rows of the PAIRS frame that a cell counts, in the order they were in."""
    inside = (pairs[EARLIER] == before) & (pairs[LATER] == after)
    return pairs[pairs[INCLUDE_IN_DATA].astype(bool) & inside]


def pupils_who(
    pairs: pd.DataFrame, what: Movement | str, *, earlier: Scale, later: Scale
) -> pd.DataFrame:
    """Return the rows of the PAIRS frame of pupils who did `what`, in the order they were in.

    That is a `Movement`, or one of `APART` for those who cannot be compared.
    """
    did = [
        (movement_of(before, after, earlier=earlier, later=later) or _apart_of(before, after))
        == what
        for before, after in zip(pairs[EARLIER], pairs[LATER], strict=True)
    ]
    return pairs[pairs[INCLUDE_IN_DATA].astype(bool) & pd.Series(did, pairs.index, dtype=bool)]


def _apart_of(before: str, after: str) -> str:
    if before == after:
        return NEITHER
    return NO_EARLIER if before == NO_DATA else NO_LATER
