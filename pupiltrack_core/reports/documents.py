"""A report as a list of blocks, written once and drawn twice: as HTML and as PDF.

Every figure is already text here, so the screen and the paper cannot differ. The blocks travel to
the PDF as JSON; `application/vnd.pupiltrack.report+json` is its name in a notebook's outputs.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pupiltrack_core.charts.chart import Chart
from pupiltrack_core.domain.local_time import in_london

REPORT_MEDIA_TYPE = "application/vnd.pupiltrack.report+json"
FORMAT_VERSION = 1
LOGO_ROOM = (45.0, 15.0)  # millimetres beside a document's title


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG picture for the head of a document, `width` by `height` pixels, and its words."""

    content: bytes = field(repr=False)
    width: int
    height: int
    alt: str

    def to_json(self, *, room: tuple[float, float]) -> dict[str, Any]:
        """Return the picture as SVG, which can travel as text, and its size in millimetres.

        It is as large as fits `room`, width and height in millimetres.
        """
        scale = min(room[0] / self.width, room[1] / self.height)
        data = b64encode(self.content).decode("ascii")
        return {
            "svg": (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
                f'height="{self.height}"><image width="{self.width}" height="{self.height}" '
                f'href="data:image/png;base64,{data}"/></svg>'
            ),
            "alt": self.alt,
            "width": round(self.width * scale, 2),
            "height": round(self.height * scale, 2),
        }


@dataclass(frozen=True, slots=True)
class Printed:
    """Who made the report and when; `at` is aware, and shown in the time of London.

    `logo` is that of the school it is about, None where it has none or there are several.
    """

    by: str
    at: datetime
    logo: Logo | None = None

    @property
    def words(self) -> str:
        """ "Printed by A. Person on 3 October 2025 at 14:05"."""
        local = in_london(self.at)
        return f"Printed by {self.by} on {local.day} {local:%B %Y} at {local:%H:%M}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title; level 2 is a part of the report, 3 a part of that."""

    text: str
    level: Literal[2, 3] = 2
    starts_page: bool = False
    type: str = field(default="heading", init=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a notice is one the reader must not miss."""

    text: str
    is_notice: bool = False
    type: str = field(default="paragraph", init=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text with one heading row; the first cell of a row is the row's heading.

    `weights` share out the width; columns after the first are aligned right when `is_numeric`.
    A table of few rows stays on one page unless it `may_break`, as one with long texts must.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...] = ()
    is_numeric: bool = True
    may_break: bool = False
    type: str = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its text equivalent; `width` is a share of the text's width."""

    svg: str
    alt: str
    caption: str
    width: float = 1.0
    type: str = field(default="picture", init=False)

    @classmethod
    def of(cls, chart: Chart, *, width: float = 1.0) -> Picture:
        """Return the picture of a chart."""
        return cls(chart.svg, chart.text, chart.caption, width)


@dataclass(frozen=True, slots=True)
class NameList:
    """Names, in the order given, under a heading of their own; an empty list says so."""

    heading: str
    names: tuple[str, ...]
    type: str = field(default="names", init=False)


Block: TypeAlias = Heading | Paragraph | Table | Picture | NameList


@dataclass(frozen=True, slots=True)
class Document:
    """A report ready to be shown or printed.

    `place` is the school or local authority; `description` says which cohort. A document that
    `contains_names` says on every page that it holds personal data.
    """

    title: str
    place: str
    description: str
    printed: Printed
    blocks: tuple[Block, ...]
    contains_names: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what the PDF is made of: plain lists, texts and numbers."""
        logo = self.printed.logo
        return {
            "version": FORMAT_VERSION,
            "title": self.title,
            "place": self.place,
            "description": self.description,
            "printed": self.printed.words,
            "printed_at": self.printed.at.isoformat(),
            "logo": logo.to_json(room=LOGO_ROOM) if logo else None,
            "contains_names": self.contains_names,
            "blocks": [asdict(block) for block in self.blocks],
        }

    def to_html(self) -> str:
        """Return the report as one `<article>`; see `reports.html`."""
        from pupiltrack_core.reports.html import document_html

        return document_html(self)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {
            "text/plain": f"{self.title}, {self.place}",
            "text/html": self.to_html(),
            REPORT_MEDIA_TYPE: self.to_json(),
        }
