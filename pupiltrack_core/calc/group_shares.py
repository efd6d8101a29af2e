"""One share of a cohort and of its groups, as it can be told to readers outside.

The groups come in partitions: by year group, girls and boys, and so on. Those of one partition and
the pupils in none of its groups are together the whole cohort, whose figure is told beside them.
"""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.calc.disclosure import CODE, suppress_small
from pupiltrack_core.schemas.summaries import PUPILS
from pupiltrack_core.schemas.tallies import SUBJECT

PARTITION, GROUP, COUNT = "partition", "group", "count"
_REST = "\0rest"  # the pupils in none of the groups; no group is called that


def withhold_shares(whole: pd.DataFrame, groups: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both frames without small figures: `count` and `pupils` as Int64, missing if withheld.

    `whole` has `subject`, `pupils` and `count`, a row per subject; `groups` besides `partition` and
    `group`. A count goes where it or the rest of the pupils is small (`calc.disclosure`), with as
    many others of its partition as keep it from being worked out, those in no group among them.
    Where the count of the whole goes, all go. Raise ValueError for groups that are more than the
    whole.
    """
    told_whole = suppress_small(whole, count=COUNT, of=PUPILS, within=[SUBJECT], with_rest=True)
    every = pd.concat([groups, _rests(whole, groups)], ignore_index=True)
    told = suppress_small(
        every, count=COUNT, of=PUPILS, within=[PARTITION, SUBJECT], with_rest=True
    )
    lost = set(told_whole.loc[told_whole[COUNT].isna(), SUBJECT])
    told[COUNT] = told[COUNT].mask(told[SUBJECT].isin(lost))
    shown = told[told[GROUP] != _REST].drop(columns=CODE)
    return told_whole.drop(columns=CODE), shown.reset_index(drop=True)


def _rests(whole: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    sums = groups.groupby([PARTITION, SUBJECT], as_index=False)[[PUPILS, COUNT]].sum()
    joined = sums.merge(whole, on=SUBJECT, suffixes=("_inside", ""))
    rests = joined[[PARTITION, SUBJECT]].assign(**{GROUP: _REST})
    for name in (PUPILS, COUNT):
        rests[name] = joined[name] - joined[f"{name}_inside"]
    if (rests[PUPILS] < 0).any() or (rests[COUNT] < 0).any():
        raise ValueError("The groups are more than the whole.")
    return rests[rests[PUPILS] > 0]
