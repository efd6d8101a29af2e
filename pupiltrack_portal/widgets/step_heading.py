"""The heading of one record among several, with the ways to the others and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


@dataclass(frozen=True, slots=True)
class HeadingStep:
    """One button. Where it leads nowhere `unavailable` says why; it can still be reached."""

    key: str
    label: str
    unavailable: str = ""


class StepHeading(PortalWidget):
    """A second-level heading, a line beneath it, and buttons that lead to other records."""

    _asset: ClassVar[str] = "step_heading"
    heading = traitlets.Unicode().tag(sync=True)
    line = traitlets.Unicode().tag(sync=True)
    position = traitlets.Unicode().tag(sync=True)
    steps = traitlets.List(traitlets.Dict()).tag(sync=True)
    focus_wanted = traitlets.Int(0).tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._on_step: Callable[[str], None] | None = None
        self._open: frozenset[str] = frozenset()
        self._times_said = 0
        self.on_msg(self._on_message)

    def show(self, heading: str, *, line: str, position: str, steps: Sequence[HeadingStep]) -> None:
        """Show a record; `position` ("3 of 28") stands among the buttons, "" shows none."""
        self._open = frozenset(step.key for step in steps if not step.unavailable)
        with self.hold_sync():  # one message
            self.heading, self.line, self.position = heading, line, position
            self.steps = [
                {"key": step.key, "label": step.label, "unavailable": step.unavailable}
                for step in steps
            ]

    def take_focus(self) -> None:
        """Put the keyboard's focus on the heading, for a record that has just been opened."""
        self.focus_wanted += 1

    def say(self, words: str) -> None:
        """Let a screen reader say `words` at the next pause, the same words as often as asked."""
        self._times_said += 1
        self.said = {"words": words, "time": self._times_said}

    def on_step(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the key of a pressed button; those that lead nowhere never do."""
        self._on_step = callback

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "step":
            return
        key = content.get("key")
        if isinstance(key, str) and key in self._open and self._on_step is not None:
            self._on_step(key)
