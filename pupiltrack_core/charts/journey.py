"""A pupil's journey as a drawing: time runs to the right, each subject has a lane of its own.

Judgements stand as discs at four levels, statutory results as diamonds with their code,
interventions as bars and meetings as flags. Nothing is counted or added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree as ET

from pupiltrack_core.charts import svg
from pupiltrack_core.charts.chart import Chart
from pupiltrack_core.charts.journey_lanes import (
    BAR_COLOUR,
    BAR_EDGE,
    LEFT,
    RIGHT,
    RULE,
    SMALL,
    USUAL,
    WIDTH,
    BarAt,
    FlagAt,
    InterventionLane,
    JudgementAt,
    Lane,
    MeetingLane,
    ResultAt,
    SubjectLane,
    draw_diamond,
    draw_flag,
    draw_letter,
)
from pupiltrack_core.charts.journey_layout import YearColumn, spread, year_columns
from pupiltrack_core.domain.academic_years import AcademicYear
from pupiltrack_core.domain.journeys import (
    EventKind,
    JourneyEvent,
    JourneyMark,
    JourneyYear,
    in_order,
)
from pupiltrack_core.domain.judgement_wording import STANDARD_WORDING, JudgementWording
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.domain.subjects import CORE_SUBJECTS, Subject
from pupiltrack_core.domain.year_groups import LABELS

NOTHING = "There is nothing to draw yet: no judgement, result, intervention or meeting."
CAPTION = (
    "Each judgement is against what was expected of that year group, so a line joins those of one "
    "year only. Scores, formative notes and early learning goals are in the table."
)
_HEADER, _LEGEND_LINE = 46.0, 24.0
_LARGEST, _SMALLEST = 9.5, 4.0
_EDGE = 13.0  # from a year's edge to the middle of the nearest marker
_GLD = "GLD"
_BRIEF = {
    Collection.EYFSP: "GLD",
    Collection.PHONICS: "Phonics",
    Collection.KS1: "KS1",
    Collection.KS2: "KS2",
    Collection.MTC: "Tables",
}
_NARROW = 54.0  # a year that is narrower has its label shortened


@dataclass(frozen=True, slots=True)
class _Scene:
    """The years, where each assessment stands (by its place among the events), how large discs."""

    columns: Mapping[int, YearColumn]
    assessments: Mapping[int, float]
    radius: float

    def at(self, day: date) -> float:
        """Return where a day stands, those before and after at the edges."""
        year = min(max(AcademicYear.containing(day).start, min(self.columns)), max(self.columns))
        return self.columns[year].at(day)


def plot_journey(
    events: Sequence[JourneyEvent],
    years: Iterable[JourneyYear] = (),
    *,
    wording: JudgementWording = STANDARD_WORDING,
    id_prefix: str = "",
) -> Chart:
    """Draw the judgements, results, interventions and meetings among `events`.

    `years` are those the child was enrolled in: they name the year groups, and stand in the drawing
    though nothing happened in them. `wording` is the school's, as in the events' marks. What is
    drawn is a `<g>` of class `journey-judgement` (with `data-judgement`), `journey-result`,
    `journey-intervention` or `journey-meeting` within its lane's, which has `data-lane`: a
    subject's code, "GLD", "interventions" or "meetings".
    """
    drawn = [event for event in in_order(events) if is_drawn(event)]
    text = describe_journey(events)
    label = "Timeline of one pupil's judgements, results, interventions and meetings"
    if not drawn:
        root = svg.drawing(width=WIDTH, height=60, label=NOTHING, kind="journey")
        svg.words(root, NOTHING, x=16, y=30, size=USUAL, anchor="start")
        return Chart(svg.to_text(root), text)
    enrolled = tuple(years)
    scene = _lay_out(drawn, enrolled)
    lanes = [*_subject_lanes(drawn, scene, wording), *_other_lanes(drawn, scene)]
    signs = _signs(drawn, wording)
    places, legend = _place_signs([name for name, _ in signs])
    bottom = _HEADER + sum(lane.height for lane in lanes)
    root = svg.drawing(width=WIDTH, height=bottom + legend, label=label, kind="journey")
    root.set("id", f"{id_prefix}journey")
    groups = _year_groups(drawn, enrolled)
    _draw_years(root, list(scene.columns.values()), groups, bottom=bottom)
    top = _HEADER
    for lane in lanes:
        svg.shape(root, "path", d=f"M8 {svg.number(top)}H{RIGHT:.0f}", stroke="#9aa3b2")
        lane.draw(root, top)
        top += lane.height
    svg.shape(root, "path", d=f"M8 {svg.number(bottom)}H{RIGHT:.0f}", stroke="#9aa3b2")
    holder = svg.group(root, class_="journey-legend")
    for (name, kind), (x, y) in zip(signs, places, strict=True):
        _draw_sign(holder, kind, x=x + 9, y=bottom + y)
        svg.words(holder, name, x=x + 24, y=bottom + y, size=SMALL, anchor="start")
    return Chart(svg.to_text(root), text, CAPTION)


def describe_journey(events: Sequence[JourneyEvent]) -> str:
    """Return all that `plot_journey` draws in words, event by event in order of time."""
    told = [_told(event, _drawn_marks(event)) for event in in_order(events) if is_drawn(event)]
    return f"Timeline. {' '.join(told)}" if told else NOTHING


def is_drawn(event: JourneyEvent) -> bool:
    """Whether an event stands in the drawing; scores, notes and goals are in the table alone."""
    return not event.kind.has_marks or bool(_drawn_marks(event))


def _drawn_marks(event: JourneyEvent) -> tuple[JourneyMark, ...]:
    if event.kind in (EventKind.STATUTORY, EventKind.SCHOOL_RESULT):
        return tuple(mark for mark in event.marks if _lane_of(event, mark) is not None)
    return event.marks if event.kind is EventKind.JUDGEMENTS else ()


def _lane_of(event: JourneyEvent, mark: JourneyMark) -> str | None:
    """Return the lane of a mark: the phonics check is of reading, the tables check of maths."""
    if event.collection is Collection.PHONICS:
        return Subject.READING.value
    if event.collection is Collection.MTC:
        return Subject.MATHS.value
    if event.collection is Collection.EYFSP:
        return _GLD if mark.subject == _GLD else None
    return mark.subject


def _told(event: JourneyEvent, marks: Sequence[JourneyMark]) -> str:
    where = f" ({event.year_and_class})" if event.year_and_class else ""
    given = ", ".join(mark.words for mark in marks)
    return f"{event.when}{where}, {event.title}{': ' if given else ''}{given}."


def _lay_out(drawn: Sequence[JourneyEvent], enrolled: Sequence[JourneyYear]) -> _Scene:
    held = {event.academic_year for event in drawn} | {year.academic_year for year in enrolled}
    judged = {at: event for at, event in enumerate(drawn) if event.kind is EventKind.JUDGEMENTS}
    numbers = Counter(event.academic_year for event in judged.values())
    columns = {
        column.academic_year: column
        for column in year_columns(
            range(min(held), max(held) + 1),
            assessments=numbers,
            with_result={event.academic_year for event in drawn if event.collection is not None},
            left=LEFT,
            right=RIGHT,
        )
    }
    rooms = [
        (columns[year].right - columns[year].left - 2 * _EDGE) / (number - 1)
        for year, number in numbers.items()
        if number > 1
    ]
    radius = max(min([_LARGEST, *(room / 2 - 0.5 for room in rooms)]), _SMALLEST)
    assessments: dict[int, float] = {}
    for year in numbers:
        column = columns[year]
        own = [at for at, event in judged.items() if event.academic_year == year]
        places = [column.at(judged[at].starts_on or AcademicYear(year).first_day) for at in own]
        edge = min(_EDGE, (column.right - column.left) / 2)
        apart = spread(places, gap=2 * radius + 1, low=column.left + edge, high=column.right - edge)
        assessments |= dict(zip(own, apart, strict=True))
    return _Scene(columns, assessments, radius)


def _subject_lanes(
    drawn: Sequence[JourneyEvent], scene: _Scene, wording: JudgementWording
) -> list[Lane]:
    core = [subject.value for subject in CORE_SUBJECTS]
    judged: dict[str, list[JudgementAt]] = {code: [] for code in core}
    results: dict[str, list[ResultAt]] = {code: [] for code in core}
    names = {subject.value: subject.label for subject in CORE_SUBJECTS} | {_GLD: "Early years"}
    for at, event in enumerate(drawn):
        for mark in _drawn_marks(event):
            lane = str(_lane_of(event, mark))
            names.setdefault(lane, mark.name)
            told = _told(event, (mark,))
            if event.kind is EventKind.JUDGEMENTS:
                found = JudgementAt(
                    scene.assessments[at], event.academic_year, Judgement(mark.brief), told
                )
                judged.setdefault(lane, []).append(found)
            elif event.collection is not None and event.starts_on is not None:
                brief = f"{_BRIEF[event.collection]} {mark.brief}"
                is_own = event.kind is EventKind.SCHOOL_RESULT
                found_result = ResultAt(scene.at(event.starts_on), brief, told, is_own)
                results.setdefault(lane, []).append(found_result)
    return [
        SubjectLane(
            key=code,
            name=names[code],
            judgements=tuple(judged.get(code, ())),
            results=tuple(results.get(code, ())),
            radius=scene.radius,
            has_levels=code in core,
            wording=wording,
        )
        for code in sorted(judged | results, key=_lane_order)
    ]


def _lane_order(code: str) -> tuple[int, str]:
    """Early years first, the seventeen subjects in their order, then the school's own by code."""
    known = [subject.value for subject in Subject]
    return (-1 if code == _GLD else known.index(code) if code in known else len(known), code)


def _other_lanes(drawn: Sequence[JourneyEvent], scene: _Scene) -> list[Lane]:
    lanes: list[Lane] = []
    bars = [_bar(event, scene) for event in drawn if event.kind is EventKind.INTERVENTION]
    if bars:
        lanes.append(InterventionLane(tuple(bars)))
    meetings = [event for event in drawn if event.kind is EventKind.MEETING]
    if meetings:
        days = [event.starts_on or _first_day(event) for event in meetings]
        places = spread(
            [scene.at(day) for day in days],
            gap=MeetingLane.gap(),
            low=LEFT + 4,
            high=RIGHT - MeetingLane.gap(),
        )
        lanes.append(
            MeetingLane(
                tuple(
                    FlagAt(x, f"{day.day} {day:%b}", _told(event, ()))
                    for x, day, event in zip(places, days, meetings, strict=True)
                )
            )
        )
    return lanes


def _bar(event: JourneyEvent, scene: _Scene) -> BarAt:
    last_day = AcademicYear(event.academic_year).last_day
    start = scene.at(event.starts_on or _first_day(event))
    end = scene.at(event.ends_on or max(event.starts_on or last_day, last_day))
    return BarAt(
        start, max(end, start + 6), event.title, _told(event, ()), is_open=event.ends_on is None
    )


def _first_day(event: JourneyEvent) -> date:
    return AcademicYear(event.academic_year).first_day


def _year_groups(drawn: Sequence[JourneyEvent], enrolled: Sequence[JourneyYear]) -> dict[int, int]:
    told = {
        event.academic_year: event.year_group for event in drawn if event.year_group is not None
    }
    return told | {year.academic_year: year.year_group for year in enrolled}


def _draw_years(
    root: ET.Element, columns: Sequence[YearColumn], groups: Mapping[int, int], *, bottom: float
) -> None:
    years = svg.group(root, class_="journey-years")
    for at, column in enumerate(columns):
        width = column.right - column.left
        if at % 2 == 0:
            svg.shape(years, "rect", x=column.left, y=0, width=width, height=bottom, fill="#f5f7fa")
        edge = svg.number(column.left)
        svg.shape(years, "path", d=f"M{edge} 0V{svg.number(bottom)}", stroke=RULE)
        label = AcademicYear(column.academic_year).label
        if width < _NARROW:
            label = f"{label[:5]}{label[-2:]}"
        group = groups.get(column.academic_year)
        lines = [label] if group is None else [LABELS[group], label]
        middle = (column.left + column.right) / 2
        svg.words(years, lines, x=middle, y=_HEADER / 2, size=SMALL, bold_first=group is not None)


def _signs(drawn: Sequence[JourneyEvent], wording: JudgementWording) -> list[tuple[str, str]]:
    """Return the words and the kind of each sign that the drawing has need of."""
    kinds = {event.kind for event in drawn}
    signs: list[tuple[str, str]] = []
    if EventKind.JUDGEMENTS in kinds:
        signs += [(wording.label(level), level.value) for level in Judgement]
    named = {
        EventKind.STATUTORY: "Statutory result",
        EventKind.SCHOOL_RESULT: "Result the school entered",
        EventKind.INTERVENTION: "Intervention",
        EventKind.MEETING: "Progress meeting",
    }
    return signs + [(name, kind.value) for kind, name in named.items() if kind in kinds]


def _place_signs(names: Sequence[str]) -> tuple[list[tuple[float, float]], float]:
    places: list[tuple[float, float]] = []
    x, y = 8.0, _LEGEND_LINE / 2 + 6
    for name in names:
        width = 24 + svg.width_of(name, SMALL) + 18
        if x + width > WIDTH and places:
            x, y = 8.0, y + _LEGEND_LINE
        places.append((x, y))
        x += width
    return places, y + _LEGEND_LINE / 2


def _draw_sign(holder: ET.Element, kind: str, *, x: float, y: float) -> None:
    if kind in set(Judgement):
        draw_letter(holder, Judgement(kind), x=x, y=y, radius=8.5)
    elif kind == EventKind.INTERVENTION:
        svg.shape(
            holder, "rect", x=x - 8, y=y - 7, width=17, height=14, fill=BAR_COLOUR, stroke=BAR_EDGE
        )
    elif kind == EventKind.MEETING:
        draw_flag(holder, x=x - 4, y=y)
    else:
        draw_diamond(holder, x=x, y=y, is_own=kind == EventKind.SCHOOL_RESULT)
