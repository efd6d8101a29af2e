from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.summary import summarise_cohort
from pupiltrack_core.calc.venn import (
    pupils_in_region,
    region_of_each,
    regions_of_patterns,
    venn_regions,
)
from pupiltrack_core.domain.venn import REGIONS, VennKind
from tests.unit.calc.frames import cohort_of, cohorts

CORE = ("READ", "WRIT", "MATH")
#                    1: T/O/D  2: T/B/O  3: O/O/D  4: T/B/T  5: -/-/-  6: O/-/-
EXAMPLE = {"READ": "TTOT-O", "WRIT": "OBOB--", "MATH": "DODT--"}


def counts(regions: pd.DataFrame) -> dict[str, int]:
    return {
        region: pupils
        for region, pupils in zip(regions["region"], regions["pupils"], strict=True)
        if pupils
    }


def test_venn_regions_of_those_on_track() -> None:
    # 1 is on track in writing and maths, 2 in maths, 3 in all, 4 in none, 6 in reading
    regions = venn_regions(cohort_of(EXAMPLE))
    assert list(regions["region"]) == list(REGIONS)
    assert counts(regions) == {"011": 1, "001": 1, "111": 1, "000": 1, "blank": 1, "100": 1}


def test_venn_regions_of_those_not_on_track() -> None:
    # 1 in reading, 2 in reading and writing, 3 in none, 4 in all; a gap puts 6 in no circle
    regions = venn_regions(cohort_of(EXAMPLE), kind=VennKind.NOT_ON_TRACK)
    assert counts(regions) == {"100": 1, "110": 1, "000": 2, "111": 1, "blank": 1}


def test_venn_regions_leave_out_pupils_not_in_the_data() -> None:
    cohort = cohort_of(EXAMPLE, include=[False] * 5 + [True])
    assert counts(venn_regions(cohort)) == {"100": 1}


def test_venn_regions_of_nobody_are_all_zero() -> None:
    regions = venn_regions(cohort_of(dict.fromkeys(CORE, "")))
    assert regions["pupils"].tolist() == [0] * 9


def test_pupils_in_region_refuses_a_region_there_is_not() -> None:
    with pytest.raises(ValueError, match="no such region"):
        pupils_in_region(cohort_of(EXAMPLE), "two", kind=VennKind.ON_TRACK)


KINDS = st.sampled_from(list(VennKind))
SUBJECTS = st.permutations((*CORE, "GPS")).flatmap(
    lambda codes: st.integers(2, 3).map(lambda size: tuple(codes[:size]))
)


def test_venn_regions_of_two_subjects() -> None:
    # Reading and maths: 1 in maths, 2 in maths, 3 in both, 4 in neither, 6 in reading alone
    regions = venn_regions(cohort_of(EXAMPLE), subjects=("READ", "MATH"))
    assert list(regions["region"]) == ["10", "01", "11", "00", "blank"]
    assert counts(regions) == {"01": 2, "11": 1, "00": 1, "blank": 1, "10": 1}


def test_venn_regions_of_another_subject_tell_no_data_in_it_from_none() -> None:
    cohort = cohort_of({**EXAMPLE, "MUSI": "O----D"})
    regions = venn_regions(cohort, subjects=("WRIT", "MUSI"))
    assert counts(regions) == {"11": 1, "10": 1, "00": 2, "blank": 1, "01": 1}


@pytest.mark.parametrize("subjects", [(), ("READ",), ("READ", "READ"), (*CORE, "GPS")])
def test_venn_regions_of_other_than_two_or_three_subjects_are_refused(
    subjects: tuple[str, ...],
) -> None:
    with pytest.raises(ValueError, match="two or three subjects"):
        venn_regions(cohort_of(EXAMPLE), subjects=subjects)


@given(cohorts((*CORE, "GPS")), KINDS, SUBJECTS)
def test_regions_of_patterns_agree_with_the_pupils_counted(
    cohort: pd.DataFrame, kind: VennKind, subjects: tuple[str, ...]
) -> None:
    counted = cohort[cohort["include_in_data"]]
    patterns = pd.DataFrame(
        {code: counted[code].astype("object").where(counted[code].notna(), "-")
         for code in subjects}
    ).assign(pupils=1)  # fmt: skip
    pd.testing.assert_frame_equal(
        regions_of_patterns(patterns, kind=kind, subjects=subjects),
        venn_regions(cohort, kind=kind, subjects=subjects),
    )


@given(cohorts((*CORE, "GPS")), KINDS, SUBJECTS)
def test_venn_regions_agree_with_placing_pupils_one_by_one(
    cohort: pd.DataFrame, kind: VennKind, subjects: tuple[str, ...]
) -> None:
    inside = {"O", "D"} if kind is VennKind.ON_TRACK else {"B", "T"}
    expected: dict[str, int] = {}
    for _, row in cohort[cohort["include_in_data"]].iterrows():
        if all(pd.isna(row[subject]) for subject in subjects):
            region = "blank"
        else:
            region = "".join("1" if row[subject] in inside else "0" for subject in subjects)
        expected[region] = expected.get(region, 0) + 1
    assert counts(venn_regions(cohort, kind=kind, subjects=subjects)) == expected


@given(cohorts(CORE), KINDS)
def test_pupils_in_region_are_as_many_as_counted(cohort: pd.DataFrame, kind: VennKind) -> None:
    regions = venn_regions(cohort, kind=kind)
    for region, pupils in zip(regions["region"], regions["pupils"], strict=True):
        names = pupils_in_region(cohort, region, kind=kind)
        assert len(names) == pupils
        assert (region_of_each(names, kind=kind) == region).all()
        assert names["surname"].str.casefold().is_monotonic_increasing


@given(cohorts(CORE))
def test_venn_regions_agree_with_the_summary(cohort: pd.DataFrame) -> None:
    summary = summarise_cohort(cohort, CORE).set_index("subject")
    for kind, column in (
        (VennKind.ON_TRACK, "on_track_or_deeper"),
        (VennKind.NOT_ON_TRACK, "not_on_track"),
    ):
        regions = venn_regions(cohort, kind=kind).set_index("region")["pupils"]
        for place, subject in enumerate(CORE):
            circle = sum(
                pupils
                for region, pupils in regions.items()
                if region != "blank" and str(region)[place] == "1"
            )
            assert circle == summary.loc[subject, column]
        assert regions.sum() == summary["pupils"].max()
    on_track = venn_regions(cohort).set_index("region")["pupils"]
    assert on_track["111"] == summary.loc["RWM", "on_track_or_deeper"]
