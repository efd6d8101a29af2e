"""The colours a cell can have, on paper and in a workbook as the grid on the page has them."""

from __future__ import annotations

# Fill, and the letters on it.
COLOURS: dict[str, tuple[str, str]] = {
    "red": ("#f9d5d2", "#6b1410"),
    "amber": ("#fde4b3", "#553300"),
    "green": ("#cfead3", "#11401b"),
    "blue": ("#cfe1f7", "#10386a"),
    "purple": ("#e5d8f5", "#42206f"),
    "grey": ("#e0e3e7", "#31363c"),
}
