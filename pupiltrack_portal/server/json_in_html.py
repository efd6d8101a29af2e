"""JSON that stands in a page between script tags."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

# What could end the script element or open another, as JSON writes it otherwise.
_ESCAPES = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"))


def json_in_html(value: Any) -> Markup:
    """Return `value` as compact JSON in which no text can be taken for markup."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for letter, escaped in _ESCAPES:
        text = text.replace(letter, escaped)
    return Markup(text)  # noqa: S704 escaped above, for where it is put
