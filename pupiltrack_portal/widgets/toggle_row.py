"""A row of switches, each on or off by itself or one of them at a time, acting at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


@dataclass(frozen=True, slots=True)
class Toggle:
    """One switch; `hint` says more about it, to the eye as to a screen reader."""

    key: str
    label: str
    is_on: bool
    hint: str = ""


class ToggleRow(PortalWidget):
    """Switches under a heading; `on_toggle` is told which one was pressed and what it is now.

    What is shown changes when the page says so with `show`, not when a switch is pressed. With
    `is_choice` it is one of them at a time: those that are off are not there to be added.
    """

    _asset: ClassVar[str] = "toggle_row"
    legend = traitlets.Unicode().tag(sync=True)
    toggles: Any = traitlets.List().tag(sync=True)
    is_choice = traitlets.Bool(False).tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)

    def __init__(self, legend: str, toggles: Sequence[Toggle] = (), **traits: Any) -> None:
        super().__init__(legend=legend, **traits)
        self._toggles: dict[str, Toggle] = {}
        self._on_toggle: Callable[[str, bool], None] | None = None
        self.on_msg(self._on_message)
        self.show(toggles)

    def show(self, toggles: Sequence[Toggle]) -> None:
        """Show these switches as they are now; none at all hides the row."""
        self._toggles = {toggle.key: toggle for toggle in toggles}
        self.toggles = [[item.key, item.label, item.is_on, item.hint] for item in toggles]

    def put_in_address(self, query: str) -> None:
        """Show `query` (already encoded, without personal data) in the browser's address."""
        self.address = query

    def on_toggle(self, callback: Callable[[str, bool], None]) -> None:
        """Call `callback` with a switch's key and whether it is to be on."""
        self._on_toggle = callback

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "toggle":
            return
        toggle = self._toggles.get(str(content.get("key")))
        is_on = content.get("on")
        if toggle is not None and isinstance(is_on, bool) and self._on_toggle is not None:
            self._on_toggle(toggle.key, is_on)
