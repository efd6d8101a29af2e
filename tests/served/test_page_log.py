"""What a page logs under a reference number reaches the operator's file, and nothing else does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from tests.served.client import message
from tests.served.conftest import Portal
from tests.served.test_kernels import answers_to

PAGES = Path(__file__).resolve().parents[2] / "notebooks"


def test_fault_of_a_page_is_logged_under_its_reference(
    start_portal: Callable[..., Portal], tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "pages.log"
    portal = start_portal(notebooks_dir=PAGES, page_log=log)
    teacher = portal.signed_in("teacher")
    # More parameters than any page has are a fault for the page that reads them.
    nonsense = urlencode([(f"p{number}", "Sm1th") for number in range(99)])
    page = teacher.request("GET", f"/home?{nonsense}")
    assert page.status == 200
    line = log.read_text(encoding="utf-8")
    assert re.fullmatch(r"\S+ \S+ ERROR Reference [0-9A-F]{8}: ValueError at open_page .*\n", line)
    assert "Sm1th" not in line
    assert log.stat().st_mode & 0o077 == 0


def notebook(source: str) -> str:
    """A page of one cell."""
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "0",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    spec = {"display_name": "PupilTrack", "language": "python", "name": "pupiltrack"}
    return json.dumps(
        {"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    )


PAGE = """
import logging
import sys
import warnings

import ipywidgets as widgets

number = widgets.IntText()


@number.observe
def _on_change(change):
    warnings.warn(f"odd: {change.new}")
    logging.getLogger("library").error("got %s", change.new)
    sys.stderr.write(f"{change.new}")
    raise ValueError(f"not this: {change.new}")


number
"""


def test_log_holds_no_value_a_page_was_sent(
    start_portal: Callable[..., Portal], tmp_path: Path
) -> None:
    log, pages = tmp_path / "logs" / "pages.log", tmp_path / "pages"
    pages.mkdir()
    (pages / "home.ipynb").write_text(notebook(PAGE))
    portal = start_portal(notebooks_dir=pages, page_log=log)
    browser = portal.signed_in("teacher")
    with browser.socket(browser.get("/home").kernel_id) as socket:
        comms = answers_to(socket)[-1][2]["comms"]
        assert comms
        forged = [
            message("comm_msg", {"comm_id": comm, "data": data})
            for comm in (*comms, "Sm1th-comm")
            for data in (
                {"method": "update", "state": {"value": 421421}, "buffer_paths": []},
                {"method": "update", "state": {"value": "Sm1th"}, "buffer_paths": []},
                {"method": "update", "state": {"value": "Sm1th"}, "buffer_paths": [["Sm1th", 1]]},
                {"method": "update", "state": "Sm1th"},
                {"method": "Sm1th", "content": "Sm1th"},
                {"Sm1th": "Sm1th"},
            )
        ]
        answers_to(
            socket,
            *forged,
            message("comm_msg", {"data": "Sm1th"}),
            message("comm_open", {"comm_id": "Sm1th", "target_name": "jupyter.widget.control"}),
            message("comm_close", {"comm_id": "Sm1th", "data": "Sm1th"}),
            message("kernel_info_request", {"Sm1th": "Sm1th"}),
        )
    text = log.read_text(encoding="utf-8")
    assert "Sm1th" not in text + portal.log
    assert "421421" not in text + portal.log
    assert "KeyError" in text  # that something failed, and where, is told
