"""Tests of how benchmarks take medians and what they write; nothing here is timed."""

from __future__ import annotations

import json

import pytest

from benchmarks.measuring import Result, absolute, interleave, ratio, table, write_results


def test_absolute_is_the_median_of_the_runs() -> None:
    result = absolute("a", [9.0, 1.0, 2.0], unit="ms", goal=2, others=[4.0, 8.0], beside="b")
    assert (result.value, result.ours, result.other) == (2.0, 2.0, 6.0)
    assert result.is_met


def test_absolute_without_anything_beside_it() -> None:
    result = absolute("a", [3.0], unit="ms", goal=2)
    assert result.other is None
    assert not result.is_met


def test_ratio_is_of_the_two_medians() -> None:
    # 2 / 8, whatever the single runs
    result = ratio("a", [2.0, 2.0, 50.0], [8.0, 8.0, 1.0], goal=0.5, beside="b")
    assert result.value == 0.25
    assert (result.ours, result.other) == (2.0, 8.0)


def test_ratio_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no ratio"):
        ratio("a", [2.0], [0.0], goal=0.5, beside="b")


@pytest.mark.parametrize(("value", "met"), [(4.9, False), (5.0, True), (5.1, True)])
def test_result_that_must_be_at_least_its_goal(value: float, met: bool) -> None:
    assert Result("a", value, "ratio", 5, op=">=").is_met is met


def test_interleave_runs_the_cases_in_turn_after_one_untimed_round() -> None:
    order: list[str] = []
    times = interleave(2, {name: lambda name=name: order.append(name) for name in "ab"})
    assert order == list("ababab")
    assert {name: len(runs) for name, runs in times.items()} == {"a": 2, "b": 2}


def test_interleave_passes_a_fault_on() -> None:
    with pytest.raises(ZeroDivisionError):
        interleave(1, {"a": lambda: 1 / 0})


def test_write_results_has_exactly_the_agreed_shape(tmp_path) -> None:
    path = tmp_path / "build" / "bench.json"
    write_results(
        [
            absolute("one", [1.23456], unit="ms", goal=2),
            ratio("two", [1.0], [3.0], goal=0.5, beside="naive"),
        ],
        path,
    )
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "results": [
            {
                "name": "one", "value": 1.235, "unit": "ms", "op": "<=", "goal": 2,
                "ours": 1.235, "other": None,
            },
            {
                "name": "two", "value": 0.3333, "unit": "ratio", "op": "<=", "goal": 0.5,
                "ours": 1.0, "other": 3.0,
            },
        ]
    }  # fmt: skip


def test_table_says_which_goals_were_missed_and_what_stands_beside() -> None:
    text = table(
        [
            absolute("quick", [1.0], unit="ms", goal=2, others=[7.0], beside="the slow way"),
            absolute("slow", [3.0, 5.0], unit="ms", goal=2),
        ]
    )
    _, quick, slow = text.splitlines()
    assert quick.startswith("met")
    assert quick.endswith("7: the slow way")
    assert slow.startswith("MISSED")
    assert "3 to 5 (2)" in slow
