"""A Venn diagram whose regions can be pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


class VennDiagram(PortalWidget):
    """An SVG drawing in which each element with the id `region-KEY` is a button.

    `regions` names each key for a screen reader; `selected` is the key shown as pressed, or "".
    """

    _asset: ClassVar[str] = "venn_diagram"
    svg = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    regions = traitlets.List(traitlets.Dict()).tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._on_region: Callable[[str], None] | None = None
        self.on_msg(self._on_message)

    def show(self, svg: str, *, label: str, caption: str, regions: Mapping[str, str]) -> None:
        """Show a drawing; `regions` maps each key to what a screen reader says for it."""
        with self.hold_sync():  # one message
            self.selected = ""
            self.regions = [{"key": key, "label": name} for key, name in regions.items()]
            self.label, self.caption, self.svg = label, caption, svg

    def on_region(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the key of a pressed region; unknown keys never reach it."""
        self._on_region = callback

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "region":
            return
        key = content.get("key")
        known = {region["key"] for region in self.regions}
        if isinstance(key, str) and key in known and self._on_region is not None:
            self._on_region(key)
