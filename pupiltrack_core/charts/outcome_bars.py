"""Stacked bars: how the pupils of a cohort are spread over the outcomes of each subject."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd

from pupiltrack_core.charts import svg
from pupiltrack_core.charts.chart import Chart
from pupiltrack_core.charts.judgement_colours import JUDGEMENT_COLOURS
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.outcomes import SummaryRow
from pupiltrack_core.domain.rounding import format_count_and_percentage
from pupiltrack_core.domain.subjects import RWM, subject_label

CAPTION = "Share of the pupils at each outcome"
_LEGEND_LINE, _ROW, _BAR = 24.0, 34.0, 24.0


@dataclass(frozen=True, slots=True)
class _Layout:
    """How wide a drawing is, where its bars begin, how long they are, and of names a line."""

    width: float
    left: float
    bar: float
    line: int


_WIDE = _Layout(720.0, 210.0, 440.0, 30)
_NARROW = _Layout(400.0, 138.0, 200.0, 20)  # to stand beside a table
_LONE = 216.0  # width of a bar in a row of a table
_KEY = 1100.0


@dataclass(frozen=True, slots=True)
class _Segment:
    """A part of a bar: how it is called, coloured and patterned."""

    key: str
    label: str
    fill: str
    ink: str = svg.INK
    pattern: str = ""


_SPLIT = "split"  # of reading, writing and maths together: no row of figures is this part alone
# The patterns and the counts tell them apart where colours do not.
_SEGMENTS = (
    _Segment("below", SummaryRow.BELOW.label, *JUDGEMENT_COLOURS[Judgement.BELOW]),
    _Segment(
        "towards",
        SummaryRow.TOWARDS.label,
        *JUDGEMENT_COLOURS[Judgement.TOWARDS],
        pattern="M-2 2l4-4M0 8l8-8M6 10l4-4",
    ),
    _Segment(_SPLIT, "Not on track, levels mixed", "#fbead6", pattern="M4 0V8"),
    _Segment("mixed", SummaryRow.MIXED.label, "#cfe0f0", pattern="M0 4H8"),
    _Segment("on_track", SummaryRow.ON_TRACK.label, *JUDGEMENT_COLOURS[Judgement.ON_TRACK]),
    _Segment("deeper", SummaryRow.DEEPER.label, *JUDGEMENT_COLOURS[Judgement.DEEPER]),
    _Segment("no_data", SummaryRow.NO_DATA.label, "#ffffff", pattern="M-2 6l4 4M0 0l8 8M6 -2l4 4"),
)
_NOTHING = "There is nothing to show."
_ONLY_RWM = {_SPLIT, "mixed"}


def plot_outcome_bars(
    summary: pd.DataFrame,
    *,
    title: str,
    labels: Mapping[str, str] | None = None,
    wording: JudgementWording = STANDARD_WORDING,
    id_prefix: str = "",
    is_narrow: bool = False,
) -> Chart:
    """Draw one bar a row of `summary`, each as long as the others, its parts the outcomes.

    `summary` is a SUMMARY of one cohort: a row per subject with the counts `pupils`, `below`,
    `towards`, `on_track`, `deeper`, `mixed`, `no_data`, `not_on_track`. The count stands in each
    part that is wide enough for it; the rest is in the text. The bar of reading, writing and maths
    together also has the pupils whose three judgements differ. `labels` name a school's own
    subjects, `wording` its words for the judgements. `id_prefix` keeps the ids of two charts on one
    page apart. One that `is_narrow` stands beside a table.
    """
    layout = _NARROW if is_narrow else _WIDE
    rows = [_parts(row, labels) for row in summary.to_dict("records")]
    text = describe_outcomes(summary, title=title, labels=labels, wording=wording)
    shown = _shown(rows, wording)
    places, legend_height = _place_legend(shown, layout.width)
    height = legend_height + _ROW * max(len(rows), 1) + 8
    root = svg.drawing(width=layout.width, height=height, label=text, kind="bars")
    _draw_patterns(root, shown, id_prefix)
    _draw_legend(root, shown, places, id_prefix)
    if not rows:
        svg.words(root, _NOTHING, x=16, y=legend_height + 16, size=14, anchor="start")
    for at, (name, parts, pupils) in enumerate(rows):
        row = svg.group(root, class_="bars-row")
        middle = legend_height + (at + 0.5) * _ROW
        _draw_bar(row, name, parts, pupils, middle=middle, layout=layout, id_prefix=id_prefix)
    return Chart(svg.to_text(root), text, CAPTION)


def plot_lone_bars(
    summary: pd.DataFrame, *, wording: JudgementWording = STANDARD_WORDING
) -> dict[str, Chart]:
    """Draw each row's bar by itself, to stand in the row of a table; return them by subject.

    They are the bars of `plot_outcome_bars` without name and number of pupils, which the row has.
    `plot_key` says what their parts are.
    """
    segments = _called(wording)
    bars = {}
    for at, line in enumerate(summary.to_dict("records")):
        _, parts, pupils = _parts(line, None)
        text = _told(parts, pupils, segments)
        root = svg.drawing(width=_LONE, height=_BAR + 2, label=text, kind="bar")
        prefix = f"row-{at}-"
        _draw_patterns(root, [s for s in segments if parts.get(s.key)], prefix)
        middle = _BAR / 2 + 1
        _draw_parts(root, parts, pupils, middle=middle, left=0, length=_LONE, id_prefix=prefix)
        bars[str(line["subject"])] = Chart(svg.to_text(root), text, CAPTION)
    return bars


def plot_key(summary: pd.DataFrame, *, wording: JudgementWording = STANDARD_WORDING) -> Chart:
    """Draw what the parts of `plot_lone_bars` are, from left to right."""
    shown = _shown([_parts(line, None) for line in summary.to_dict("records")], wording)
    places, height = _place_legend(shown, _KEY)
    text = f"Parts of the bars, from the left: {', '.join(segment.label for segment in shown)}."
    root = svg.drawing(width=_KEY, height=height, label=text, kind="key")
    _draw_patterns(root, shown, "key-")
    _draw_legend(root, shown, places, "key-")
    return Chart(svg.to_text(root), text, CAPTION)


def describe_outcomes(
    summary: pd.DataFrame,
    *,
    title: str,
    labels: Mapping[str, str] | None = None,
    wording: JudgementWording = STANDARD_WORDING,
) -> str:
    """Return every count and percentage of the bars in words."""
    told = []
    segments = _called(wording)
    for row in summary.to_dict("records"):
        name, parts, pupils = _parts(row, labels)
        told.append(f"{name}: {_told(parts, pupils, segments)}")
    return f"Bars, {title}. " + (" ".join(told) if told else _NOTHING)


def _told(parts: Mapping[str, int], pupils: int, segments: Sequence[_Segment]) -> str:
    each = ", ".join(
        f"{segment.label} {format_count_and_percentage(parts[segment.key], pupils)}"
        for segment in segments
        if segment.key in parts
    )
    return f"{each}, of {pupils}."


def _called(wording: JudgementWording) -> list[_Segment]:
    """Return the segments in a school's words."""
    split = f"{wording.row_label(SummaryRow.NOT_ON_TRACK)}, levels mixed"
    return [
        replace(
            segment,
            label=split if segment.key == _SPLIT else wording.row_label(SummaryRow(segment.key)),
        )
        for segment in _SEGMENTS
    ]


def _shown(
    rows: Sequence[tuple[str, dict[str, int], int]], wording: JudgementWording
) -> list[_Segment]:
    """Return the segments of the legend: what only the three together have, where there is any."""
    return [
        segment
        for segment in _called(wording)
        if segment.key not in _ONLY_RWM or any(parts.get(segment.key) for _, parts, _ in rows)
    ]


def _parts(
    row: Mapping[Hashable, Any], labels: Mapping[str, str] | None
) -> tuple[str, dict[str, int], int]:
    counts = {
        key: int(row[key])
        for key in ("below", "towards", "on_track", "deeper", "no_data", "pupils")
    }
    pupils = counts.pop("pupils")
    subject = str(row["subject"])
    name = subject_label(subject, labels)
    if subject != RWM:
        return name, counts, pupils
    not_on_track = int(row["not_on_track"])
    counts[_SPLIT] = not_on_track - counts["below"] - counts["towards"]
    counts["mixed"] = int(row["mixed"])
    return name, counts, pupils


def _draw_patterns(root: ET.Element, shown: list[_Segment], id_prefix: str) -> None:
    definitions = ET.SubElement(root, "defs")
    for segment in shown:
        if segment.pattern:
            pattern = svg.shape(
                definitions,
                "pattern",
                id=f"{id_prefix}bars-{segment.key}",
                width=8,
                height=8,
                patternUnits="userSpaceOnUse",
            )
            svg.shape(pattern, "rect", width=8, height=8, fill=segment.fill)
            svg.shape(
                pattern,
                "path",
                d=segment.pattern,
                stroke="#7d8798",
                stroke_width=0.8,
                stroke_opacity=0.55,
            )


def _fill(segment: _Segment, id_prefix: str) -> str:
    return f"url(#{id_prefix}bars-{segment.key})" if segment.pattern else segment.fill


def _place_legend(shown: list[_Segment], room: float) -> tuple[list[tuple[float, float]], float]:
    places: list[tuple[float, float]] = []
    x, y = 8.0, 8.0
    for segment in shown:
        width = 20 + svg.width_of(segment.label, 13) + 14
        if x + width > room and places:
            x, y = 8.0, y + _LEGEND_LINE
        places.append((x, y))
        x += width
    return places, y + _LEGEND_LINE + 6


def _draw_legend(
    root: ET.Element, shown: list[_Segment], places: list[tuple[float, float]], id_prefix: str
) -> None:
    legend = svg.group(root, class_="bars-legend")
    for segment, (x, y) in zip(shown, places, strict=True):
        svg.shape(
            legend,
            "rect",
            x=x,
            y=y,
            width=14,
            height=14,
            fill=_fill(segment, id_prefix),
            stroke=svg.QUIET_INK,
            stroke_width=0.8,
        )
        svg.words(legend, segment.label, x=x + 20, y=y + 7, size=13, anchor="start")


def _draw_bar(
    row: ET.Element,
    name: str,
    parts: dict[str, int],
    pupils: int,
    *,
    middle: float,
    layout: _Layout,
    id_prefix: str,
) -> None:
    left = layout.left
    svg.words(row, _in_two(name, layout.line), x=left - 10, y=middle, size=13, anchor="end")
    _draw_parts(
        row, parts, pupils, middle=middle, left=left, length=layout.bar, id_prefix=id_prefix
    )
    if pupils:
        svg.words(
            row,
            f"of {pupils}",
            x=left + layout.bar + 10,
            y=middle,
            size=13,
            anchor="start",
            fill=svg.QUIET_INK,
        )


def _draw_parts(
    row: ET.Element,
    parts: Mapping[str, int],
    pupils: int,
    *,
    middle: float,
    left: float,
    length: float,
    id_prefix: str,
) -> None:
    if pupils == 0:
        svg.words(row, "No pupils", x=left, y=middle, size=13, anchor="start", fill=svg.QUIET_INK)
        return
    x = left
    for segment in _SEGMENTS:
        count = parts.get(segment.key, 0)
        if not count:
            continue
        width = length * count / pupils
        edge = svg.QUIET_INK if segment.key == "no_data" else "#ffffff"
        svg.shape(
            row,
            "rect",
            x=x,
            y=middle - _BAR / 2,
            width=width,
            height=_BAR,
            fill=_fill(segment, id_prefix),
            stroke=edge,
            stroke_width=0.8,
        )
        _draw_count(row, segment, str(count), x=x + width / 2, y=middle, room=width)
        x += width


def _draw_count(
    row: ET.Element, segment: _Segment, label: str, *, x: float, y: float, room: float
) -> None:
    width = svg.width_of(label, 13)
    if room < width + 5:
        return
    if segment.pattern:  # a plain patch keeps the digits clear of the pattern
        svg.shape(
            row,
            "rect",
            x=x - width / 2 - 3,
            y=y - 8,
            width=width + 6,
            height=16,
            rx=3,
            fill=segment.fill,
        )
    svg.words(row, label, x=x, y=y, size=13, fill=segment.ink)


def _in_two(name: str, longest: int) -> list[str]:
    """Return a name on at most two lines; the whole of it is in the text."""
    return wrap(name, longest, max_lines=2, placeholder="…")
