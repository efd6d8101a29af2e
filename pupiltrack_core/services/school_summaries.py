"""The figures of several schools, each by itself."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.calc.summary import summarise
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.schemas.cohort import SCHOOL_ID
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.storage.tallies import tally_schools


def summaries_by_school(caller: Caller, selection: CohortSelection) -> pd.DataFrame:
    """Return a SUMMARY keyed by `school_id` of a cohort of several schools.

    Schools without pupils in the cohort are not in it. Raises as `services.reports.full_report`,
    and `AccessDenied` for a reader who may not see the pupils, whom single schools would give away.
    """
    with caller.begin() as work:
        group = require_group(work, selection)
        if not group.may_see_names:
            raise AccessDenied(
                "Your role does not let you see single pupils, as small schools would. Ask for the "
                "figures of the schools together."
            )
        return summarise(tally_schools(work.session, selection, by=(SCHOOL_ID,)))
