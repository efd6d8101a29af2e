"""Starting a new year on the Maintenance page: classes, the table of exceptions, start, undo."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import ipywidgets
import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.storage.engine import Database
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.roll_forward_part import RollForwardPart
from pupiltrack_portal.widgets.entry_grid import EntryGrid
from pupiltrack_portal.widgets.form import Form
from tests.builders import make_assessment, make_judgements
from tests.integration.pages.browser import (
    assert_signed_out,
    change,
    each,
    field_of,
    keys_of,
    only,
    press,
    shown,
)
from tests.integration.services.primary import NEW, Primary, add, make_primary

_numbers = itertools.count(1)


@pytest.fixture
def primary(sqlite_database: Database) -> Primary:
    return make_primary(sqlite_database)


@pytest.fixture
def context(primary: Primary) -> PageContext:
    return PageContext(Page.MAINTENANCE, primary.sign_in(), {})


@pytest.fixture
def part(primary: Primary, context: PageContext) -> ipywidgets.Widget:
    return RollForwardPart(context, primary.school).widget


def form(widget: ipywidgets.Widget, name: str) -> Form:
    return only(widget, Form, name=name)


def labels(widget: ipywidgets.Widget) -> list[str]:
    return [item["label"] for one in each(widget, Form) for item in one.spec["buttons"]]


def prepare(widget: ipywidgets.Widget, **classes: str) -> EntryGrid:
    press(form(widget, "open-year"), "open")
    press(form(widget, "year-classes"), "show", **classes)
    return only(widget, EntryGrid)


def enter(grid: EntryGrid, *cells: tuple[int, str, str | None]) -> list[tuple[str, str]]:
    """Enter values in the grid; return status and reason of each as the browser gets them."""
    reply = grid.handle_batch(
        {
            "type": "changes",
            "client": "abc123",
            "seq": next(_numbers),
            "cells": [[str(pupil), column, value, 0] for pupil, column, value in cells],
        }
    )
    return [(outcome[2], outcome[5]) for outcome in reply["outcomes"]]


def told(context: PageContext) -> tuple[str, str]:
    (message,) = context.notice.messages
    return message["kind"], message["text"]


def values(grid: EntryGrid, pupil: int) -> tuple[str | None, ...]:
    return tuple(grid.cells[str(pupil), column].value for column in ("year", "class", "happens"))


def test_classes_are_asked_for_in_one_form_with_guesses(part: ipywidgets.Widget) -> None:
    assert "3 pupils of 2025/2026 can be taken into 2026/2027" in shown(part)
    press(form(part, "open-year"), "open")
    classes = form(part, "year-classes")
    assert keys_of(classes) == ["class_0", "class_1"]
    first = field_of(classes, "class_0")
    assert (first["label"], first["value"], first["hint"]) == (
        "4B, Year 4",
        "5B",
        "1 pupil, on to Year 5",
    )
    press(classes, "show", class_0="x" * 61)
    assert list(classes.errors) == ["class_0"]
    assert not list(each(part, EntryGrid))
    press(classes, "close")
    assert labels(part) == ["Prepare 2026/2027"]


def test_table_shows_everyone_and_what_happens(primary: Primary, part: ipywidgets.Widget) -> None:
    grid = prepare(part, class_0="5b")
    assert values(grid, primary.four) == ("5", "5b", "Moves to Year 5")
    assert values(grid, primary.five) == ("6", "Fir", "Moves to Year 6")
    assert values(grid, primary.six) == ("leaves", None, "Leaves")
    assert "Start 2026/2027: 2 pupils go on, 1 leave" in labels(part)
    assert primary.enrolled() == set()


def test_exceptions_are_taken_in_the_table(primary: Primary, part: ipywidgets.Widget) -> None:
    grid = prepare(part)
    outcomes = enter(
        grid,
        (primary.four, "year", "4"),
        (primary.five, "year", "leaves"),
        (primary.six, "year", "6"),
    )
    assert [status for status, _ in outcomes] == ["saved"] * 3
    assert values(grid, primary.four) == ("4", "4B", "Stays in the same year group")
    assert values(grid, primary.five) == ("leaves", None, "Leaves")
    assert values(grid, primary.six) == ("6", "Fir", "Stays in the same year group")
    enter(grid, (primary.four, "year", None), (primary.six, "class", "4B"))
    assert values(grid, primary.four)[:2] == ("5", "5B")
    assert values(grid, primary.six)[1] == "4B"
    assert "Start 2026/2027: 2 pupils go on, 1 leave" in labels(part)


def test_year_too_far_from_the_age_is_refused_with_words(
    primary: Primary, part: ipywidgets.Widget
) -> None:
    grid = prepare(part)
    ((status, reason), (other, _)) = enter(
        grid, (primary.four, "year", "1"), (primary.five, "year", "5")
    )
    assert (status, other) == ("refused", "saved")
    assert "too far from Year 1" in reason
    assert values(grid, primary.four) == ("5", "5B", "Moves to Year 5")
    assert values(grid, primary.five)[0] == "5"
    ((status, _),) = enter(grid, (primary.four, "class", "No such class"))
    assert status == "refused"


def test_problem_keeps_the_year_from_being_started_until_it_is_solved(
    primary: Primary, part: ipywidgets.Widget
) -> None:
    odd = add(
        primary.database,
        primary.school,
        3,
        born=date(2013, 5, 5),
        pupil={"surname": "<i>Odd</i>"},
    )
    grid = prepare(part)
    assert values(grid, odd)[2] == "Was in Year 3, which does not fit the date of birth."
    assert labels(part)[-1] == "Close without starting"
    assert not any(label.startswith("Start") for label in labels(part))
    change(form(part, "year-filter"), "show", "problem")
    assert [row.label for row in grid._content.rows] == ["<i>Odd</i>, " + grid_name(grid, odd)]
    enter(grid, (odd, "year", "leaves"))
    assert "Start 2026/2027: 2 pupils go on, 2 leave" in labels(part)
    assert field_of(form(part, "year-filter"), "show")["value"] == "problem"
    change(form(part, "year-filter"), "show", "forged")
    assert len(grid._content.rows) == 4


def grid_name(grid: EntryGrid, pupil: int) -> str:
    (label,) = [row.label for row in grid._content.rows if row.key == str(pupil)]
    return label.split(", ")[1]


def test_filters_show_some_of_the_pupils(primary: Primary, part: ipywidgets.Widget) -> None:
    grid = prepare(part, class_0="")
    for shown_as, number in (("moves", 2), ("leaves", 1), ("no-class", 1), ("4", 1), ("all", 3)):
        change(form(part, "year-filter"), "show", shown_as)
        assert len(grid._content.rows) == number, shown_as


def test_pupils_there_already_and_gone_before_are_locked(
    primary: Primary, part: ipywidgets.Widget
) -> None:
    gone = add(primary.database, primary.school, 2, left_on=date(2026, 2, 3))
    grid = prepare(part)
    assert values(grid, gone) == (None, None, "Left on 03/02/2026")
    ((status, _),) = enter(grid, (gone, "year", "3"))
    assert status == "refused"
    assert "1 pupil who left before" in shown(part)


def test_start_and_undo(primary: Primary, context: PageContext, part: ipywidgets.Widget) -> None:
    prepare(part)
    press(form(part, "start-year"), "start")
    kind, text = told(context)
    assert kind == "success"
    assert "2026/2027 is started: 2 pupils went on, 1 left." in text
    assert primary.enrolled() == {primary.four, primary.five}
    assert "2027/2028 can be prepared from 01/06/2027 on" in shown(part)
    assert labels(part) == ["Undo the start of 2026/2027"]
    press(form(part, "open-year"), "ask")
    assert primary.enrolled() == {primary.four, primary.five}
    press(form(part, "undo-year"), "keep")
    press(form(part, "open-year"), "ask")
    primary.change(primary.five, NEW, class_name="Elm")
    press(form(part, "undo-year"), "undo")
    assert told(context)[1] == (
        "The start of 2026/2027 is undone: 1 pupil taken out of it, 1 of those who left are back. "
        "1 pupil was changed since, and stays in 2026/2027."
    )
    assert primary.enrolled() == {primary.five}
    assert "Prepare 2026/2027" in labels(part)


def test_undo_after_a_first_mark_is_refused_with_words(
    primary: Primary, context: PageContext, part: ipywidgets.Widget
) -> None:
    prepare(part)
    press(form(part, "start-year"), "start")
    press(form(part, "open-year"), "ask")
    assessment = make_assessment(
        primary.database, primary.school, academic_year=NEW, year_groups=(5,)
    )
    make_judgements(primary.database, assessment, {primary.four: {"READ": "O"}})
    press(form(part, "undo-year"), "undo")
    kind, text = told(context)
    assert kind == "error"
    assert "Marks were entered in 2026/2027 already" in text
    assert labels(part) == []
    assert "cannot be undone any more" in shown(part)


def test_second_person_is_told_who_was_first(
    primary: Primary, context: PageContext, part: ipywidgets.Widget
) -> None:
    other = PageContext(Page.MAINTENANCE, primary.sign_in(Role.DATA_MANAGER), {})
    theirs = RollForwardPart(other, primary.school).widget
    mine, grid = prepare(part), prepare(theirs)
    press(form(theirs, "start-year"), "start")
    ((status, reason),) = enter(mine, (primary.four, "year", "4"))
    assert status == "unsaved"
    assert "cannot be started twice" in reason
    assert told(context) == ("error", reason)
    press(form(part, "start-year"), "start")
    kind, text = told(context)
    assert kind == "error"
    assert "was started on" in text
    assert "cannot be started twice" in text
    assert enter(grid, (primary.four, "year", "4"))[0][0] == "unsaved"


def test_choices_come_back_at_the_next_visit(primary: Primary, context: PageContext) -> None:
    grid = prepare(RollForwardPart(context, primary.school).widget, class_0="Oak")
    enter(grid, (primary.five, "year", "leaves"))
    again = RollForwardPart(context, primary.school).widget
    press(form(again, "open-year"), "open")
    assert field_of(form(again, "year-classes"), "class_0")["value"] == "Oak"
    press(form(again, "year-classes"), "show")
    assert values(only(again, EntryGrid), primary.five)[0] == "leaves"


def test_before_august_it_can_only_be_prepared(primary: Primary) -> None:
    def part_on(day: datetime) -> ipywidgets.Widget:
        context = PageContext(Page.MAINTENANCE, primary.sign_in(now=day), {})
        return RollForwardPart(context, primary.school).widget

    july = part_on(datetime(2026, 7, 1, 9, tzinfo=UTC))
    assert "started from 01/08/2026 on" in shown(july)
    prepare(july)
    assert labels(july)[-1] == "Close without starting"
    assert not any(label.startswith("Start") for label in labels(july))
    assert labels(part_on(datetime(2026, 5, 31, 9, tzinfo=UTC))) == []


def test_signed_out_person_changes_nothing(
    primary: Primary, context: PageContext, part: ipywidgets.Widget
) -> None:
    grid = prepare(part)
    session = context.caller.session_id
    ended = Caller.for_session(
        primary.database, int(session or 0), clock=lambda: datetime(2027, 1, 1, tzinfo=UTC)
    )
    object.__setattr__(context, "caller", ended)
    press(form(part, "start-year"), "start")
    assert_signed_out(context.notice)
    assert enter(grid, (primary.four, "year", "4"))[0][0] == "unsaved"
    assert primary.enrolled() == set()
