"""The heading of one record among several: what it shows, and what it refuses from a browser."""

from __future__ import annotations

from pupiltrack_portal.widgets.drawing import Drawing
from pupiltrack_portal.widgets.step_heading import HeadingStep, StepHeading


def make_heading(told: list[str]) -> StepHeading:
    heading = StepHeading()
    heading.on_step(told.append)
    heading.show(
        "Archer, Ana",
        line="Year 4",
        position="1 of 2",
        steps=(
            HeadingStep("previous", "Previous", "This is the first."),
            HeadingStep("next", "Next"),
        ),
    )
    return heading


def test_step_heading_tells_of_steps_that_lead_somewhere_only() -> None:
    told: list[str] = []
    heading = make_heading(told)
    for key in ("next", "previous", "close", None, ["next"], 1):
        heading._on_message(heading, {"kind": "step", "key": key}, [])
    heading._on_message(heading, "step", [])
    heading._on_message(heading, {"kind": "other", "key": "next"}, [])
    assert told == ["next"]


def test_step_heading_opened_by_the_browser_leads_nowhere() -> None:
    told: list[str] = []
    heading = make_heading(told)
    heading.set_state({"steps": [{"key": "previous", "label": "x", "unavailable": ""}]})
    heading._on_message(heading, {"kind": "step", "key": "previous"}, [])
    assert told == []
    assert heading.steps[0]["unavailable"] == "This is the first."


def test_step_heading_says_the_same_words_again() -> None:
    heading = StepHeading()
    heading.say("Archer")
    first = heading.said
    heading.say("Archer")
    assert heading.said != first
    assert heading.said["words"] == "Archer"


def test_step_heading_takes_the_focus_each_time_it_is_asked() -> None:
    heading = StepHeading()
    heading.take_focus()
    heading.take_focus()
    assert heading.focus_wanted == 2


def test_drawing_shows_what_it_is_given_and_nothing_of_the_browser_s() -> None:
    drawing = Drawing()
    drawing.show("<svg/>", name="Timeline", caption="Caption")
    drawing.set_state({"svg": "<svg onload='x'/>"})
    assert (drawing.svg, drawing.name, drawing.caption) == ("<svg/>", "Timeline", "Caption")
