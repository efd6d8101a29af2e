"""The figures of the home page: how many of each year group are on track."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.schemas import summaries
from pupiltrack_core.schemas.cohort import YEAR_GROUP
from pupiltrack_core.schemas.tallies import SUBJECT


def headline_figures(summary: pd.DataFrame) -> pd.DataFrame:
    """Return `year_group`, `subject`, `on_track_or_deeper`, `pupils`, a row per headline.

    `summary` is a SUMMARY frame by year group. A year group and subject without a single judgement
    makes no headline: nobody has been assessed, which is not the same as nobody on track.
    """
    judged = summary[summaries.NO_DATA] < summary[summaries.PUPILS]
    columns = [YEAR_GROUP, SUBJECT, summaries.ON_TRACK_OR_DEEPER, summaries.PUPILS]
    return summary.loc[judged, columns].reset_index(drop=True)
