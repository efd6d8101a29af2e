"""What holds for every page: it opens for its roles, guards its callbacks, and loses no fault."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from pupiltrack_core.access import GRANTS, Membership, Page, Principal, Role, may_open
from pupiltrack_core.errors import AccessDenied, NotSignedIn
from pupiltrack_core.services.accounts import issue_page_ticket, open_database
from pupiltrack_core.settings import Settings, page_environment
from pupiltrack_core.storage.engine import Database
from pupiltrack_core.storage.table_base import Base
from pupiltrack_portal.pages import (
    attestation_part,
    breaches_part,
    data_protection,
    discussion_areas,
    idle_part,
    kinds_of_test,
    maintenance,
    matrix_model,
    matrix_views,
    meetings,
    names_part,
    opening,
    own_subjects,
    people_part,
    pupil_picker,
    school_contact_part,
    wording_part,
)
from pupiltrack_portal.pages.context import PageContext
from pupiltrack_portal.pages.opening import module_of, open_page
from pupiltrack_portal.widgets.figures_table import FiguresTable
from pupiltrack_portal.widgets.form import Form
from pupiltrack_portal.widgets.notice import Notice
from tests.builders import make_session
from tests.integration.pages.browser import assert_signed_out, each, press, press_cell, shown
from tests.integration.pages.conftest import OpenPage
from tests.integration.pages.village import PERSONAL, Village

Tell = Callable[..., None]
OVER = (Role.LA_ADVISER, Role.LA_ANALYST, Role.LA_ADMIN)
OPENED = [
    (page, role)
    for page in Page
    for role in GRANTS
    if may_open(Principal(1, 1, "", "", (Membership(role, 1, None if role in OVER else 1),)), page)
]
PAGES_WITH_FORMS = [page for page in Page if page not in (Page.HOME, Page.SUPPORT)]


def module(page: Page) -> ModuleType:
    return importlib.import_module(module_of(page))


def opener(page: Page) -> Role:
    """Return a role that opens the page and may use its forms."""
    if page is Page.SCHOOLS:
        return Role.LA_ADMIN
    return Role.HEAD


def view_of(page: Page, context: PageContext) -> Any:
    return whole(module(page).View(module(page).open_model(context), context))


def whole(view: Any) -> Any:
    """Return the view, each of its sections opened where it makes them one by one."""
    if isinstance(view, maintenance.View):
        for section in view.model.sections:
            view._on_section_press(section, True)
    if isinstance(view, data_protection.View):
        view._on_section_press("breaches", True)
    return view


@pytest.mark.parametrize(("page", "role"), OPENED)
def test_page_opens_for_its_roles_without_a_message(
    open_as: OpenPage, page: Page, role: Role
) -> None:
    context = open_as(role, page)
    view = view_of(page, context)
    assert context.notice.messages == []
    assert view.widget.children[0] is context.notice
    assert "pt-stack" in view.widget._dom_classes


@pytest.mark.parametrize("page", list(Page))
def test_page_survives_whatever_stands_in_its_address(open_as: OpenPage, page: Page) -> None:
    keys = ("year", "years", "assessment", "class", "sex", "collection", "show", "kind")
    nonsense = dict.fromkeys(keys, "<script>'\"\x00\u00b2" + "9" * 50)
    context = open_as(opener(page), page, **nonsense)
    view = view_of(page, context)
    assert "\\u0000\u00b2" not in shown(view.widget)  # the widgets' own code may hold a NUL
    assert all(message["kind"] == "warning" for message in context.notice.messages)


@pytest.mark.parametrize("page", list(Page))
def test_page_of_an_ended_session_does_not_open(
    open_as: OpenPage, village: Village, page: Page
) -> None:
    context = open_as(opener(page), page)
    village.revoke(opener(page))
    with pytest.raises(NotSignedIn):
        module(page).open_model(context)


@pytest.mark.parametrize("page", PAGES_WITH_FORMS)
def test_every_button_of_an_ended_session_says_so_and_does_nothing(
    open_as: OpenPage, village: Village, page: Page
) -> None:
    context = open_as(opener(page), page)
    view = view_of(page, context)
    before = _stored(village)
    village.revoke(opener(page))
    shown_before = [item.spec for item in each(view.widget, FiguresTable)]
    pressed = 0
    for form in list(each(view.widget, Form)):
        for button in form.spec["buttons"]:
            context.notice.clear()
            press(form, button["key"])
            assert_signed_out(context.notice)
            pressed += 1
    assert pressed
    assert [item.spec for item in each(view.widget, FiguresTable)] == shown_before
    assert _stored(village) == before


def _stored(village: Village) -> dict[str, int]:
    return {
        mapper.class_.__tablename__: village.count(mapper.class_)
        for mapper in Base.registry.mappers
    }


@pytest.mark.parametrize("page", PAGES_WITH_FORMS)
def test_fault_in_any_callback_is_told_by_reference_and_logs_nobody(
    open_as: OpenPage,
    page: Page,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = open_as(opener(page), page)
    model = module(page).open_model(context)
    view = whole(module(page).View(model, context))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Archer, Ann A9992000001 is Below")

    faults = 0
    for name in ("refresh", "find", "choose", "choose_year", "want", "compare", "draw", "look"):
        if callable(getattr(model, name, None)):
            monkeypatch.setattr(model, name, fail)
    monkeypatch.setattr(attestation_part, "attest_people", fail)
    monkeypatch.setattr(people_part, "invite_person", fail)
    monkeypatch.setattr(names_part, "save_class_names", fail)
    monkeypatch.setattr(names_part, "save_custom_filter_names", fail)
    monkeypatch.setattr(school_contact_part, "save_contact_details", fail)
    monkeypatch.setattr(idle_part, "save_school_idle_limit", fail)
    monkeypatch.setattr(wording_part, "save_judgement_wording", fail)
    monkeypatch.setattr(own_subjects, "add_own_subject", fail)
    monkeypatch.setattr(kinds_of_test, "add_kind_of_test", fail)
    monkeypatch.setattr(discussion_areas, "add_ready_questions", fail)
    monkeypatch.setattr(discussion_areas, "add_discussion_question", fail)
    monkeypatch.setattr(matrix_model, "add_layer", fail)
    monkeypatch.setattr(matrix_views, "save_view_as", fail)
    monkeypatch.setattr(meetings, "CohortMeetingStart", fail)
    monkeypatch.setattr(pupil_picker, "find_pupils", fail)
    monkeypatch.setattr(breaches_part, "_entry", fail)
    for form in list(each(view.widget, Form)):
        name = form.spec["name"]
        if name.startswith("open-") or name == "logo" or not form.spec["buttons"]:
            continue  # nothing is asked of a service yet
        caplog.clear()
        press(form, form.spec["buttons"][0]["key"])
        (message,) = context.notice.messages
        assert message["kind"] == "error"
        reference = message["text"].split("reference ")[1][:8]
        assert f"Reference {reference}: RuntimeError" in caplog.text
        for personal in (*PERSONAL, "Below", "Ann"):
            assert personal not in caplog.text
            assert personal not in message["text"]
        faults += 1
    assert faults


def test_next_step_takes_away_what_was_said_of_the_last(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD, Page.PUPILS)
    view = view_of(Page.PUPILS, context)
    context.notice.show("error", "Something of an earlier step.")
    press(next(each(view.widget, Form)), "search", surname="Archer")
    assert context.notice.messages == []


def test_table_press_with_odd_keys_is_passed_over(open_as: OpenPage) -> None:
    context = open_as(Role.HEAD, Page.FULL_REPORT)
    view = view_of(Page.FULL_REPORT, context)
    press_cell(next(each(view.widget, FiguresTable)), "READ", "x")
    assert context.notice.messages == []


# Opening -----------------------------------------------------------------------------------------


@pytest.fixture
def environment(village: Village, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tell]:
    """A function: set what the server tells the kernel of a page."""
    opened: list[Database] = []

    def note(url: str, **choices: int) -> Database:
        opened.append(open_database(url, **choices))
        return opened[-1]

    monkeypatch.setattr(opening, "open_database", note)
    monkeypatch.setattr(opening.assets, "serve_with_page", lambda: None)

    def tell(
        page: Page, *, role: Role = Role.TEACHER, ticket: str | None = None, query: str = ""
    ) -> None:
        session = make_session(village.database, village.people[role])
        village.sessions[role] = session
        if ticket is None:
            ticket = issue_page_ticket(village.database, session, page.value)
        settings = Settings(database_url=village.address)
        told = settings.kernel_environment() | page_environment(page=page.value, ticket=ticket)
        for name, value in (told | {"QUERY_STRING": query}).items():
            monkeypatch.setenv(name, value)

    yield tell
    for database in opened:
        database.dispose()


def refusal(opened: opening.OpenPage) -> str:
    assert opened.model is None
    assert isinstance(opened.view, Notice)
    (message,) = opened.view.messages
    assert message["kind"] == "error"
    return message["text"]


def test_open_page_draws_the_page_at_its_address(environment: Tell) -> None:
    environment(Page.FULL_REPORT, query="school=9992001&years=4&class=Maple")
    opened = open_page("full-report")
    assert opened.model.report.selection.class_name == "Maple"


def test_open_page_with_a_used_ticket_refuses(environment: Tell) -> None:
    environment(Page.HOME)
    assert open_page("home").model is not None
    assert "Open it again from the menu" in refusal(open_page("home"))


@pytest.mark.parametrize("ticket", ["", "x", "a" * 43])
def test_open_page_with_a_forged_ticket_refuses(environment: Tell, ticket: str) -> None:
    environment(Page.HOME, ticket=ticket)
    assert refusal(open_page("home"))


def test_open_page_with_the_ticket_of_another_page_refuses(environment: Tell) -> None:
    environment(Page.HOME)
    assert "Open it again from the menu" in refusal(open_page("pupils"))


def test_open_page_the_role_does_not_open_refuses(environment: Tell) -> None:
    environment(Page.SCHOOLS, role=Role.TEACHER)
    assert refusal(open_page("schools")) == str(
        AccessDenied("Your role does not open this page. Go back to Home.")
    )


def test_open_page_after_the_session_ended_refuses(environment: Tell, village: Village) -> None:
    environment(Page.HOME)
    village.revoke(Role.TEACHER)
    assert "sign in" in refusal(open_page("home")).lower()


def test_open_page_nobody_knows_is_told_by_reference(environment: Tell) -> None:
    environment(Page.HOME)
    assert "reference" in refusal(open_page("../home"))


def test_open_page_with_an_endless_address_is_refused(environment: Tell) -> None:
    environment(Page.HOME, query="&".join(f"a{number}=1" for number in range(100)))
    assert refusal(open_page("home"))


def test_open_page_of_anothers_school_is_refused_with_words(environment: Tell) -> None:
    environment(Page.PUPILS, query="school=9992002")
    assert "not one of yours" in refusal(open_page("pupils"))
