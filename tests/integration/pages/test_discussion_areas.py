"""The questions of a school's meetings, kept on the Maintenance page."""

from __future__ import annotations

from datetime import date

import ipywidgets
import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.domain.meetings import MeetingKind
from pupiltrack_core.errors import AccessDenied
from pupiltrack_core.services.caller import Caller
from pupiltrack_core.services.discussion_questions import (
    QuestionEntry,
    change_discussion_question,
    delete_discussion_question,
    discussion_questions,
    ready_questions,
)
from pupiltrack_core.storage.support_models import DiscussionQuestion
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.discussion_areas import DiscussionAreas
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    keys_of,
    offered,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village

FORM = "discussion-question"


@pytest.fixture
def context(open_as: OpenPage) -> PageContext:
    return open_as(Role.HEAD)


@pytest.fixture
def areas(context: PageContext, village: Village) -> ipywidgets.Widget:
    """The lists with A and B of pupil meetings, and C of cohort meetings."""
    widget = DiscussionAreas(context, village.hillside).widget
    for words, kind in (("A", "pupil"), ("C", "cohort"), ("B", "pupil")):
        press(form(widget), "add", description=words, kind=kind, starts_on="2025-09-01")
    return widget


def form(widget: ipywidgets.Widget, name: str = FORM) -> Form:
    return only(widget, Form, name=name)


def table(widget: ipywidgets.Widget, at: int = 0) -> FiguresTable:
    return list(each(widget, FiguresTable))[at]


def lists(widget: ipywidgets.Widget) -> list[list[str]]:
    return [list(cells_of(one)) for one in each(widget, FiguresTable)]


def press_question(widget: ipywidgets.Widget, words: str, column: str) -> None:
    for one in each(widget, FiguresTable):
        for row in one.spec["rows"]:
            if row["head"] == words:
                press_cell(one, row["key"], column)
                return
    raise AssertionError(f"{words} is not on view")


def told(context: PageContext) -> tuple[str, str]:
    (message,) = context.notice.messages
    return message["kind"], message["text"]


def test_questions_are_added_to_the_list_of_their_kind(
    areas: ipywidgets.Widget, context: PageContext
) -> None:
    assert lists(areas) == [["A", "B"], ["C"]]
    assert cells_of(table(areas))["B"] == [
        *("2", "01/09/2025", "No end", "Up", "Down", "Edit", "Delete")
    ]
    assert told(context) == ("success", "The question is saved.")
    assert offered(form(areas), "kind") == ["pupil", "cohort"]
    assert field_of(form(areas), "starts_on")["value"] == context.today().isoformat()


def test_school_without_questions_can_begin_with_ready_ones(
    context: PageContext, village: Village
) -> None:
    widget = DiscussionAreas(context, village.hillside).widget
    assert lists(widget) == [[], []]
    assert ready_questions(MeetingKind.PUPIL)[0] in shown(widget)
    press(form(widget, "ready-cohort-questions"), "ready")
    assert lists(widget) == [[], list(ready_questions(MeetingKind.COHORT))]
    names = [one.spec["name"] for one in each(widget, Form)]
    assert names == ["ready-pupil-questions", FORM]
    press(form(widget, "ready-pupil-questions"), "ready")
    assert lists(widget)[0] == list(ready_questions(MeetingKind.PUPIL))


def test_question_that_cannot_be_is_complained_of(areas: ipywidgets.Widget) -> None:
    for changed, field in (
        ({"description": ""}, "description"),
        ({"description": "x" * 501}, "description"),
        ({"description": "D", "starts_on": ""}, "starts_on"),
        ({"description": "D", "starts_on": "soon"}, "starts_on"),
        ({"description": "D", "starts_on": "2026-01-02", "ends_on": "2026-01-01"}, "ends_on"),
    ):
        press(form(areas), "add", **changed)
        assert list(form(areas).errors) == [field]
    assert lists(areas) == [["A", "B"], ["C"]]
    press(form(areas), "add", description="<b>D</b>", kind="forged")
    assert lists(areas)[0] == ["A", "B", "<b>D</b>"]


def test_question_is_edited_but_not_its_kind(areas: ipywidgets.Widget, village: Village) -> None:
    press_question(areas, "C", "change")
    assert keys_of(form(areas)) == ["description", "starts_on", "ends_on"]
    press(form(areas), "save", description="Changed", ends_on="2026-07-31", kind="pupil")
    assert lists(areas) == [["A", "B"], ["Changed"]]
    assert cells_of(table(areas, 1))["Changed"][1:3] == ["01/09/2025", "31/07/2026"]
    press_question(areas, "A", "change")
    press(form(areas), "cancel", description="Never")
    assert lists(areas)[0] == ["A", "B"]
    assert "kind" in keys_of(form(areas))


def test_questions_are_reordered_by_buttons_that_say_what_they_move(
    areas: ipywidgets.Widget, context: PageContext
) -> None:
    (up,) = [cell for cell in table(areas).spec["rows"][1]["cells"] if cell and "Up" in str(cell)]
    assert up["press"] == "Move up: B"
    press_question(areas, "B", "up")
    assert lists(areas) == [["B", "A"], ["C"]]
    assert told(context) == ("success", "“B” is number 1 of 2.")
    press_question(areas, "B", "up")  # it cannot go further
    assert told(context) == ("success", "“B” is number 1 of 2.")
    press_question(areas, "B", "down")
    assert lists(areas)[0] == ["A", "B"]


def test_question_is_deleted_and_brought_back_at_once(
    areas: ipywidgets.Widget, context: PageContext
) -> None:
    press_question(areas, "A", "delete")
    assert lists(areas) == [["B"], ["C"]]
    back = form(areas, "bring-back-question")
    assert back.spec["buttons"][0]["label"] == "Bring back A"
    assert back.focus_wanted == 1
    press(back, "back")
    assert lists(areas)[0] == ["A", "B"]
    assert told(context) == ("success", "The question is asked again.")
    press_question(areas, "A", "delete")
    press_question(areas, "B", "up")
    assert [one.spec["name"] for one in each(areas, Form)] == [FORM]  # no longer at once


def test_question_changed_by_two_is_told_and_saved_over(
    areas: ipywidgets.Widget, village: Village
) -> None:
    operator = Caller.for_operator(village.database)
    press_question(areas, "C", "change")
    (item,) = [
        q for q in discussion_questions(operator, village.hillside) if q.kind is MeetingKind.COHORT
    ]
    theirs = QuestionEntry("Theirs", date(2025, 9, 1))
    change_discussion_question(operator, village.hillside, item.id, theirs, version=1)
    press(form(areas), "save", description="Mine")
    assert "Nothing was saved" in form(areas).errors["description"]
    assert "It is now: Theirs (from 01/09/2025)" in shown(areas)
    assert lists(areas)[1] == ["Theirs"]
    press(form(areas), "save", description="Mine")
    assert lists(areas)[1] == ["Mine"]


def test_question_deleted_by_another_is_told_and_what_was_entered_stays(
    areas: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    operator = Caller.for_operator(village.database)
    press_question(areas, "A", "change")
    first = discussion_questions(operator, village.hillside)
    (item,) = [q for q in first if q.description == "A"]
    delete_discussion_question(operator, village.hillside, item.id, version=1)
    press(form(areas), "save", description="Mine")
    assert told(context)[0] == "error"
    assert lists(areas)[0] == ["B"]
    assert keys_of(form(areas)) == ["description", "starts_on", "ends_on"]


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ADMIN])
def test_questions_are_not_shown_to_who_does_not_keep_them(
    open_as: OpenPage, village: Village, role: Role
) -> None:
    with pytest.raises(AccessDenied):
        DiscussionAreas(open_as(role), village.hillside)


def test_nothing_is_stored_after_the_session_ended(
    areas: ipywidgets.Widget, context: PageContext, village: Village
) -> None:
    village.revoke(Role.HEAD)
    press(form(areas), "add", description="D", starts_on="2025-09-01")
    assert_signed_out(context.notice)
    press_question(areas, "A", "delete")
    assert village.count(DiscussionQuestion) == 3
    assert lists(areas) == [["A", "B"], ["C"]]
