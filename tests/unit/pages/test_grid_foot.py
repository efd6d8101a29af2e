"""The foot of the assessment grid: its rows, the words behind each figure, the bars' shares."""

from __future__ import annotations

from dataclasses import replace

from pupiltrack_core.schemas import cohort
from pupiltrack_core.services.grid_figures import foot_figures, score_figures
from pupiltrack_portal.pages.grid_foot import grid_foot
from tests.grid_frames import FULL, PLAIN, make_grid
from tests.report_frames import make_cohort

COHORT = [
    ("Abara, Ada", "OOO"),
    ("Blom, Bo", "BTO"),
    ("Cole, Cy", "ODD"),
    ("Dunn, Di", "--B"),
    ("Ek, Eli", "BBB"),
]


def foot_of(grid, on_view=None):
    made = grid_foot(grid, foot_figures(grid), score_figures(grid), on_view=on_view)
    return {row.key: row for row in made}


def test_grid_foot_says_in_words_what_each_figure_counts() -> None:
    # the last pupil is not in the data
    foot = foot_of(make_grid(make_cohort(COHORT, left_out=1), PLAIN))
    reading, together = "8:tracking:READ", "8:rwm:RWM"
    told = {key: row.cells[reading].description for key, row in foot.items()}
    assert told == {
        "pupils": "Pupils that percentages are of",
        "below": "Pupils judged Below in Reading: 1 of 4, 25\u202f%",
        "towards": "Pupils judged Towards in Reading: 0 of 4, 0\u202f%",
        "on_track": "Pupils judged On track in Reading: 2 of 4, 50\u202f%",
        "deeper": "Pupils judged Deeper learning in Reading: 0 of 4, 0\u202f%",
        "mixed": "Applies to reading, writing and maths together only",
        "on_track_or_deeper": (
            "Pupils judged On track or Deeper learning in Reading: 2 of 4, 50\u202f%"
        ),
        "no_data": "Pupils without a judgement in Reading: 1 of 4, 25\u202f%",
    }
    assert foot["on_track"].cells[together].description == (
        "Pupils judged On track in all three of reading, writing and maths: 1 of 4, 25\u202f%"
    )
    assert foot["mixed"].cells[together].description == (
        "Pupils judged a mixture of On track and Deeper learning in reading, writing and maths: "
        "1 of 4, 25\u202f%"
    )


def test_grid_foot_has_exact_shares_and_a_tone_for_each_row() -> None:
    foot = foot_of(make_grid(make_cohort(COHORT[:3]), PLAIN))
    assert foot["on_track"].cells["8:tracking:READ"].share == 2 / 3
    assert foot["mixed"].cells["8:tracking:READ"].share is None
    assert foot["pupils"].cells["8:tracking:READ"].share is None
    assert {key: row.tone for key, row in foot.items()} == {
        "pupils": "",
        "below": "red",
        "towards": "amber",
        "on_track": "green",
        "deeper": "blue",
        "mixed": "purple",
        "on_track_or_deeper": "green",
        "no_data": "grey",
    }


def test_grid_foot_of_nobody_has_no_shares() -> None:
    grid = make_grid(make_cohort(COHORT, left_out=5), PLAIN)
    below = foot_of(grid)["below"].cells["8:tracking:READ"]
    assert (below.text, below.share) == ("0 (–)", None)
    assert below.description == "Pupils judged Below in Reading: there are no pupils to count"


def test_grid_foot_has_rows_of_scores_even_when_the_last_one_is_cleared() -> None:
    key = "7:test:MATH"
    grid = make_grid(make_cohort(COHORT), FULL, cells={(1, key): ("97.5", 1, None)})
    rows = ("scores", "lowest", "highest", "average", "median")
    assert [foot_of(grid)[row].cells[key].text for row in rows] == [
        "1", "97.5", "97.5", "97.5", "97.5",
    ]  # fmt: skip
    cleared = replace(grid, cells={**grid.cells, (1, key): (None, 2, None)})
    assert [foot_of(cleared)[row].cells[key].text for row in rows] == ["0", *["–"] * 4]
    assert not set(rows) & set(foot_of(make_grid(make_cohort(COHORT), PLAIN)))


def test_grid_foot_has_the_rows_of_the_columns_on_view_only() -> None:
    grid = make_grid(make_cohort(COHORT), FULL)
    scores = ["scores", "lowest", "highest", "average", "median"]
    assert list(foot_of(grid, ["include", "7:test:GPS"])) == ["pupils", *scores]
    judged = list(foot_of(grid, ["include", "7:tracking:SCIE"]))
    assert judged[:2] == ["pupils", "below"]
    assert not set(scores) & set(judged)
    assert list(foot_of(grid, ["include", "result:MTC:MARK"])) == ["pupils"]


def test_grid_foot_counts_the_pupils_in_the_data() -> None:
    grid = make_grid(make_cohort(COHORT, left_out=2), PLAIN)
    counted = foot_of(grid)["pupils"]
    assert counted.cells["include"].text == "3 of 5"
    assert counted.cells["8:tracking:READ"].text == "3"
    everyone = replace(grid, pupils=grid.pupils.assign(**{cohort.INCLUDE_IN_DATA: True}))
    assert foot_of(everyone)["pupils"].cells["include"].text == "5 of 5"
