from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.calc.summary import (
    FootFigure,
    SummaryRow,
    foot_rows,
    outcome_of_each,
    pupils_behind,
    summarise,
    summarise_cohort,
    tally_cohort,
)
from pupiltrack_core.domain.rounding import format_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.schemas.summaries import COUNTS
from tests.unit.calc.frames import CODES, cohort_of, cohorts

CORE = ["READ", "WRIT", "MATH"]
SUBJECTS = [*CORE, "GPS"]

# The worked example: T/O/D, T/B/O, O/O/D, T/B/T
WORKED = {"READ": "TTOT", "WRIT": "OBOB", "MATH": "DODT"}


def figures(summary: pd.DataFrame, subject: str) -> dict[str, Any]:
    rows = summary[summary["subject"] == subject]
    assert len(rows) == 1
    return {name: rows.iloc[0][name] for name in COUNTS}


def test_summarise_cohort_of_the_worked_example() -> None:
    summary = summarise_cohort(cohort_of(WORKED), CORE)
    assert list(summary["subject"]) == ["READ", "WRIT", "MATH", "RWM"]
    reading = figures(summary, "READ")
    assert (reading["below"], reading["towards"], reading["on_track"]) == (0, 3, 1)
    assert format_percentage(reading["towards"], reading["pupils"], 2) == "75.00\u202f%"
    writing = figures(summary, "WRIT")
    assert (writing["below"], writing["on_track"], writing["on_track_or_deeper"]) == (2, 2, 2)
    maths = figures(summary, "MATH")
    assert (maths["towards"], maths["on_track"], maths["deeper"]) == (1, 1, 2)
    assert format_percentage(maths["on_track_or_deeper"], maths["pupils"], 2) == "75.00\u202f%"
    together = figures(summary, "RWM")
    # nobody is at one level in all three; O/O/D alone is on track, mixed; the others are not
    assert together == {
        "pupils": 4,
        "below": 0,
        "towards": 0,
        "on_track": 0,
        "deeper": 0,
        "mixed": 1,
        "on_track_or_deeper": 1,
        "not_on_track": 3,
        "no_data": 0,
    }
    assert format_percentage(together["mixed"], together["pupils"], 2) == "25.00\u202f%"


def test_no_data_counts_in_the_whole() -> None:
    # B, T, O, D and one without: 1 of 5 each, not 1 of 4
    reading = figures(summarise_cohort(cohort_of({"READ": "BTOD-"}), ["READ"]), "READ")
    assert reading.pop("mixed") is pd.NA
    assert reading == {
        "pupils": 5,
        "below": 1,
        "towards": 1,
        "on_track": 1,
        "deeper": 1,
        "on_track_or_deeper": 2,
        "not_on_track": 2,
        "no_data": 1,
    }


def test_pupils_left_out_of_the_data_count_nowhere() -> None:
    cohort = cohort_of({"READ": "OOB"}, include=[True, False, False])
    reading = figures(summarise_cohort(cohort, ["READ"]), "READ")
    assert (reading["pupils"], reading["on_track"], reading["below"]) == (1, 1, 0)


def test_mixed_does_not_apply_to_a_subject_and_is_not_zero() -> None:
    summary = summarise_cohort(cohort_of(WORKED), CORE)
    assert summary["mixed"].isna().tolist() == [True, True, True, False]
    assert summary["mixed"].dtype == "Int64"


def test_subject_without_a_column_is_no_data_for_everyone() -> None:
    history = figures(summarise_cohort(cohort_of({"READ": "OO"}), ["READ", "HIST"]), "HIST")
    assert (history["pupils"], history["no_data"]) == (2, 2)


def test_summary_of_nobody_has_a_row_of_zeros_for_each_subject() -> None:
    summary = summarise_cohort(cohort_of(dict.fromkeys(CORE, "")), CORE)
    assert list(summary["subject"]) == ["READ", "WRIT", "MATH", "RWM"]
    assert (summary.drop(columns=["subject", "mixed"]) == 0).all(axis=None)


def test_summary_of_nobody_by_year_group_has_no_rows() -> None:
    summary = summarise_cohort(cohort_of(dict.fromkeys(CORE, "")), CORE, by=["year_group"])
    assert len(summary) == 0
    assert list(summary.columns[:3]) == ["year_group", "subject", "pupils"]
    assert summary["pupils"].dtype == "int64"


def test_summary_of_no_subject_has_no_rows() -> None:
    summary = summarise_cohort(cohort_of({"READ": "OO"}), [])
    assert len(summary) == 0
    assert list(summary.columns[:2]) == ["subject", "pupils"]


def test_subjects_stand_in_the_order_shown_with_rwm_after_maths() -> None:
    summary = summarise_cohort(cohort_of(WORKED), ["SCIE", "MATH", "GPS", "READ", "WRIT"])
    assert list(summary["subject"]) == ["READ", "WRIT", "MATH", "RWM", "GPS", "SCIE"]


def test_summary_by_year_group_keeps_them_apart() -> None:
    cohort = cohort_of({"READ": "OOB"}, year_group=[5, 3, 5])
    summary = summarise_cohort(cohort, ["READ"], by=["year_group"])
    assert summary[["year_group", "pupils", "on_track", "below"]].to_numpy().tolist() == [
        [3, 1, 1, 0],
        [5, 2, 1, 1],
    ]


def test_tally_cohort_counts_every_outcome_zeros_included() -> None:
    tally = tally_cohort(cohort_of({"READ": "BBO-"}), ["READ"])
    assert tally.to_dict("list") == {
        "subject": ["READ"] * 5,
        "outcome": ["B", "T", "O", "D", "-"],
        "pupils": [2, 0, 1, 0, 1],
    }
    assert tally["pupils"].dtype == "int64"


def test_tally_cohort_refuses_a_column_that_is_not_of_judgements() -> None:
    cohort = cohort_of({"READ": "BO"})
    cohort["READ"] = cohort["READ"].astype("str")
    with pytest.raises(ValueError, match="READ is not of judgements"):
        tally_cohort(cohort, ["READ"])


def test_summarise_counts_missing_outcomes_as_zero() -> None:
    # what a database counted: no row for what nobody stands at
    tally = pd.DataFrame({"subject": ["READ", "READ"], "outcome": ["B", "O"], "pupils": [2, 3]})
    reading = figures(summarise(tally), "READ")
    assert (reading["pupils"], reading["below"], reading["deeper"], reading["no_data"]) == (
        5,
        2,
        0,
        0,
    )


# --- against a slow and obvious count -----------------------------------------------------------


def slow_outcome(row: pd.Series, subject: str) -> str:
    if subject != "RWM":
        return "-" if pd.isna(row[subject]) else row[subject]
    three = ["-" if pd.isna(row[code]) else row[code] for code in CORE]
    if "B" in three or "T" in three:
        return three[0] * 3 if len(set(three)) == 1 else "NO"
    if "-" in three:
        return "-"
    return three[0] * 3 if len(set(three)) == 1 else "MIX"


def slow_counts(cohort: pd.DataFrame, by: list[str]) -> Counter[tuple[Any, ...]]:
    return Counter(
        (*(int(row[name]) for name in by), subject, slow_outcome(row, subject))
        for _, row in cohort.iterrows()
        if row["include_in_data"]
        for subject in [*SUBJECTS, "RWM"]
    )


BY = st.sampled_from([[], ["year_group"], ["school_id"], ["school_id", "year_group"]])


@given(cohorts(SUBJECTS), BY)
def test_tally_cohort_agrees_with_counting_one_by_one(cohort: pd.DataFrame, by: list[str]) -> None:
    tally = tally_cohort(cohort, SUBJECTS, by=by)
    counted = {
        tuple(row[:-1]): row[-1] for row in tally.itertuples(index=False, name=None) if row[-1]
    }
    assert counted == slow_counts(cohort, by)
    assert not tally.duplicated([*by, "subject", "outcome"]).any()


@given(cohorts(SUBJECTS), BY)
def test_summary_adds_up_to_the_pupils_in_three_ways(cohort: pd.DataFrame, by: list[str]) -> None:
    summary = summarise_cohort(cohort, SUBJECTS, by=by)
    whole = summary["on_track_or_deeper"] + summary["not_on_track"] + summary["no_data"]
    assert (whole == summary["pupils"]).all()
    rwm = summary["subject"] == "RWM"
    levels = ["below", "towards", "on_track", "deeper", "no_data"]
    assert (summary.loc[~rwm, levels].sum(axis=1) == summary.loc[~rwm, "pupils"]).all()
    together = summary.loc[rwm, ["on_track", "deeper", "mixed"]].sum(axis=1)
    assert (together == summary.loc[rwm, "on_track_or_deeper"]).all()


@given(cohorts(SUBJECTS))
def test_summaries_of_parts_add_up_to_that_of_the_whole(cohort: pd.DataFrame) -> None:
    counts = ["pupils", "below", "towards", "on_track", "deeper", "no_data", "not_on_track"]
    whole = summarise_cohort(cohort, SUBJECTS).set_index("subject")[counts]
    parts = summarise_cohort(cohort, SUBJECTS, by=["school_id", "year_group"])
    added = parts.groupby("subject")[counts].sum().reindex(whole.index, fill_value=0)
    pd.testing.assert_frame_equal(whole, added)


@given(cohorts(SUBJECTS))
def test_pupils_behind_are_as_many_as_the_figure_says(cohort: pd.DataFrame) -> None:
    for figure in foot_rows(summarise_cohort(cohort, SUBJECTS)):
        names = pupils_behind(cohort, figure.subject, figure.row)
        assert len(names) == (figure.count or 0)
        assert names["include_in_data"].all()


# --- feet and names -----------------------------------------------------------------------------


def test_foot_rows_of_the_worked_example() -> None:
    foot = foot_rows(summarise_cohort(cohort_of(WORKED), CORE))
    assert len(foot) == len(SummaryRow) * 4
    assert foot[0] == FootFigure(SummaryRow.BELOW, "READ", 0, 4)
    assert FootFigure(SummaryRow.MIXED, "READ", None, 4) in foot
    assert FootFigure(SummaryRow.MIXED, "RWM", 1, 4) in foot
    assert FootFigure(SummaryRow.NOT_ON_TRACK, "READ", 3, 4) in foot


def test_foot_rows_refuse_the_summary_of_several_cohorts() -> None:
    summary = summarise_cohort(
        cohort_of({"READ": "OB"}, year_group=[3, 4]), ["READ"], by=["year_group"]
    )
    with pytest.raises(ValueError, match="one cohort"):
        foot_rows(summary)
    assert foot_rows(summary[summary["year_group"] == 3])[2].count == 1


def test_pupils_behind_are_sorted_by_surname_then_forenames() -> None:
    cohort = cohort_of(
        {"READ": "OOODB"},
        surname=["ng", "Adams", "NG", "adams", "Aaron"],
        forenames=["Bo", "Zoe", "Al", "Amy", "Al"],
    )
    names = pupils_behind(cohort, "READ", SummaryRow.ON_TRACK_OR_DEEPER)
    assert names["pupil_id"].tolist() == [4, 2, 3, 1]


def test_outcome_of_each_keeps_the_rows_of_the_frame() -> None:
    cohort = cohort_of(WORKED).iloc[::-1]
    outcomes = outcome_of_each(cohort, "RWM")
    assert outcomes.to_dict() == {3: "NO", 2: "MIX", 1: "NO", 0: "NO"}


def test_rwm_of_every_combination_through_a_frame() -> None:
    patterns = list(product(CODES, repeat=3))
    columns = {
        subject.value: [pattern[place] for pattern in patterns]
        for place, subject in enumerate(CORE_SUBJECTS)
    }
    cohort = cohort_of(columns)
    expected = [slow_outcome(row, "RWM") for _, row in cohort.iterrows()]
    assert outcome_of_each(cohort, "RWM").tolist() == expected
