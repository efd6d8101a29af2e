"""One run of a page's notebook: its kernel, its cells, and what of their outputs is shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError
from voila.execute import VoilaExecutor

from pupiltrack_portal.server.kernel_client import connect_to

_WIDGET = "application/vnd.jupyter.widget-view+json"
_SHOWN = (_WIDGET, "text/html", "image/svg+xml", "image/png")
_SECONDS_PER_CELL = 60
_SECONDS_TO_START = 60
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"File ([^\s,]+:\d+), in (\w+)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that could not be made; `reference` is what the log calls it."""

    reference: str


class PageRun:
    """Runs a notebook in its own kernel, cell by cell, as the template asks for them."""

    def __init__(
        self,
        notebook: nbformat.NotebookNode,
        *,
        start: Callable[[], Awaitable[tuple[str, Any]]],
        log: Logger,
        new_reference: Callable[[], str],
    ) -> None:
        self._notebook = notebook
        self._start = start
        self._log = log
        self._new_reference = new_reference
        self._executor: VoilaExecutor | None = None
        self.kernel_id: str | None = None
        self.has_failed = False

    async def kernel_start(self, _notebook: Any = None) -> str | Failure:
        """Start the kernel and wait until it answers; return its id, or that it did not."""
        try:
            self.kernel_id, manager = await self._start()
            executor = VoilaExecutor(
                self._notebook,
                km=manager,
                timeout=_SECONDS_PER_CELL,
                show_tracebacks=False,
            )
            executor.kc = await connect_to(manager, seconds=_SECONDS_TO_START)
            self._executor = executor
        except Exception as error:  # noqa: BLE001 the page says so, whatever it was
            return self._fail("the kernel did not start", type(error).__name__)
        return self.kernel_id

    async def cell_generator(
        self, _notebook: Any = None, _kernel_id: Any = None
    ) -> AsyncIterator[dict[str, Any] | Failure]:
        """Run the cells in order and give each output to be shown; a failure is the last.

        A notebook that shows nothing has failed as well: it would leave an empty page.
        """
        shown = 0
        try:
            for index, cell in enumerate(self._notebook.cells):
                if cell.cell_type != "code":
                    continue  # notes for whoever opens the notebook elsewhere
                failure = await self._run(cell, index)
                if failure is not None:
                    yield failure
                    return
                for output in shown_outputs(cell.outputs):
                    shown += 1
                    yield output
            if not shown:
                yield self._fail("the notebook shows nothing", "")
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the server's own connection with the kernel, which goes on."""
        executor, self._executor = self._executor, None
        if executor is not None and executor.kc is not None:
            executor.kc.stop_channels()

    async def _run(self, cell: Any, index: int) -> Failure | None:
        if self._executor is None:
            return self._fail("the kernel is gone", "")
        try:
            await self._executor.async_execute_cell(cell, index, store_history=False)
        except CellExecutionError as error:
            return self._fail(f"cell {index} raised {error.ename}", places(error.traceback))
        except Exception as error:  # noqa: BLE001 a dead kernel, a time-out: the page says so
            return self._fail(f"cell {index} did not finish", type(error).__name__)
        return None

    def _fail(self, what: str, detail: str) -> Failure:
        self.has_failed = True
        failure = Failure(self._new_reference())
        self._log.error("Reference %s: %s\n%s", failure.reference, what, detail)
        return failure


def shown_outputs(outputs: list[Any]) -> list[dict[str, Any]]:
    """Return the outputs a page shows, each of one kind: a widget, or HTML or an image.

    Printed text, warnings and representations are for a notebook's author and are left out.
    """
    shown = []
    for output in outputs:
        data = output.get("data", {})
        kind = next((kind for kind in _SHOWN if kind in data), None)
        if kind is not None and output.output_type in ("display_data", "execute_result"):
            shown.append({"data": {kind: data[kind]}, "metadata": {}, "trusted": True})
    return shown


def places(traceback: str) -> str:
    """Return the files, lines and functions a kernel's traceback names, and none of its values."""
    found = _PLACE.findall(_COLOURS.sub("", traceback))
    return "\n".join(f"  {place} {function}" for place, function in found)


class NotebookFolder:
    """The pages' notebooks, read from one folder and kept until a file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[int, str]] = {}

    def load(self, name: str) -> nbformat.NotebookNode | None:
        """Return a fresh copy of the notebook without outputs; None when there is none."""
        path = self._folder / f"{name}.ipynb"
        try:
            changed_at = path.stat().st_mtime_ns
            known = self._read.get(name)
            if known is None or known[0] != changed_at:
                known = (changed_at, path.read_text(encoding="utf-8"))
                self._read[name] = known
        except FileNotFoundError:
            return None
        notebook: nbformat.NotebookNode = nbformat.reads(known[1], as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = None
        return notebook
