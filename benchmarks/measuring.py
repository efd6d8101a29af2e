"""Taking times and keeping them: medians of interleaved runs, a table, a JSON file."""

from __future__ import annotations

import gc
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median
from typing import Any, Literal

Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Result:
    """One figure with its goal; `value` is to be `op` (at most or at least) the `goal`.

    `ours` and `other` are the medians it was made of, in one unit; `other` is of the thing `beside`
    names, measured in the same run, and None where there is nothing to compare with. `runs` are the
    single measurements of ours.
    """

    name: str
    value: float
    unit: str
    goal: float
    op: Literal["<=", ">="] = "<="
    ours: float | None = None
    other: float | None = None
    beside: str = ""
    runs: Sequence[float] = ()
    failed: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the goal was reached in this run."""
        return self.value <= self.goal if self.op == "<=" else self.value >= self.goal

    def to_json(self) -> dict[str, Any]:
        """Return what the JSON file keeps of it."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "op": self.op,
            "goal": self.goal,
            "ours": _rounded(self.ours),
            "other": _rounded(self.other),
        }


def absolute(
    name: str,
    runs: Sequence[float],
    *,
    unit: str,
    goal: float,
    others: Sequence[float] = (),
    beside: str = "",
) -> Result:
    """Return the median of `runs` against a goal in the same unit, beside the median of others."""
    ours = median(runs)
    other = median(others) if others else None
    return Result(name, ours, unit, goal, ours=ours, other=other, beside=beside, runs=runs)


def ratio(
    name: str, runs: Sequence[float], others: Sequence[float], *, goal: float, beside: str
) -> Result:
    """Return ours as a share of the other's, median by median: below 1 is less than the other."""
    ours, other = median(runs), median(others)
    if not other:
        raise ValueError(f"{name}: the other's median is nothing, so there is no ratio.")
    return Result(
        name, ours / other, "ratio", goal, ours=ours, other=other, beside=beside, runs=runs
    )


def failure(name: str, why: str) -> Result:
    """Return the line of something that could not be measured; its goal counts as missed."""
    return Result(name, math.nan, "", math.nan, beside=why, failed=True)


def interleave(runs: int, cases: Mapping[str, Callable[[], object]]) -> Times:
    """Time each case `runs` times, in milliseconds, one after another in turn.

    Whatever the machine does meanwhile then falls on all of them alike. Each case is run once
    before, untimed. The collector runs between the runs and not in them.
    """
    for case in cases.values():
        case()
    times: Times = {name: [] for name in cases}
    for _ in range(runs):
        for name, case in cases.items():
            times[name].append(milliseconds(case))
    return times


def milliseconds(case: Callable[[], object]) -> float:
    """Return how long one call takes."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        case()
        return (time.perf_counter() - start) * 1000
    finally:
        gc.enable()


def percentile(
    name: str,
    runs: Sequence[float],
    *,
    share: float,
    unit: str,
    goal: float,
    others: Sequence[float] = (),
    beside: str = "",
) -> Result:
    """Return the run that this `share` of the runs does not exceed, beside the same of others."""
    ours = _at(runs, share)
    other = _at(others, share) if others else None
    return Result(name, ours, unit, goal, ours=ours, other=other, beside=beside, runs=runs)


def _at(runs: Sequence[float], share: float) -> float:
    return sorted(runs)[math.ceil(share * len(runs)) - 1]


def slope(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Return by which power of the size the time grows: the least squares line of the logarithms.

    0 is not at all, 1 in proportion, 2 with the square.
    """
    across = [math.log(size) for size in sizes]
    up = [math.log(time) for time in times]
    return linear_regression(across, up).slope


def write_results(results: Sequence[Result], path: Path) -> None:
    """Write `{"results": [...]}`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # What could not be measured has no value, and JSON no way to say so.
    content = {"results": [result.to_json() for result in results if not result.failed]}
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_results(path: Path) -> list[dict[str, Any]]:
    """Return what `write_results` wrote."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return found


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """Return written results as a Markdown table."""
    lines = ["| figure | measured | goal | ours, beside it | |", "|---|---|---|---|---|"]
    for item in results:
        is_met = (
            item["value"] <= item["goal"] if item["op"] == "<=" else item["value"] >= item["goal"]
        )
        goal = f"{'at most' if item['op'] == '<=' else 'at least'} {_plain(item['goal'])}"
        both = [item[key] for key in ("ours", "other") if item[key] is not None]
        lines.append(
            f"| {item['name']} | {_plain(item['value'])} {item['unit']} | {goal} "
            f"| {', '.join(_plain(value) for value in both)} | {'met' if is_met else 'missed'} |"
        )
    return "\n".join(lines)


def table(results: Sequence[Result]) -> str:
    """Return the results as lines of text for a person."""
    lines = [("", "figure", "median", "goal", "least to most (runs)", "beside it")]
    for result in results:
        if result.failed:
            lines.append(("FAILED", result.name, "", "", "", result.beside))
            continue
        beside = ""
        if result.other is not None:
            beside = f"{_plain(result.other)}: {result.beside}"
        spread = ""
        if result.runs:
            ends = f"{_plain(min(result.runs))} to {_plain(max(result.runs))}"
            spread = f"{ends} ({len(result.runs)})"
        lines.append(
            (
                "met" if result.is_met else "MISSED",
                result.name,
                f"{_plain(result.value)} {result.unit}",
                f"{result.op} {_plain(result.goal)}",
                spread,
                beside,
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _plain(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
