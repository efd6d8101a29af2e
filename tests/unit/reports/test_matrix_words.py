"""The figures of a matrix in words."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from pupiltrack_core.calc.matrix import Difference
from pupiltrack_core.calc.result_figures import result_figures
from pupiltrack_core.domain.cohorts import CohortSelection
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.prior_results import SUMS
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.reports import matrix_words as words
from pupiltrack_core.services.pupil_matrix import DataSet, ResultTable

KS1 = Collection.KS1


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Difference(3, Fraction(5)), "+5 pts, +3 pupils"),
        (Difference(-1, Fraction(-1, 2)), "\u22121 pt, \u22121 pupil"),  # half away from zero
        (Difference(0, Fraction(1, 3)), "0 pts, 0 pupils"),
        (Difference(1, Fraction(0)), "0 pts, +1 pupil"),
        (Difference(0, Fraction(0)), "no difference"),
        (Difference(-5, None), ""),
        (None, ""),
    ],
)
def test_difference_words_say_sign_and_unit(found: Difference | None, text: str) -> None:
    assert words.difference_words(found) == text


def test_difference_of_a_figure_that_is_withheld_is_not_told() -> None:
    shown = {"below": 3, "pupils": 10}
    for hidden in ({"below": pd.NA, "pupils": 10}, {"below": 3, "pupils": pd.NA}):
        assert words.difference_of(shown, hidden, SummaryRow.BELOW) is None
        assert words.difference_of(hidden, shown, SummaryRow.BELOW) is None
    assert words.difference_of(shown, None, SummaryRow.BELOW) is None
    assert words.difference_of(shown, shown, SummaryRow.BELOW) == Difference(0, Fraction(0))


def results(groups: tuple[int, ...] = (5,)) -> ResultTable:
    tally = pd.DataFrame(
        [("READ", "GDS", 2), ("SCIE", "A", 1)], columns=["measure", "result", "pupils"]
    )
    codes = {"READ": ("WTS", "EXS", "GDS"), "SCIE": ("HNM", "EXS")}
    return ResultTable(KS1, groups, result_figures(tally, codes, of=4, sums=SUMS))


def test_results_in_order_put_a_result_of_one_measure_where_it_belongs() -> None:
    found = words.results_in_order(results())
    assert found == ["WTS", "HNM", "EXS", "GDS", "EXS+", "A", "-"]


def test_result_words_tell_zero_from_what_cannot_be_and_from_withheld() -> None:
    table = results()
    assert words.result_words(table, "READ", "EXS+") == "2 (50\u202f%)"
    assert words.result_words(table, "READ", "WTS") == "0 (0\u202f%)"
    assert words.result_words(table, "SCIE", "GDS") == "\u2013"
    figures = table.figures.assign(pupils=pd.array([pd.NA] * len(table.figures), dtype="Int64"))
    assert words.result_words(ResultTable(KS1, (5,), figures), "READ", "WTS") == "c"


def test_note_of_results_says_whose_they_are() -> None:
    assert words.note_of_results(results((5, 6)), 2025) == (
        "Of the pupils in Year 5 and Year 6. EXS+ is EXS and GDS together."
    )
    assert "not statutory" in words.note_of_results(results(()), 2025)
    gld = ResultTable(Collection.EYFSP, (4, 5, 6), results().figures)
    # 2025 less 4, 5 and 6, and one: Reception ended in 2022, 2021 and 2020
    assert "when Year 5 and Year 6 finished Reception" in words.note_of_results(gld, 2025)
    young = ResultTable(Collection.EYFSP, (1,), results().figures)
    assert words.note_of_results(young, 2025) == "Of the pupils in Year 1."


@pytest.mark.parametrize(("pupils", "is_so"), [([0, 0], True), ([0, 1], False), ([None, 0], False)])
def test_is_of_nobody_does_not_take_withheld_for_nobody(
    pupils: list[int | None], is_so: bool
) -> None:
    summary = pd.DataFrame({"pupils": pd.array(pupils, dtype="Int64")})
    one = DataSet(
        selection=CohortSelection(2025, school_id=1),
        place="",
        description="",
        summary=summary,
        assessments={},
        not_included=1,
        may_see_names=True,
    )
    assert words.is_of_nobody(one) is is_so
    left_out, *others = words.set_notes(one)
    assert left_out.startswith("1 pupil is left out")
    assert others == ([words.NOBODY] if is_so else [])
