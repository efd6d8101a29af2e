"""Where the browser side of a widget comes from.

The JavaScript and CSS of every widget are built into `static/js/` under names that carry a hash of
their content, listed in `manifest.json`. In a notebook anywidget sends that text over the kernel's
socket each time a page opens, uncached. The portal calls `serve_with_page()` once, before it makes
a widget: its pages bring the code of every widget in files of their own, which the browser keeps,
and a widget only says its name.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

BUILT_FILES = Path(__file__).resolve().parent.parent / "static" / "js"

_is_with_page = False


def serve_with_page(*, is_on: bool = True) -> None:
    """Make widgets created from now on say their name only, for a page that has their code.

    Off goes back to sending the whole text, as a plain notebook needs.
    """
    global _is_with_page
    _is_with_page = is_on


def files_of(asset: str) -> dict[str, str]:
    """Return the built file names of one widget: {"js": ..., "css": ...}; "css" may be missing.

    Raises LookupError for a name the build does not know.
    """
    try:
        return dict(_manifest()[asset])
    except KeyError:
        raise LookupError(f"The widget build has no entry {asset!r}; run `make js`.") from None


def module_text(asset: str) -> str:
    """Return the module anywidget shall run; empty where the page has it."""
    return "" if _is_with_page else _text_of(asset, "js")


def style_text(asset: str) -> str:
    """Return the style sheet to send; empty where the page has it, or there is none."""
    return "" if _is_with_page else _text_of(asset, "css")


@cache
def _text_of(asset: str, kind: str) -> str:
    name = files_of(asset).get(kind)
    return "" if name is None else (BUILT_FILES / name).read_text(encoding="utf-8")


@cache
def _manifest() -> dict[str, dict[str, str]]:
    manifest: dict[str, dict[str, str]] = json.loads(
        (BUILT_FILES / "manifest.json").read_text(encoding="utf-8")
    )
    return manifest


class PortalWidget(anywidget.AnyWidget):
    """A widget whose browser side is the built asset named by `_asset`.

    A browser can set any synced trait of any widget by a forged message. Here it can set only
    those named in `_from_browser`; the rest are for telling the browser, never for trusting it.
    """

    _asset: ClassVar[str]
    _from_browser: ClassVar[frozenset[str]] = frozenset()

    _asset_name = traitlets.Unicode().tag(sync=True)
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_asset_name")
    def _default_asset_name(self) -> str:
        return self._asset

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return module_text(self._asset)

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return style_text(self._asset)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the browser's new values of the traits in `_from_browser`; drop the others."""
        super().set_state({k: v for k, v in sync_data.items() if k in self._from_browser})
