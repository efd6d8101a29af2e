"""Headline figures that take turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import traitlets

from pupiltrack_portal.widgets.assets import PortalWidget


@dataclass(frozen=True, slots=True)
class HeadlineLine:
    """One headline: `figure` is drawn large, `percent` (0 to 100, or None) as a bar."""

    cohort: str
    figure: str
    text: str
    percent: float | None


class HeadlineFigures(PortalWidget):
    """Lines that take turns; they can be paused, and stand still for who asks for less motion."""

    _asset: ClassVar[str] = "headline"
    lines = traitlets.List(traitlets.Dict()).tag(sync=True)

    def show(self, lines: Sequence[HeadlineLine]) -> None:
        """Show these lines in turn."""
        self.lines = [asdict(line) for line in lines]
