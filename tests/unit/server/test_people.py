"""The menu and the line under the person's name."""

from __future__ import annotations

import pytest

from pupiltrack_core.access import Membership, Page, Principal, Role, pages_for
from pupiltrack_portal.server.people import menu_for, place_line, role_of


def person(*roles: Role) -> Principal:
    """Somebody with these roles, school roles at school 1."""
    memberships = tuple(
        Membership(role, 1, None if role.value.startswith("la_") else 1) for role in roles
    )
    return Principal(1, 1, "x", "X", memberships)


def test_menu_for_teacher() -> None:
    labels = [entry.label for entry in menu_for(person(Role.TEACHER))]
    assert labels == ["Home", "Assessments", "Pupils", "Submissions", "Reports", "Support"]


def test_menu_for_local_authority_has_its_group_before_support() -> None:
    entries = menu_for(person(Role.LA_ADMIN))
    assert [entry.label for entry in entries[-3:]] == ["Local authority", "Oversight", "Support"]
    assert entries[-3].is_group
    assert entries[-3].pages == (Page.SCHOOLS,)
    assert entries[-2].pages == (Page.ACTIVITY, Page.DUTIES)


@pytest.mark.parametrize("role", Role)
def test_menu_for_every_role_holds_each_allowed_page_once(role: Role) -> None:
    shown = [page for entry in menu_for(person(role)) for page in entry.pages]
    assert sorted(shown) == sorted(pages_for(person(role)))


def test_role_of_names_each_role_once() -> None:
    both = person(Role.TEACHER, Role.HEAD, Role.TEACHER)
    assert role_of(both) == "Class teacher, Headteacher"
    assert role_of(person()) == ""


@pytest.mark.parametrize(
    ("places", "line"),
    [
        ((), ""),
        (("A",), "A"),
        (("A", "B"), "A and B"),
        (("A", "B", "C"), "A and 2 more"),
    ],
)
def test_place_line(places: tuple[str, ...], line: str) -> None:
    assert place_line(places) == line
