"""What every chart hands back: a drawing, and the same said in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing as SVG, and its text equivalent.

    `svg` is one `<svg>` element without XML declaration, style sheet, script or address of another
    host; every word in it is escaped, so it may be put into a page as it stands. `text` tells every
    count and percentage of the drawing in sentences, for the `alt` of a PDF and for the page.
    `caption` is the one sentence to print beneath it.
    """

    svg: str
    text: str
    caption: str = ""
