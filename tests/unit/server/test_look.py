"""The colours of the portal: each text can be read on the ground it is used on (WCAG 2.2 AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pupiltrack_portal

STATIC = Path(pupiltrack_portal.__file__).parent / "static"
TEMPLATES = Path(pupiltrack_portal.__file__).parent / "templates"
COLOURS = dict(
    re.findall(r"--pt-([a-z-]+): (#[0-9a-f]{6});", (STATIC / "css" / "portal.css").read_text())
)
GROUNDS = ("surface", "ground", "accent-ground")
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-quiet", "accent-strong") for ground in GROUNDS),
    *((ink, "surface") for ink in ("accent", "red", "amber", "green", "blue")),
    *((name, f"{name}-ground") for name in ("red", "amber", "blue")),
    *(("ink", f"{name}-ground") for name in ("red", "amber", "blue")),
    *(("on-accent", ground) for ground in ("accent", "accent-strong", "green", "red")),
    *((ink, "brand") for ink in ("on-brand", "on-brand-quiet")),
]
EDGE_PAIRS = [
    *(("line-strong", ground) for ground in ("surface",)),
    *(("focus", ground) for ground in GROUNDS),
    ("focus-on-brand", "brand"),
    ("on-brand-quiet", "brand"),
]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_colour_can_be_read_on_its_ground(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_edges_and_focus_can_be_seen(edge: str, ground: str) -> None:
    assert contrast(edge, ground) >= 3


def test_no_file_names_another_host() -> None:
    for path in (*STATIC.glob("css/*"), *STATIC.glob("shell/*"), *TEMPLATES.rglob("*.j2")):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(['\"]?//", text), path.name


def test_templates_hold_no_inline_script_or_handler() -> None:
    for path in TEMPLATES.rglob("*.j2"):
        text = path.read_text()
        assert not re.search(r"\son[a-z]+=", text), path.name
        for attributes in re.findall(r"<script([^>]*)>", text):
            assert "src=" in attributes or "json" in attributes, path.name
