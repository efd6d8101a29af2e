"""Which earlier results are shown of which cohort, and in what words."""

from __future__ import annotations

import pytest

from pupiltrack_core.domain.prior_results import (
    SUMS,
    has_years_after_key_stage_1,
    measures_of,
    result_label,
    shown_codes,
    year_groups_with,
)
from pupiltrack_core.domain.statutory import Collection

EYFSP, KS1 = Collection.EYFSP, Collection.KS1


def test_measures_of_each_collection() -> None:
    assert measures_of(EYFSP) == ("GLD",)
    assert measures_of(KS1) == ("READ", "WRIT", "MATH", "SCIE")


def test_year_groups_with_a_good_level_are_reception_and_above() -> None:
    assert year_groups_with(EYFSP, (6, -2, 0, -1), 2025) == (0, 6)


@pytest.mark.parametrize(
    ("academic_year", "year_groups"),
    [
        (2025, (5, 6)),  # in Year 2 in 2022/23 and 2021/22; 2024 and 2025 were not statutory
        (2022, (3, 6)),  # 2022 and 2019; 2021 and 2020 were cancelled
        (2018, (3, 4, 5)),  # 2018, 2017, 2016; 2015 was in levels
        (2030, ()),
    ],
)
def test_year_groups_with_key_stage_1_are_those_that_took_it(
    academic_year: int, year_groups: tuple[int, ...]
) -> None:
    assert year_groups_with(KS1, (6, 5, 4, 3, 2, 1), academic_year) == year_groups


def test_has_years_after_key_stage_1_from_year_3() -> None:
    assert has_years_after_key_stage_1((2, 3))
    assert not has_years_after_key_stage_1((0, 1, 2))


def test_shown_codes_are_of_all_the_years_lowest_first() -> None:
    # Year 6 of 2022/23 took it in 2019 (BLW), Year 3 in 2022 (EM)
    assert shown_codes(KS1, "READ", (3, 6), 2022) == (
        *("BLW", "EM", "PK1", "PK2", "PK3", "PK4"),
        *("WTS", "EXS", "GDS"),
    )
    assert shown_codes(KS1, "SCIE", (3, 6), 2022) == ("HNM", "EXS")
    assert shown_codes(EYFSP, "GLD", (4,), 2025) == ("Y", "N")
    assert shown_codes(KS1, "READ", (), 2025) == ()


def test_result_label_says_code_and_words() -> None:
    assert result_label(EYFSP, "Y") == "Yes"
    assert result_label(EYFSP, "A") == "Not assessed"
    assert result_label(KS1, "A") == "Absent (A)"
    assert result_label(KS1, "EXS+") == "Working at the expected standard or above (EXS+)"
    assert result_label(KS1, "-") == "No data"
    assert SUMS == {"EXS+": ("EXS", "GDS")}
