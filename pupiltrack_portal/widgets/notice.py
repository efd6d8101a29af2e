"""Messages to the person at the page."""

from __future__ import annotations

from typing import ClassVar, Literal

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget

Kind = Literal["info", "success", "warning", "error"]


class Notice(PortalWidget):
    """A place for messages; an error interrupts a screen reader, the others wait for a pause."""

    _asset: ClassVar[str] = "notice"
    messages = traitlets.List(traitlets.Dict()).tag(sync=True)

    def show(self, kind: Kind, text: str) -> None:
        """Show one message in place of all earlier ones."""
        self.messages = [{"kind": kind, "text": text}]

    def clear(self) -> None:
        """Show nothing."""
        self.messages = []
