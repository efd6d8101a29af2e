"""What a page shows of a notebook, and what the log is told of an error."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pupiltrack_portal.server import page_run
from pupiltrack_portal.server.kernel_client import KernelSilent, RunError
from pupiltrack_portal.server.page_run import Failure, NotebookFolder, PageRun, code_cells, places

WIDGET = "application/vnd.jupyter.widget-view+json"


class Client:
    """A connection that can be let go of."""

    def stop_channels(self) -> None:
        """Nothing is open."""


def run_page(
    monkeypatch: pytest.MonkeyPatch, *outputs: dict[str, Any], error: Exception | None = None
) -> list[Any]:
    """What a page gives whose notebook makes these outputs, and then perhaps fails."""

    class Run:
        def __init__(self, *_: object) -> None:
            pass

        async def outputs(self) -> AsyncIterator[dict[str, Any]]:
            for output in outputs:
                yield output
            if error is not None:
                raise error

    async def connect(_manager: object, *, seconds: float) -> Client:
        return Client()

    async def start() -> tuple[str, object]:
        return "kernel", object()

    async def collect() -> list[Any]:
        page = PageRun(
            ("1",), start=start, log=logging.getLogger("page"), new_reference=lambda: "0000BEEF"
        )
        assert await page.kernel_start() == "kernel"
        shown = [output async for output in page.outputs()]
        await page.close()
        assert page.has_failed is isinstance(shown[-1], Failure)
        return shown

    monkeypatch.setattr(page_run, "NotebookRun", Run)
    monkeypatch.setattr(page_run, "connect_to", connect)
    return asyncio.run(collect())


def test_outputs_are_a_widget_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run_page(monkeypatch, {WIDGET: {"model_id": "x"}, "text/plain": "VBox()"})
    assert shown == [{WIDGET: {"model_id": "x"}}]


@pytest.mark.parametrize("data", [{"text/plain": "a mark"}, {"application/javascript": "alert(1)"}])
def test_outputs_for_authors_show_nothing_which_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, data: dict[str, Any]
) -> None:
    assert run_page(monkeypatch, data) == [Failure("0000BEEF")]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RunError(2, "ValueError", ["File /app/a.py:1, in f\n1 g(mark)"]), "cell 2 raised Value"),
        (KernelSilent(), "did not finish\nKernelSilent"),
        (TimeoutError(), "did not finish\nTimeoutError"),
    ],
)
def test_outputs_after_a_fault_end_with_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
) -> None:
    shown = run_page(monkeypatch, {"text/html": "<p>first</p>"}, error=error)
    assert shown == [{"text/html": "<p>first</p>"}, Failure("0000BEEF")]
    assert said in caplog.text
    assert "mark" not in caplog.text


def test_places_keeps_no_value() -> None:
    traceback = [
        "\x1b[31mValueError\x1b[39m Traceback (most recent call last)",
        "File \x1b[32m/app/pages/home.py:12, in open_page(name)\x1b[39m",
        "     12 raise ValueError(mark)",
        "\x1b[31mValueError\x1b[39m: Ada Lovelace",
    ]
    assert places(traceback) == "  /app/pages/home.py:12 open_page"


def test_code_cells_leaves_out_notes() -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Notes"},
        {"cell_type": "code", "source": ["a = 1\n", "a"]},
        {"cell_type": "code", "source": "b"},
    ]
    assert code_cells(json.dumps({"cells": cells})) == ("a = 1\na", "b")


def test_notebook_folder_reads_changes(tmp_path: Path) -> None:
    file = tmp_path / "home.ipynb"
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "source": "1"}]}))
    folder = NotebookFolder(tmp_path)
    assert folder.load("home") == ("1",)
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "source": "20"}]}))
    assert folder.load("home") == ("20",)
    assert folder.load("other") is None
