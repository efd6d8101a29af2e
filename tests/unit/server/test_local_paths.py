"""Where sign-in may lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupiltrack_core.access import Page
from pupiltrack_portal.server.local_paths import local_page


@pytest.mark.parametrize("page", Page)
def test_local_page_keeps_a_page_and_its_query(page: Page) -> None:
    address = f"/{page}?school=9992001&year=2025"
    assert local_page(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *(None, "", "home", "//home", "///home", "/\\home", "http:/home", "https://x/home"),
        *("/home/..", "/home\n", "/home\r\nSet-Cookie: x", "/%68ome", "/login", "/logout"),
        *("/home#x://", "//[", "\t/home", "/home\x00"),
    ],
)
def test_local_page_other_addresses_lead_home(address: str | None) -> None:
    assert local_page(address) == "/home"


@given(st.text())
def test_local_page_always_is_one_of_ours(address: str) -> None:
    found = local_page(address)
    assert found.partition("?")[0].removeprefix("/") in set(Page)
    assert found.isascii()
    assert "\n" not in found


def test_local_page_query_cannot_break_out_of_a_header() -> None:
    assert local_page("/home?a=ü b") == "/home?a=%C3%BC%20b"
