"""The portal's own server, that also says when the kernel of a page answers.

`python -m benchmarks.served` is `pupiltrack-serve` with a line on standard output for each kernel;
with `--ordinary` no process to fork from is started, so each kernel is an ordinary new process.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from pupiltrack_portal.server import app, page_run

STAMP = "kernel-ready"
ORDINARY = "--ordinary"


class _NoForks:
    def __init__(self, *_given: object) -> None:
        pass

    def start(self) -> None:
        """Start nothing."""

    def stop(self) -> None:
        """Nothing was started."""


class _StampedRun(page_run.PageRun):
    async def kernel_start(self, notebook: Any = None) -> str | page_run.Failure:
        started = await super().kernel_start(notebook)
        sys.stdout.write(f"{STAMP} {started} {time.time() * 1000:.3f}\n")
        sys.stdout.flush()
        return started


def main() -> None:
    """Serve as the settings say."""
    from pupiltrack_portal.server import page_handler

    page_handler.PageRun = _StampedRun  # type: ignore[misc]
    if ORDINARY in sys.argv:
        app.Forks = _NoForks  # type: ignore[assignment, misc]
    app.main()


if __name__ == "__main__":
    main()
