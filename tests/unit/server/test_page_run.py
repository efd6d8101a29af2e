"""Which outputs of a notebook a page shows, and what the log is told of an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from pupiltrack_portal.server.page_run import NotebookFolder, places, shown_outputs

WIDGET = "application/vnd.jupyter.widget-view+json"


def output(kind: str, **values: Any) -> Any:
    """An output as a kernel makes it."""
    return nbformat.v4.new_output(kind, **values)


def test_shown_outputs_a_widget_without_its_text() -> None:
    shown = shown_outputs(
        [output("display_data", data={WIDGET: {"model_id": "x"}, "text/plain": "VBox()"})]
    )
    assert shown == [{"data": {WIDGET: {"model_id": "x"}}, "metadata": {}, "trusted": True}]


@pytest.mark.parametrize(
    "item",
    [
        output("stream", name="stdout", text="a mark"),
        output("stream", name="stderr", text="a warning"),
        output("execute_result", data={"text/plain": "a mark"}),
        output("display_data", data={"application/javascript": "alert(1)"}),
        output("error", ename="E", evalue="a mark", traceback=["a mark"]),
    ],
)
def test_shown_outputs_leaves_out_what_is_for_authors(item: Any) -> None:
    assert shown_outputs([item]) == []


def test_places_keeps_no_value() -> None:
    traceback = (
        "\x1b[31mValueError\x1b[39m Traceback (most recent call last)\n"
        "File \x1b[32m/app/pages/home.py:12, in open_page(name)\x1b[39m\n"
        "     12 raise ValueError(mark)\n"
        "\x1b[31mValueError\x1b[39m: Ada Lovelace"
    )
    assert places(traceback) == "  /app/pages/home.py:12 open_page"


def test_notebook_folder_strips_outputs_and_reads_changes(tmp_path: Path) -> None:
    file = tmp_path / "home.ipynb"
    cell = nbformat.v4.new_code_cell("1", outputs=[output("stream", name="stdout", text="old")])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    folder = NotebookFolder(tmp_path)
    first = folder.load("home")
    assert first is not None
    assert first.cells[0].outputs == []
    first.cells.clear()
    again = folder.load("home")
    assert again is not None
    assert len(again.cells) == 1
    assert folder.load("other") is None
