"""One palette: what is stored, what a grid offers, and what is put on paper."""

from __future__ import annotations

import re
from pathlib import Path

from pupiltrack_core.domain.judgements import AUTOMATIC_COLOURS, PALETTE
from pupiltrack_core.reports.cell_colours import COLOURS
from pupiltrack_portal import widgets
from pupiltrack_portal.widgets import grid_model

_SCRIPT = Path(widgets.__path__[0]) / "js/src/entry_grid/palette.ts"


def test_palette_holds_the_automatic_colours() -> None:
    assert set(AUTOMATIC_COLOURS.values()) <= set(PALETTE)


def test_palette_is_the_same_everywhere() -> None:
    offered = re.search(r"COLOURS = \[(.*?)\]", _SCRIPT.read_text(encoding="utf-8"), re.DOTALL)
    assert offered is not None
    assert tuple(re.findall(r'"(\w+)"', offered[1])) == PALETTE
    assert set(COLOURS) == grid_model.PALETTE == set(PALETTE)
