"""One run of a page's notebook: its kernel, its cells, what they show, and their widgets."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import Any

from pupiltrack_portal.server.kernel_client import KernelSilent, NotebookRun, RunError, connect_to
from pupiltrack_portal.server.widget_states import WidgetStates

_WIDGET = "application/vnd.jupyter.widget-view+json"
_SHOWN = (_WIDGET, "text/html", "image/svg+xml", "image/png")
_SECONDS_FOR_CELLS = 60
_SECONDS_TO_START = 60
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"File ([^\s,]+:\d+), in (\w+)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that could not be made; `reference` is what the log calls it."""

    reference: str


class PageRun:
    """Runs a notebook in its own kernel: all its cells in one go, in their order."""

    def __init__(
        self,
        cells: tuple[str, ...],
        *,
        start: Callable[[], Awaitable[tuple[str, Any]]],
        log: Logger,
        new_reference: Callable[[], str],
    ) -> None:
        self._cells = cells
        self._start = start
        self._log = log
        self._new_reference = new_reference
        self._client: Any = None
        self._widgets = WidgetStates()
        self.kernel_id: str | None = None
        self.has_failed = False

    async def kernel_start(self) -> str | Failure:
        """Start the kernel and wait until what it says reaches us; return its id, or a failure."""
        try:
            self.kernel_id, manager = await self._start()
            self._client = await connect_to(manager, seconds=_SECONDS_TO_START)
        except Exception as error:  # noqa: BLE001 the page says so, whatever it was
            return self._fail("the kernel did not start", type(error).__name__)
        return self.kernel_id

    async def outputs(self) -> AsyncIterator[dict[str, Any] | Failure]:
        """Run the cells and give each output to be shown; a failure is the last.

        A notebook that shows nothing has failed as well: it would leave an empty page.
        """
        if self._client is None:
            return
        shown = 0
        run = NotebookRun(self._client, self._cells, self._widgets.take)
        try:
            async with asyncio.timeout(_SECONDS_FOR_CELLS):
                async for data in run.outputs():
                    kind = next((kind for kind in _SHOWN if kind in data), None)
                    # Printed text and representations are for a notebook's author.
                    if kind is not None:
                        shown += 1
                        yield {kind: data[kind]}
        except RunError as error:
            yield self._fail(f"cell {error.cell} raised {error.kind}", places(error.traceback))
        except (KernelSilent, TimeoutError) as error:
            yield self._fail("the notebook did not finish", type(error).__name__)
        else:
            if not shown:
                yield self._fail("the notebook shows nothing", "")

    def widget_state(self) -> dict[str, Any]:
        """Return every widget as the run left it, in the form notebooks keep them."""
        return self._widgets.written()

    async def close(self) -> None:
        """Let go of the server's own connection with the kernel, which goes on."""
        client, self._client = self._client, None
        if client is not None:
            client.stop_channels()

    def _fail(self, what: str, detail: str) -> Failure:
        self.has_failed = True
        failure = Failure(self._new_reference())
        self._log.error("Reference %s: %s\n%s", failure.reference, what, detail)
        return failure


def places(traceback: list[str]) -> str:
    """Return the files, lines and functions a kernel's traceback names, and none of its values."""
    found = _PLACE.findall(_COLOURS.sub("", "\n".join(traceback)))
    return "\n".join(f"  {place} {function}" for place, function in found)


class NotebookFolder:
    """The pages' notebooks, read from one folder and kept until a file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[int, tuple[str, ...]]] = {}

    def load(self, name: str) -> tuple[str, ...] | None:
        """Return the notebook's code cells in order; None when there is no such notebook."""
        path = self._folder / f"{name}.ipynb"
        try:
            changed_at = path.stat().st_mtime_ns
            known = self._read.get(name)
            if known is None or known[0] != changed_at:
                known = (changed_at, code_cells(path.read_text(encoding="utf-8")))
                self._read[name] = known
        except FileNotFoundError:
            return None
        return known[1]


def code_cells(notebook: str) -> tuple[str, ...]:
    """Return the code of a notebook's cells, in order; notes for its author are left out."""
    cells = json.loads(notebook)["cells"]
    sources = (cell["source"] for cell in cells if cell["cell_type"] == "code")
    return tuple("".join(source) for source in sources)
