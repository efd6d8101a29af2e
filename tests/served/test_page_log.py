"""What a page logs under a reference number reaches the operator's file, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from tests.served.conftest import Portal

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
