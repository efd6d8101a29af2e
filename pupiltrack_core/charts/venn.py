"""The Venn diagram of two or three subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib_venn import venn2, venn3
from matplotlib_venn.layout.venn2 import DefaultLayoutAlgorithm as LayoutOfTwo
from matplotlib_venn.layout.venn3 import DefaultLayoutAlgorithm as LayoutOfThree

from pupiltrack_core.charts import svg
from pupiltrack_core.charts.chart import Chart
from pupiltrack_core.domain.judgements import NO_DATA_LABEL
from pupiltrack_core.domain.rounding import format_count_and_percentage, format_percentage
from pupiltrack_core.domain.subjects import CORE_SUBJECTS
from pupiltrack_core.domain.venn import BLANK, VennKind, region_label, regions_of

# The regions inside a circle, by the number of subjects, in the order matplotlib-venn wants.
_INNER = {2: ("10", "01", "11"), 3: ("100", "010", "110", "001", "101", "011", "111")}
_IN_NONE = {2: "In neither of the two", 3: "In none of the three"}

WIDTH, HEIGHT = 640.0, 540.0
_BOX = (8.0, 8.0, WIDTH - 16.0, HEIGHT - 16.0)
# Where the circles may go: the labels of the circles stand above and below it.
_FIELD = (60.0, 50.0, 520.0, 436.0)
_COUNT_SIZE = 19.0
_NAME_SIZE, _LONGEST_NAME, _MARGIN = 17.0, 22, 12.0
_MANY_SIZE = 16.0  # for counts of four digits and more
# Lightness alone tells one circle, two circles and all three apart; the outlines differ too.
_FILLS = {
    "10": "#d3e3f2",
    "01": "#fbe7c3",
    "11": "#b9cbd0",
    "100": "#d3e3f2",
    "010": "#fbe7c3",
    "001": "#d6eadf",
    "110": "#b9cbd0",
    "101": "#a9cbd6",
    "011": "#d2d6a4",
    "111": "#8fb3b8",
}
_OUTLINES = (("#2f6690", ""), ("#8a5a00", "9 5"), ("#2e6f4e", "2 4"))
# How far the area of a region may be from its share of the pupils and still be called to scale.
_SCALE_TOLERANCE = 0.02
_SMALLEST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class _Layout:
    """Paths, label points and circles in the drawing's units; y runs down."""

    paths: Mapping[str, Path]
    points: Mapping[str, tuple[float, float]]
    circles: tuple[tuple[float, float, float], ...]


CORE_LABELS = tuple(subject.label for subject in CORE_SUBJECTS)


def plot_venn(
    regions: pd.DataFrame,
    *,
    kind: VennKind = VennKind.ON_TRACK,
    called: str = "",
    title: str = "",
    id_prefix: str = "",
    subjects: Sequence[str] = CORE_LABELS,
) -> Chart:
    """Draw the circles, the pupils outside them and those without data.

    `subjects` are the labels of the two or three circles. `regions` has a row per region with
    columns `region` and `pupils`: "100" is the first subject alone, "011" the second and third,
    "111" all three, "000" none of them, "blank" no data in any; a region that is left out has no
    pupils. `kind` is what being in a circle means, and `called` what that is
    called, the kind's label unless given; `title`, the same unless given, opens the text.

    Each region is a `<g>` with the id `region-111` (after `id_prefix`, for two diagrams on one
    page), `data-region` and `data-pupils`. The circles are drawn to scale when every region has
    pupils, its area comes out right and its label fits; otherwise all alike, and the caption says
    so. Percentages are of all the pupils, those without data among them.
    """
    size = len(subjects)
    counts = _counts(regions, size)
    total = sum(counts.values())
    layout, to_scale = _choose_layout(counts, total, size)
    text = describe_venn(regions, kind=kind, called=called, title=title, subjects=subjects)
    root = svg.drawing(width=WIDTH, height=HEIGHT, label=text, kind="venn")
    _draw_outside(root, counts, total, size=size, id_prefix=id_prefix)
    for region in _INNER[size]:
        holder = _region(root, region, counts[region], id_prefix=id_prefix)
        svg.shape(
            holder, "path", d=_svg_path(layout.paths[region]), fill=_FILLS[region], stroke="none"
        )
        x, y = layout.points[region]
        svg.words(
            holder, _label(counts[region], total), x=x, y=y, size=_size(total), bold_first=True
        )
    _draw_circles(root, layout)
    _draw_names(root, layout, counts, subjects)
    return Chart(svg.to_text(root), text, _caption(counts, total, to_scale=to_scale))


def describe_venn(
    regions: pd.DataFrame,
    *,
    kind: VennKind = VennKind.ON_TRACK,
    called: str = "",
    title: str = "",
    subjects: Sequence[str] = CORE_LABELS,
) -> str:
    """Return every count and percentage of the diagram in words; the text of `plot_venn`."""
    counts = _counts(regions, len(subjects))
    total = sum(counts.values())
    opening = f"Venn diagram: {title or called or kind.label}, {_pupils(total)}."
    if total == 0:
        return opening
    circles = "; ".join(
        f"{label} {_both(_in_circle(counts, at), total)}" for at, label in enumerate(subjects)
    )
    told = "; ".join(
        f"{region_label(region, kind=kind, called=called, subjects=subjects)}: "
        f"{_both(counts[region], total)}"
        for region in reading_order(len(subjects))
    )
    return f"{opening} {called or kind.label} in each subject: {circles}. {told}."


def reading_order(size: int) -> tuple[str, ...]:
    """Return the regions from where all circles meet outwards, as people read the diagram."""
    order = regions_of(size)
    return tuple(sorted(order, key=lambda region: (-region.count("1"), order.index(region))))


def _counts(regions: pd.DataFrame, size: int) -> dict[str, int]:
    held = dict(zip(regions["region"].tolist(), regions["pupils"].tolist(), strict=True))
    known = regions_of(size)
    unknown = set(held) - set(known)
    if unknown:
        raise ValueError(f"Not a region of the diagram: {sorted(unknown)}")
    return {region: int(held.get(region, 0)) for region in known}


def _in_circle(counts: Mapping[str, int], at: int) -> int:
    return sum(count for region, count in counts.items() if region[at] == "1")


def _choose_layout(counts: Mapping[str, int], total: int, size: int) -> tuple[_Layout, bool]:
    sizes = tuple(counts[region] for region in _INNER[size])
    # A smaller share of the circles could not hold its label, so it is not worth laying out.
    if total and min(sizes) / total > _SMALLEST_SHARE:
        layout = _lay_out(sizes)
        if _is_faithful(layout, sizes) and _labels_fit(layout, counts, total):
            return layout, True
    return _lay_out((1,) * len(sizes)), False


@lru_cache(maxsize=32)
def _lay_out(sizes: tuple[int, ...]) -> _Layout:
    axes = _axes()
    inner = next(regions for regions in _INNER.values() if len(regions) == len(sizes))
    draw, algorithm = (venn2, LayoutOfTwo) if len(sizes) == 3 else (venn3, LayoutOfThree)
    diagram = draw(
        subsets=sizes,
        set_labels=("",) * len(inner[0]),
        ax=axes,
        layout_algorithm=algorithm(fixed_subset_sizes=sizes),
    )
    rings = [
        (centre.x, centre.y, r) for centre, r in zip(diagram.centers, diagram.radii, strict=True)
    ]
    left = min(x - r for x, _, r in rings)
    right = max(x + r for x, _, r in rings)
    bottom = min(y - r for _, y, r in rings)
    top = max(y + r for _, y, r in rings)
    x0, y0, width, height = _FIELD
    scale = min(width / (right - left), height / (top - bottom))
    shift_x = x0 + (width - scale * (right - left)) / 2 - scale * left
    shift_y = y0 + (height - scale * (top - bottom)) / 2 + scale * top

    def place(x: float, y: float) -> tuple[float, float]:
        return shift_x + scale * x, shift_y - scale * y

    paths, points = {}, {}
    for region in inner:
        patch, label = diagram.get_patch_by_id(region), diagram.get_label_by_id(region)
        path = _path_of(patch)
        moved = np.array([place(x, y) for x, y in np.asarray(path.vertices)])
        paths[region] = Path(moved, path.codes)
        points[region] = place(*label.get_position())
    circles = tuple((*place(x, y), scale * r) for x, y, r in rings)
    for drawn in (*axes.patches, *axes.texts):
        drawn.remove()
    return _Layout(paths, points, circles)


@cache
def _axes() -> Axes:
    # Making axes, with ticks that nothing shows, takes as long as laying out the diagram.
    return Figure(figsize=(1, 1)).add_axes((0, 0, 1, 1))


def _path_of(patch: PathPatch) -> Path:
    # A region that is a whole circle comes as a Circle, whose path is that of the unit circle.
    return patch.get_path().transformed(patch.get_patch_transform())


def _is_faithful(layout: _Layout, sizes: tuple[int, ...]) -> bool:
    areas = np.array([_area(path) for path in layout.paths.values()])
    wanted = np.array(sizes, dtype=float)
    return bool(np.all(np.abs(areas / areas.sum() - wanted / wanted.sum()) <= _SCALE_TOLERANCE))


def _area(path: Path) -> float:
    area = 0.0
    for polygon in path.to_polygons(closed_only=True):
        x, y = np.asarray(polygon).T
        area += 0.5 * abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])))
    return area


def _labels_fit(layout: _Layout, counts: Mapping[str, int], total: int) -> bool:
    for region, (x, y) in layout.points.items():
        size = _size(total)
        half = max(svg.width_of(line, size) for line in _label(counts[region], total)) / 2
        corners = [(x + dx * half, y + dy * size) for dx in (-1, 1) for dy in (-1, 1)]
        if not layout.paths[region].contains_points(corners).all():
            return False
    return True


def _size(total: int) -> float:
    return _COUNT_SIZE if total < 1000 else _MANY_SIZE


def _label(count: int, total: int) -> list[str]:
    return [str(count), f"({format_percentage(count, total)})"]


def _region(root: ET.Element, region: str, count: int, *, id_prefix: str) -> ET.Element:
    return svg.group(
        root,
        id=f"{id_prefix}region-{region}",
        class_="venn-region",
        data_region=region,
        data_pupils=str(count),
    )


def _draw_outside(
    root: ET.Element, counts: Mapping[str, int], total: int, *, size: int, id_prefix: str
) -> None:
    x, y, width, height = _BOX
    outside = "0" * size
    none = _region(root, outside, counts[outside], id_prefix=id_prefix)
    svg.shape(
        none, "rect", x=x, y=y, width=width, height=height, rx=10, fill="#f7f8fa", stroke="#9aa3b2"
    )
    svg.words(
        none,
        [_IN_NONE[size], format_count_and_percentage(counts[outside], total)],
        x=x + 16,
        y=y + height - 34,
        size=16,
        anchor="start",
    )
    blank = _region(root, BLANK, counts[BLANK], id_prefix=id_prefix)
    svg.shape(
        blank,
        "rect",
        x=x + width - 196,
        y=y + height - 68,
        width=184,
        height=56,
        rx=8,
        fill="#ffffff",
        stroke="#6b7485",
        stroke_dasharray="4 4",
    )
    svg.words(
        blank,
        [f"{NO_DATA_LABEL} in any", format_count_and_percentage(counts[BLANK], total)],
        x=x + width - 104,
        y=y + height - 40,
        size=16,
    )


def _draw_circles(root: ET.Element, layout: _Layout) -> None:
    outlines = svg.group(root, class_="venn-circles", fill="none", pointer_events="none")
    used = _OUTLINES[: len(layout.circles)]
    for (x, y, radius), (colour, dashes) in zip(layout.circles, used, strict=True):
        dashed = {"stroke_dasharray": dashes, "stroke_linecap": "round"} if dashes else {}
        svg.shape(
            outlines, "circle", cx=x, cy=y, r=radius, stroke=colour, stroke_width=2.5, **dashed
        )


def _draw_names(
    root: ET.Element, layout: _Layout, counts: Mapping[str, int], subjects: Sequence[str]
) -> None:
    names = svg.group(root, class_="venn-names", pointer_events="none")
    total = sum(counts.values())
    (ax, ay, ar), (bx, by, br), *third = layout.circles
    middle = (ax + bx) / 2
    places = [
        (min(ax, middle - 12), ay - ar - 16, "end" if bx - ax < 220 else "middle"),
        (max(bx, middle + 12), by - br - 16, "start" if bx - ax < 220 else "middle"),
        *((x, y + radius + 16, "middle") for x, y, radius in third),
    ]
    for at, ((x, y, anchor), subject) in enumerate(zip(places, subjects, strict=True)):
        label = f"{_shortened(subject)} {_both(_in_circle(counts, at), total)}"
        x = _kept_inside(x, svg.width_of(label, _NAME_SIZE), anchor)
        svg.words(names, label, x=x, y=y, size=_NAME_SIZE, anchor=anchor, bold_first=True)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= _LONGEST_NAME else f"{subject[: _LONGEST_NAME - 1].rstrip()}…"


def _kept_inside(x: float, width: float, anchor: str) -> float:
    """Return where words of this width begin, end or have their middle, inside the drawing."""
    before = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return min(max(x, before + _MARGIN), WIDTH - _MARGIN - (width - before))


def _svg_path(path: Path) -> str:
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
    parts = []
    for vertices, code in path.iter_segments(curves=True, simplify=False):
        if code == Path.CLOSEPOLY:
            parts.append("Z")
        else:
            parts.append(letters[code] + " ".join(svg.number(float(v)) for v in vertices))
    return "".join(parts)


def _caption(counts: Mapping[str, int], total: int, *, to_scale: bool) -> str:
    scale = "The areas are drawn to scale." if to_scale else "The areas are not drawn to scale."
    outside = next(count for region, count in counts.items() if set(region) == {"0"})
    return (
        f"{_pupils(total)}, of whom {_both(outside, total)} are in none of the circles and "
        f"{_both(counts[BLANK], total)} have no data in any of the subjects. {scale}"
    )


def _both(count: int, total: int) -> str:
    return format_count_and_percentage(count, total)


def _pupils(total: int) -> str:
    return "1 pupil" if total == 1 else f"{total} pupils"
