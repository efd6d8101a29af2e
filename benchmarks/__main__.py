"""Measure, print a table and write `build/bench.json`: `python -m benchmarks [PART ...]`.

With names of parts only those are measured, and no file is written. `leaks` is a part of its own
that takes long and writes its own files; `table` prints the last results as Markdown.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    authority_reports,
    batches,
    growth,
    imports,
    leaks,
    names,
    pages,
    pupils,
    reports,
    sign_in,
    tells,
)
from benchmarks.measuring import Result, failure, markdown, read_results, table, write_results
from benchmarks.small_page import run as small_page
from benchmarks.small_page.tools import TOOLS

BUILD = Path(__file__).resolve().parents[1] / "build"
FILE = BUILD / "bench.json"
PARTS: dict[str, Callable[..., list[Result]]] = {
    "reports": reports.run,
    "authority": authority_reports.run,
    "batches": batches.run,
    "imports": imports.run,
    "pupils": pupils.run,
    "names": names.run,
    "pages": pages.run,
    "small": small_page.run_openings,
    "costs": small_page.run_costs,
    "growth": growth.run,
    "sign_in": sign_in.run,
    "tells": tells.run,
}
_OF_THE_SMALL_PAGE = ("small", "costs")


def main(arguments: list[str]) -> int:
    """Run the parts named, or all; return 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=", ".join([*PARTS, "leaks", "table"])
    )
    parser.add_argument("--only", default=",".join(TOOLS), help="tools of the small page")
    parser.add_argument("--runs", type=int, default=small_page.RUNS, help="runs of the small page")
    parser.add_argument("--cycles", type=int, default=leaks.CYCLES, help="pages the leak run opens")
    given = parser.parse_args(arguments)
    if given.parts == ["table"]:
        print(markdown(read_results(FILE)))
        return 0
    if given.parts == ["leaks"]:
        return leaks.run(BUILD, cycles=given.cycles)
    unknown = set(given.parts) - set(PARTS)
    if unknown or (set(given.only.split(",")) - set(TOOLS)):
        parser.error(f"Parts: {', '.join(PARTS)}, leaks, table. Tools: {', '.join(TOOLS)}.")
    started = time.monotonic()
    busy = os.getloadavg()[0]
    results: list[Result] = []
    for name in given.parts or PARTS:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        chosen = {"only": given.only.split(","), "runs": given.runs}
        try:
            results += PARTS[name](BUILD, **(chosen if name in _OF_THE_SMALL_PAGE else {}))
        except Exception as error:  # noqa: BLE001 - the other parts are measured all the same
            traceback.print_exc()
            results.append(failure(f"The part {name}", str(error).partition("\n")[0]))
    print(table(results))
    minutes = (time.monotonic() - started) / 60
    print(
        f"\n{minutes:.1f} minutes; load {busy:.1f} before the start on {os.cpu_count()} processors."
        " Single times are the machine's of this minute; shares hold better."
    )
    if not given.parts:
        write_results(results, FILE)
    failed = sum(result.failed for result in results)
    if failed:
        print(f"{failed} could not be measured.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
