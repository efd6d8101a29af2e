"""Headings, paragraphs, lists and pictures, whose text is never read as markup."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


def heading(text: str) -> dict[str, Any]:
    """Return a second-level heading; the page's own heading is the first level."""
    return {"kind": "heading", "text": text}


def subheading(text: str) -> dict[str, Any]:
    """Return a third-level heading."""
    return {"kind": "subheading", "text": text}


def text(words: str) -> dict[str, Any]:
    """Return a paragraph."""
    return {"kind": "text", "text": words}


def small(words: str) -> dict[str, Any]:
    """Return a paragraph of small print."""
    return {"kind": "small", "text": words}


def bullets(items: Sequence[str]) -> dict[str, Any]:
    """Return a list."""
    return {"kind": "list", "items": list(items)}


def steps(items: Sequence[str]) -> dict[str, Any]:
    """Return a numbered list."""
    return {"kind": "steps", "items": list(items)}


def picture(png: bytes, *, alt: str, size: tuple[int, int]) -> dict[str, Any]:
    """Return a PNG picture, `size` pixels wide and high, and what is said in its place."""
    if not alt:
        raise ValueError("A picture needs words for who does not see it.")
    width, height = size
    data = b64encode(png).decode("ascii")
    return {"kind": "picture", "png": data, "alt": alt, "width": width, "height": height}


def link(words: str, address: str) -> dict[str, Any]:
    """Return a link to another page of the portal; `address` is a path such as "/pupils"."""
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        raise ValueError("A link leads to a path of this portal.")
    return {"kind": "link", "text": words, "href": address}


class Prose(PortalWidget):
    """A run of headings, paragraphs, lists, pictures and links of this portal."""

    _asset: ClassVar[str] = "prose"
    blocks = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, *blocks: dict[str, Any], **traits: Any) -> None:
        super().__init__(blocks=list(blocks), **traits)

    def show(self, *blocks: dict[str, Any]) -> None:
        """Show these blocks in place of the earlier ones."""
        self.blocks = list(blocks)
