"""The portal's own server, that also says when the kernel of a page answers.

`python -m benchmarks.served` is `pupiltrack-serve` with a line on standard output for each kernel;
with `--ordinary` no process to fork from is started, so each kernel is an ordinary new process.
"""

from __future__ import annotations

import sys
import time

from pupiltrack_portal.kernels.errors import SupervisorError
from pupiltrack_portal.kernels.lifecycle import SupervisorHandle
from pupiltrack_portal.server import app, forks, page_handler, page_run

STAMP = "kernel-ready"
ORDINARY = "--ordinary"


def _start_none(*_given: object) -> SupervisorHandle:
    raise SupervisorError("The benchmark wants ordinary kernels.")


class _StampedRun(page_run.PageRun):
    async def kernel_start(self) -> str | page_run.Failure:
        started = await super().kernel_start()
        sys.stdout.write(f"{STAMP} {started} {time.time() * 1000:.3f}\n")
        sys.stdout.flush()
        return started


def main() -> None:
    """Serve as the settings say."""
    page_handler.PageRun = _StampedRun
    # Loaded before the fork, as the pages it stands beside are.
    app.PRELOADED = (*app.PRELOADED, "benchmarks.small_page.ours")
    if ORDINARY in sys.argv:
        forks.start_supervisor = _start_none
    app.main()


if __name__ == "__main__":
    main()
