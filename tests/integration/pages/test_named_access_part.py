"""Heads name who may see which pupils are looked after, from a section of Maintenance."""

from __future__ import annotations

from dataclasses import replace

from pupiltrack_core.access import Role
from pupiltrack_core.services.accounts import AccountStatus, change_status
from pupiltrack_portal.pages import maintenance
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.integration.pages.browser import assert_signed_out, each, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village

SECTION = "looked-after"


def view_of(context: PageContext) -> maintenance.View:
    asked = replace(context, query={"section": SECTION})
    return maintenance.View(maintenance.open_model(asked), asked)


def people(view: maintenance.View) -> ToggleRow:
    return list(each(view.widget, ToggleRow))[-1]


def press(row: ToggleRow, key: str, is_on: bool) -> None:
    row._on_message(row, {"kind": "toggle", "key": key, "on": is_on}, [])


def on_now(row: ToggleRow) -> list[str]:
    return [key for key, _, is_on, _ in row.toggles if is_on]


def test_head_names_a_teacher_and_takes_it_back(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    view = view_of(context)
    row, teacher = people(view), str(village.people[Role.TEACHER])
    assert on_now(row) == []
    assert "Nobody is named now" in shown(view.widget)
    press(row, teacher, True)
    assert on_now(row) == [teacher]
    (message,) = context.notice.messages
    assert "may now see which pupils are looked after" in message["text"]
    press(row, teacher, False)
    assert on_now(row) == []
    assert "may no longer see" in context.notice.messages[0]["text"]


def test_section_is_for_heads_alone(open_as: OpenPage) -> None:
    for role in (Role.DATA_MANAGER, Role.LA_ADMIN):
        view = view_of(open_as(role))
        assert SECTION not in view.model.sections
        assert view.model.section != SECTION
        view._on_section_press(SECTION, True)
        assert view.model.section != SECTION


def test_person_who_left_meanwhile_is_not_named(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    row = people(view_of(context))
    teacher = village.people[Role.TEACHER]
    change_status(village.database, teacher, AccountStatus.DISABLED)
    press(row, str(teacher), True)
    (message,) = context.notice.messages
    assert message["kind"] == "error"
    assert str(teacher) not in [key for key, *_ in row.toggles]


def test_switch_of_an_ended_session_does_nothing(open_as: OpenPage, village: Village) -> None:
    context = open_as(Role.HEAD)
    row = people(view_of(context))
    village.revoke(Role.HEAD)
    press(row, str(village.people[Role.TEACHER]), True)
    assert_signed_out(context.notice)
    assert on_now(row) == []
