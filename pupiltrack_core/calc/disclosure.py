"""Withholding figures so small that a child might be recognised.

Applied to figures of several schools or groups that leave the school; a school looking at its own
pupils sees every figure. A withheld figure is coded "c" and missing, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pupiltrack_core.domain.coded_values import CodedValue

THRESHOLD = 5  # a count of 1 to 5 is withheld
SMALL_GROUP = 10  # all or none of a group of up to 10 says something about each child in it
CODE = "code"

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Counts = np.ndarray[tuple[int], np.dtype[np.int64]]


def suppress_small(
    frame: pd.DataFrame,
    *,
    count: str,
    of: str,
    threshold: int = THRESHOLD,
    within: Sequence[str] = (),
    with_rest: bool = False,
) -> pd.DataFrame:
    """Return `frame` with small figures withheld: columns `count` and `of` as Int64, and `code`.

    `code` is "" where both figures stand, "c" where the count (and, if small itself, the
    denominator) is withheld, "z" where there is nobody to count and "x" where either was missing.
    First, every count or denominator from 1 to `threshold` goes, and every count that is none or
    all of a group of up to 10. Then, among the rows that share `within` (all rows without it),
    whose total may be published elsewhere, the next smallest above zero goes too, until at least
    two are withheld and they come to more than `threshold` together: no subtraction brings one
    back. A group of one row has nothing to hide behind: do not publish its total. With `with_rest`
    what is left of `of` without `count` is protected alike, as where a share is told by itself.

    Raise ValueError for a threshold under 1 or a count outside its denominator.
    """
    if threshold < 1:
        raise ValueError("The threshold is at least 1.")
    counts, wholes = frame[count].astype("Int64"), frame[of].astype("Int64")
    known = (counts.notna() & wholes.notna()).to_numpy(dtype=bool)
    part: Counts = np.asarray(counts.fillna(-1), dtype=np.int64)
    whole: Counts = np.asarray(wholes.fillna(-1), dtype=np.int64)
    if (known & ((part < 0) | (part > whole))).any():
        raise ValueError("A count lies between zero and what it is counted out of.")
    candidates = known & (whole > 0)
    hide_whole = candidates & (whole <= threshold)
    extreme = (part == 0) | (part == whole)
    sides = (part, whole - part) if with_rest else (part,)
    hide_part = candidates & (hide_whole | (extreme & (whole <= SMALL_GROUP)))
    for side in sides:
        hide_part |= candidates & (side >= 1) & (side <= threshold)
    for rows in _groups(frame, within):
        _hide_next_smallest(whole, hide_whole, candidates & rows, threshold=threshold)
        hide_part |= hide_whole
        hidden = -1
        while hidden != hide_part.sum():
            hidden = hide_part.sum()
            for side in sides:
                _hide_next_smallest(side, hide_part, candidates & rows, threshold=threshold)
    result = frame.copy()
    result[count] = counts.mask(hide_part | ~candidates)
    result[of] = wholes.mask(hide_whole)
    code = np.where(known, CodedValue.NOT_APPLICABLE.value, CodedValue.UNAVAILABLE.value)
    code = np.where(candidates, "", code)
    code = np.where(hide_part, CodedValue.SUPPRESSED.value, code)
    result[CODE] = pd.array(code.tolist(), dtype="str")
    return result


def _groups(frame: pd.DataFrame, within: Sequence[str]) -> list[Mask]:
    if not within:
        return [np.ones(len(frame), dtype=bool)]
    numbers = frame.groupby(list(within), dropna=False, observed=True).ngroup().to_numpy()
    return [numbers == number for number in np.unique(numbers)]


def _hide_next_smallest(values: Counts, hidden: Mask, rows: Mask, *, threshold: int) -> None:
    """Add rows to `hidden`, in place, until what is hidden among `rows` cannot be worked out."""
    while (rows & hidden).any():
        covered = rows & hidden
        if covered.sum() > 1 and values[covered].sum() > threshold:
            return
        left = np.flatnonzero(rows & ~hidden & (values > 0))
        if not left.size:
            return
        hidden[left[np.argmin(values[left])]] = True
