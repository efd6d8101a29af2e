"""The small page's part of the benchmarks: what is measured, in which order, and its goals."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.chromium import browser
from benchmarks.measuring import Result, absolute, failure, ratio
from benchmarks.small_page.costs import memory_results, rate_results
from benchmarks.small_page.opening import Opened, measure
from benchmarks.small_page.tools import OURS, PEERS, STOCK, TOOLS, WORDS, Served, serving

RUNS = 7
MEGABYTE = 1_000_000
BEST_PEER = "the best of Panel, Streamlit and Solara"


def run_openings(folder: Path, *, only: Sequence[str] = TOOLS, runs: int = RUNS) -> list[Result]:
    """Return the figures of opening the page and of its filter, for these tools."""
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        place = Path(name)
        with served_by(only, place) as (served, failed):
            found = measure(chromium, served, runs=runs, folder=place)
            foreign = {each.name: each.foreign for each in served}
    overview = _overview(found, foreign)
    print(overview)
    folder.mkdir(exist_ok=True)
    (folder / "small-page.txt").write_text(overview, encoding="utf-8")
    lost = [item for item in only if item not in found]
    return [
        *_results(found),
        *(failure(_lost(item), failed.get(item, "see above")) for item in lost),
    ]


def run_costs(_folder: Path, *, only: Sequence[str] = TOOLS, runs: int = 0) -> list[Result]:
    """Return the memory of open pages and how many are opened a second; `runs` is not heeded."""
    with (
        tempfile.TemporaryDirectory() as name,
        browser() as chromium,
        served_by(only, Path(name)) as (served, failed),
    ):
        results = [*rate_results(served), *memory_results(chromium, served)]
    return [*results, *(failure(_lost(item), why) for item, why in failed.items())]


def _lost(name: str) -> str:
    return f"Small page of {WORDS[name]}"


@contextmanager
def served_by(names: Iterable[str], folder: Path) -> Iterator[tuple[list[Served], dict[str, str]]]:
    """Serve the page with each of these tools; those that do not start are told of, by name."""
    served, failed = [], {}
    with ExitStack() as stack:
        for name in names:
            try:
                served.append(stack.enter_context(serving(name, folder / name)))
            except Exception as error:  # noqa: BLE001 - the others are measured all the same
                print(f"{name} could not be served: {error}", file=sys.stderr)
                failed[name] = str(error).splitlines()[0]
        yield served, failed


def _results(found: dict[str, Opened]) -> list[Result]:
    if OURS not in found:
        return []
    return [
        *_shares(found, "Small page, cold browser, until it can be used", "cold", 0.21, 1.0),
        *_shares(found, "Small page, warm browser, until it can be used", "warm", 0.12, 1.0),
        absolute(
            "Small page, warm browser, first paint",
            found[OURS].first_paint,
            unit="ms",
            goal=300,
            others=found[STOCK].first_paint if STOCK in found else (),
            beside=f"ms, {WORDS[STOCK]}, a spinner",
        ),
        *_shares(
            found, "Small page, warm browser, first paint of its own", "meaningful", 0.1, None
        ),
        *_shares(found, "Small page, server's time to the complete HTML", "html", 0.1, None),
        *_shares(found, "Small page, filter to new figures on the screen", "change", 0.08, 0.5),
        *_counts(found),
    ]


def _shares(
    found: dict[str, Opened], what: str, kind: str, goal: float, goal_beside_peers: float | None
) -> Iterator[Result]:
    ours: list[float] = getattr(found[OURS], kind)
    if STOCK in found:
        stock = getattr(found[STOCK], kind)
        yield ratio(f"{what}, as a share", ours, stock, goal=goal, beside=f"ms, {WORDS[STOCK]}")
    peers = {name: getattr(found[name], kind) for name in PEERS if name in found}
    if peers and goal_beside_peers is not None:
        best = min(peers, key=lambda name: median(peers[name]))
        yield ratio(
            f"{what}, beside the best peer",
            ours,
            peers[best],
            goal=goal_beside_peers,
            beside=f"ms, {WORDS[best]}",
        )


def _counts(found: dict[str, Opened]) -> Iterator[Result]:
    ours, stock = found[OURS], found.get(STOCK)
    figures: tuple[tuple[str, Callable[[Opened], float], str, float], ...] = (
        ("requests of a cold browser", lambda item: item.cold_requests, "requests", 30),
        ("bytes to a cold browser", lambda item: item.cold_bytes / MEGABYTE, "MB", 1.2),
        ("requests of a warm browser", lambda item: item.warm_requests, "requests", 6),
    )
    for words, figure, unit, goal in figures:
        yield absolute(
            f"Small page, {words}",
            [figure(ours)],
            unit=unit,
            goal=goal,
            others=[figure(stock)] if stock else (),
            beside=WORDS[STOCK],
        )


def _overview(found: dict[str, Opened], foreign: dict[str, list[str]]) -> str:
    """Return the medians of every tool, the tools side by side."""
    lines = [("", *found)]
    for words, kind in (
        ("cold, ms", "cold"),
        ("warm, ms", "warm"),
        ("first paint, ms", "first_paint"),
        ("own paint, ms", "meaningful"),
        ("HTML, ms", "html"),
        ("filter, ms", "change"),
    ):
        lines.append((words, *(f"{median(getattr(item, kind)):,.0f}" for item in found.values())))
    for words, kind in (
        ("requests, cold", "cold_requests"),
        ("bytes, cold", "cold_bytes"),
        ("requests, warm", "warm_requests"),
    ):
        lines.append((words, *(f"{getattr(item, kind):,}" for item in found.values())))
    lines.append(("asked elsewhere", *(str(len(foreign[name])) for name in found)))
    return "\n".join("  ".join(f"{cell:>15}" for cell in line) for line in lines) + "\n"
