"""Which region of the Venn diagrams each pupil stands in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache

import pandas as pd

from pupiltrack_core.calc.summary import outcome_of_each, sort_by_name
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import NO_DATA, SUBJECT_OUTCOMES
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.venn import VennKind, check_subjects, region_of, regions_of
from pupiltrack_core.schemas.cohort import INCLUDE_IN_DATA

REGION = "region"
PUPILS = "pupils"
CORE = tuple(subject.value for subject in CORE_SUBJECTS)


@cache
def _regions_by_pattern(kind: VennKind, size: int) -> dict[str, str]:
    judged = [None if code == NO_DATA else Judgement(code) for code in SUBJECT_OUTCOMES]
    codes = list(zip(SUBJECT_OUTCOMES, judged, strict=True))
    return {
        "".join(code for code, _ in pattern): region_of(*(held for _, held in pattern), kind=kind)
        for pattern in itertools.product(codes, repeat=size)
    }


def region_of_each(
    cohort: pd.DataFrame, *, kind: VennKind, subjects: Sequence[str] = CORE
) -> pd.Series[str]:
    """Return each pupil's region of the subjects, a str per row of the COHORT frame.

    Raise ValueError unless there are two or three subjects.
    """
    first, *others = (outcome_of_each(cohort, code) for code in check_subjects(subjects))
    patterns = first
    for outcomes in others:
        patterns = patterns + outcomes
    return patterns.map(_regions_by_pattern(kind, len(subjects))).astype("str")


def venn_regions(
    cohort: pd.DataFrame, *, kind: VennKind = VennKind.ON_TRACK, subjects: Sequence[str] = CORE
) -> pd.DataFrame:
    """Return a row per region, in the order of `regions_of`: `region`, `pupils` (int64).

    Zeros are included; the rows add up to the pupils of the cohort whose data are included.
    """
    counted = cohort[cohort[INCLUDE_IN_DATA]]
    counts = region_of_each(counted, kind=kind, subjects=subjects).value_counts()
    regions = regions_of(len(subjects))
    return pd.DataFrame(
        {
            REGION: pd.array(list(regions), dtype="str"),
            PUPILS: [int(counts.get(region, 0)) for region in regions],
        }
    )


def regions_of_patterns(
    patterns: pd.DataFrame, *, kind: VennKind, subjects: Sequence[str] = CORE
) -> pd.DataFrame:
    """Return the regions as `venn_regions`, of pupils counted by their outcomes in each subject.

    `patterns` has a column of outcomes for each subject, and `pupils`.
    """
    first, *others = (patterns[code] for code in check_subjects(subjects))
    joined = first
    for outcomes in others:
        joined = joined + outcomes
    region = joined.map(_regions_by_pattern(kind, len(subjects)))
    counts = patterns.groupby(region)[PUPILS].sum()
    regions = regions_of(len(subjects))
    return pd.DataFrame(
        {
            REGION: pd.array(list(regions), dtype="str"),
            PUPILS: [int(counts.get(item, 0)) for item in regions],
        }
    )


def pupils_in_region(
    cohort: pd.DataFrame, region: str, *, kind: VennKind, subjects: Sequence[str] = CORE
) -> pd.DataFrame:
    """Return the rows of the COHORT frame that stand in a region, by surname and forenames.

    There are as many as `venn_regions` counts. Raise ValueError when there is no such region.
    """
    if region not in regions_of(len(subjects)):
        raise ValueError("There is no such region.")
    inside = region_of_each(cohort, kind=kind, subjects=subjects) == region
    return sort_by_name(cohort[cohort[INCLUDE_IN_DATA] & inside])
