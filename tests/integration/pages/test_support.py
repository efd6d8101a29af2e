"""Support: whom to ask, the template, the guide, and addresses that lead nowhere."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Page, Role
from pupiltrack_core.services.support import (
    AuthorityContact,
    installed_version,
    save_authority_contact,
)
from pupiltrack_portal.pages import support
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.widgets.file_button import FileButton
from tests.integration.pages.browser import each, press_file, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import Village


def view_of(context: PageContext) -> support.View:
    return support.View(support.open_model(context), context)


def test_support_shows_contact_guide_and_version(open_as: OpenPage, village: Village) -> None:
    assert "has not given a contact" in shown(view_of(open_as(Role.TEACHER)).widget)
    admin = open_as(Role.LA_ADMIN)
    (authority,) = admin.principal().local_authority_ids
    contact = AuthorityContact("<b>Team</b>", "team@la.example", "01524 555 0100")
    save_authority_contact(admin.caller, authority, contact, shown=AuthorityContact())
    text = shown(view_of(open_as(Role.TEACHER)).widget)
    for words in (
        *("<b>Team</b>", "E-mail: team@la.example", "Telephone: 01524 555 0100"),
        *("Open Assessments", "/support?guide=record-an-assessment"),
        f"PupilTrack, version {installed_version()}",
    ):
        assert words in text
    assert "Open Maintenance" not in text
    assert "Open Schools" in shown(view_of(admin).widget)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LA_ADMIN])
def test_support_hands_out_the_import_template(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    workbook, text = each(view_of(open_as(role)).widget, FileButton)
    assert press_file(workbook, monkeypatch)["name"] == "pupil-template.xlsx"
    assert press_file(text, monkeypatch)["name"] == "pupil-template.csv"


def test_support_of_a_governor_tells_nothing_of_pages_that_are_not_theirs(
    open_as: OpenPage,
) -> None:
    view = view_of(open_as(Role.GOVERNOR))
    assert "Open Figures for governors" in shown(view.widget)
    assert "many schools" not in shown(view.widget)
    assert list(each(view.widget, FileButton)) == []


def test_support_shows_a_how_to_page(open_as: OpenPage) -> None:
    context = open_as(Role.TEACHER, Page.SUPPORT, guide="record-an-assessment")
    text = shown(view_of(context).widget)
    assert "Back to Support" in text
    assert '"kind": "steps"' in text
    assert '"kind": "picture"' in text
    assert context.notice.messages == []


@pytest.mark.parametrize("asked", ["nowhere", "../../SECURITY", "<script>"])
def test_support_of_an_address_that_leads_nowhere_says_so(open_as: OpenPage, asked: str) -> None:
    context = open_as(Role.TEACHER, Page.SUPPORT, guide=asked)
    assert "Open Assessments" in shown(view_of(context).widget)
    assert "no such page of the guide" in context.notice.messages[0]["text"]
