"""Measure, print a table and write `build/bench.json`.

With names of parts (reports, pages) only those are measured, and no file is written.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from benchmarks import pages, reports
from benchmarks.measuring import Result, table, write_results

BUILD = Path(__file__).resolve().parents[1] / "build"
PARTS = {"reports": reports.run, "pages": pages.run}


def main(names: list[str]) -> None:
    """Run the parts named, or all."""
    unknown = set(names) - set(PARTS)
    if unknown:
        raise SystemExit(f"No such part: {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}.")
    started = time.monotonic()
    busy = os.getloadavg()[0]
    results: list[Result] = []
    for name in names or PARTS:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        results += PARTS[name](BUILD)
    print(table(results))
    minutes = (time.monotonic() - started) / 60
    print(
        f"\n{minutes:.1f} minutes; load {busy:.1f} before the start on {os.cpu_count()} processors."
        " Single times are the machine's of this minute; shares hold better."
    )
    if not names:
        write_results(results, BUILD / "bench.json")


if __name__ == "__main__":
    main(sys.argv[1:])
