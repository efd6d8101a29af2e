"""Maintenance: naming classes and filters, publishing news, and who may not."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Role
from pupiltrack_core.errors import NotSignedIn
from pupiltrack_core.services.maintenance import save_class_names
from pupiltrack_core.storage.models import Enrolment, NewsItem, School
from pupiltrack_portal.pages import maintenance
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from tests.integration.pages.browser import (
    assert_signed_out,
    cells_of,
    each,
    field_of,
    only,
    press,
    press_cell,
    shown,
)
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village


def view_of(context: PageContext) -> maintenance.View:
    return maintenance.View(maintenance.open_model(context), context)


def form(view: maintenance.View, name: str) -> Form:
    return only(view.widget, Form, name=name)


def stored(village: Village) -> School:
    with village.database.unit_of_work() as work:
        return work.session.get_one(School, village.hillside)


def classes_of_pupils(village: Village) -> set[str]:
    with village.database.unit_of_work() as work:
        query = select(Enrolment.class_name).where(
            Enrolment.school_id == village.hillside, Enrolment.academic_year == 2025
        )
        return set(work.session.scalars(query))


def test_head_maintains_the_school_and_no_news(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.HEAD))
    names = [item.spec["name"] for item in each(view.widget, Form)]
    assert names[:4] == ["classes", "filters", "own-subject", "kind-of-test"]
    assert {"ready-pupil-questions", "ready-cohort-questions"} <= set(names)
    assert not [name for name in names if "news" in name]
    assert field_of(form(view, "classes"), "class_1")["value"] == "Maple"
    assert len(form(view, "classes").spec["fields"]) == 20
    assert field_of(form(view, "filters"), "custom_1")["value"] == "Choir"


def test_local_authority_administrator_maintains_news_and_no_school(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.LA_ADMIN))
    assert [item.spec["name"] for item in each(view.widget, Form)][:4] == ["news"]


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADVISER, Role.LA_ANALYST])
def test_others_find_nothing_to_maintain(open_as: OpenPage, role: Role) -> None:
    view = view_of(open_as(role))
    assert list(each(view.widget, Form)) == []
    assert "nothing here for you to maintain" in shown(view.widget)


def test_renamed_class_is_renamed_on_pupils(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    press(form(view, "classes"), "save", class_1="  Sycamore  ")
    assert classes_of_pupils(village) == {"Sycamore", "Birch", "Ash"}
    assert field_of(form(view, "classes"), "class_1")["value"] == "Sycamore"
    assert context.notice.messages == [{"kind": "success", "text": "The class names are saved."}]


def test_class_names_saved_twice_in_one_visit_do_not_conflict(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    press(form(view, "classes"), "save", class_1="Sycamore")
    press(form(view, "classes"), "save", class_1="Rowan")
    assert context.notice.messages[0]["kind"] == "success"


@pytest.mark.parametrize("name", ["Birch", "x" * 61, "Bir\u200bch", ""])
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


def test_complaint_goes_when_the_names_are_saved(open_as: OpenPage) -> None:
    view = view_of(open_as(Role.HEAD))
    press(form(view, "classes"), "save", class_1="Birch")
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
    context = open_as(Role.HEAD)
    view = view_of(context)
    press(form(view, "filters"), "save", custom_2="<b>Band</b>")
    assert stored(village).custom_filter_names[:2] == ["Choir", "<b>Band</b>"]
    press(form(view, "filters"), "save", custom_2="Choir")
    assert form(view, "filters").errors
    assert stored(village).custom_filter_names[1] == "<b>Band</b>"


def test_activity_names_people_and_no_pupil(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD)
    press(form(view_of(context), "filters"), "save", custom_2="Band")
    tables = each(view_of(context).widget, FiguresTable)
    activity = next(item for item in tables if item.spec["caption"] == "What was last done")
    assert next(iter(cells_of(activity).values())) == [
        "<i>Jo</i> Example",
        "custom filter names saved",
    ]


def test_news_is_published_and_taken_away(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.LA_ADMIN)
    view = view_of(context)
    press(form(view, "news"), "publish", title="Moderation", body="Hall, <b>Monday</b>")
    (item,) = view.model.news
    assert (item.title, item.body) == ("Moderation", "Hall, <b>Monday</b>")
    assert item.starts_on == date.today()
    assert field_of(form(view, "news"), "title")["value"] == ""
    table = next(each(view.widget, FiguresTable))
    press_cell(table, str(item.news_id), "remove")
    assert village.count(NewsItem) == 0
    assert cells_of(table) == {}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"body": " "}, "body"),
        ({"title": "x" * 151}, "title"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"ends_on": "2001-01-01"}, "ends_on"),
        ({"ends_on": "31/12/2030"}, "ends_on"),
    ],
)
def test_news_that_cannot_be_is_complained_of(
    open_as: OpenPage, village: Village, changed: dict[str, str], field: str
) -> None:
    view = view_of(open_as(Role.LA_ADMIN))
    press(form(view, "news"), "publish", **({"title": "T", "body": "B"} | changed))
    assert list(form(view, "news").errors) == [field]
    assert village.count(NewsItem) == 0


def test_news_that_is_not_on_view_is_not_removed(open_as: OpenPage, village: Village) -> None:
    view = view_of(open_as(Role.LA_ADMIN))
    press(form(view, "news"), "publish", title="T", body="B")
    table = next(each(view.widget, FiguresTable))
    for row, column in (("999", "remove"), ("1", "title"), ("1", ""), (1, "remove")):
        table._on_message(table, {"kind": "press", "row": row, "column": column}, [])
    assert village.count(NewsItem) == 1


@pytest.mark.parametrize("role", [Role.HEAD, Role.LA_ADMIN])
def test_revoked_session_saves_nothing(open_as: OpenPage, village: Village, role: Role) -> None:
    context = open_as(role)
    view = view_of(context)
    village.revoke(role)
    if role is Role.HEAD:
        press(form(view, "classes"), "save", class_1="Rowan")
        press(form(view, "filters"), "save", custom_2="Band")
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
