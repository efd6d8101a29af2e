"""Report documents to PDF with Typst: tagged, PDF/UA-1, without network or the machine's fonts.

The data travel as JSON in a system input and are read by the template with `json`, so no text of a
report is ever read as markup. One compiler stays warm in the process.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from pupiltrack_core.errors import PupilTrackError
from pupiltrack_core.reports.documents import FORMAT_VERSION, Document

_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"
TEMPLATES = _HERE / "templates"
DOCUMENT, GRID_SHEET = "document.typ", "grid_sheet.typ"
STANDARD: Final = "ua-1"
_REPLACEMENT = "\ufffd"
# What the text font covers for certain; anything else is looked up in the fonts.
_PLAIN = re.compile(r"[\n\x20-\x7e\xa0-\xac\xae-\u017f\u2010-\u2014\u2018-\u201e\u2026\u202f]*")
_lock = threading.Lock()


class TypesettingFailed(PupilTrackError):
    """Typst refused a document; the text is for the operator and may name what it stumbled on."""


def typeset(document: Document | dict[str, Any], *, template: str = DOCUMENT) -> bytes:
    """Return the PDF of a document, or of the JSON that `Document.to_json` makes of one.

    Another `template` takes JSON of its own, with the same `version` and `printed_at`. A character
    that no vendored font can draw, or that PDF/UA forbids, is printed as the replacement character.
    Raise `TypesettingFailed` if the JSON is of another version or Typst refuses it.
    """
    data = document.to_json() if isinstance(document, Document) else document
    if data.get("version") != FORMAT_VERSION:
        raise TypesettingFailed("The report was written by another version of PupilTrack.")
    safe = _printable(data)
    with _lock:
        try:
            pdf = _compiler(template).compile(
                sys_inputs={"document": json.dumps(safe, ensure_ascii=False)},
                format="pdf",
                pdf_standards=[STANDARD],
                timestamp=datetime.fromisoformat(data["printed_at"]).replace(microsecond=0),
            )
        except typst.TypstError as error:
            raise TypesettingFailed(f"The report could not be typeset: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise TypesettingFailed("Typst returned no PDF.")
    return pdf


def warm_up() -> None:
    """Load the fonts and the template now, so that the first report is as fast as the next."""
    for template in (DOCUMENT, GRID_SHEET):
        _compiler(template)
    _covered()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )


@cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    covered: set[int] = set()
    for path in sorted(FONTS.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            covered.update(font.getBestCmap())
    return frozenset(covered)


def _printable(value: Any) -> Any:
    """Return the JSON value with every text made of characters that can be printed."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else _replace(value)
    if isinstance(value, dict):
        return {key: _printable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(held) for held in value]
    return value


def _replace(text: str) -> str:
    covered = _covered()
    return "".join(
        character
        if _PLAIN.fullmatch(character)
        or (ord(character) in covered and character.isprintable())
        or character in _JOINERS
        else _REPLACEMENT
        for character in text
    )


# Zero-width characters that shape the letters beside them: they draw nothing, but must stay.
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\ufe0e\ufe0f")
