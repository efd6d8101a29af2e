"""The lanes of a journey's drawing: a subject's judgements and results, interventions, meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol
from xml.etree import ElementTree as ET

from pupiltrack_core.charts import svg
from pupiltrack_core.charts.journey_layout import packed_rows
from pupiltrack_core.charts.judgement_colours import JUDGEMENT_COLOURS
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement

WIDTH = 900.0
LEFT, RIGHT = 152.0, WIDTH - 12.0
RULE = "#d3d9e2"
RESULT_COLOUR, BAR_COLOUR, BAR_EDGE, FLAG_COLOUR = "#5b3a86", "#d6eadf", "#2e6f4e", "#8a5a00"
SMALL, USUAL = 12.0, 13.0
_DIAMOND = 6.5
_STRIP, _LEVEL, _PADDING, _BAR_ROW = 19.0, 21.0, 8.0, 24.0
_LEVELS = tuple(reversed(Judgement))  # the highest stands at the top
_SMALLEST_WITH_LETTER = 7.0
_LONGEST_NAME = 22  # of a lane, in characters
_FLAG_ROOM = 58.0


class Lane(Protocol):
    """One band of the drawing, as wide as it, from `top` down by `height`."""

    @property
    def height(self) -> float:
        """Its height in the drawing's units."""

    def draw(self, parent: ET.Element, top: float) -> None:
        """Append it to the drawing."""


@dataclass(frozen=True, slots=True)
class JudgementAt:
    """A judgement where its assessment stands; `told` is what pointing at it shows."""

    x: float
    academic_year: int
    judgement: Judgement
    told: str


@dataclass(frozen=True, slots=True)
class ResultAt:
    """A statutory result, or (`is_own`) one that the school entered."""

    x: float
    brief: str
    told: str
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class BarAt:
    """An intervention; an end that is not on record is left open."""

    start: float
    end: float
    title: str
    told: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class FlagAt:
    """A meeting."""

    x: float
    day: str
    told: str


@dataclass(frozen=True, slots=True)
class SubjectLane:
    """A subject: results on the line of its name, judgements beneath, at four levels or on one."""

    key: str
    name: str
    judgements: tuple[JudgementAt, ...]
    results: tuple[ResultAt, ...]
    radius: float
    has_levels: bool
    wording: JudgementWording = STANDARD_WORDING

    @property
    def height(self) -> float:
        """The rows of results, then the levels, then a little air."""
        return self._strip + self._judged + _PADDING

    def draw(self, parent: ET.Element, top: float) -> None:
        """Append name, level lines, results and judgements."""
        lane = svg.group(parent, class_="journey-lane", data_lane=self.key)
        middle = top + _PADDING / 2 + _STRIP / 2
        _name(lane, self.name, middle)
        _draw_results(lane, self.results, self._rows, first=middle)
        first = top + _PADDING / 2 + self._strip + _LEVEL / 2
        if self.has_levels:
            for at, level in enumerate(_LEVELS):
                y = first + at * _LEVEL
                svg.shape(lane, "path", d=f"M{LEFT} {y}H{RIGHT}", stroke=RULE, stroke_width=0.8)
                svg.words(
                    lane,
                    _shortened(self.wording.label(level)),
                    x=LEFT - 10,
                    y=y,
                    size=SMALL,
                    anchor="end",
                    fill=svg.QUIET_INK,
                )
        self._draw_judgements(lane, first)

    @property
    def _rows(self) -> list[int]:
        return packed_rows([_span(result) for result in self.results])

    @property
    def _strip(self) -> float:
        rows = max(self._rows, default=-1) + 1
        # The name has the line of a strip to itself, but where judgements stand on that line.
        return _STRIP * (max(rows, 1) if self.has_levels else rows)

    @property
    def _judged(self) -> float:
        if self.has_levels:
            return len(_LEVELS) * _LEVEL
        return _LEVEL if self.judgements else 0.0

    def _draw_judgements(self, lane: ET.Element, first: float) -> None:
        levels = {level: first + at * _LEVEL for at, level in enumerate(_LEVELS)}
        if not self.has_levels:
            levels = dict.fromkeys(_LEVELS, first)
        # A line joins the judgements of one year only: the next year expects something else.
        for _, held in groupby(self.judgements, key=lambda mark: mark.academic_year):
            points = [f"{svg.number(mark.x)} {svg.number(levels[mark.judgement])}" for mark in held]
            if self.has_levels and len(points) > 1:
                path = "M" + "L".join(points)
                svg.shape(lane, "path", d=path, fill="none", stroke="#8b95a5", stroke_width=1.5)
        for mark in self.judgements:
            _draw_judgement(lane, mark, y=levels[mark.judgement], radius=self.radius)


@dataclass(frozen=True, slots=True)
class InterventionLane:
    """Interventions as bars, under each other where they overlap."""

    bars: tuple[BarAt, ...]

    @property
    def height(self) -> float:
        """As many rows as it takes."""
        return _BAR_ROW * (max(self._rows, default=0) + 1) + _PADDING

    def draw(self, parent: ET.Element, top: float) -> None:
        """Append the name and the bars, each with its title on it or beside it."""
        lane = svg.group(parent, class_="journey-lane", data_lane="interventions")
        _name(lane, "Interventions", top + _PADDING / 2 + _BAR_ROW / 2)
        for bar, row in zip(self.bars, self._rows, strict=True):
            middle = top + _PADDING / 2 + (row + 0.5) * _BAR_ROW
            holder = _told(lane, "journey-intervention", bar.told)
            top_edge, bottom_edge = svg.number(middle - 9), svg.number(middle + 9)
            start, end = svg.number(bar.start), svg.number(bar.end)
            svg.shape(
                holder,
                "rect",
                x=bar.start,
                y=middle - 9,
                width=bar.end - bar.start,
                height=18,
                fill=BAR_COLOUR,
            )
            svg.shape(
                holder,
                "path",
                d=f"M{start} {top_edge}V{bottom_edge}",
                stroke=BAR_EDGE,
                stroke_width=3,
            )
            svg.shape(
                holder,
                "path",
                d=f"M{end} {top_edge}V{bottom_edge}",
                stroke=BAR_EDGE,
                stroke_width=1.5,
                stroke_dasharray="3 3" if bar.is_open else "none",
            )
            anchor, x = _place_title(bar)
            svg.words(holder, bar.title, x=x, y=middle, size=SMALL, anchor=anchor)

    @property
    def _rows(self) -> list[int]:
        return packed_rows([_title_span(bar) for bar in self.bars])


@dataclass(frozen=True, slots=True)
class MeetingLane:
    """Meetings as flags with their day."""

    flags: tuple[FlagAt, ...]

    @property
    def height(self) -> float:
        """One row."""
        return _BAR_ROW + _PADDING

    def draw(self, parent: ET.Element, top: float) -> None:
        """Append the name and the flags; where there are very many, the days are left out."""
        lane = svg.group(parent, class_="journey-lane", data_lane="meetings")
        middle = top + _PADDING / 2 + _BAR_ROW / 2
        _name(lane, "Progress meetings", middle)
        has_room = len(self.flags) * _FLAG_ROOM <= RIGHT - LEFT
        for flag in self.flags:
            holder = _told(lane, "journey-meeting", flag.told)
            draw_flag(holder, x=flag.x, y=middle)
            if has_room:
                svg.words(holder, flag.day, x=flag.x + 14, y=middle - 3, size=SMALL, anchor="start")

    @staticmethod
    def gap() -> float:
        """How far apart flags must stand for their days to be read."""
        return _FLAG_ROOM


def draw_diamond(parent: ET.Element, *, x: float, y: float, is_own: bool) -> None:
    """Append the sign of a result; one the school entered is hollow."""
    size = svg.number(_DIAMOND)
    svg.shape(
        parent,
        "path",
        d=f"M{svg.number(x)} {svg.number(y - _DIAMOND)}l{size} {size}l-{size} {size}"
        f"l-{size} -{size}Z",
        fill="#ffffff" if is_own else RESULT_COLOUR,
        stroke=RESULT_COLOUR,
        stroke_width=1.8,
    )


def draw_flag(parent: ET.Element, *, x: float, y: float) -> None:
    """Append the sign of a meeting: a pole and a pennant."""
    left, top = svg.number(x), svg.number(y - 10)
    svg.shape(parent, "path", d=f"M{left} {top}v20", stroke=FLAG_COLOUR, stroke_width=1.8)
    svg.shape(parent, "path", d=f"M{left} {top}l11 5l-11 5Z", fill=FLAG_COLOUR)


def draw_letter(
    parent: ET.Element, judgement: Judgement, *, x: float, y: float, radius: float
) -> None:
    """Append the sign of a judgement: a disc with its letter, which the smallest do without."""
    fill, ink = JUDGEMENT_COLOURS[judgement]
    svg.shape(
        parent,
        "circle",
        cx=x,
        cy=y,
        r=radius,
        fill=fill,
        stroke="#ffffff" if ink == "#ffffff" else svg.QUIET_INK,
        stroke_width=1,
    )
    if radius >= _SMALLEST_WITH_LETTER:
        svg.words(parent, judgement.value, x=x, y=y, size=radius * 1.3, fill=ink, bold_first=True)


def _shortened(label: str) -> str:
    """Return a school's word as far as there is room for it left of the lines."""
    room = LEFT - 14
    if svg.width_of(label, SMALL) <= room:
        return label
    while svg.width_of(f"{label}…", SMALL) > room:
        label = label[:-1]
    return f"{label.rstrip()}…"


def _draw_judgement(lane: ET.Element, mark: JudgementAt, *, y: float, radius: float) -> None:
    holder = _told(lane, "journey-judgement", mark.told)
    holder.set("data-judgement", mark.judgement.value)
    draw_letter(holder, mark.judgement, x=mark.x, y=y, radius=radius)


def _draw_results(
    lane: ET.Element, results: Sequence[ResultAt], rows: Sequence[int], *, first: float
) -> None:
    for result, row in zip(results, rows, strict=True):
        y = first + row * _STRIP
        holder = _told(lane, "journey-result", result.told)
        draw_diamond(holder, x=result.x, y=y, is_own=result.is_own)
        before = _stands_before(result)
        svg.words(
            holder,
            result.brief,
            x=result.x - _DIAMOND - 5 if before else result.x + _DIAMOND + 5,
            y=y,
            size=SMALL,
            anchor="end" if before else "start",
        )


def _stands_before(result: ResultAt) -> bool:
    """Whether the words stand before the diamond, which comes at the end of a year."""
    return result.x - _DIAMOND - 5 - svg.width_of(result.brief, SMALL) >= LEFT


def _span(result: ResultAt) -> tuple[float, float]:
    words = svg.width_of(result.brief, SMALL) + 5
    if _stands_before(result):
        return result.x - _DIAMOND - words, result.x + _DIAMOND
    return result.x - _DIAMOND, result.x + _DIAMOND + words


def _place_title(bar: BarAt) -> tuple[str, float]:
    """Return where the title stands: on the bar if it has room there, else after or before it."""
    width = svg.width_of(bar.title, SMALL)
    if width + 14 <= bar.end - bar.start:
        return "start", bar.start + 8
    if bar.end + 6 + width <= RIGHT:
        return "start", bar.end + 6
    return "end", bar.start - 7


def _title_span(bar: BarAt) -> tuple[float, float]:
    anchor, x = _place_title(bar)
    width = svg.width_of(bar.title, SMALL)
    if anchor == "start":
        return bar.start, max(bar.end, x + width)
    return x - width, bar.end


def _name(lane: ET.Element, name: str, y: float) -> None:
    text = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"
    svg.words(lane, text, x=8, y=y, size=USUAL, anchor="start", bold_first=True)


def _told(parent: ET.Element, kind: str, told: str) -> ET.Element:
    """Append a group that shows `told` when it is pointed at."""
    holder = svg.group(parent, class_=kind)
    ET.SubElement(holder, "title").text = told
    return holder
