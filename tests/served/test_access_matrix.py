"""Every address of the live route table, asked by people of every role and by those who lost it."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Role
from pupiltrack_core.services.accounts import AccountStatus, change_status, find_user_id
from tests.served.client import Browser
from tests.served.conftest import Portal
from tests.served.routes_known import ROUTES

pytestmark = pytest.mark.served
# Pages depend on the role: `test_page_opens_for_the_roles_that_may` has them.
PAGES = next(pattern for pattern in ROUTES if "home|" in pattern)
# Signing out would end the session that asks for the rest; it answers no GET but is kept out.
REST = [
    pattern
    for pattern in ROUTES
    if pattern not in (PAGES, r"/logout", r"/assets/(?:v-([0-9a-f]{12})/)?(.+)")
]


def answers(browser: Browser, patterns: list[str] = REST) -> dict[str, tuple[int, str]]:
    """What a GET of each address gives: the status, and where it leads."""
    return {
        address: (answer.status, answer["Location"])
        for pattern in patterns
        for address in ROUTES[pattern].examples
        for answer in [browser.get(address)]
    }


def test_route_gives_every_role_the_same_but_for_pages(empty_portal: Portal) -> None:
    of_a_teacher = answers(empty_portal.signed_in("teacher"))
    for status, _ in of_a_teacher.values():
        assert status in (200, 302, 303, 400, 403, 404, 405)
    for role in Role:
        assert answers(empty_portal.signed_in(role.value)) == of_a_teacher, role


def test_route_of_who_lost_the_account_is_that_of_a_stranger(empty_portal: Portal) -> None:
    stranger = answers(empty_portal.browser(), list(ROUTES))
    browser = empty_portal.signed_in("other")
    number = find_user_id(empty_portal.database, "other")
    for status in (AccountStatus.DISABLED, AccountStatus.PENDING):
        change_status(empty_portal.database, number, status)
        assert answers(browser, list(ROUTES)) == stranger, status
    refused = empty_portal.browser()
    refused.sign_in("other")  # the right password, and no session
    assert answers(refused, [PAGES]) == answers(empty_portal.browser(), [PAGES])
    change_status(empty_portal.database, number, AccountStatus.ACTIVE)
