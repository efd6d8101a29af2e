"""What open pages cost: memory for each of them, and how many can be opened a second."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import fmean, median

from playwright.sync_api import Browser

from benchmarks.measuring import Result, absolute, failure, ratio
from benchmarks.portal import private_megabytes
from benchmarks.small_page.opening import open_page, profile, time_html
from benchmarks.small_page.tools import OURS, PEERS, STOCK, WORDS, Served
from benchmarks.visits import hold, visits_a_second

FEW, MANY, MOST = 1, 20, 100
PAGES_OF_A_SESSION = 8
CLIENTS, SECONDS, ROUNDS = 4, 12.0, 2
SETTLING = 2000  # ms
Memory = dict[int, float]


def memory_results(chromium: Browser, served: Sequence[Served]) -> list[Result]:
    """Return the private memory of an open page with few, many and most pages open.

    It is the mean of what the pages' own processes hold, and each page's share of what the server
    has grown. Where one process serves all pages, there is only the growth.
    """
    found: dict[str, Memory] = {}
    results = []
    for each in served:
        try:
            found[each.name] = _memory_of(chromium, each)
        except Exception as error:  # noqa: BLE001 - one tool's failure is a line of the table
            print(f"Memory of {each.name}: {error}", file=sys.stderr)
            results.append(failure(f"Memory of {WORDS[each.name]}", str(error).splitlines()[0]))
    for name, memory in found.items():
        print(f"Memory of a page, {WORDS[name]}:", end=" ", flush=True)
        print(", ".join(f"{figure:.1f} MB with {pages} open" for pages, figure in memory.items()))
    if OURS not in found:
        return results
    ours, stock = found[OURS], found.get(STOCK, {})
    for pages in ours:
        what = f"Private memory of a page, {pages} open"
        others = [stock[pages]] if pages in stock else []
        if others and pages == MANY:
            results.append(
                ratio(f"{what}, as a share", [ours[pages]], others, goal=0.2, beside=_STOCK_MB)
            )
        else:
            # The goal of 20 pages in the megabytes that the stock page takes, for the others too.
            goal = 0.2 * (others[0] if others else stock.get(MANY, 127.0))
            results.append(
                absolute(what, [ours[pages]], unit="MB", goal=goal, others=others, beside=_STOCK_MB)
            )
    return results


_STOCK_MB = f"MB, {WORDS[STOCK]}"


def _memory_of(chromium: Browser, served: Served) -> Memory:
    _settle(chromium, served)  # what the server loads once is no page's
    before = private_megabytes(served.process)
    found: Memory = {}
    with ExitStack() as stack:
        contexts = {}
        for number in range(MANY):
            visitor = number // PAGES_OF_A_SESSION
            if visitor not in contexts:
                contexts[visitor] = stack.enter_context(profile(chromium, served, visitor=visitor))
            page = contexts[visitor].new_page()
            open_page(page, served)
            if number + 1 in (FEW, MANY):
                page.wait_for_timeout(SETTLING)
                found[number + 1] = _megabytes_a_page(served, before, number + 1)
        if served.name == OURS:
            for number in range(MANY, MOST):
                held = hold(served.visitors[number // PAGES_OF_A_SESSION], served.path)
                stack.callback(held.leave)
            page.wait_for_timeout(SETTLING)
            found[MOST] = _megabytes_a_page(served, before, MOST)
        for context in contexts.values():
            for page in context.pages:
                page.goto("about:blank")
    served.wait_for_pages(0)
    if served.name in PEERS:
        del found[FEW]  # one session's growth is lost in what the server does beside
    return found


def _megabytes_a_page(served: Served, before: float, pages: int) -> float:
    processes = served.pages()
    if served.name not in PEERS and len(processes) != pages:
        raise RuntimeError(f"{len(processes)} pages live, not {pages}.")
    own = fmean(private_megabytes(each) for each in processes) if processes else 0.0
    return own + (private_megabytes(served.process) - before) / pages


def _settle(chromium: Browser, served: Served) -> None:
    with profile(chromium, served) as context:
        page = context.new_page()
        for _ in range(3):
            open_page(page, served)
        page.goto("about:blank")
        page.wait_for_timeout(SETTLING)
    served.wait_for_pages(0)


def rate_results(served: Sequence[Served]) -> list[Result]:
    """Return how many pages a second are opened and left, ours beside stock, in turn."""
    by_name = {each.name: each for each in served}
    if OURS not in by_name or STOCK not in by_name:
        return []
    rates: dict[str, list[float]] = {OURS: [], STOCK: []}
    for _ in range(ROUNDS):
        for name, found in rates.items():
            each = by_name[name]
            found.append(
                visits_a_second(lambda each=each: time_html(each), clients=CLIENTS, seconds=SECONDS)
            )
            each.wait_for_pages(0)
    ours, stock = median(rates[OURS]), median(rates[STOCK])
    return [
        Result(
            "Pages opened a second, as a multiple",
            ours / stock,
            "times",
            6,
            op=">=",
            ours=ours,
            other=stock,
            beside=f"a second, {WORDS[STOCK]}",
            runs=rates[OURS],
        )
    ]
