"""Tests of the small page's pupils and of the counting of visits; no tool is started here."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.small_page import data
from benchmarks.visits import visits_a_second


@pytest.fixture(scope="module")
def pupils(tmp_path_factory) -> pd.DataFrame:
    """The pupils as the file has them."""
    path: Path = tmp_path_factory.mktemp("small") / data.FILE
    data.make_pupils(path)
    return data.load_pupils(path)


def test_load_pupils_gives_every_row_and_column(pupils: pd.DataFrame) -> None:
    assert pupils.shape == (210, 30)
    assert tuple(pupils.columns) == data.COLUMNS


def test_choose_shows_another_number_for_each_step_of_the_benchmark(pupils: pd.DataFrame) -> None:
    shown = [len(data.choose(pupils, choice)) for choice in ("Class 4A", data.DISADVANTAGED)]
    assert shown[0] == 30  # 210 pupils in seven classes
    assert 0 < shown[1] < 210
    assert shown[1] != 30
    assert len(data.choose(pupils, data.NOT_DISADVANTAGED)) == 210 - shown[1]


def test_regions_count_every_pupil_once(pupils: pd.DataFrame) -> None:
    counts = data.regions(pupils)
    assert sum(counts.values()) == 210
    all_three = pupils[list(data.SUBJECTS)].isin(["On track", "Deeper"]).all(axis=1)
    assert counts["111"] == int(all_three.sum())


def test_visits_a_second_passes_a_fault_on() -> None:
    with pytest.raises(ZeroDivisionError):
        visits_a_second(lambda: 1 / 0, clients=2, seconds=30)
