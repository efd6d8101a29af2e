"""A drawing with a caption."""

from __future__ import annotations

from typing import ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


class Drawing(PortalWidget):
    """An SVG drawing of `pupiltrack_core.charts`, as wide as there is room for.

    Below `least_width` pixels it is not made smaller: it is moved sideways, by keyboard too.
    """

    _asset: ClassVar[str] = "drawing"
    svg = traitlets.Unicode().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    least_width = traitlets.Int(640).tag(sync=True)

    def show(self, svg: str, *, name: str, caption: str) -> None:
        """Show a drawing; `name` is what a screen reader calls the part of the page it is in."""
        with self.hold_sync():  # one message
            self.name, self.caption, self.svg = name, caption, svg
