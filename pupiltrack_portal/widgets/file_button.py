"""A button that makes a file and hands it to the browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file waiting at `address`, a path of this portal; `name` is what it will be saved as."""

    address: str
    name: str


class FileButton(PortalWidget):
    """A button; pressing it asks the page for a file, whose link is then followed once."""

    _asset: ClassVar[str] = "file_button"
    label = traitlets.Unicode().tag(sync=True)
    enabled = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(self, label: str, **traits: Any) -> None:
        super().__init__(label=label, **traits)
        self._on_make: Callable[[], ReadyFile | str] | None = None
        self.on_msg(self._on_message)

    def on_make(self, callback: Callable[[], ReadyFile | str]) -> None:
        """Call `callback` when pressed; it returns the file, or why there is none."""
        self._on_make = callback

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "make":
            return
        if self._on_make is None or not self.enabled:
            self.send({"kind": "refused", "text": "There is nothing to save yet."})
            return
        made = self._on_make()
        if isinstance(made, ReadyFile):
            self.send({"kind": "ready", "href": made.address, "name": made.name})
        else:
            self.send({"kind": "refused", "text": made})
