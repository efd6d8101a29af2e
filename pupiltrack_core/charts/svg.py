"""Elements of an SVG drawing, and how they become text.

Only presentation attributes are written, never a `<style>`: a style sheet inside an inline SVG
would apply to the whole page, and a strict content security policy would refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

FONT = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
INK = "#1d2433"
QUIET_INK = "#465063"
# Width of a character in parts of the font's size: that of a digit, about the average of a word.
_CHARACTER_WIDTH = 0.5


def drawing(*, width: float, height: float, label: str, kind: str) -> ET.Element:
    """Return an `<svg>` that scales with its container; `label` is its accessible name."""
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(width),
            "height": number(height),
            "class": f"pt-chart pt-chart-{kind}",
            "role": "img",
            "aria-label": label,
            "font-family": FONT,
            "fill": INK,
        },
    )
    ET.SubElement(root, "title").text = label
    return root


def group(parent: ET.Element, **attributes: str) -> ET.Element:
    """Append a `<g>`; underscores in attribute names become hyphens."""
    return ET.SubElement(parent, "g", _named(attributes))


def shape(parent: ET.Element, tag: str, **attributes: str | float) -> ET.Element:
    """Append a shape such as `path` or `rect`; numbers are written to two decimal places."""
    return ET.SubElement(parent, tag, _named(attributes))


def words(
    parent: ET.Element,
    lines: str | Sequence[str],
    *,
    x: float,
    y: float,
    size: float,
    anchor: str = "middle",
    bold_first: bool = False,
    fill: str = INK,
) -> ET.Element:
    """Append one `<text>` whose lines are centred vertically on `y`; the text is escaped."""
    each = [lines] if isinstance(lines, str) else list(lines)
    text = ET.SubElement(
        parent,
        "text",
        _named({"x": x, "y": y, "font-size": size, "text-anchor": anchor, "fill": fill}),
    )
    leading = size * 1.2
    first = y - leading * (len(each) - 1) / 2 + size * 0.34
    for position, line in enumerate(each):
        attributes = {"x": number(x), "y": number(first + position * leading)}
        if bold_first and position == 0:
            attributes["font-weight"] = "600"
        span = ET.SubElement(text, "tspan", attributes)
        # The blank keeps the lines apart for whoever reads or copies the text.
        span.text = line if position == len(each) - 1 else f"{line} "
    return text


def width_of(text: str, size: float) -> float:
    """Return about how wide `text` is at font size `size`, in the drawing's units."""
    return len(text) * size * _CHARACTER_WIDTH


def number(value: float) -> str:
    """Write a coordinate: two decimal places at most, so that equal drawings are equal text."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written in {"-0", ""} else written


def to_text(root: ET.Element) -> str:
    """Return the drawing as text, the same for the same drawing."""
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _named(attributes: Mapping[str, str | float]) -> dict[str, str]:
    return {
        name.rstrip("_").replace("_", "-"): value if isinstance(value, str) else number(value)
        for name, value in attributes.items()
    }
