"""Whether a write came from our own page."""

from __future__ import annotations

import pytest

from pupiltrack_portal.server.cross_site import (
    is_from_elsewhere,
    is_same_origin,
    matches,
    session_form_token,
)

PUBLIC = "https://portal.example.sch.uk"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:8866", True),
        ("https://localhost:8866", True),
        ("HTTP://LOCALHOST:8866", True),
        ("http://localhost", False),
        ("http://localhost:8867", False),
        ("http://localhost:8866.example.org", False),
        ("http://example.org", False),
        ("file://localhost:8866", False),
        ("null", False),
        ("", False),
        (None, False),
        ("localhost:8866", False),
    ],
)
def test_is_same_origin_without_public_url(origin: str | None, expected: bool) -> None:
    assert is_same_origin(origin, host="localhost:8866", public_url=None) is expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [(PUBLIC, True), ("http://portal.example.sch.uk", False), ("http://localhost:8866", False)],
)
def test_is_same_origin_with_public_url(origin: str, expected: bool) -> None:
    assert is_same_origin(origin, host="localhost:8866", public_url=PUBLIC) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": "http://localhost:1"}, False),
        ({"Origin": "http://example.org"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://example.org"}, True),
    ],
)
def test_is_from_elsewhere(headers: dict[str, str], expected: bool) -> None:
    assert is_from_elsewhere(headers, host="localhost:1", public_url=None) is expected


def test_session_form_token_differs_by_session_and_key() -> None:
    tokens = {session_form_token(key, name) for key in (b"k", b"l") for name in ("a", "b")}
    assert len(tokens) == 4


@pytest.mark.parametrize("given", [None, "", "abd", "ab", "abcd", "\ud800"])
def test_matches_another_token_is_refused(given: str | None) -> None:
    assert not matches("abc", given)


def test_matches_nothing_expected_is_refused() -> None:
    assert not matches("", "")
    assert matches("abc", "abc")
