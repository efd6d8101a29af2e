"""The pupils of a cohort as rows, for analysis outside the portal; noted in the audit."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pupiltrack_core.access import Action, SchoolScope
from pupiltrack_core.domain.characteristics import CUSTOM
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.subjects import OWN_CODES
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.services.caller import Caller, Work
from pupiltrack_core.services.cohort_filters import require_filters
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.services.pupil_details import may_see_looked_after
from pupiltrack_core.services.reports import note_export
from pupiltrack_core.storage.cohort_frames import load_cohort

WHAT = "pupil rows for analysis"


def pupil_rows(caller: Caller, selection: CohortSelection, *, with_names: bool) -> pd.DataFrame:
    """Return a COHORT frame of a school, or of the schools of an authority one after another.

    The column `looked_after` is not there at all unless the reader may see it, at every school. Of
    several schools the custom filters and the schools' own subjects are left out: their codes mean
    something else at each. That rows were taken stands in the audit before any is read. Raises as
    `services.reports.full_report`, and `AccessDenied` for a role that may not take data away.
    """
    note_export(caller, selection, what=WHAT, with_names=with_names)
    with caller.begin() as work:
        if selection.school_id is not None:
            frame, sees_all = _rows_of_school(work, selection, with_names=with_names)
            return frame if sees_all else frame.drop(columns=columns.LOOKED_AFTER)
        schools = require_group(work, selection).schools
        read = [
            _rows_of_school(work, selection.at_school(school), with_names=with_names)
            for school in schools
        ]
    frame = _one_after_another([frame for frame, _ in read], with_names=with_names)
    sees_all = all(sees for _, sees in read)
    return frame if sees_all else frame.drop(columns=columns.LOOKED_AFTER)


def _rows_of_school(
    work: Work, selection: CohortSelection, *, with_names: bool
) -> tuple[pd.DataFrame, bool]:
    school = work.require(Action.SEE_PUPILS, selection.school_id or 0)
    require_filters(work.principal, selection, SchoolScope(school.id, school.local_authority_id))
    frame = load_cohort(work.session, selection, with_names=with_names)
    return frame, may_see_looked_after(work, school)


def _one_after_another(frames: Sequence[pd.DataFrame], *, with_names: bool) -> pd.DataFrame:
    subjects = {code for frame in frames for code in columns.subjects_of(frame)} - set(OWN_CODES)
    dtypes = columns.cohort_dtypes(subjects, with_names=with_names)
    for item in CUSTOM:
        del dtypes[item.value]
    # As objects, which any categories fit: those of two schools' classes are not the same.
    parts = [frame.reindex(columns=list(dtypes)).astype(object) for frame in frames if len(frame)]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(dtypes))
    return whole.astype(dtypes)
