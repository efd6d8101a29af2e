"""Tests of what the growth and leak runs make of their figures; nothing here is timed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.leaks import EVERY, SETTLING, Sample, describe, draw, growth
from benchmarks.measuring import failure, markdown, percentile, slope, table, write_results

START = Sample(
    pages=0, seconds=0.0, processes=3, server_descriptors=40, supervisor_descriptors=9, files=6,
    server_rss=150.0, server_uss=90.0, supervisor_rss=200.0, supervisor_uss=120.0,
)  # fmt: skip


def samples_with(name: str, a_thousand: float) -> list[Sample]:
    """Samples in which one figure grows by so much in a thousand pages."""
    return [
        replace(START, pages=pages, **{name: getattr(START, name) + a_thousand * pages / 1000})
        for pages in range(0, SETTLING + 10 * EVERY, EVERY)
    ]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_slope_is_the_power_of_the_size(power: float) -> None:
    sizes = [105, 210, 420, 840]
    assert slope(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_percentile_is_the_run_that_so_many_do_not_exceed() -> None:
    # 95 of 1..100 are at most 95; the median of the others does not come into it
    result = percentile(
        "a", [float(n) for n in range(100, 0, -1)], share=0.95, unit="ms", goal=95, others=[1, 2]
    )
    assert (result.value, result.other) == (95, 2)
    assert result.is_met


def test_growth_finds_what_grows_and_only_that() -> None:
    grown = growth(samples_with("server_uss", 12.0))
    assert grown["server_uss"] == pytest.approx(12.0)
    assert {round(value, 9) for name, value in grown.items() if name != "server_uss"} == {0.0}


def test_growth_leaves_out_what_is_made_once() -> None:
    settled = samples_with("files", 0)
    at_first = [replace(sample, files=1) for sample in settled if sample.pages < SETTLING]
    assert growth([*at_first, *settled[len(at_first) :]])["files"] == pytest.approx(0)


def test_describe_says_in_words_what_the_picture_shows(tmp_path) -> None:
    samples = samples_with("processes", 2.0)
    text = describe(samples, growth(samples))
    assert "| processes, the portal's own among them | 3 | 4.3 | +2.00 |" in text
    draw(samples, tmp_path / "leaks.svg")
    draw(samples, tmp_path / "again.svg")
    drawn = (tmp_path / "leaks.svg").read_text(encoding="utf-8")
    assert "Open descriptors" in drawn
    assert drawn == (tmp_path / "again.svg").read_text(encoding="utf-8")


def test_failure_is_told_of_and_not_written(tmp_path) -> None:
    lost = failure("Small page of Panel", "did not start")
    assert not lost.is_met
    assert table([lost]).splitlines()[1].split() == [
        *("FAILED", "Small", "page", "of", "Panel", "did", "not", "start")
    ]
    write_results([lost], tmp_path / "bench.json")
    assert '"results": []' in (tmp_path / "bench.json").read_text(encoding="utf-8")


def test_markdown_has_a_line_for_each_result() -> None:
    kept = {"name": "a", "value": 0.5, "unit": "ratio", "op": "<=", "goal": 0.4, "ours": 1.0}
    _, _, line = markdown([{**kept, "other": 2.0}]).splitlines()
    assert line == "| a | 0.5 ratio | at most 0.4 | 1, 2 | missed |"
