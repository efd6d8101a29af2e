"""Opening pages: whose they are, what their HTML holds, what their kernels are told."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest

from pupiltrack_core.access import Membership, Page, Principal, Role, may_open
from tests.served.conftest import SERVER_SECRET, Portal

pytestmark = pytest.mark.served


def principal_of(role: Role) -> Principal:
    """Somebody with this one role."""
    school = None if role.value.startswith("la_") else 1
    return Principal(1, 1, "x", "X", (Membership(role, 1, school),))


@pytest.mark.parametrize("role", Role)
def test_page_opens_for_the_roles_that_may(empty_portal: Portal, role: Role) -> None:
    browser = empty_portal.signed_in(role.value)
    for page in Page:
        # Where there is no notebook a page that may be opened is "not found".
        expected = 404 if may_open(principal_of(role), page) else 403
        answer = browser.get(f"/{page}")
        assert answer.status == expected, (role, page)
        assert "<h1>" in answer.text
        if expected == 403:
            assert "ask your headteacher" in answer.text


def test_page_html_has_landmarks_and_no_source(portal: Portal) -> None:
    text = portal.signed_in("head").get("/home?school=9992001").text
    for part in ("<header", '<nav class="pt-nav"', "<main", "<h1", "<footer", 'lang="en-GB"'):
        assert text.count(part) == 1, part
    assert text.count('aria-current="page"') == 1
    assert 'href="#pt-main"' in text
    assert 'role="status"' in text
    assert "application/vnd.jupyter.widget-view+json" in text
    assert "secret_source_marker" not in text
    assert "import ipywidgets" not in text


def test_page_header_escapes_the_persons_name(portal: Portal) -> None:
    text = portal.signed_in("head").get("/home").text
    assert "<b>head</b>" not in text
    assert html.escape("<b>head</b> O'Neill").replace("&#x27;", "&#39;") in text
    assert "Headteacher" in text
    assert "Marsh Lane Primary School" in text


def test_page_menu_is_that_of_the_role(portal: Portal) -> None:
    teacher = portal.signed_in("teacher").get("/home").text
    adviser = portal.signed_in("la_adviser").get("/home").text
    assert 'href="/schools"' not in teacher
    assert 'href="/maintenance"' not in teacher
    assert 'href="/schools"' in adviser
    assert "Local authority</summary>" in adviser
    assert 'href="/full-report"' in teacher
    assert "Reports</summary>" in teacher


def test_page_whose_cell_fails_shows_a_reference_and_nothing_else(portal: Portal) -> None:
    answer = portal.signed_in("teacher").get("/assessments")
    assert answer.status == 200
    assert "This page could not be opened" in answer.text
    reference = re.search(r'pt-reference">([0-9A-F]{8})<', answer.text)
    assert reference
    for text in (answer.text, portal.log):
        assert "A-CHILDS-MARK" not in text
        assert "Traceback" not in text
    assert "ValueError" not in answer.text
    assert f"Reference {reference.group(1)}" in portal.log
    assert "ValueError" in portal.log


def test_page_that_shows_nothing_says_so(portal: Portal) -> None:
    assert "This page could not be opened" in portal.signed_in("teacher").get("/submissions").text


def test_page_without_notebook_and_unknown_page_are_not_found(portal: Portal) -> None:
    browser = portal.signed_in("head")
    for address in ("/maintenance", "/nowhere", "/home/", "/HOME", "/voila/render/home.ipynb"):
        answer = browser.get(address)
        assert answer.status == 404, address
        assert "Page not found" in answer.text


def test_page_ignores_what_the_address_asks_of_voila(portal: Portal) -> None:
    answer = portal.signed_in("head").get("/home?template=lab&theme=dark&voila-theme=dark")
    assert answer.status == 200
    assert "pt-header" in answer.text


def environment_of(portal: Portal, query: str = "") -> dict[str, str]:
    """What the kernel of a page finds in its environment."""
    text = portal.signed_in("teacher").get(f"/pupils{query}").text
    cell = re.search(r'class="pt-cell-output">(.*?)</script>', text, re.DOTALL)
    assert cell
    shown = json.loads(cell.group(1))["text/html"]
    return json.loads(shown.split("'environment'>")[1].removesuffix("</pre>"))


def test_kernel_environment_holds_its_ticket_and_no_secret(portal: Portal) -> None:
    environment = environment_of(portal, "?school=9992001&user=head")
    assert environment["PUPILTRACK_PAGE"] == "pupils"
    assert len(environment["PUPILTRACK_PAGE_TICKET"]) >= 40
    assert environment["QUERY_STRING"] == "school=9992001&user=head"
    assert environment["PUPILTRACK_DATABASE_URL"].startswith("sqlite:///")
    assert SERVER_SECRET not in environment.values()
    assert "SERVICE_API_KEY" not in environment
    ours = {name for name in environment if name.startswith("PUPILTRACK_")}
    assert ours == {
        "PUPILTRACK_DATABASE_URL",
        "PUPILTRACK_HOST",
        "PUPILTRACK_IDLE_MINUTES",
        "PUPILTRACK_PAGE",
        "PUPILTRACK_PAGE_TICKET",
        "PUPILTRACK_PORT",
    }
    assert not {name for name in environment if name.startswith(("VOILA", "HTTP_", "SERVER_"))}


def test_kernel_ticket_differs_each_time(portal: Portal) -> None:
    tickets = {environment_of(portal)["PUPILTRACK_PAGE_TICKET"] for _ in range(2)}
    assert len(tickets) == 2


def test_page_beyond_the_cap_is_busy_and_tries_again(start_portal: Callable[..., Portal]) -> None:
    portal = start_portal(max_kernels=1)
    first = portal.signed_in("teacher")
    kernel_id = first.get("/home").kernel_id
    second = portal.signed_in("head")
    busy = second.get("/home?school=9992001")
    assert busy.status == 503
    assert int(busy["Retry-After"]) > 0
    assert 'data-retry-after="' in busy.text
    assert 'href="/home?school=9992001"' in busy.text
    assert first.post(f"/api/kernels/{kernel_id}/farewell").status == 204
    assert second.get("/home").status == 200


def test_session_with_many_pages_is_told_to_close_some(portal: Portal) -> None:
    browser = portal.signed_in("la_analyst")
    answers = [browser.get("/home") for _ in range(9)]
    assert [answer.status for answer in answers] == [200] * 8 + [503]
    assert "many pages open" in answers[-1].text
    # Somebody else is not held up by it.
    assert portal.signed_in("la_adviser").get("/home").status == 200


def test_root_goes_home(portal: Portal) -> None:
    answer = portal.signed_in("teacher").get("/")
    assert (answer.status, answer["Location"]) == (302, "/home")
