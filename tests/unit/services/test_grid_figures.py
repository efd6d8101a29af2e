"""Tests of the figures under the assessment grid, made of the cells held."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.services.assessment_grid import GridData
from pupiltrack_core.services.assessments import AssessmentInfo
from pupiltrack_core.services.grid_figures import ScoreFigures, foot_figures, score_figures
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


def test_score_figures_of_scores_written_in_several_ways() -> None:
    # (100 + 100 + 101.5 + 98) / 4 = 399.5 / 4; one pupil without
    found = score_figures(grid_of(["100", "100.0", "101.5", None, "98"]))
    assert found == {
        "7:test:MATH": ScoreFigures(
            Fraction(3995, 40), 4, Fraction(98), Fraction(203, 2), without=1
        )
    }


def test_score_figures_of_a_cleared_cell_count_it_as_without() -> None:
    found = score_figures(grid_of([None, "90"]))["7:test:MATH"]
    cells = dict(grid_of([None, "90"]).cells)
    cleared = GridData(
        grid_of().pupils, (AUTUMN,), {**cells, _first(cells): (None, 2, None)}, may_edit=True
    )
    assert (found.count, found.without) == (1, 4)
    assert score_figures(cleared) == {}


def test_score_figures_leave_out_pupils_not_included() -> None:
    found = score_figures(grid_of(["60", "100", "110"], not_included=[0, 4]))["7:test:MATH"]
    assert (found.mean, found.count, found.lowest, found.without) == (105, 2, 100, 1)


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
