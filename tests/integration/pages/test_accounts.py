"""Accounts: what a head and an authority's administrator do on the page, and what it shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select

from pupiltrack_core.access import Page, Role
from pupiltrack_core.domain.local_time import day_in_london
from pupiltrack_core.storage.account_models import OutgoingMail
from pupiltrack_core.storage.models import UserAccount
from pupiltrack_portal.pages import accounts, home
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.toggle_row import ToggleRow
from tests.integration.pages.browser import (
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
from tests.integration.pages.village import OAKFIELD, Village


class Opened:
    """The page as somebody has it open."""

    def __init__(self, context: PageContext, village: Village) -> None:
        self.context, self.village = context, village
        self.view = accounts.View(accounts.open_model(context), context)

    @property
    def said(self) -> tuple[str, str]:
        (message,) = self.context.notice.messages
        return message["kind"], message["text"]

    def form(self, name: str) -> Form:
        return only(self.view.widget, Form, name=name)

    def table(self, start: str) -> FiguresTable:
        return next(
            table
            for table in each(self.view.widget, FiguresTable)
            if table.spec["caption"].startswith(start)
        )

    def invite(self, **changed: Any) -> None:
        press(
            self.form("invite"),
            "invite",
            **{"display_name": "Priya Rao", "email": "p.rao@hillside.example", **changed},
        )

    def open_person(self, user_id: int) -> None:
        press_cell(self.table("People of"), str(user_id), "")

    def user(self, email: str) -> UserAccount:
        with self.village.database.unit_of_work() as unit:
            user = unit.session.scalar(select(UserAccount).where(UserAccount.email == email))
        assert user is not None
        return user

    def kinds(self) -> list[str]:
        with self.village.database.unit_of_work() as unit:
            return list(unit.session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)))


@pytest.fixture
def head(open_as: OpenPage, village: Village) -> Opened:
    return Opened(open_as(Role.HEAD, Page.ACCOUNTS), village)


def test_head_invites_and_looks_after_a_person(head: Opened) -> None:
    head.invite(display_name="", email="nowhere")
    assert set(head.form("invite").errors) == {"display_name"}
    head.invite(email="nowhere")
    assert set(head.form("invite").errors) == {"email"}
    head.invite(role="teacher", class_names=["Maple", "Birch", "Unknown"])
    assert head.said == ("success", "The invitation is on its way.")
    assert field_of(head.form("invite"), "email")["value"] == ""
    assert cells_of(head.table("People of"))["Priya Rao"] == [
        *("Class teacher", "Birch, Maple", "Invited", "Not yet", "Never", "priya rao")
    ]
    user = head.user("p.rao@hillside.example")
    head.open_person(user.id)
    assert [b["key"] for b in head.form("person").spec["buttons"]] == ["save", "again", "disable"]
    press(head.form("person"), "again")
    assert head.kinds() == ["invitation", "invitation"]
    head.open_person(user.id)
    assert field_of(head.form("person"), "class_names")["value"] == ["Birch", "Maple"]
    press(head.form("person"), "save", role="head")
    assert set(head.form("person").errors) == {"role"}
    press(head.form("person"), "save", role="data_manager")
    assert head.said[0] == "success"
    assert cells_of(head.table("People of"))["Priya Rao"][:2] == ["Data manager", ""]
    head.open_person(user.id)
    press(head.form("person"), "disable")
    head.open_person(user.id)
    assert [b["key"] for b in head.form("person").spec["buttons"]] == ["enable"]
    press(head.form("person"), "link")  # a button that was not offered
    press(head.form("person"), "enable")
    assert cells_of(head.table("People of"))["Priya Rao"][2] == "Invited"


def test_head_sees_own_account_without_buttons(head: Opened) -> None:
    head.open_person(head.village.people["head"])
    assert "a colleague changes it" in shown(head.view.widget)
    assert [form.spec["name"] for form in each(head.view.widget, Form)].count("person") == 0


def test_head_goes_through_the_list_once_a_year(head: Opened, open_as: OpenPage) -> None:
    words = "Once a year: say who still works"
    context = open_as(Role.HEAD)
    assert words in shown(home.View(home.open_model(context), context).widget)
    head.invite()
    assert head.form("attest").layout.display == ""
    press(head.form("attest"), "attest")
    assert head.said[0] == "success"
    assert head.form("attest").layout.display == "none"
    assert f"{day_in_london(head.context.caller.clock()):%d/%m/%Y}" in shown(head.view.widget)
    assert words not in shown(home.View(home.open_model(context), context).widget)


def test_administrator_decides_requests_and_looks_after_every_school(
    head: Opened, open_as: OpenPage, village: Village
) -> None:
    head.invite(role="head", email="deputy@hillside.example")
    assert "local authority was asked" in head.said[1]
    waiting = cells_of(head.table("Waiting for"))
    assert waiting["deputy@hillside.example"][0] == "Headteacher"
    context = open_as(Role.LA_ADMIN)
    assert "1 request for accounts to decide" in shown(
        home.View(home.open_model(context), context).widget
    )
    admin = Opened(open_as(Role.LA_ADMIN, Page.ACCOUNTS), village)
    queue = admin.table("1 request to decide")
    assert cells_of(queue)["Priya Rao"][3] == "0 hours"
    key = queue.spec["rows"][0]["key"]
    press_cell(queue, key, "")
    press(admin.form("decide"), "reject", reason="")
    assert set(admin.form("decide").errors) == {"reason"}
    press(admin.form("decide"), "approve")
    assert admin.said == ("success", "The request is approved; the person is told by e-mail.")
    assert cells_of(admin.table("Decided"))["Priya Rao"][-1] == "Approved"
    assert admin.kinds() == ["invitation"]  # neither head nor authority has an address here
    sections = only(admin.view.widget, ToggleRow)
    assert sections.address == "section=requests"
    sections._on_message(None, {"kind": "toggle", "key": "people", "on": True}, [])
    assert "Priya Rao" in cells_of(admin.table("People of Hillside"))
    assert "are decided by the local authority" in shown(head.view.widget)
    assert "are decided by the local authority" not in shown(admin.view.widget)
    press(admin.form("school"), "show", school=OAKFIELD)
    assert cells_of(admin.table("People of Oakfield")) == {}
    asked = dict(parse_qsl(sections.address))
    again = accounts.open_model(open_as(Role.LA_ADMIN, Page.ACCOUNTS, **asked))
    assert (again.section, again.school.laestab) == ("people", OAKFIELD)


def test_administrator_looks_after_the_authoritys_own_staff(
    open_as: OpenPage, village: Village
) -> None:
    admin = Opened(open_as(Role.LA_ADMIN, Page.ACCOUNTS, section="staff"), village)
    table = admin.table("People of your local authority")
    assert [row["cells"][0] for row in table.spec["rows"]] == [
        *("LA adviser", "LA analyst", "LA administrator")
    ]
    form = admin.form("invite")
    assert keys_of(form) == ["display_name", "email", "role"]
    assert offered(form, "role") == ["la_adviser", "la_analyst", "la_admin"]
    admin.invite(email="p.rao@la.example", role="teacher")  # none of those offered
    assert set(admin.form("invite").errors) == {"role"}
    admin.invite(email="p.rao@la.example", role="la_adviser")
    assert admin.said == ("success", "The invitation is on its way.")
    assert cells_of(admin.table("People of"))["Priya Rao"] == [
        *("LA adviser", "Invited", "Not yet", "Never", "priya rao")
    ]
    user = admin.user("p.rao@la.example")
    admin.open_person(user.id)
    press(admin.form("person"), "save", role="la_admin")
    assert cells_of(admin.table("People of"))["Priya Rao"][0] == "LA administrator"
    admin.open_person(user.id)
    press(admin.form("person"), "disable")
    assert cells_of(admin.table("People of"))["Priya Rao"][1] == "Disabled"
    assert admin.kinds() == ["invitation", "role changed", "access ended"]
    admin.open_person(village.people["la_admin"])
    assert "a colleague changes it" in shown(admin.view.widget)


def test_requests_decided_by_somebody_else_meanwhile(
    head: Opened, open_as: OpenPage, village: Village
) -> None:
    head.invite(role="head")
    first, second = (Opened(open_as(Role.LA_ADMIN, Page.ACCOUNTS), village) for _ in range(2))
    for admin in (first, second):
        queue = admin.table("1 request to decide")
        press_cell(queue, queue.spec["rows"][0]["key"], "")
    press(first.form("decide"), "reject", reason="Ring us first.")
    press(second.form("decide"), "approve")
    assert second.said[0] == "warning"
    assert "somebody else decided it" in second.said[1]
    assert cells_of(second.table("Decided"))["Priya Rao"][-1] == "Rejected: Ring us first."
