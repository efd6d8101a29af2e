"""Tests of the drawing of a journey: what stands in it, and that its words say the same."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from pupiltrack_core.charts.journey import NOTHING, describe_journey, plot_journey
from pupiltrack_core.domain.journeys import (
    EventKind,
    JourneyEvent,
    JourneyMark,
    JourneyYear,
    day_of_result,
)
from pupiltrack_core.domain.judgements import Judgement
from pupiltrack_core.domain.statutory import Collection
from pupiltrack_core.domain.subjects import Subject

SVG = "{http://www.w3.org/2000/svg}"
CORE = ("READ", "WRIT", "MATH")


def judged(day: date, marks: str, *, name: str = "Autumn", subjects=CORE) -> JourneyEvent:
    """An assessment of Year 3 in 2024/2025; a blank is no judgement."""
    return JourneyEvent(
        EventKind.JUDGEMENTS,
        2024,
        day,
        name,
        year_group=3,
        marks=tuple(
            JourneyMark(code, _label(code), Judgement(mark).label, mark, code[:3])
            for code, mark in zip(subjects, marks, strict=True)
            if mark != " "
        ),
    )


def _label(code: str) -> str:
    return (
        Subject(code).label if code in set(Subject) else "Forest school <i>with all the trees</i>"
    )


def result(collection: Collection, *marks: tuple[str, str, str], kind=EventKind.STATUTORY):
    """A result of summer 2024: (measure, text, brief)."""
    return JourneyEvent(
        kind,
        2023,
        day_of_result(2024),
        collection.label,
        year_group=2,
        marks=tuple(JourneyMark(measure, measure, text, brief) for measure, text, brief in marks),
        collection=collection,
    )


def lanes(svg: str) -> dict[str, Element]:
    return {
        group.attrib["data-lane"]: group
        for group in fromstring(svg).iter(f"{SVG}g")
        if "data-lane" in group.attrib
    }


def of_class(element: Element, name: str) -> list[Element]:
    return [group for group in element.iter(f"{SVG}g") if group.attrib.get("class") == name]


def words(element: Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


def test_plot_journey_has_a_disc_for_each_judgement_in_its_lane():
    chart = plot_journey([judged(date(2024, 12, 2), "BT "), judged(date(2025, 3, 3), "ODD")])
    drawn = {
        lane: [disc.attrib["data-judgement"] for disc in of_class(group, "journey-judgement")]
        for lane, group in lanes(chart.svg).items()
    }
    assert drawn == {"READ": ["B", "O"], "WRIT": ["T", "D"], "MATH": ["D"]}


def test_plot_journey_places_each_level_at_a_height_of_its_own():
    chart = plot_journey([judged(date(2024, 12, 2), "BOD"), judged(date(2025, 3, 3), "T  ")])
    reading = lanes(chart.svg)["READ"]
    heights = {
        disc.attrib["data-judgement"]: float(next(disc.iter(f"{SVG}circle")).attrib["cy"])
        for disc in of_class(reading, "journey-judgement")
    }
    assert heights["B"] > heights["T"]  # y runs down: Below is the lowest
    assert all(level.label in words(reading) for level in Judgement)


def test_plot_journey_gives_other_subjects_lanes_in_order_the_own_last():
    subjects = (*CORE, "X01", "SCIE", "GPS")
    chart = plot_journey([judged(date(2024, 12, 2), "OOOOOO", subjects=subjects)])
    assert list(lanes(chart.svg)) == [*CORE, "GPS", "SCIE", "X01"]
    assert "<i>" not in chart.svg
    assert "X01" in words(lanes(chart.svg)["X01"])  # the short name, since the label is long


def test_plot_journey_draws_results_as_diamonds_with_their_code():
    events = [
        result(Collection.EYFSP, ("GLD", "Yes", "Yes"), ("E01", "Expected", "2")),
        result(Collection.PHONICS, ("MARK", "Met the expected standard (35)", "Wa 35")),
        result(Collection.KS1, ("READ", "Working at greater depth", "GDS")),
        result(Collection.KS1, ("READ", "104", "104"), kind=EventKind.SCHOOL_RESULT),
        result(Collection.MTC, ("MARK", "23", "23")),
    ]
    chart = plot_journey(events)
    told = {
        lane: [words(diamond) for diamond in of_class(group, "journey-result")]
        for lane, group in lanes(chart.svg).items()
    }
    assert told == {
        "GLD": ["GLD Yes"],  # a goal has no lane
        "READ": ["KS1 GDS", "Phonics Wa 35", "KS1 104"],
        "WRIT": [],
        "MATH": ["Tables 23"],
    }
    fills = [
        next(diamond.iter(f"{SVG}path")).attrib["fill"]
        for diamond in of_class(lanes(chart.svg)["READ"], "journey-result")
    ]
    assert fills[0] == fills[1] != fills[2] == "#ffffff"  # what the school entered is hollow


def test_plot_journey_draws_interventions_as_bars_and_meetings_as_flags():
    events = [
        JourneyEvent(
            EventKind.INTERVENTION,
            2024,
            date(2024, 10, 7),
            "Catch-up <b>",
            ends_on=date(2024, 12, 13),
        ),
        JourneyEvent(EventKind.INTERVENTION, 2024, None, "Undated"),
        JourneyEvent(EventKind.MEETING, 2024, date(2024, 11, 12), "Progress meeting"),
    ]
    found = lanes(plot_journey(events).svg)
    assert list(found) == [*CORE, "interventions", "meetings"]
    bars = of_class(found["interventions"], "journey-intervention")
    assert [words(bar) for bar in bars] == ["Undated", "Catch-up <b>"]
    widths = [float(next(bar.iter(f"{SVG}rect")).attrib["width"]) for bar in bars]
    # the year is 736 wide: all of it, and 67 of its 364 days
    assert widths == pytest.approx([736, 736 * 67 / 364], abs=0.01)
    assert "12 Nov" in words(found["meetings"])


def test_plot_journey_names_the_years_enrolled_in_though_they_are_empty():
    years = (JourneyYear(2024, 3, "Robins"), JourneyYear(2025, 4, None))
    chart = plot_journey([judged(date(2024, 12, 2), "OOO")], years)
    (held,) = of_class(fromstring(chart.svg), "journey-years")
    assert words(held).split() == ["Year", "3", "2024/2025", "Year", "4", "2025/2026"]


def test_plot_journey_of_nothing_says_so():
    score = JourneyEvent(
        EventKind.TEST_SCORES,
        2024,
        date(2024, 12, 2),
        "Autumn",
        marks=(JourneyMark("READ", "Reading", "104", "104"),),
    )
    for events in ([], [score]):
        chart = plot_journey(events)
        assert chart.text == NOTHING
        assert "nothing to draw yet" in chart.svg


@pytest.mark.parametrize("number", [1, 2, 6, 20, 60])
def test_plot_journey_keeps_discs_apart_and_inside(number):
    days = [date(2024, 9, 10) + timedelta(days=at * 300 // number) for at in range(number)]
    chart = plot_journey([judged(day, "OOO") for day in days])
    discs = [
        next(disc.iter(f"{SVG}circle"))
        for disc in of_class(lanes(chart.svg)["READ"], "journey-judgement")
    ]
    places = [float(disc.attrib["cx"]) for disc in discs]
    radius = float(discs[0].attrib["r"])
    assert len(places) == number
    assert places == sorted(places)
    gaps = [later - earlier for earlier, later in pairwise(places)]
    assert all(gap >= 2 * radius for gap in gaps)
    assert places[0] - radius >= 152
    assert places[-1] + radius <= 888


def test_plot_journey_many_days_close_together_do_not_cover_each_other():
    days = [date(2024, 12, 2), date(2024, 12, 2), date(2024, 12, 3)]
    chart = plot_journey([judged(day, "OOO", name=str(at)) for at, day in enumerate(days)])
    places = [
        float(next(disc.iter(f"{SVG}circle")).attrib["cx"])
        for disc in of_class(lanes(chart.svg)["WRIT"], "journey-judgement")
    ]
    assert places[1] - places[0] >= 19
    assert places[2] - places[1] >= 19


def test_describe_journey_says_as_much_as_is_drawn():
    events = [
        judged(date(2024, 12, 2), "BT "),
        judged(date(2025, 3, 3), "ODD", name="Spring"),
        result(Collection.KS1, ("READ", "Working at greater depth", "GDS")),
        JourneyEvent(EventKind.MEETING, 2024, date(2024, 11, 12), "Progress meeting"),
    ]
    text = describe_journey(events)
    assert text == (
        "Timeline. Summer 2024 (Year 2), Key stage 1 teacher assessment: "
        "READ: Working at greater depth. "
        "12/11/2024, Progress meeting. "
        "02/12/2024 (Year 3), Autumn: Reading: Below, Writing: Towards. "
        "03/03/2025 (Year 3), Spring: Reading: On track, Writing: Deeper learning, "
        "Maths: Deeper learning."
    )
    chart = plot_journey(events)
    assert chart.text == text
    root = fromstring(chart.svg)
    counted = Counter(group.attrib.get("class") for group in root.iter(f"{SVG}g"))
    assert counted["journey-judgement"] == sum(text.count(level.label) for level in Judgement) == 5
    assert (counted["journey-result"], counted["journey-meeting"]) == (1, 1)


def test_plot_journey_tells_of_each_mark_when_it_is_pointed_at():
    chart = plot_journey([judged(date(2024, 12, 2), "O  ")])
    (disc,) = of_class(fromstring(chart.svg), "journey-judgement")
    assert next(disc.iter(f"{SVG}title")).text == "02/12/2024 (Year 3), Autumn: Reading: On track."


def test_plot_journey_legend_shows_only_what_is_there():
    (legend,) = of_class(
        fromstring(plot_journey([judged(date(2024, 12, 2), "O  ")]).svg), "journey-legend"
    )
    assert "Deeper learning" in words(legend)
    assert "Intervention" not in words(legend)


def test_plot_journey_id_prefix_reaches_the_drawing():
    assert 'id="a-journey"' in plot_journey([judged(date(2024, 12, 2), "O  ")], id_prefix="a-").svg
