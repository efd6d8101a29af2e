"""Which region of the Venn diagrams each pupil stands in."""

from __future__ import annotations

import pandas as pd

from pupiltrack_core.calc.summary import outcome_of_each, sort_by_name
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import NO_DATA, SUBJECT_OUTCOMES
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.venn import REGIONS, VennKind, region_of
from pupiltrack_core.schemas.cohort import INCLUDE_IN_DATA

REGION = "region"
PUPILS = "pupils"


def _regions_by_pattern(kind: VennKind) -> dict[str, str]:
    judged = [None if code == NO_DATA else Judgement(code) for code in SUBJECT_OUTCOMES]
    codes = list(zip(SUBJECT_OUTCOMES, judged, strict=True))
    return {
        reading + writing + maths: region_of(r, w, m, kind=kind)
        for reading, r in codes
        for writing, w in codes
        for maths, m in codes
    }


_BY_PATTERN = {kind: _regions_by_pattern(kind) for kind in VennKind}


def region_of_each(cohort: pd.DataFrame, *, kind: VennKind) -> pd.Series[str]:
    """Return each pupil's region, one of `REGIONS`, a str per row of the COHORT frame."""
    reading, writing, maths = (outcome_of_each(cohort, item.value) for item in CORE_SUBJECTS)
    return (reading + writing + maths).map(_BY_PATTERN[kind]).astype("str")


def venn_regions(cohort: pd.DataFrame, *, kind: VennKind = VennKind.ON_TRACK) -> pd.DataFrame:
    """Return a row per region, in the order of `REGIONS`: `region`, `pupils` (int64).

    Zeros are included; the rows add up to the pupils of the cohort whose data are included.
    """
    counted = cohort[cohort[INCLUDE_IN_DATA]]
    counts = region_of_each(counted, kind=kind).value_counts()
    return pd.DataFrame(
        {
            REGION: pd.array(list(REGIONS), dtype="str"),
            PUPILS: [int(counts.get(region, 0)) for region in REGIONS],
        }
    )


def pupils_in_region(cohort: pd.DataFrame, region: str, *, kind: VennKind) -> pd.DataFrame:
    """Return the rows of the COHORT frame that stand in a region, by surname and forenames.

    There are as many as `venn_regions` counts. Raise ValueError when there is no such region.
    """
    if region not in REGIONS:
        raise ValueError("There is no such region.")
    inside = region_of_each(cohort, kind=kind) == region
    return sort_by_name(cohort[cohort[INCLUDE_IN_DATA] & inside])
