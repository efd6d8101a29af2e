"""The pupils behind a figure of several schools, read when somebody asks and not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from pupiltrack_core.calc.summary import pupils_behind, sort_by_name, summarise
from pupiltrack_core.calc.venn import PUPILS, REGION, pupils_in_region, regions_of_patterns
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, RWM, is_own_code
from pupiltrack_core.domain.venn import VennKind
from pupiltrack_core.errors import AccessDenied, InvalidEntry
from pupiltrack_core.schemas import cohort as columns
from pupiltrack_core.schemas import tallies
from pupiltrack_core.services.caller import Work
from pupiltrack_core.services.cohort_places import require_group
from pupiltrack_core.storage.cohort_frames import load_cohort
from pupiltrack_core.storage.tallies import tally_patterns, tally_schools

MOST_NAMES = 500
SCHOOL_NAME = "school_name"


def group_names_behind(
    work: Work, selection: CohortSelection, *, subject: str, row: SummaryRow
) -> pd.DataFrame:
    """Return the rows of COHORT frames that a figure of several schools counts, by name.

    With `school_name` before the rest. Only schools with such a pupil are read, whatever the number
    of schools. Raises as `cohort_places.require_group`, `AccessDenied` for whoever may not see the
    pupils, and `InvalidEntry` when they are more than `MOST_NAMES`.
    """
    group = require_group(work, selection)
    if not group.may_see_names:
        raise AccessDenied("Your role does not let you see the pupils behind these figures.")
    counts = summarise(
        tally_schools(work.session, selection, core_only=subject in _CORE_AND_TOGETHER)
    )
    found = counts[(counts[tallies.SUBJECT] == subject) & (counts[row.value] > 0)]
    require_few(int(found[row.value].sum()))
    return _read_schools(
        work,
        selection,
        schools={int(number): group.schools[int(number)] for number in found[columns.SCHOOL_ID]},
        choose=lambda cohort: pupils_behind(cohort, subject, row),
        subjects=(subject,),
    )


def group_names_in_region(
    work: Work, selection: CohortSelection, region: str, *, kind: VennKind, subjects: Sequence[str]
) -> pd.DataFrame:
    """Return the rows of COHORT frames in a region of a diagram of several schools, by name.

    `subjects` are among reading, writing and maths. Shape and errors as in `group_names_behind`.
    """
    group = require_group(work, selection)
    if not group.may_see_names:
        raise AccessDenied("Your role does not let you see the pupils behind these figures.")
    patterns = tally_patterns(work.session, selection, by=(columns.SCHOOL_ID,))
    counts = {
        int(str(school)): regions_of_patterns(found, kind=kind, subjects=subjects)
        for school, found in patterns.groupby(columns.SCHOOL_ID)
    }
    inside = {
        school: int(regions.loc[regions[REGION] == region, PUPILS].sum())
        for school, regions in counts.items()
    }
    require_few(sum(inside.values()))
    return _read_schools(
        work,
        selection,
        schools={school: group.schools[school] for school, count in inside.items() if count},
        choose=lambda cohort: pupils_in_region(cohort, region, kind=kind, subjects=subjects),
        subjects=subjects,
    )


def require_few(number: int) -> None:
    """Raise `InvalidEntry` for more pupils than are listed."""
    if number > MOST_NAMES:
        raise InvalidEntry(
            f"These are {number} pupils; up to {MOST_NAMES} are listed. Choose fewer schools, one "
            "year group or a filter, and press the figure again.",
            field="figure",
        )


def _read_schools(
    work: Work,
    selection: CohortSelection,
    *,
    schools: Mapping[int, str],
    choose: Callable[[pd.DataFrame], pd.DataFrame],
    subjects: Sequence[str],
) -> pd.DataFrame:
    parts = []
    for school_id, name in schools.items():
        inside = choose(load_cohort(work.session, selection.at_school(school_id)))
        inside = inside[[column for column in inside.columns if not is_own_code(column)]]
        inside.insert(0, SCHOOL_NAME, name)
        parts.append(inside)
    if not parts:
        names = (SCHOOL_NAME, columns.SURNAME, columns.FORENAMES)
        return pd.DataFrame(columns=[*names, columns.YEAR_GROUP, columns.CLASS_NAME])
    together = pd.concat(parts, ignore_index=True)
    shared = set.intersection(*(set(part.columns) for part in parts))
    # A subject that only some of the schools assess would stand as No data at the others.
    kept = [name for name in together.columns if name in shared or name in subjects]
    return sort_by_name(together[kept])


_CORE_AND_TOGETHER = frozenset({*(subject.value for subject in CORE_SUBJECTS), RWM})
