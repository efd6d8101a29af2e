"""Data sets side by side: how far each is from the first, and what is withheld of them.

The sets stand in one SUMMARY keyed by `data_set`: 0 is the primary set, 1 and on are the layers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from pupiltrack_core.calc.disclosure import CODE, suppress_small
from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import percentage
from pupiltrack_core.schemas.summaries import PUPILS
from pupiltrack_core.schemas.tallies import SUBJECT

DATA_SET = "data_set"
PRIMARY = 0
_ROWS = [row.value for row in SummaryRow]
_ROW, _COUNT = "row", "count"
Part = tuple[int, int]  # a wider data set and one that is a part of it
Taking = tuple[int, tuple[int, ...]]  # a data set, and parts of it that are taken away together
Place = tuple[int, str]  # a data set and a subject


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a figure is from that of the primary set; more than it is above zero.

    `points` are percentage points, exact; None where one of the two has nobody to count.
    """

    pupils: int
    points: Fraction | None


def difference(count: int, of: int, *, primary_count: int, primary_of: int) -> Difference:
    """Return how far `count` in `of` is from the primary set's; raises as `percentage`."""
    share, primary = percentage(count, of), percentage(primary_count, primary_of)
    points = None if share is None or primary is None else share - primary
    return Difference(count - primary_count, points)


def withhold_sets(
    summary: pd.DataFrame,
    *,
    parts: Collection[Part],
    apart: Collection[Part] = (),
    seen: Collection[int] = (),
) -> pd.DataFrame:
    """Return a SUMMARY keyed by `data_set` without what a reader outside must not see: missing.

    `parts` are the pairs of which the second is a part of the first, at the same assessments;
    `apart` the pairs that share no pupil; `seen` are the sets whose pupils the reader may see, of
    which nothing is withheld. All figures of a subject go together, because they add up:

    * of a set with a small figure (`calc.disclosure`);
    * of a part whose whole less the part has a small figure, or of the whole if the part is seen;
      so too where all the parts that are apart are taken from their whole together;
    * as soon as one of sets that are parts of each other is withheld, of all of them but those that
      are a part of none: no sum or difference of the rest brings it back.

    The number of pupils goes too where it is small, and with a part. What is withheld is Int64
    and missing; a row that does not apply to the subject is missing besides, as it was.
    """
    sets = {int(number) for number in summary[DATA_SET]}
    pairs = [(wide, part) for wide, part in parts if wide != part and {wide, part} <= sets]
    closed = sets - set(seen)
    small = {place: is_few for place, is_few in _small(summary).items() if place[0] in closed}
    lost, few = set(small), {place for place, is_few in small.items() if is_few}
    takings = [(wide, (part,)) for wide, part in pairs] + _partitions(pairs, apart)
    for number, subject in _small(_rests(summary, takings)):
        wide, taken = takings[number]
        told = closed & set(taken) or closed & {wide}
        few |= {(one, subject) for one in told}
    lost |= few
    inner = {part for wide, part in pairs if (part, wide) not in pairs}
    for family in _families(pairs):
        for subject in {subject for number, subject in lost if number in family}:
            few |= {(number, subject) for number in family & inner & closed}
    return _without(summary, lost | few, few)


def _partitions(pairs: Sequence[Part], apart: Collection[Part]) -> list[Taking]:
    """Return each whole with its parts that are apart, two or more, as many as go together.

    Fewer of them leave more behind: where that were small, a part would be small itself.
    """
    found: list[Taking] = []
    neighbours: dict[int, set[int]] = {}
    for one, other in apart:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    for whole in {wide for wide, _ in pairs}:
        inside = {part for wide, part in pairs if wide == whole and (part, whole) not in pairs}
        found += [
            (whole, tuple(sorted(group)))
            for group in _groups_apart(set(), inside, set(), neighbours)
            if len(group) > 1
        ]
    return found


def _groups_apart(
    group: set[int], candidates: set[int], done: set[int], neighbours: dict[int, set[int]]
) -> Iterator[set[int]]:
    """Yield the largest groups in which every two are apart (Bron and Kerbosch, 1973)."""
    if not candidates and not done:
        yield group
        return
    # Whoever is apart from the pivot comes up again in a group with it.
    pivot = max(candidates | done, key=lambda one: len(candidates & neighbours.get(one, set())))
    left, passed = set(candidates), set(done)
    for one in sorted(candidates - neighbours.get(pivot, set())):
        near = neighbours.get(one, set())
        yield from _groups_apart(group | {one}, left & near, passed & near, neighbours)
        left.discard(one)
        passed.add(one)


def _small(summary: pd.DataFrame) -> dict[Place, bool]:
    """Return the sets and subjects with a small figure, and whether the pupils are few too."""
    figures = summary.melt(
        id_vars=[DATA_SET, SUBJECT, PUPILS], value_vars=_ROWS, var_name=_ROW, value_name=_COUNT
    ).dropna(subset=[_COUNT])  # a row that does not apply to the subject
    told = suppress_small(figures, count=_COUNT, of=PUPILS, within=[DATA_SET, SUBJECT, _ROW])
    found = told[told[CODE] == CodedValue.SUPPRESSED.value]
    places = list(zip(*_place_columns(found), strict=True))
    return dict(zip(places, found[PUPILS].isna().tolist(), strict=True))


def _rests(summary: pd.DataFrame, takings: Sequence[Taking]) -> pd.DataFrame:
    """Return the figures of each whole less its parts, `data_set` the number of the taking.

    Without those below zero: someone was moved between the readings, and nothing can be told.
    """
    if not takings:
        return summary.iloc[:0]
    by_set = {
        int(str(number)): lines.set_index(SUBJECT)[[PUPILS, *_ROWS]]
        for number, lines in summary.groupby(DATA_SET)
    }
    rests = []
    for wide, taken in takings:
        rest = by_set[wide]
        for part in taken:
            rest = rest.sub(by_set[part])
        rests.append(rest)
    frame = pd.concat(rests, keys=range(len(rests))).rename_axis([DATA_SET, SUBJECT])
    frame = frame.reset_index()
    return frame[(frame[[PUPILS, *_ROWS]].fillna(0) >= 0).all(axis=1)]


def _families(pairs: Iterable[Part]) -> list[set[int]]:
    """Return the sets that hang together by being parts of one another."""
    families: list[set[int]] = []
    for pair in pairs:
        joined = [family for family in families if family & set(pair)]
        families = [family for family in families if family not in joined]
        families.append(set(pair).union(*joined))
    return families


def _without(
    summary: pd.DataFrame, lost: Collection[Place], few: Collection[Place]
) -> pd.DataFrame:
    places = list(zip(*_place_columns(summary), strict=True))
    result = summary.copy()
    for name in (PUPILS, *_ROWS):
        hidden = [place in (few if name == PUPILS else lost) for place in places]
        result[name] = (
            summary[name].astype("Int64").mask(pd.Series(hidden, summary.index, dtype=bool))
        )
    return result


def _place_columns(summary: pd.DataFrame) -> tuple[list[int], list[str]]:
    return summary[DATA_SET].tolist(), summary[SUBJECT].tolist()
