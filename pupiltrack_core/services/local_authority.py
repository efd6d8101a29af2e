"""The local authority's table of its schools."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.access import Action
from pupiltrack_core.calc.summary import summarise
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM
from pupiltrack_core.schemas import summaries, tallies
from pupiltrack_core.schemas.cohort import SCHOOL_ID
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.report_lookups import find_schools_of_authority
from pupiltrack_core.storage.tallies import tally_schools

OVERVIEW_SUBJECTS = (*(subject.value for subject in CORE_SUBJECTS), RWM)
LAESTAB, NAME, PUPILS, NO_DATA = "laestab", "name", "pupils", "no_data"


def count_column(subject: str) -> str:
    """Return the overview's column of pupils on track or deeper in a subject or RWM."""
    return f"{subject}_on_track_or_deeper"


def of_column(subject: str) -> str:
    """Return the overview's column of the denominator of `count_column`."""
    return f"{subject}_pupils"


def no_data_column(subject: str) -> str:
    """Return the overview's column of pupils without a judgement in a subject or RWM."""
    return f"{subject}_no_data"


def schools_overview(caller: Caller, local_authority_id: int, academic_year: int) -> pd.DataFrame:
    """Return a row per school of the authority, by name, with counts for Years 1 to 6.

    Columns `school_id`, `laestab`, `name`, `pupils` (whose data are included), `no_data` (with a
    gap in reading, writing or maths and not already off track); then for each of reading, writing,
    maths and all three the pupils on track or deeper, the denominator and those without data, named
    by `count_column`, `of_column` and `no_data_column`. Counts are int64, at each year group's
    latest assessment; a school without pupils that year has zeros throughout.

    Raises `NotFound` for another authority, `AccessDenied` where the role is not enough.
    """
    with caller.begin() as work:
        work.require_over_authority(Action.SEE_ALL_SCHOOLS, local_authority_id)
        schools = pd.DataFrame(
            find_schools_of_authority(work.session, local_authority_id),
            columns=[SCHOOL_ID, LAESTAB, NAME],
        )
        selection = CohortSelection(
            academic_year=academic_year, local_authority_id=local_authority_id
        )
        tally = tally_schools(work.session, selection, core_only=True)
    counts = _counts_by_school(summarise(tally))
    # A school that is not among the counts has no pupils that year: a true zero, nothing missing.
    figures = counts.reindex(schools[SCHOOL_ID], fill_value=0).reset_index(drop=True)
    return pd.concat([schools, figures], axis=1)


def _counts_by_school(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of a SUMMARY by school, a row per school with its id as the index."""
    wide = {
        subject: summary[summary[tallies.SUBJECT] == subject].set_index(SCHOOL_ID)
        for subject in OVERVIEW_SUBJECTS
    }
    figures = {PUPILS: wide[RWM][summaries.PUPILS], NO_DATA: wide[RWM][summaries.NO_DATA]}
    for subject, rows in wide.items():
        figures[count_column(subject)] = rows[summaries.ON_TRACK_OR_DEEPER]
        figures[of_column(subject)] = rows[summaries.PUPILS]
        figures[no_data_column(subject)] = rows[summaries.NO_DATA]
    return pd.DataFrame(figures).astype("int64")
