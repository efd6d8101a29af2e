"""Reading PDFs back: their text and the tags a screen reader goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject


@dataclass(frozen=True)
class Tag:
    """A structure element: its type, its attributes of all owners, its alternative text."""

    kind: str
    attributes: dict[str, Any]
    alt: str | None


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All the text, every run of blanks one blank."""
    pages = (page.extract_text() for page in read(pdf).pages)
    return re.sub(r"\s+", " ", " ".join(pages))


def tags_of(pdf: bytes) -> list[Tag]:
    root = read(pdf).trailer["/Root"]
    return list(_walk(root["/StructTreeRoot"]))


def _walk(element: Any) -> Iterator[Tag]:
    if isinstance(element, IndirectObject):
        element = element.get_object()
    if isinstance(element, ArrayObject):
        for child in element:
            yield from _walk(child)
        return
    if not isinstance(element, DictionaryObject):
        return
    if "/S" in element:
        held = element.get("/A", [])
        owners = held if isinstance(held, list) else [held]
        attributes: dict[str, Any] = {}
        for owner in owners:
            attributes |= dict(owner.get_object())
        yield Tag(str(element["/S"]), attributes, element.get("/Alt"))
    yield from _walk(element.get("/K", ArrayObject()))
