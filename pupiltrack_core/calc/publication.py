"""Which rows of a report's figures are withheld when the report is published.

The figures of a row add up, and those of the year groups add up to the whole cohort's, so one
figure withheld alone could be worked out. A row with any small figure is therefore withheld whole,
and so is a second year group's, behind which the first is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pupiltrack_core.calc.disclosure import CODE, SMALL_GROUP, THRESHOLD, suppress_small
from pupiltrack_core.domain.coded_values import CodedValue
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.schemas.cohort import YEAR_GROUP
from pupiltrack_core.schemas.summaries import PUPILS
from pupiltrack_core.schemas.tallies import SUBJECT

WHOLE = -1  # stands for the whole cohort where a year group would
_ROW, _COUNT, _IS_WHOLE = "row", "count", "is_whole"
Place = tuple[int, str]  # a year group, or WHOLE, and a subject


@dataclass(frozen=True, slots=True)
class Withheld:
    """The places whose counts are withheld, and those whose number of pupils is, too."""

    counts: frozenset[Place]
    pupils: frozenset[Place]


def withheld_places(whole: pd.DataFrame, by_year_group: pd.DataFrame) -> Withheld:
    """Return what to withhold of a SUMMARY without keys and the same keyed by `year_group`."""
    frame = pd.concat([whole.assign(**{YEAR_GROUP: WHOLE}), by_year_group], ignore_index=True)
    figures = frame.melt(
        id_vars=[YEAR_GROUP, SUBJECT, PUPILS],
        value_vars=[row.value for row in SummaryRow],
        var_name=_ROW,
        value_name=_COUNT,
    ).dropna(subset=[_COUNT])  # a row that does not apply to the subject
    figures[_IS_WHOLE] = figures[YEAR_GROUP] == WHOLE
    told = suppress_small(figures, count=_COUNT, of=PUPILS, within=[_IS_WHOLE, SUBJECT, _ROW])
    return Withheld(
        counts=_places(told[told[CODE] == CodedValue.SUPPRESSED.value]),
        pupils=_places(told[told[PUPILS].isna()]),
    )


def withhold(whole: pd.DataFrame, by_year_group: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two SUMMARY frames without what `withheld_places` says: missing there, as Int64.

    A figure that is missing though its row applies to the subject is one withheld. For readers who
    may not see the pupils: what is not in the frame cannot be shown by mistake.
    """
    withheld = withheld_places(whole, by_year_group)
    groups = [int(group) for group in by_year_group[YEAR_GROUP]]
    return (
        _without(whole, [WHOLE] * len(whole), withheld),
        _without(by_year_group, groups, withheld),
    )


def withhold_shares(by_year_group: pd.DataFrame, row: SummaryRow) -> pd.DataFrame:
    """Return `year_group`, `subject`, the counts of one row and `pupils`, as Int64 and missing
    where they are withheld.

    For readers who are told one share of each year group and no more: who is counted and who is
    not, so that both must be large enough, and what is hidden of either in a subject comes to more
    than a few. Whole rows of outcomes, as `withhold` treats them, would leave little to show.
    """
    told = by_year_group[[YEAR_GROUP, SUBJECT, PUPILS, row.value]]
    left = suppress_small(told, count=row.value, of=PUPILS, within=[SUBJECT], with_rest=True)
    return left.drop(columns=CODE)


def may_publish_regions(counts: Sequence[int]) -> bool:
    """Whether all regions of a Venn diagram may be shown: none is small, nor is the whole.

    One that is withheld alone could be worked out from the figures of the subjects, which are sums
    of regions; so it is all of them or none.
    """
    return sum(counts) > SMALL_GROUP and all(not 0 < count <= THRESHOLD for count in counts)


def _without(summary: pd.DataFrame, groups: list[int], withheld: Withheld) -> pd.DataFrame:
    places = list(zip(groups, summary[SUBJECT], strict=True))
    result = summary.copy()
    no_counts = pd.Series([place in withheld.counts for place in places], index=summary.index)
    no_pupils = pd.Series([place in withheld.pupils for place in places], index=summary.index)
    for row in SummaryRow:
        result[row.value] = summary[row.value].astype("Int64").mask(no_counts.astype(bool))
    result[PUPILS] = summary[PUPILS].astype("Int64").mask(no_pupils.astype(bool))
    return result


def _places(figures: pd.DataFrame) -> frozenset[Place]:
    pairs = figures[[YEAR_GROUP, SUBJECT]].itertuples(index=False, name=None)
    return frozenset((int(group), str(subject)) for group, subject in pairs)
