"""Maintenance: its sections, the names of classes and filters, news, and who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qsl

import ipywidgets
import pytest
from sqlalchemy import select

from pupiltrack_core.access import Page, Role
from pupiltrack_core.errors import NotSignedIn
from pupiltrack_core.services.maintenance import save_class_names
from pupiltrack_core.services.news import NewsRecord, all_news, change_news, remove_news
from pupiltrack_core.storage.models import Enrolment, NewsItem, School
from pupiltrack_portal.pages import activity, maintenance
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.toggle_row import ToggleRow
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
    text_of,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.desk import Desk
from tests.integration.pages.village import Village


def view_of(context: PageContext, section: str = "names") -> maintenance.View:
    asked = replace(context, query={"section": section})
    return maintenance.View(maintenance.open_model(asked), asked)


def form(view: maintenance.View, name: str) -> Form:
    return only(view.widget, Form, name=name)


def go_to(view: maintenance.View, section: str) -> None:
    row = next(each(view.widget, ToggleRow))
    row._on_message(row, {"kind": "toggle", "key": section, "on": True}, [])


def on_view(view: maintenance.View) -> list[str]:
    """The names of the forms of sections that are not hidden."""
    parts = [part for part in view._place.children if part.layout.display != "none"]
    return [form.spec["name"] for part in parts for form in each(part, Form)]


def stored(village: Village) -> School:
    with village.database.unit_of_work() as work:
        return work.session.get_one(School, village.hillside)


def classes_of_pupils(village: Village) -> set[str]:
    with village.database.unit_of_work() as work:
        query = select(Enrolment.class_name).where(
            Enrolment.school_id == village.hillside, Enrolment.academic_year == 2025
        )
        return set(work.session.scalars(query))


# --- sections -----------------------------------------------------------------------------------


def test_head_has_the_sections_of_the_school(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.HEAD), "no such section")
    assert view.model.section == "profile"
    assert list(view.model.sections) == list(maintenance.SCHOOL_SECTIONS)
    for section, name in (
        ("profile", "logo"),
        ("names", "classes"),
        ("words", "wording"),
        ("subjects", "own-subject"),
        ("questions", "discussion-question"),
    ):
        go_to(view, section)
        assert name in on_view(view)


def test_local_authority_administrator_has_news_and_settings(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADMIN), "names")
    assert list(view.model.sections) == list(maintenance.AUTHORITY_SECTIONS)
    assert on_view(view) == ["news"]
    go_to(view, "settings")
    assert on_view(view) == ["contact", "idle"]
    go_to(view, "names")  # a forged message
    assert view.model.section == "settings"


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ANALYST])
def test_others_find_nothing_to_maintain(open_as: OpenPage, role: Role) -> None:
    view = view_of(open_as(role))
    assert list(each(view.widget, Form)) == []
    assert list(each(view.widget, ToggleRow)) == []
    assert "nothing here for you to maintain" in shown(view.widget)


def test_section_that_was_left_stays_as_it_was(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.HEAD))
    before = form(view, "classes")
    go_to(view, "words")
    assert on_view(view) == ["wording"]
    go_to(view, "names")
    assert form(view, "classes") is before


@pytest.mark.parametrize("role", [Role.HEAD, Role.LA_ADMIN])
def test_section_on_view_is_in_the_address(open_as: OpenPage, role: Role) -> None:
    context = open_as(role)
    view = view_of(context)
    for section in (view.model.section, *list(view.model.sections)[1:3]):
        go_to(view, section)
        address = next(each(view.widget, ToggleRow)).address
        assert address == f"section={section}"
        again = view_of(context, dict(parse_qsl(address))["section"])
        assert again.model.section == section


def activity_of(view: maintenance.View) -> list[list[str]]:
    tables = each(view.widget, FiguresTable)
    found = next(item for item in tables if item.spec["caption"] == "What was last done")
    return [[text_of(cell) for cell in row["cells"]] for row in found.spec["rows"]]


def test_activity_is_read_again_at_each_visit_in_the_words_of_its_page(
    open_as: OpenPage, village: Village
) -> None:
    view = view_of(open_as(Role.HEAD), "activity")
    before = activity_of(view)
    go_to(view, "names")
    press(form(view, "filters"), "save", custom_2="Band")
    go_to(view, "subjects")
    press(form(view, "own-subject"), "add", label="Drama", short="Dra")
    go_to(view, "activity")
    after = activity_of(view)
    who = "<i>Jo</i> Example"
    assert [row[:2] for row in after[:2]] == [
        [who, "Own subject added"],
        [who, "Custom filter names saved"],
    ]
    assert after[2:] == before
    page = open_as(Role.HEAD, Page.ACTIVITY)
    table = next(each(activity.View(activity.open_model(page), page).widget, FiguresTable))
    assert [[text_of(cell) for cell in row["cells"]] for row in table.spec["rows"]] == after
    assert "Look for more under Activity" in shown(view.widget)


# --- classes and filters ------------------------------------------------------------------------


def test_class_names_grow_by_rows_and_keep_what_was_typed(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    classes = form(view, "classes")
    assert field_of(classes, "class_1")["value"] == "Maple"
    assert "pupil" in field_of(classes, "class_1")["hint"]
    assert len(keys_of(classes)) == 6  # three names, three to spare
    press(classes, "more", class_4="Elm")
    press(classes, "more")
    assert len(keys_of(classes)) == 26
    press(classes, "save", class_26="Yew")
    assert stored(village).class_names == ["Maple", "Birch", "Ash", "Elm", "Yew"]
    assert len(keys_of(classes)) == 8


def test_renamed_class_is_renamed_on_pupils(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    press(form(view, "classes"), "save", class_1="  Sycamore  ")
    assert classes_of_pupils(village) == {"Sycamore", "Birch", "Ash"}
    assert field_of(form(view, "classes"), "class_1")["value"] == "Sycamore"
    assert context.notice.messages == [{"kind": "success", "text": "The class names are saved."}]
    press(form(view, "classes"), "save", class_1="Rowan")  # no conflict with oneself
    assert context.notice.messages[0]["kind"] == "success"


@pytest.mark.parametrize("name", ["Birch", ""])
def test_class_name_that_cannot_be_is_complained_of(
    open_as: OpenPage, village: Village, name: str
) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    press(form(view, "classes"), "save", class_1=name)
    assert "Nothing was saved." in form(view, "classes").errors["class_1"]
    assert stored(village).class_names == ["Maple", "Birch", "Ash"]
    assert classes_of_pupils(village) == {"Maple", "Birch", "Ash"}
    assert context.notice.messages == []
    press(form(view, "classes"), "save", class_1="Rowan")
    assert form(view, "classes").errors == {}


def test_names_changed_by_someone_else_are_a_conflict(open_as: OpenPage, village: Village) -> None:
    context, other = open_as(Role.HEAD), open_as(Role.DATA_MANAGER)
    view = view_of(context)
    save_class_names(
        other.caller, village.hillside, ["Oak", "Birch", "Ash"], shown=["Maple", "Birch", "Ash"]
    )
    press(form(view, "classes"), "save", class_1="Rowan")
    assert stored(village).class_names == ["Oak", "Birch", "Ash"]
    assert "Someone else changed these names" in context.notice.messages[0]["text"]


def test_filter_names_are_saved(open_as: OpenPage, village: Village) -> None:
    view = view_of(open_as(Role.HEAD))
    press(form(view, "filters"), "save", custom_2="<b>Band</b>")
    assert stored(village).custom_filter_names[:2] == ["Choir", "<b>Band</b>"]
    press(form(view, "filters"), "save", custom_2="Choir")
    assert form(view, "filters").errors
    assert stored(village).custom_filter_names[1] == "<b>Band</b>"


def test_class_renamed_while_its_grid_is_open(open_as: OpenPage, village: Village) -> None:
    desk = Desk(village, open_as(Role.TEACHER, years="4", **{"class": "Maple"}))
    on_view_before = [row.key for row in desk.grid._content.rows]
    press(form(view_of(open_as(Role.HEAD)), "classes"), "save", class_1="Sycamore")
    surname = next(s for s, number in village.pupils.items() if str(number) == on_view_before[0])
    version = (desk.stored(surname) or (None, 0))[1]
    assert desk.outcome(surname, desk.column(), "D", version)["status"] == "saved"
    bar = only(desk.view.widget, Form, name="cohort")
    press(bar, "select")  # with the old name, as the page still has it
    assert offered(bar, "class") == ["", "Ash", "Birch", "Sycamore"]
    press(bar, "select", **{"class": "Sycamore"})
    assert [row.key for row in desk.grid._content.rows] == on_view_before


# --- news ---------------------------------------------------------------------------------------


def published(context: PageContext, **words: str) -> maintenance.View:
    view = view_of(context, "news")
    press(form(view, "news"), "publish", **({"title": "T", "body": "B"} | words))
    return view


def records(context: PageContext) -> tuple[NewsRecord, ...]:
    return all_news(context.caller, context.principal().local_authority_ids[0])


def news_table(view: ipywidgets.Widget) -> FiguresTable:
    return next(each(view, FiguresTable))


def test_news_is_published_changed_ended_and_removed(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.LA_ADMIN)
    began = (date.today() - timedelta(days=3)).isoformat()
    view = published(context, title="Moderation", body="Hall, <b>Monday</b>", starts_on=began)
    table = news_table(view.widget)
    assert cells_of(table)["Moderation"][1:4] == ["No end", "On show", "Edit"]
    assert field_of(form(view, "news"), "title")["value"] == ""
    press_cell(table, "1", "change")
    assert field_of(form(view, "news"), "body")["value"] == "Hall, <b>Monday</b>"
    press(form(view, "news"), "save", title="Moderation, new hall")
    assert "The news is changed." in str(context.notice.messages)
    press_cell(table, "1", "end")
    assert cells_of(table)["Moderation, new hall"][2] == "Over"
    press_cell(table, "1", "end")  # a forged press: it is no button any more
    press_cell(table, "1", "remove")
    assert village.count(NewsItem) == 0
    assert cells_of(table) == {}


def test_news_changed_by_someone_else_shows_both(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.LA_ADMIN)
    view = published(context)
    (item,) = records(context)
    press_cell(news_table(view.widget), str(item.news_id), "change")
    change_news(context.caller, replace(item, title="Theirs"), shown=item)
    press(form(view, "news"), "save", title="Mine")
    assert "someone else" in form(view, "news").errors["title"].lower()
    assert "Its title is now: Theirs" in shown(view.widget)
    press(form(view, "news"), "save", title="Mine")
    assert records(context)[0].title == "Mine"
    press_cell(news_table(view.widget), str(item.news_id), "change")
    remove_news(context.caller, item.news_id)
    press(form(view, "news"), "save", title="Mine again")
    assert "no such news" in str(context.notice.messages)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"starts_on": ""}, "starts_on"),
        ({"ends_on": "2001-01-01"}, "ends_on"),
    ],
)
def test_news_that_cannot_be_is_complained_of(
    open_as: OpenPage, village: Village, changed: dict[str, str], field: str
) -> None:
    view = published(open_as(Role.LA_ADMIN), **changed)
    assert list(form(view, "news").errors) == [field]
    assert village.count(NewsItem) == 0


def test_news_that_is_not_on_view_is_not_removed(open_as: OpenPage, village: Village) -> None:
    view = published(open_as(Role.LA_ADMIN))
    table = news_table(view.widget)
    for row, column in (("999", "remove"), ("1", "title"), ("1", ""), (1, "remove")):
        table._on_message(table, {"kind": "press", "row": row, "column": column}, [])
    assert village.count(NewsItem) == 1


# --- sessions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.HEAD, Role.LA_ADMIN])
def test_revoked_session_saves_nothing(open_as: OpenPage, village: Village, role: Role) -> None:
    context = open_as(role)
    view = view_of(context)
    village.revoke(role)
    if role is Role.HEAD:
        press(form(view, "classes"), "save", class_1="Rowan")
        press(form(view, "filters"), "save", custom_2="Band")
        go_to(view, "profile")
        assert view.model.section == "names"
    else:
        press(form(view, "news"), "publish", title="T", body="B")
    assert stored(village).class_names[0] == "Maple"
    assert stored(village).custom_filter_names == ["Choir"]
    assert village.count(NewsItem) == 0
    assert_signed_out(context.notice)


def test_role_taken_away_between_two_messages_saves_nothing(
    open_as: OpenPage, village: Village
) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    village.take_roles_from(Role.HEAD)
    press(form(view, "classes"), "save", class_1="Rowan")
    assert stored(village).class_names[0] == "Maple"
    assert context.notice.messages[0]["kind"] == "error"


def test_model_of_an_ended_session_does_not_open(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    village.revoke(Role.HEAD)
    with pytest.raises(NotSignedIn):
        maintenance.open_model(context)
