from __future__ import annotations

from pupiltrack_core.calc.headlines import headline_figures
from pupiltrack_core.calc.summary import summarise_cohort
from tests.unit.calc.frames import cohort_of


def test_headline_figures_leave_out_what_nobody_was_judged_in() -> None:
    # Year 3 has judgements in reading only; Year 4 in nothing at all
    cohort = cohort_of({"READ": "OB--", "WRIT": "----"}, year_group=[3, 3, 3, 4])
    summary = summarise_cohort(cohort, ["READ", "WRIT"], by=["year_group"])
    assert headline_figures(summary).to_dict("records") == [
        {"year_group": 3, "subject": "READ", "on_track_or_deeper": 1, "pupils": 3}
    ]


def test_headline_figures_keep_a_true_zero() -> None:
    summary = summarise_cohort(cohort_of({"READ": "BT"}), ["READ"], by=["year_group"])
    assert headline_figures(summary)["on_track_or_deeper"].tolist() == [0]


def test_headline_figures_give_the_example_of_the_home_page() -> None:
    # 7 of 11 on track in maths
    cohort = cohort_of({"MATH": "OOOODDDTTB-"})
    summary = summarise_cohort(cohort, ["MATH"], by=["year_group"])
    assert headline_figures(summary).iloc[0].tolist() == [4, "MATH", 7, 11]


def test_headline_figures_of_rwm_need_no_full_set() -> None:
    cohort = cohort_of({"READ": "B", "WRIT": "-", "MATH": "-"})
    summary = summarise_cohort(cohort, ["READ", "WRIT", "MATH"], by=["year_group"])
    # Below in reading decides reading, writing and maths together: not on track
    assert headline_figures(summary)["subject"].tolist() == ["READ", "RWM"]
