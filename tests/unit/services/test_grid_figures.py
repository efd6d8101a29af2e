"""Tests of the figures under the assessment grid, made of the cells held."""

from __future__ import annotations

import statistics
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_figures import (
    ScoreFigures,
    ScoreRow,
    figure_text,
    foot_figures,
    score_figures,
)
from tests.report_frames import make_cohort

AUTUMN = AssessmentInfo(
    7, "Autumn", date(2025, 12, 15), (4,), CORE_SUBJECTS, None, "Test", has_phonics=False
)
PUPILS = [(f"Child {number}, A", "---") for number in range(5)]


def grid_of(scores=(), marks=(), *, not_included=()):
    """A grid of five pupils with scores in maths and judgements in reading; None for no cell."""
    cohort = make_cohort(PUPILS)
    ids = [int(pupil) for pupil in cohort["pupil_id"]]
    cohort["include_in_data"] = [place not in not_included for place in range(len(ids))]
    cells = {
        (ids[place], f"7:{kind}"): (value, 1, None)
        for kind, values in (("test:MATH", scores), ("tracking:READ", marks))
        for place, value in enumerate(values)
        if value is not None
    }
    return GridData(cohort, (AUTUMN,), cells, may_edit=True)


KEY = "7:test:MATH"


def texts(figures):
    return [figures.text(row) for row in ScoreRow]


def test_score_figures_of_scores_written_in_several_ways() -> None:
    # (100 + 100 + 101.5 + 98) / 4 = 399.5 / 4; half the pupils above 100; one without
    found = score_figures(grid_of(["100", "100.0", "101.5", None, "98"]))[KEY]
    assert found == ScoreFigures(
        count=4,
        without=1,
        lowest=Fraction(98),
        highest=Fraction(203, 2),
        mean=Fraction(3995, 40),
        median=Fraction(100),
    )
    # 99.875 to one decimal
    assert texts(found) == ["4", "98", "101.5", "99.9", "100.0"]


def test_score_figures_median_of_an_even_number_lies_between() -> None:
    # 90, 95, 95.5, 110: (95 + 95.5) / 2 = 95.25, a half goes away from zero
    found = score_figures(grid_of(["110", "95.5", "90", "95"]))[KEY]
    assert (found.median, found.text(ScoreRow.MEDIAN)) == (Fraction(381, 4), "95.3")


def test_score_figures_of_nobody_with_a_score_do_not_apply() -> None:
    cells = dict(grid_of([None, "90"]).cells)
    cleared = GridData(
        grid_of().pupils, (AUTUMN,), {**cells, _first(cells): (None, 2, None)}, may_edit=True
    )
    found = score_figures(cleared)[KEY]
    assert found == ScoreFigures(0, 5)
    assert texts(found) == ["0", *["–"] * 4]
    assert found.describe(ScoreRow.MEDIAN, "Maths") == (
        "Median of the scores in Maths: there are none"
    )


def test_score_figures_a_score_of_nothing_is_a_score() -> None:
    # 0 and 7: an average of 3.5 of two scores
    found = score_figures(grid_of(["0", "7"]))[KEY]
    assert texts(found) == ["2", "0", "7", "3.5", "3.5"]


def test_score_figures_leave_out_pupils_not_included() -> None:
    found = score_figures(grid_of(["60", "100", "110"], not_included=[0, 4]))[KEY]
    assert (found.mean, found.count, found.lowest, found.without) == (105, 2, 100, 1)


def test_score_figures_say_in_words_what_they_are_of() -> None:
    found = score_figures(grid_of(["84.25", "100", None]))[KEY]
    assert [found.describe(row, "Maths") for row in ScoreRow] == [
        "Pupils with a score in Maths: 2 of 5",
        "Lowest of 2 scores in Maths: 84.25",
        "Highest of 2 scores in Maths: 100",
        "Average of 2 scores in Maths: 92.1",  # 92.125
        "Median of 2 scores in Maths: 92.1",
    ]


SCORES = st.one_of(
    st.none(),
    st.integers(0, 999).map(str),
    st.decimals(0, 999, places=2, allow_nan=False).map(str),
)


@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=5, max_size=5))
def test_score_figures_agree_with_a_slow_reference(pupils) -> None:
    left_out = [place for place, (_, included) in enumerate(pupils) if not included]
    found = score_figures(grid_of([score for score, _ in pupils], not_included=left_out))[KEY]
    scores = [Fraction(score) for score, included in pupils if included and score is not None]
    assert (found.count, found.without) == (len(scores), 5 - len(left_out) - len(scores))
    expected = (
        (min(scores), max(scores), sum(scores) / len(scores), statistics.median(scores))
        if scores
        else (None,) * 4
    )
    assert (found.lowest, found.highest, found.mean, found.median) == expected


def test_foot_figures_count_what_is_in_the_cells() -> None:
    # reading O, B, -, B, O with the last pupil not included: 1 and 2 of 4, 1 without
    figures = foot_figures(grid_of(marks=["O", "B", None, "B", "O"], not_included=[4]))
    key = "7:tracking:READ"
    assert {
        row: (figures[row, key].count, figures[row, key].of)
        for row in (SummaryRow.ON_TRACK, SummaryRow.BELOW, SummaryRow.NO_DATA)
    } == {SummaryRow.ON_TRACK: (1, 4), SummaryRow.BELOW: (2, 4), SummaryRow.NO_DATA: (1, 4)}


def _first(cells):
    return next(iter(cells))


# The worked-out column is made of all three, so an entry in one counts them together.
CORE_COLUMNS = {"7:tracking:READ", "7:tracking:WRIT", "7:tracking:MATH", "7:rwm:RWM"}


@pytest.mark.parametrize(
    ("touched", "altered"),
    [
        (
            {"7:tracking:READ"},
            {"7:tracking:READ", "7:tracking:WRIT", "7:tracking:MATH", "7:rwm:RWM"},
        ),
        ({"7:test:MATH"}, set()),
        ({"8:tracking:READ"}, set()),  # another assessment's column
        ({"include"}, set()),
    ],
)
def test_foot_figures_of_touched_columns_are_those_of_the_whole_foot(touched, altered) -> None:
    grid = grid_of(["100"], ["O", "B", None, "D"])
    whole, part = foot_figures(grid), foot_figures(grid, touched=touched)
    assert {key for _, key in part} == altered
    assert part == {place: whole[place] for place in part}


MARKS = st.tuples(*[st.sampled_from(["B", "T", "O", "D", None])] * 3)


@given(st.lists(st.tuples(MARKS, st.booleans()), min_size=5, max_size=5))
def test_foot_figures_of_the_three_agree_with_a_slow_reference(pupils) -> None:
    subjects = ("READ", "WRIT", "MATH")
    cohort = make_cohort(PUPILS)
    cohort["include_in_data"] = [included for _, included in pupils]
    ids = [int(pupil) for pupil in cohort["pupil_id"]]
    cells = {
        (pupil, f"7:tracking:{subject}"): (mark, 1, None)
        for pupil, (marks, _) in zip(ids, pupils, strict=True)
        for subject, mark in zip(subjects, marks, strict=True)
    }
    figures = foot_figures(GridData(cohort, (AUTUMN,), cells, may_edit=True))
    counted = [marks for marks, included in pupils if included]
    for place, subject in enumerate(subjects):
        of_one = [marks[place] for marks in counted]
        for row, wanted in ONE_SUBJECT.items():
            figure = figures[row, f"7:tracking:{subject}"]
            assert (figure.count, figure.of) == (
                sum(mark in wanted for mark in of_one),
                len(counted),
            )
    for row, is_counted in ALL_THREE.items():
        figure = figures[row, "7:rwm:RWM"]
        assert (figure.count, figure.of) == (sum(map(is_counted, counted)), len(counted))


ONE_SUBJECT = {
    SummaryRow.BELOW: ("B",),
    SummaryRow.TOWARDS: ("T",),
    SummaryRow.ON_TRACK: ("O",),
    SummaryRow.DEEPER: ("D",),
    SummaryRow.ON_TRACK_OR_DEEPER: ("O", "D"),
    SummaryRow.NO_DATA: (None,),
}
ALL_THREE = {
    SummaryRow.BELOW: lambda marks: marks == ("B",) * 3,
    SummaryRow.TOWARDS: lambda marks: marks == ("T",) * 3,
    SummaryRow.ON_TRACK: lambda marks: marks == ("O",) * 3,
    SummaryRow.DEEPER: lambda marks: marks == ("D",) * 3,
    SummaryRow.MIXED: lambda marks: set(marks) == {"O", "D"},
    SummaryRow.ON_TRACK_OR_DEEPER: lambda marks: set(marks) <= {"O", "D"},
    SummaryRow.NO_DATA: lambda marks: None in marks and not {"B", "T"} & set(marks),
}


def test_figure_text_tells_nobody_from_none() -> None:
    figures = foot_figures(grid_of(marks=["B"]))
    nobody = foot_figures(grid_of(not_included=range(5)))
    key = "7:tracking:READ"
    # 0 of 5, 1 of 5, nobody at all, and a row that is not for a subject
    assert figure_text(figures[SummaryRow.DEEPER, key]) == "0 (0\u202f%)"
    assert figure_text(figures[SummaryRow.BELOW, key]) == "1 (20\u202f%)"
    assert figure_text(nobody[SummaryRow.BELOW, key]) == "0 (–)"
    assert figure_text(figures[SummaryRow.MIXED, key]) == "–"
